//! Where buyers say they heard of us: matched with partners, reported beside what was tracked, counted where a policy says so.

use serde_json::{Value, json};

use super::pages::Person;
use super::program::{fields, walk};
use super::server::{Server, eventually, text};

fn partner(server: &Server, name: &str, aliases: &[&str]) -> String {
    text(&server.ok("POST", "/partners", json!({ "name": name, "aliases": aliases })), "id")
}

fn sale(server: &Server, order: &str, more: Value) -> Value {
    let mut body = json!({ "order_id": order, "amount": 1_000, "currency": "EUR" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.ok("POST", "/conversions", body);
    server.attributed(order)
}

fn heard(conversion: &Value) -> (Value, Value) {
    (conversion["heard_match"].clone(), conversion["heard_partner_id"].clone())
}

#[test]
fn words_come_in_every_way_and_are_matched_with_names_and_aliases() {
    let server = Server::start();
    let ada = partner(&server, "Ada's Café", &["The Ada Show"]);
    let ben = partner(&server, "Ben & Söhne GmbH", &[]);
    server.get("/pixel.gif?order_id=pixel&amount=1&currency=EUR&heard_from=adas+cafe");
    server.get("/pixel.gif?event=lead&order_id=lead&how_did_you_hear=THE%20ADA-SHOW!%0A%20");
    let token = super::server::ADMIN;
    server.get(&format!("/postback?token={token}&order_id=postback&amount=1&currency=EUR&how_did_you_hear=ben+sohne+gmbh"));
    let beacon = json!({ "order_id": "tag", "amount": "1", "currency": "EUR", "heard_from": "Ben" }).to_string();
    server.send("POST", "/collect", &[("content-type", "text/plain")], beacon.as_bytes());
    sale(&server, "api", json!({ "heard_from": "Ada\u{2019}s Cafe\u{301}" }));
    sale(&server, "alias", json!({ "how_did_you_hear": "x".repeat(5_000) }));
    sale(&server, "silent", json!({}));
    for (order, outcome, who) in [
        ("pixel", "partner", Some(&ada)),
        ("lead", "partner", Some(&ada)),
        ("postback", "partner", Some(&ben)),
        ("tag", "unknown", None), // the whole name, not a part of it
        ("api", "partner", Some(&ada)),
        ("alias", "unknown", None),
    ] {
        assert_eq!(heard(&server.attributed(order)), (json!(outcome), json!(who)), "{order}");
    }
    assert_eq!(heard(&server.attributed("silent")), (Value::Null, Value::Null));
    assert_eq!(server.attributed("lead")["heard_from"], "THE ADA-SHOW!");
    assert_eq!(text(&server.attributed("alias"), "heard_from").len(), 255);
    for (aliases, field) in
        [(json!(["ok", " "]), "aliases[1]"), (json!(["--"]), "aliases[0]"), (json!(vec!["a"; 51]), "aliases")]
    {
        let refused = server.api("POST", "/partners", json!({ "name": "X", "aliases": aliases }));
        assert_eq!((refused.status, fields(&refused.json())), (422, vec![field.to_owned()]));
    }
}

#[test]
fn a_name_of_two_partners_is_nobody_s_and_every_conversion_is_matched_again_when_names_change() {
    let server = Server::start();
    let ada = partner(&server, "Ada", &["Show"]);
    sale(&server, "1", json!({ "heard_from": "show", "customer_id": "kim" }));
    let now = || heard(&server.attributed("1"));
    assert_eq!(now(), (json!("partner"), json!(ada)));
    let ben = partner(&server, "Ben", &["SHOW"]);
    assert_eq!(now(), (json!("ambiguous"), Value::Null));
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "aliases": [] }));
    assert_eq!(now(), (json!("partner"), json!(ben)));
    server.ok("PATCH", &format!("/partners/{ben}"), json!({ "aliases": ["other"] }));
    assert_eq!(now(), (json!("unknown"), Value::Null));
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "name": "Show" }));
    assert_eq!(now(), (json!("partner"), json!(ada)), "by its name, too");
    let verdicts: Vec<_> = walk(&server, "/touchpoints?kind=self_reported", 50)
        .iter()
        .map(|touch| (text(touch, "partner_id"), text(touch, "verdict")))
        .collect();
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.contains(&(ada, "valid".into())) && verdicts.contains(&(ben, "superseded".into())), "{verdicts:?}");
}

