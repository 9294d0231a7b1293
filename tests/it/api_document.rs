//! The OpenAPI document tells the truth: every operation answers, and asks for the key it says.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::program::key;
use super::server::{Server, text};

/// An id that fits the kind of thing a path is about, and is nobody's.
fn somebody(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap() {
        "partners" => "pn_00000000000000000000000000",
        "links" => "ln_00000000000000000000000000",
        _ => "x",
    }
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                found.push((method.to_ascii_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    found
}

#[test]
fn every_operation_answers_and_asks_for_its_scope() {
    let server = Server::start();
    let document = server.get("/api/v1/openapi.json");
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let document = document.json();
    assert!(text(&document, "openapi").starts_with("3.1"));
    let operations = operations(&document);
    assert!(operations.len() > 40, "{}", operations.len());
    let keys = ["admin", "track", "read"].map(|scope| (scope, format!("Bearer {}", key(&server, scope))));
    let mut ids = HashSet::new();
    for (method, template, operation) in &operations {
        assert!(ids.insert(text(operation, "operationId")) && text(operation, "summary").len() > 5);
        let path = template.replace("{id}", somebody(template));
        let body = if method == "GET" || method == "DELETE" { Value::Null } else { json!({ "no such field": 1 }) };
        let needed = operation["description"].as_str().and_then(|text| text.split('`').nth(1)).unwrap_or("none");
        let nobody = server.api_with(method, &path, &[("authorization", "Bearer kudos_wrong")], body.clone()).status;
        assert_eq!(nobody == 401, needed != "none", "{method} {template}");
        for (scope, bearer) in &keys {
            let answer = server.api_with(method, &path, &[("authorization", bearer)], body.clone());
            let allowed = *scope == "admin" || *scope == needed || needed == "none";
            assert_eq!(answer.status == 403, !allowed, "{method} {template} with {scope}: {}", answer.text());
            assert_ne!(answer.status, 405, "{method} {template}");
            assert!(answer.status < 500, "{method} {template}: {}", answer.text());
            if answer.status == 404 {
                let detail = text(&answer.json(), "detail");
                assert!(!detail.contains("in this API"), "{method} {template} is not routed: {detail}");
            }
            if answer.status == 403 {
                assert_eq!(answer.json()["code"], "forbidden");
            }
        }
    }
}

#[test]
fn the_document_holds_together() {
    let server = Server::start();
    let document = server.get("/api/v1/openapi.json").json();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    for noun in [
        "/partners",
        "/groups",
        "/links",
        "/links/bulk",
        "/codes",
        "/campaigns",
        "/touchpoints",
        "/conversions",
        "/conversions/{id}/refunds",
        "/conversions/{id}/explain",
        "/policies",
        "/keys",
        "/rejected",
        "/audit",
        "/reports/performance",
    ] {
        assert!(paths.iter().any(|path| *path == noun), "{noun} is not in {paths:?}");
    }
    for (method, path, operation) in operations(&document) {
        let names: Vec<_> = operation["parameters"].as_array().into_iter().flatten().map(|p| text(p, "name")).collect();
        assert_eq!(names.contains(&"Idempotency-Key".to_owned()), method == "POST", "{method} {path}");
        assert_eq!(names.contains(&"id".to_owned()), path.contains("{id}"), "{method} {path}");
        assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object());
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[test]
fn a_key_is_asked_for_in_words() {
    let server = Server::start();
    for header in [None, Some(""), Some("Basic eDp5"), Some("Bearer"), Some("Bearer "), Some("kudos_x"), Some("Bearer kudos_x")]
    {
        let headers: Vec<_> = header.iter().map(|header| ("authorization", *header)).collect();
        let answer = server.get_with("/api/v1/partners", &headers);
        assert_eq!((answer.status, answer.json()["code"].clone()), (401, json!("unauthorized")), "{header:?}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    let bearer = format!("bearer {}", super::server::ADMIN);
    assert_eq!(server.get_with("/api/v1/partners", &[("authorization", &bearer)]).status, 200);
}
