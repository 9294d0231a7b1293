//! Drafts of policies and when keys were last used, over HTTP.

use serde_json::{Value, json};

use super::credit::Program;
use super::program::fields;
use super::server::{Server, text};

#[test]
fn a_draft_is_made_changed_published_and_gone() {
    let server = Server::start();
    let draft = server.ok("POST", "/policy-drafts", json!({ "rules": { "model": "last" } }));
    assert_eq!(
        (&draft["name"], &draft["applies_from"], &draft["rules"]["model"]),
        (&json!("standard"), &Value::Null, &json!("last"))
    );
    let path = format!("/policy-drafts/{}", text(&draft, "id"));
    let at = "2030-01-01T00:00:00.000Z";
    let edited = server.ok("PATCH", &path, json!({ "applies_from": at }));
    assert_eq!((&edited["applies_from"], &edited["rules"]), (&json!(at), &draft["rules"]), "what is absent stays");
    let edited = server.ok("PATCH", &path, json!({ "rules": { "model": "first" } }));
    assert_eq!((&edited["applies_from"], &edited["rules"]["model"]), (&json!(at), &json!("first")));
    assert_eq!(server.ok("GET", &path, Value::Null), edited);
    assert_eq!(server.ok("GET", "/policy-drafts", Value::Null)["data"], json!([edited]));
    let versions = || server.ok("GET", "/policies?name=standard", Value::Null)["data"].as_array().unwrap().len();
    assert_eq!(versions(), 1, "nothing follows a draft");
    let made = server.ok("POST", &format!("{path}/publish"), json!({}));
    assert_eq!((&made["version"], &made["applies_from"], &made["model"]), (&json!(2), &json!(at), &json!("first")));
    assert_eq!((versions(), server.api("GET", &path, Value::Null).status), (2, 404));
    assert_eq!(server.api("POST", &format!("{path}/publish"), json!({})).status, 404);

    let other = server.ok("POST", "/policy-drafts", json!({ "name": "leads" }));
    let path = format!("/policy-drafts/{}", text(&other, "id"));
    assert_eq!(server.api("DELETE", &path, Value::Null).status, 204);
    assert_eq!((server.api("DELETE", &path, Value::Null).status, versions()), (404, 2));
    let audit = server.ok("GET", "/audit?limit=10", Value::Null);
    let done: Vec<&str> = audit["data"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    let drafted = ["delete", "create", "publish"].map(|did| format!("policy_draft.{did}"));
    assert_eq!(done[..3], [drafted[0].as_str(), &drafted[1], &drafted[2]]);
    assert!(done[3..5].contains(&"policy.create"), "{done:?}");
}

#[test]
fn what_does_not_fit_a_draft_is_named_and_nothing_is_kept() {
    let server = Server::start();
    for (draft, expected) in [
        (json!({ "rules": { "model": "best" } }), vec!["rules.model"]),
        (
            json!({ "name": "", "rules": { "half_life_days": 0, "weights": { "nope": 1 } } }),
            vec!["name", "rules.half_life_days", "rules.weights.nope"],
        ),
        (json!({ "rules": { "effects": {} } }), vec!["rules.effects"]),
        (json!({ "rules": { "model": "markov" } }), vec!["rules.trained_on"]),
        (json!({ "model": "last" }), vec!["model"]),
    ] {
        let answer = server.api("POST", "/policy-drafts", draft.clone());
        assert_eq!(
            (answer.status, fields(&answer.json())),
            (422, expected.iter().map(|f| (*f).to_owned()).collect()),
            "{draft}"
        );
    }
    assert_eq!(server.ok("GET", "/policy-drafts", Value::Null)["data"], json!([]));
}

#[test]
fn a_draft_with_a_model_that_learns_learns_when_it_is_published() {
    let program = Program::start();
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.sale("one", 1, json!({ "click_id": click }));
    let from = program.at(-1);
    let rules = json!({ "model": "markov", "trained_on": { "from": from, "to": program.at(2) } });
    program.clock.set(program.at(3));
    let draft = program.server.ok("POST", "/policy-drafts", json!({ "name": "learned", "rules": rules }));
    assert_eq!(draft["rules"]["effects"], Value::Null);
    let path = format!("/policy-drafts/{}/publish", text(&draft, "id"));
    let made = program.server.ok("POST", &path, json!({ "applies_from": program.at(3) }));
    assert_eq!(made["effects"].as_object().unwrap().len(), 1, "{made}");
}

#[test]
fn a_key_says_when_it_was_last_used_also_after_a_restart() {
    let server = Server::start();
    let made = server.ok("POST", "/keys", json!({ "name": "shop", "scope": "read" }));
    let (path, bearer) = (format!("/keys/{}", text(&made, "id")), format!("Bearer {}", text(&made, "key")));
    assert_eq!(server.ok("GET", &path, Value::Null)["last_used_at"], Value::Null);
    assert_eq!(server.send("GET", "/api/v1/partners", &[("authorization", &bearer)], b"").status, 200);
    let used = server.ok("GET", &path, Value::Null)["last_used_at"].clone();
    assert!(used.is_string());
    let server = Server::in_dir(server.stop(), &[], Default::default());
    assert_eq!(server.ok("GET", &path, Value::Null)["last_used_at"], used);
}
