//! Deal registrations: submitted, approved, rejected, expired; the first of two partners wins, and both are told.

use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::STORE;
use super::program::{Dated, key, refused};
use super::server::{Server, text};
use crate::database::{Kind, open};
use crate::postgres::blocking;

fn register(server: &Server, partner: &str, account: &str) -> Value {
    server.ok("POST", "/deal-registrations", json!({ "partner_id": partner, "account": account }))
}

fn shown(server: &Server, registration: &Value) -> Value {
    server.ok("GET", &format!("/deal-registrations/{}", text(registration, "id")), Value::Null)
}

fn path(registration: &Value, verb: &str) -> String {
    format!("/deal-registrations/{}/{verb}", text(registration, "id"))
}

/// What the job does at that moment.
fn tick(server: &Server, now: Time) -> usize {
    let url = server.database();
    blocking(async move || {
        let store = open(&url).await;
        let expired = kudos::jobs::registrations::tick(&store, now).await.unwrap();
        store.close().await;
        expired
    })
}

/// Status and reason of each event.
fn events(registration: &Value) -> Vec<(String, Option<String>)> {
    let events = registration["events"].as_array().unwrap();
    events.iter().map(|event| (text(event, "status"), event["reason"].as_str().map(str::to_owned))).collect()
}

#[test]
fn an_approved_registration_becomes_a_deal_and_a_touchpoint() {
    let dated = Dated::start();
    let server = &dated.server;
    let ada = server.partner("Ada");
    let new = json!({
        "partner_id": ada, "account": "Acme, Inc.", "domain": "acme.example", "amount": 90_000, "currency": "EUR", "note": "wants 40 seats",
    });
    let registration = server.ok("POST", "/deal-registrations", new);
    assert_eq!((&registration["status"], &registration["expires_at"]), (&json!("pending"), &json!(dated.day(30).to_string())));
    dated.clock.set(dated.day(3));
    let approved = server.ok("POST", &path(&registration, "approve"), json!({ "stage": "qualified" }));
    assert_eq!((&approved["status"], &approved["claimed_until"]), (&json!("approved"), &json!(dated.day(93).to_string())));
    let deal = server.ok("GET", &format!("/deals/{}", text(&approved, "deal_id")), Value::Null);
    assert_eq!((&deal["name"], &deal["amount"], &deal["stage"]), (&json!("Acme, Inc."), &json!(90_000), &json!("qualified")));
    let account = server.ok("GET", &format!("/accounts/{}", text(&deal, "account_id")), Value::Null);
    assert_eq!(account["domain"], "acme.example");
    let touch = server.ok("GET", &format!("/touchpoints/{}", text(&approved, "touchpoint_id")), Value::Null);
    assert_eq!(
        (&touch["kind"], &touch["partner_id"], &touch["deal_id"], &touch["occurred_at"], &touch["note"]),
        (&json!("deal_registration"), &json!(ada), &deal["id"], &registration["created_at"], &json!("wants 40 seats"))
    );
    assert_eq!((&deal["part"], &deal["sourced_by"]), (&json!("sourced"), &json!(ada)));
    assert_eq!(events(&shown(server, &registration)).iter().map(|e| e.0.as_str()).collect::<Vec<_>>(), ["pending", "approved"]);
    assert_eq!(refused(server, "POST", &path(&registration, "approve"), json!({})).0, 409, "it is decided");
    assert_eq!(refused(server, "POST", &path(&registration, "reject"), json!({ "reason": "no" })).0, 409);
    let actions: Vec<String> = server.ok("GET", "/audit", Value::Null)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| text(line, "action"))
        .filter(|action| action.starts_with("deal_registration"))
        .collect();
    assert_eq!(actions, ["deal_registration.approve", "deal_registration.create"]);
}

