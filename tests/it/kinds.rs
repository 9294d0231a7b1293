//! Kinds of touchpoint: a table that admins extend, and what policies make of it.

use serde_json::{Value, json};

use super::credit::Program;
use super::program::fields;
use super::server::{Server, eventually, text};

fn names(server: &Server) -> Vec<String> {
    let page = server.ok("GET", "/touchpoint-kinds", Value::Null);
    assert_eq!(page["next_cursor"], Value::Null);
    page["data"].as_array().unwrap().iter().map(|kind| text(kind, "name")).collect()
}

#[test]
fn kinds_are_made_shown_changed_and_removed() {
    let server = Server::start();
    let shipped = [
        "click",
        "co_sell",
        "code",
        "deal_registration",
        "demo",
        "intro",
        "referral",
        "support",
        "training",
        "view",
        "webinar",
    ];
    assert_eq!(names(&server), shipped);
    let podcast = server.ok("POST", "/touchpoint-kinds", json!({ "name": "podcast", "team": "marketing", "weight": 0.5 }));
    let expected = json!({
        "name": "podcast", "team": "marketing", "weight": 0.5, "lookback_days": null, "status": "active", "built_in": false,
    });
    assert_eq!(podcast, expected);
    let edited = server.ok("PATCH", "/touchpoint-kinds/podcast", json!({ "weight": 2.25, "lookback_days": 30 }));
    assert_eq!((&edited["weight"], &edited["lookback_days"], &edited["team"]), (&json!(2.25), &json!(30), &json!("marketing")));
    assert_eq!(server.ok("GET", "/touchpoint-kinds/podcast", Value::Null), edited);
    let cleared = server.ok("PATCH", "/touchpoint-kinds/podcast", json!({ "lookback_days": null }));
    assert_eq!(cleared["lookback_days"], Value::Null);

    // It can be entered, and takes the team of its kind.
    let entered = server.ok("POST", "/touchpoints", json!({ "kind": "podcast", "customer_id": "c1" }));
    assert_eq!(entered["team"], "marketing");
    // Disabled, no more of it is entered; enabled again, it is.
    let disabled = server.ok("PATCH", "/touchpoint-kinds/podcast", json!({ "status": "disabled" }));
    assert_eq!((&disabled["status"], &disabled["weight"]), (&json!("disabled"), &json!(2.25)));
    let refused = server.api("POST", "/touchpoints", json!({ "kind": "podcast", "customer_id": "c2" }));
    assert_eq!((refused.status, fields(&refused.json())), (422, vec!["kind".to_owned()]));
    server.ok("PATCH", "/touchpoint-kinds/podcast", json!({ "status": "active" }));
    server.ok("POST", "/touchpoints", json!({ "kind": "podcast", "customer_id": "c2" }));
    let built_in = server.api("PATCH", "/touchpoint-kinds/click", json!({ "status": "disabled" }));
    assert_eq!((built_in.status, fields(&built_in.json())), (422, vec!["status".to_owned()]));
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "dinner" }));
    assert_eq!(server.api("DELETE", "/touchpoint-kinds/dinner", Value::Null).status, 204);
    assert_eq!(server.api("GET", "/touchpoint-kinds/dinner", Value::Null).status, 404);

    // What was used, or is named by a version that stays, stays too.
    let used = server.api("DELETE", "/touchpoint-kinds/podcast", Value::Null);
    assert_eq!((used.status, fields(&used.json())), (409, vec!["name".to_owned()]));
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "fair" }));
    server.ok("POST", "/policies", json!({ "name": "fairs", "lookback_days": { "kinds": { "fair": 10 } } }));
    let named = server.api("DELETE", "/touchpoint-kinds/fair", Value::Null);
    assert_eq!(named.status, 409);
    assert!(named.text().contains("version 1 of policy \\\"fairs\\\""), "{}", named.text());
}

