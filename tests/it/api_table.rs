//! The table of the API against the OpenAPI document that is made from it.

use std::collections::HashSet;

use kudos::http::api::{document, endpoints};
use serde_json::Value;

fn parsed() -> Value {
    serde_json::from_str(document()).expect("the document is JSON")
}

#[test]
fn every_endpoint_is_in_the_document_and_nothing_else() {
    let document = parsed();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut documented = HashSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routed: HashSet<_> = endpoints().iter().map(|e| (e.method.to_string(), e.path.to_owned())).collect();
    assert_eq!(routed.len(), endpoints().len(), "an endpoint stands in the table twice");
    assert_eq!(routed, documented);
}

#[test]
fn every_reference_resolves_and_every_operation_is_complete() {
    let document = parsed();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap_or_else(|| panic!("{reference}"));
        assert!(schemas.contains_key(name), "{reference} leads nowhere");
    }
    let mut ids = HashSet::new();
    for endpoint in endpoints() {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
        let what = format!("{} {}", endpoint.method, endpoint.path);
        assert!(endpoint.summary.ends_with('.') && endpoint.summary.len() > 10, "{what}: {:?}", endpoint.summary);
        assert!(ids.insert(operation["operationId"].to_string()), "{what}: its operationId is taken");
        let replies = operation["responses"].as_object().expect("responses");
        assert!(replies.keys().any(|status| status.starts_with('2')), "{what}: no answer when all is well");
        assert!(replies.contains_key("default"), "{what}: no problem document");
        assert_eq!(operation["security"][0].as_object().map(|s| s.is_empty()), Some(endpoint.scope.is_none()), "{what}");
        let names: Vec<_> = operation["parameters"].as_array().into_iter().flatten().map(|p| p["name"].clone()).collect();
        assert_eq!(names.contains(&"id".into()), endpoint.path.contains("{id}"), "{what}");
        assert_eq!(names.contains(&"Idempotency-Key".into()), endpoint.method == "POST", "{what}");
        let has_body = !operation["requestBody"].is_null();
        assert_eq!(has_body, endpoint.method == "POST" || endpoint.method == "PATCH", "{what}");
    }
}

#[test]
fn closed_sets_show_the_names_that_the_api_takes() {
    let document = parsed();
    assert_eq!(document["components"]["schemas"]["Status"]["enum"], serde_json::json!(["active", "disabled"]));
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for value in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(!value.contains(char::is_uppercase), "{name}: {value}");
        }
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(target) if key == "$ref" => found.push(target.clone()),
                    other => collect_references(other, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}