#[test]
fn a_registration_may_join_a_deal_that_is_there() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "From the CRM", "customer_id": "c1" })), "id");
    let first = register(&server, &ada, "Acme");
    let approved = server.ok("POST", &path(&first, "approve"), json!({ "deal_id": deal }));
    assert_eq!(approved["deal_id"], deal.as_str());
    let touch = server.ok("GET", &format!("/touchpoints/{}", text(&approved, "touchpoint_id")), Value::Null);
    assert_eq!(touch["customer_id"], "c1");
    let second = register(&server, &ben, "Acme Labs");
    assert_eq!(refused(&server, "POST", &path(&second, "approve"), json!({ "deal_id": deal })), (409, vec!["deal_id".into()]));
    let missing = json!({ "deal_id": "dl_00000000000000000000000000" });
    assert_eq!(refused(&server, "POST", &path(&second, "approve"), missing), (422, vec!["deal_id".into()]));
    assert_eq!(refused(&server, "POST", &path(&second, "approve"), json!({ "stage": "won" })), (422, vec!["stage".into()]));
}

#[test]
fn a_rejection_has_a_reason() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let registration = register(&server, &ada, "Acme");
    for body in [json!({}), json!({ "reason": " " })] {
        assert_eq!(refused(&server, "POST", &path(&registration, "reject"), body), (422, vec!["reason".into()]));
    }
    let rejected = server.ok("POST", &path(&registration, "reject"), json!({ "reason": "already a customer" }));
    assert_eq!((&rejected["status"], &rejected["reason"]), (&json!("rejected"), &json!("already a customer")));
    assert_eq!(events(&shown(&server, &registration))[1], ("rejected".into(), Some("already a customer".into())));
    assert_eq!(register(&server, &ben, "Acme")["status"], "pending", "the account is free");
    let list = |filter: &str| {
        server.ok("GET", &format!("/deal-registrations?{filter}"), Value::Null)["data"].as_array().unwrap().len()
    };
    assert_eq!((list("status=rejected"), list(&format!("partner_id={ben}")), list("status=approved")), (1, 1, 0));
}