#[test]
fn built_in_kinds_weigh_and_look_back_as_admins_say_and_stay() {
    let server = Server::start();
    for kind in ["click", "view", "code"] {
        let path = format!("/touchpoint-kinds/{kind}");
        assert_eq!(server.ok("GET", &path, Value::Null)["built_in"], true);
        assert_eq!(server.api("DELETE", &path, Value::Null).status, 409);
        let team = server.api("PATCH", &path, json!({ "team": "sales" }));
        assert_eq!((team.status, fields(&team.json())), (422, vec!["team".to_owned()]));
        assert_eq!(server.ok("PATCH", &path, json!({ "weight": 3, "lookback_days": 5 }))["lookback_days"], 5);
        let body = json!({ "kind": kind, "customer_id": "c1", "team": "sales" });
        assert_eq!(fields(&server.api("POST", "/touchpoints", body).json()), ["kind"], "nobody enters a {kind}");
    }
}

#[test]
fn what_does_not_fit_a_kind_is_named() {
    let server = Server::start();
    for (body, expected) in [
        (json!({}), &["name"][..]),
        (json!({ "name": "Web Inar" }), &["name"]),
        (json!({ "name": "x", "weight": -1, "lookback_days": 9999 }), &["weight", "lookback_days"]),
        (json!({ "name": "x", "team": "nobody" }), &["team"]),
        (json!({ "name": "x", "waight": 1 }), &["waight"]),
        (json!({ "name": "x", "built_in": true }), &["built_in"]),
    ] {
        let answer = server.api("POST", "/touchpoint-kinds", body.clone());
        assert_eq!(
            (answer.status, fields(&answer.json())),
            (422, expected.iter().map(|f| (*f).to_owned()).collect()),
            "{body}"
        );
    }
    assert_eq!(server.api("POST", "/touchpoint-kinds", json!({ "name": "demo" })).status, 409);
    let rename = server.api("PATCH", "/touchpoint-kinds/demo", json!({ "name": "show" }));
    assert_eq!((rename.status, fields(&rename.json())), (422, vec!["name".to_owned()]));
    assert_eq!(server.api("GET", "/touchpoint-kinds/nope", Value::Null).status, 404);
}

#[test]
fn a_kind_s_weight_and_lookback_count_where_the_policy_says_nothing_of_it() {
    let program = Program::start();
    let server = &program.server;
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.clock.set(program.at(1));
    let body = json!({ "partner_id": program.partners[1].0, "kind": "demo", "team": "partner", "customer_id": "c1" });
    server.ok("POST", "/touchpoints", body);
    let sale = |order: &str, day| program.sale(order, day, json!({ "customer_id": "c1", "click_id": click }));
    let shares = |sale: &Value| program.shares(&sale["credits"]).iter().map(|share| share.0).collect::<Vec<_>>();
    assert_eq!(shares(&sale("1", 2)), [0.5, 0.5, 0.0]);
    server.ok("PATCH", "/touchpoint-kinds/demo", json!({ "weight": 3 }));
    let weighed = sale("2", 2);
    assert_eq!(shares(&weighed), [0.25, 0.75, 0.0]);
    let explained = program.explain(&weighed).to_string();
    assert!(explained.contains("kind demo weighs 3, so 75 %"), "{explained}");
    // What was attributed stays, until something makes it due again.
    assert_eq!(shares(&eventually("attributed", || Some(server.attributed("1")))), [0.5, 0.5, 0.0]);
    program.policy(json!({ "weights": { "demo": 1 } }));
    assert_eq!(shares(&sale("3", 3)), [0.5, 0.5, 0.0], "the policy says something of it");
    server.ok("PATCH", "/touchpoint-kinds/demo", json!({ "lookback_days": 10 }));
    assert_eq!(shares(&sale("4", 12)), [1.0, 0.0, 0.0]);
    program.policy(json!({ "lookback_days": { "kinds": { "demo": 20 } }, "weights": { "demo": 1 } }));
    assert_eq!(shares(&sale("5", 13)), [0.5, 0.5, 0.0]);
}