#[test]
fn a_policy_may_count_what_buyers_say() {
    let server = Server::start();
    let (ada, ben) = (partner(&server, "Ada", &[]), partner(&server, "Ben", &[]));
    let click = server.get(&format!("/{}", server.link(&ben))).click_id();
    let shares = |order: &str| -> Vec<(String, f64)> {
        let credits = server.attributed(order)["credits"].as_array().unwrap().clone();
        let mut shares: Vec<_> = credits.iter().map(|c| (text(c, "partner_id"), c["weight"].as_f64().unwrap())).collect();
        shares.sort_by(|one, other| one.0.cmp(&other.0));
        shares
    };
    let lead = json!({ "event": "lead", "customer_id": "kim", "heard_from": "ada" });
    server.ok("POST", "/conversions", lead);
    let ignored = sale(&server, "ignored", json!({ "click_id": click, "customer_id": "kim" }));
    assert_eq!(shares("ignored"), [(ben.clone(), 1.0)]);
    let explained = server.ok("GET", &format!("/conversions/{}/explain", text(&ignored, "id")), Value::Null);
    assert!(explained.to_string().contains("the buyer named this partner; under the policy that is reported, not credited"));
    server.ok("POST", "/policies", json!({ "self_reported": "count" }));
    // What the lead said counts for the sale; what the sale says, too.
    sale(&server, "counted", json!({ "click_id": click, "customer_id": "kim" }));
    assert_eq!(shares("counted"), [(ada.clone(), 0.5), (ben.clone(), 0.5)]);
    sale(&server, "own", json!({ "heard_from": "ADA" }));
    assert_eq!(shares("own"), [(ada.clone(), 1.0)]);
    // Another name: the credit follows.
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "name": "Ada Inc" }));
    eventually("the credit is gone", || (shares("own").is_empty() && shares("counted") == [(ben.clone(), 1.0)]).then_some(()));
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "aliases": ["ada"] }));
    eventually("the credit is back", || (shares("own").len() == 1 && shares("counted").len() == 2).then_some(()));
    let refused = server.api("POST", "/policies", json!({ "self_reported": "sometimes" }));
    assert_eq!((refused.status, fields(&refused.json())), (422, vec!["self_reported".to_owned()]));
}

#[test]
fn the_report_shows_where_what_is_said_and_what_is_tracked_agree() {
    let server = Server::start();
    let (ada, ben) = (partner(&server, "Ada", &["Both"]), partner(&server, "Ben", &["Both"]));
    let [by_ada, by_ben] = [&ada, &ben].map(|partner| server.get(&format!("/{}", server.link(partner))).click_id());
    let mut disagreeing = Vec::new();
    for (order, said, click, disagrees) in [
        ("agree", "Ada", Some(&by_ada), false),
        ("agree-2", "ada!", Some(&by_ada), false),
        ("other", "Ada", Some(&by_ben), true),
        ("untracked", "Ben", None, true),
        ("ambiguous", "both", Some(&by_ben), false),
        ("unknown", "A friend", Some(&by_ben), false),
        ("unknown-2", "a friend", None, false),
        ("silent", "", Some(&by_ben), false),
    ] {
        let made = sale(&server, order, json!({ "heard_from": said, "click_id": click }));
        if disagrees {
            disagreeing.insert(0, made["id"].clone());
        }
    }
    let report = server.ok("GET", "/reports/self-reported", Value::Null);
    let row =
        |partner: &str| report["data"].as_array().unwrap().iter().find(|row| row["partner_id"] == partner).unwrap().clone();
    for (partner, name, said, tracked, both) in [(&ada, "Ada", 3, 2, 2), (&ben, "Ben", 1, 3, 0)] {
        let row = row(partner);
        assert_eq!(
            (&row["name"], &row["said"], &row["tracked"], &row["both"]),
            (&json!(name), &json!(said), &json!(tracked), &json!(both)),
            "{report:#}"
        );
    }
    assert_eq!((&report["matched"], &report["ambiguous"], &report["unknown"]), (&json!(4), &json!(1), &json!(2)));
    assert_eq!(report["unknown_names"], json!([{ "heard_from": "A friend", "conversions": 2 }]));
    for limit in [1, 50] {
        let found = walk(&server, "/reports/self-reported/disagreements", limit);
        assert_eq!(found.iter().map(|row| row["conversion_id"].clone()).collect::<Vec<_>>(), disagreeing);
        assert_eq!((&found[1]["said_partner_id"], &found[1]["tracked_partner_ids"]), (&json!(ada), &json!([ben])));
        assert_eq!(found[0]["tracked_partner_ids"], json!([]));
    }
    let before = server.ok("GET", "/reports/self-reported?to=2020-01-01", Value::Null);
    assert_eq!((&before["data"], &before["matched"]), (&json!([]), &json!(0)));
    let refused = server.api("GET", "/reports/self-reported?from=x", Value::Null);
    assert_eq!((refused.status, fields(&refused.json())), (422, vec!["from".to_owned()]));
}