#[test]
fn of_two_the_first_wins_and_both_are_told() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let first = register(&server, &ada, "Acme, Inc.");
    let second = register(&server, &ben, "ACME");
    assert_eq!(second["status"], "conflict");
    assert!(text(&second, "reason").contains("another partner registered this account first"), "{second}");
    assert!(!second.to_string().contains("Ada"), "partners are not told of each other");
    let told = shown(&server, &first);
    assert_eq!(told["status"], "pending");
    assert!(text(&told, "reason").contains("yours came first and stands"), "{told}");
    assert_eq!(events(&told).len(), 2);
    assert_eq!(events(&shown(&server, &second))[0].0, "conflict");
    let audit = server.ok("GET", "/audit", Value::Null);
    assert!(audit["data"].as_array().unwrap().iter().any(|line| line["action"] == "deal_registration.conflict"));
    assert_eq!(refused(&server, "POST", &path(&second, "approve"), json!({})).0, 409);
    let again = json!({ "partner_id": ada, "account": "acme ltd" });
    assert_eq!(refused(&server, "POST", "/deal-registrations", again), (409, vec!["account".into()]), "its own");
    server.ok("POST", &path(&first, "approve"), json!({}));
    assert_eq!(server.ok("GET", "/deals", Value::Null)["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_domain_tells_companies_of_one_name_apart() {
    let server = Server::start();
    let (ada, ben, cleo) = (server.partner("Ada"), server.partner("Ben"), server.partner("Cleo"));
    let register = |partner: &str, account: &str, domain: &str| {
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        let new = json!({ "partner_id": partner, "account": account, "domain": domain });
        text(&server.ok("POST", "/deal-registrations", new), "status")
    };
    for (partner, account, domain, expected) in [
        (&ada, "Acme", "acme.example", "pending"),
        (&ben, "Acme", "acme.test", "pending"),
        (&cleo, "Roadrunner", "sam@ACME.example", "conflict"),
        (&cleo, "Acme", "", "conflict"),
        (&cleo, "Acme Labs", "", "pending"),
        (&ada, "Acme Labs GmbH", "labs.example", "conflict"),
    ] {
        assert_eq!(register(partner, account, domain), expected, "{account} {domain}");
    }
}

#[test]
fn what_nobody_decides_expires() {
    let dated = Dated::with_settings(&[("registration_days", "7")]);
    let server = &dated.server;
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let first = register(server, &ada, "Acme");
    let other = register(server, &ada, "Apex");
    assert_eq!(first["expires_at"], dated.day(7).to_string(), "the date is shown");
    assert_eq!(tick(server, dated.day(7) - 1), 0);
    dated.clock.set(dated.day(7));
    assert_eq!(
        refused(server, "POST", &path(&first, "approve"), json!({})).0,
        409,
        "too late, whether or not the job was there"
    );
    assert_eq!(register(server, &ben, "Acme")["status"], "pending", "it is in nobody's way");
    tick(server, dated.day(7));
    for registration in [&first, &other] {
        let expired = shown(server, registration);
        assert_eq!((&expired["status"], &expired["events"][1]["author"]), (&json!("expired"), &json!("system")), "{expired}");
        assert!(text(&expired, "reason").contains(&dated.day(7).date()));
    }
    assert_eq!(tick(server, dated.day(7)), 0, "once");
}

#[test]
fn an_account_is_claimed_for_a_window_and_free_after_it() {
    let dated = Dated::with_settings(&[("claim_days", "10")]);
    let server = &dated.server;
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let first = register(server, &ada, "Acme");
    dated.clock.set(dated.day(1));
    server.ok("POST", &path(&first, "approve"), json!({}));
    dated.clock.set(dated.start + 11 * DAY_MS - 1);
    let refused_one = register(server, &ben, "Acme");
    assert_eq!(refused_one["status"], "conflict");
    assert!(text(&refused_one, "reason").contains(&format!("a claim on this account until {}", dated.day(11).date())));
    assert_eq!(shown(server, &first)["status"], "approved");
    dated.clock.set(dated.day(11));
    assert_eq!(register(server, &ben, "Acme")["status"], "pending");
}

#[test]
fn of_many_at_once_one_is_first() {
    let server = Server::start();
    // On Postgres through two nodes.
    let url = server.database();
    let second = (STORE == Kind::Postgres)
        .then(|| Server::in_dir(TempDir::new().unwrap(), &[("database", &url)], kudos::cli::node::Parts::default()));
    let partners: Vec<String> = (0..8).map(|number| server.partner(&format!("P{number}"))).collect();
    let statuses: Vec<String> = std::thread::scope(|scope| {
        let one = |(place, partner): (usize, &String)| {
            let node = second.as_ref().filter(|_| place % 2 == 1).unwrap_or(&server);
            let partner = partner.clone();
            scope.spawn(move || text(&register(node, &partner, "Acme"), "status"))
        };
        let threads: Vec<_> = partners.iter().enumerate().map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let of = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert_eq!((of("pending"), of("conflict")), (1, 7), "{statuses:?}");
    let first = server.ok("GET", "/deal-registrations?status=pending", Value::Null)["data"][0].clone();
    assert_eq!(events(&shown(&server, &first)).len(), 8, "the first is told of each");
}

#[test]
fn partners_register_and_admins_decide() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let bearer = format!("Bearer {}", key(&server, "track"));
    let headers = [("authorization", bearer.as_str())];
    let body = json!({ "partner_id": ada, "account": "Acme" });
    let made = server.api_with("POST", "/deal-registrations", &headers, body);
    assert_eq!(made.status, 201);
    assert_eq!(server.api_with("POST", &path(&made.json(), "approve"), &headers, json!({})).status, 403);
    let bad = json!({ "partner_id": "pn_00000000000000000000000000", "account": "", "domain": "acme", "amount": 1 });
    let (status, mut named) = refused(&server, "POST", "/deal-registrations", bad);
    named.sort();
    assert_eq!((status, named), (422, ["account", "currency", "domain", "partner_id"].map(str::to_owned).to_vec()));
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "disabled" }));
    let body = json!({ "partner_id": ada, "account": "Apex" });
    assert_eq!(refused(&server, "POST", "/deal-registrations", body), (422, vec!["partner_id".into()]));
}