#[test]
fn a_name_that_nobody_goes_by_is_something_said() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let page = |language| admin.send("GET", "/admin/self-reported", &[("accept-language", language)], "").text();
    let nothing = [("en", "No buyer said anything"), ("de", "hat kein Käufer etwas gesagt")];
    for (language, said) in nothing {
        assert!(page(language).contains(said), "{said}");
    }
    sale(&server, "1", json!({ "heard_from": "nobody we know" }));
    server.attributed("1");
    for ((language, nothing), said) in
        nothing.into_iter().zip(["No buyer named one partner", "einen bestimmten Partner genannt"])
    {
        let page = page(language);
        assert!(page.contains("nobody we know") && page.contains(said) && !page.contains(nothing), "{page}");
    }
}

#[test]
fn what_buyers_say_leads_to_their_conversions() {
    let server = Server::start();
    let ada = partner(&server, "Ada", &[]);
    partner(&server, "Ben", &["Ada & Ben"]);
    partner(&server, "Cleo", &["Ada & Ben"]);
    let click = server.get(&format!("/{}", server.link(&ada))).click_id();
    for (order, words) in
        [("1", "ada"), ("2", "Ada"), ("3", "ada & ben"), ("4", "nobody"), ("6", "A  friend"), ("7", "a friend")]
    {
        let by = if ["1", "4"].contains(&order) { json!(click) } else { Value::Null };
        sale(&server, order, json!({ "heard_from": words, "click_id": by }));
        server.attributed(order);
    }
    sale(&server, "5", json!({}));
    server.attributed("5");
    let admin = Person::first_admin(&server);
    let shown = admin.get("/admin/self-reported").text();
    let of_ada = format!("heard_partner_id={ada}");
    let more = [
        ("heard=unknown&#38;heard_from=nobody".to_owned(), 1),
        ("heard=unknown&#38;heard_from=A+friend".to_owned(), 2),
        (format!("tracked_partner_id={ada}"), 2),
        (format!("{of_ada}&#38;tracked_partner_id={ada}"), 1),
    ];
    for (query, count) in [("heard=partner", 2), ("heard=ambiguous", 1), ("heard=unknown", 3), (&of_ada, 2)]
        .into_iter()
        .chain(more.iter().map(|(query, count)| (query.as_str(), *count)))
    {
        assert!(shown.contains(&format!("&#38;{query}\"")), "{query}: {shown}");
        let query = query.replace("&#38;", "&");
        let listed = admin.get(&format!("/admin/conversions?csv=conversions&{query}")).text();
        assert_eq!(listed.lines().count(), 1 + count, "{query}: {listed}");
        assert!(admin.get(&format!("/admin/conversions?{query}")).text().contains("class=\"only\""), "{query} is said");
    }
}
