//! Policies over HTTP: what they leave out, which one a conversion follows, how the teams share it, what a draft would change.

use serde_json::{Value, json};

use super::STORE;
use super::credit::Program;
use super::program::{fields, link_with};
use super::server::{Server, text};
use crate::database::{Kind, by_hand};

fn weights(program: &Program, sale: &Value) -> Vec<f64> {
    program.shares(&sale["credits"]).iter().map(|share| share.0).collect()
}

#[test]
fn rules_leave_out_and_weigh_what_they_say() {
    let program = Program::start();
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.click(1, 1, &mut cookie);
    let links = program.server.ok("GET", "/links", Value::Null);
    let link = links["data"].as_array().unwrap().iter().find(|link| link["partner_id"] == *program.partners[0].0).unwrap();
    let ada = &program.partners[0].0;
    for (place, (rules, days, expected, reason)) in [
        (json!({ "exclude": { "partners": [ada] } }), 2, [0.0, 1.0, 0.0], "the policy leaves out this partner"),
        (json!({ "exclude": { "links": [link["id"]] } }), 2, [0.0, 1.0, 0.0], "the policy leaves out this link"),
        (json!({ "min_click_to_conversion_seconds": 86_400 }), 1, [1.0, 0.0, 0.0], "less than 86400 seconds before"),
        (json!({ "lookback_days": { "kinds": { "click": 2 } } }), 2, [0.0, 1.0, 0.0], "more than 2 days before"),
        (json!({ "weights": { "click": 0 } }), 2, [0.0; 3], "kind click has no weight"),
    ]
    .into_iter()
    .enumerate()
    {
        program.clock.set(program.at(days) + 1 + i64::try_from(place).unwrap());
        program.policy(rules.clone());
        program.clock.set(program.at(days) + 100 + i64::try_from(place).unwrap());
        let body = json!({ "order_id": place.to_string(), "amount": 100, "currency": "EUR", "click_id": click });
        let sale = program.server.api_with("POST", "/conversions", &[("prefer", "wait=15")], body).json();
        assert_eq!(weights(&program, &sale), expected, "{rules}");
        let explained = program.explain(&sale).to_string();
        assert!(explained.contains(reason), "{rules}: {explained}");
    }
}

#[test]
fn what_does_not_fit_a_policy_is_named() {
    let server = Server::start();
    let nobody = "pn_00000000000e00800000000000";
    let (partner, group) = (nobody.to_owned(), nobody.replace("pn_", "gr_"));
    let cases = [
        (json!({ "filters": { "events": [] } }), vec!["filters.events"]),
        (json!({ "filters": { "evnts": ["lead"] } }), vec!["filters.evnts"]),
        (json!({ "filters": { "groups": [group] } }), vec!["filters.groups[0]"]),
        (
            json!({ "exclude": { "partners": [partner], "verdicts": ["valid"] } }),
            vec!["exclude.verdicts", "exclude.partners[0]"],
        ),
        (
            json!({ "lookback_days": { "kinds": { "nope": 1, "demo": 9_999 } } }),
            vec!["lookback_days.kinds.demo", "lookback_days.kinds.nope"],
        ),
        (json!({ "weights": { "nope": 1 } }), vec!["weights.nope"]),
        (json!({ "min_click_to_conversion_seconds": 86_401 }), vec!["min_click_to_conversion_seconds"]),
        (json!({ "scope": "everyone" }), vec!["scope"]),
    ];
    for (rules, expected) in cases {
        let answer = server.api("POST", "/policies", rules.clone());
        assert_eq!(
            (answer.status, fields(&answer.json())),
            (422, expected.iter().map(|f| (*f).to_owned()).collect()),
            "{rules}"
        );
        let draft: Vec<String> = expected.iter().map(|field| format!("draft.{field}")).collect();
        let answer = server.api("POST", "/policies/simulate", json!({ "draft": rules }));
        assert_eq!((answer.status, fields(&answer.json())), (422, draft), "{rules}");
    }
    let teams = server.api("POST", "/policies/simulate", json!({ "draft": { "scope": "teams" } }));
    assert_eq!(fields(&teams.json()), ["draft.scope"]);
}

#[test]
fn leads_sales_campaigns_groups_and_products_may_follow_different_rules() {
    let program = Program::start();
    let server = &program.server;
    let campaign = server.ok("POST", "/campaigns", json!({ "name": "Spring" }));
    let group = server.ok("POST", "/groups", json!({ "name": "Gold" }));
    server.ok("PATCH", &format!("/partners/{}", program.partners[2].0), json!({ "group": "Gold" }));
    let in_campaign = link_with(server, &program.partners[1].0, json!({ "campaign_id": campaign["id"] }));
    let policy = |name: &str, rules: Value| {
        let mut body = json!({ "name": name, "applies_from": "2020-01-01T00:00:00Z" });
        body.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
        text(&server.ok("POST", "/policies", body), "id")
    };
    let leads = policy("leads", json!({ "model": "first", "filters": { "events": ["lead"] } }));
    let books = policy("books", json!({ "model": "last", "filters": { "products": ["book"] } }));
    let spring = policy("spring", json!({ "model": "first", "filters": { "campaigns": [campaign["id"]] } }));
    let gold = policy("gold", json!({ "model": "last", "filters": { "groups": [group["id"]], "events": ["sale"] } }));
    let standard = "pl_0000000000e008000000000001";

    let click = program.click(0, 0, &mut None);
    let mut cookie = None;
    program.clock.set(program.at(0));
    let answer = server.get(&format!("/{}", text(&in_campaign, "slug")));
    let spring_click = answer.click_id();
    let gold_click = program.click(2, 0, &mut cookie);
    let item = |id: &str| json!([{ "id": id, "amount": 100 }]);
    for (order, sold, expected) in [
        ("1", json!({ "click_id": click }), standard),
        ("2", json!({ "click_id": click, "event": "lead" }), leads.as_str()),
        ("3", json!({ "click_id": click, "items": item("book") }), books.as_str()),
        ("4", json!({ "click_id": click, "items": item("pen") }), standard),
        // As many filters, of the same moment: the version that was made later.
        ("5", json!({ "click_id": spring_click, "items": item("book") }), spring.as_str()),
        ("6", json!({ "click_id": gold_click, "items": item("book") }), gold.as_str()),
    ] {
        let sale = program.sale(order, 1, sold);
        let explained = program.explain(&sale);
        assert_eq!(explained["policy"]["id"], expected, "order {order}: {explained:#}");
        assert_eq!(sale["credits"][0]["policy_id"], expected);
    }
    // A policy is ended by a version that says so; from then on.
    let retired = json!({ "name": "leads", "retired": true, "applies_from": program.at(5).to_string() });
    server.ok("POST", "/policies", retired);
    for (order, day, expected) in [("7", 4, leads.as_str()), ("8", 5, standard)] {
        let sale = program.sale(order, day, json!({ "click_id": click, "event": "lead" }));
        assert_eq!(program.explain(&sale)["policy"]["id"], expected);
    }
}

#[test]
fn without_a_policy_nothing_counts_and_it_is_said() {
    let program = Program::start();
    program.clock.set(program.at(-1));
    program.policy(json!({ "retired": true }));
    program.policy(json!({ "name": "teams", "scope": "teams", "retired": true }));
    let click = program.click(0, 0, &mut None);
    let sale = program.sale("1", 1, json!({ "click_id": click }));
    assert_eq!(sale["credits"], json!([]));
    let explained = program.explain(&sale);
    assert_eq!((&explained["policy"], &explained["teams"]), (&Value::Null, &Value::Null));
    assert_eq!(explained["summary"], "no policy was in force at the time of this conversion");
    assert_eq!(explained["touchpoints"][0]["reason"], explained["summary"]);
}

#[test]
fn the_teams_share_the_same_conversions_without_counting_any_twice() {
    let program = Program::start();
    let server = &program.server;
    let click = program.click(0, 0, &mut None);
    for (kind, day) in [("demo", 1), ("support", 2), ("webinar", 3)] {
        program.clock.set(program.at(day));
        server.ok("POST", "/touchpoints", json!({ "kind": kind, "customer_id": "c1" }));
    }
    let sale = program.sale("1", 4, json!({ "customer_id": "c1", "click_id": click }));
    program.sale("2", 5, json!({ "click_id": click }));
    program.sale("3", 6, json!({ "customer_id": "nobody" }));

    // The partner is paid all of it, whatever our own teams did.
    assert_eq!(program.shares(&sale["credits"]), [(1.0, 10_000), (0.0, 0), (0.0, 0)]);
    let explained = program.explain(&sale);
    assert_eq!(explained["teams"]["policy"]["name"], "teams");
    let part = |team: &str| json!({ "team": team, "touchpoints": 1, "weight": 0.25, "amount": 2500 });
    assert_eq!(explained["teams"]["teams"], json!(["partner", "partnerships", "sales", "marketing"].map(part)));
    assert_eq!(explained["touchpoints"][1]["team"], "sales");

    let (from, to) = (program.at(0).date(), program.at(10).date());
    let report = server.ok("GET", &format!("/reports/teams?from={from}&to={to}"), Value::Null);
    let row = |team: &str, conversions: i64, credited: f64, amount: i64| {
        json!({ "team": team, "touchpoints": conversions, "conversions": conversions, "weight": credited,
            "credited": [{ "amount": amount, "currency": "EUR" }] })
    };
    let expected = [
        row("partner", 2, 1.25, 12_500),
        row("partnerships", 1, 0.25, 2500),
        row("sales", 1, 0.25, 2500),
        row("marketing", 1, 0.25, 2500),
    ];
    assert_eq!(report["data"], json!(expected));
    let total = json!({ "conversions": 2, "weight": 2.0, "credited": [{ "amount": 20_000, "currency": "EUR" }] });
    assert_eq!(report["total"], total);
    let empty = server.ok("GET", "/reports/teams?from=2020-01-01&to=2020-01-02", Value::Null);
    assert!(empty["data"].as_array().unwrap().iter().all(|row| row["conversions"] == 0), "{empty}");

    // A policy of their own: partnerships count twice, marketing not at all.
    program.clock.set(program.at(7));
    let rules = json!({ "name": "teams", "scope": "teams", "weights": { "support": 2 }, "teams": ["partner", "partnerships", "sales"] });
    program.policy(rules);
    let later = program.sale("4", 8, json!({ "customer_id": "c1", "click_id": click }));
    let parts = program.explain(&later)["teams"]["teams"].clone();
    let shares: Vec<_> = parts.as_array().unwrap().iter().map(|part| (text(part, "team"), part["weight"].clone())).collect();
    let expected = [("partner", 0.25), ("partnerships", 0.5), ("sales", 0.25)];
    assert_eq!(shares, expected.map(|(team, weight)| (team.to_owned(), json!(weight))));
    assert_eq!(program.shares(&later["credits"])[0], (1.0, 10_000));
}

/// A program with two sales, each after a click of Ada and one of Ben.
pub fn two_sales() -> (Program, [Value; 2]) {
    let program = Program::start();
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.click(1, 1, &mut cookie);
    let sales = ["1", "2"].map(|order| program.sale(order, 2, json!({ "click_id": click })));
    (program, sales)
}

#[test]
fn a_draft_shows_what_each_partner_would_gain_or_lose_and_writes_nothing() {
    let (program, _) = two_sales();
    let server = &program.server;
    let lead = program.sale("lead", 3, json!({ "event": "lead", "amount": null, "currency": null, "code": "none" }));
    assert_eq!(lead["credits"], json!([]));
    let before = dump(server);
    let day = program.at(2).date();
    let ask = |draft: Value| {
        server.ok("POST", "/policies/simulate", json!({ "draft": draft, "from": day, "to": program.at(3).date() }))
    };
    let last = ask(json!({ "model": "last", "filters": { "events": ["sale"] } }));
    assert_eq!((&last["conversions"], &last["following"], &last["changed"]), (&json!(3), &json!(2), &json!(2)));
    let sum = |conversions: i64, weight: f64, amount: i64| {
        let amounts = if conversions == 0 { json!([]) } else { json!([{ "amount": amount, "currency": "EUR" }]) };
        json!({ "conversions": conversions, "weight": weight, "amounts": amounts })
    };
    let outlook = |place: usize, name: &str, then: Value, sign: i64| {
        let amounts = json!([{ "amount": sign * 10_000, "currency": "EUR" }]);
        let conversions = if sign < 0 { -2 } else { 0 };
        json!({ "partner_id": program.partners[place].0, "name": name, "now": sum(2, 1.0, 10_000), "then": then,
            "difference": { "conversions": conversions, "weight": sign as f64, "amounts": amounts } })
    };
    let expected = [outlook(0, "Ada", sum(0, 0.0, 0), -1), outlook(1, "Ben", sum(2, 2.0, 20_000), 1)];
    let mut data = last["data"].as_array().unwrap().clone();
    data.sort_by_key(|row| text(row, "name"));
    assert_eq!(data, expected);
    let total = &last["total"];
    assert_eq!((&total["now"], &total["then"]), (&sum(2, 2.0, 20_000), &sum(2, 2.0, 20_000)));
    assert_eq!(total["difference"]["weight"], 0.0);

    let same = ask(json!({}));
    assert_eq!((&same["following"], &same["changed"]), (&json!(3), &json!(0)));
    let nobody = ask(json!({ "filters": { "products": ["none"] } }));
    assert_eq!((&nobody["following"], &nobody["changed"]), (&json!(0), &json!(0)));
    assert_eq!(nobody["total"]["now"], sum(2, 2.0, 20_000));
    assert_eq!(dump(server), before, "nothing is written");

    let swapped = server.api("POST", "/policies/simulate", json!({ "draft": {}, "from": "2026-02-01", "to": "2026-01-01" }));
    assert_eq!((swapped.status, fields(&swapped.json())), (422, vec!["to".to_owned()]));
}

#[test]
fn a_draft_under_a_name_shows_what_publishing_it_would_do() {
    let (program, sales) = two_sales();
    let server = &program.server;
    let click = text(&program.explain(&sales[0])["touchpoints"][0], "touchpoint_id");
    program.sale("lead", 2, json!({ "event": "lead", "click_id": click }));
    let day = program.at(2).date();
    let draft = json!({ "model": "last", "filters": { "events": ["sale"] } });
    let ask = |name: &str| {
        let body = json!({ "draft": draft, "name": name, "from": day, "to": day });
        server.ok("POST", "/policies/simulate", body)
    };
    let cents =
        |change: &Value| change["amounts"].as_array().unwrap().iter().map(|sum| sum["amount"].as_i64().unwrap()).sum::<i64>();
    let beside = ask("sales");
    let counts = |answer: &Value| ["following", "changed", "without_policy"].map(|field| answer[field].as_i64().unwrap());
    assert_eq!((counts(&beside), &beside["warnings"]), ([2, 2, 0], &json!([])));
    assert_eq!(cents(&beside["total"]["then"]), 30_000);
    // In the place of the only policy for all: leads would follow none.
    let instead = ask("standard");
    assert_eq!(counts(&instead), [2, 3, 1]);
    assert_eq!(cents(&instead["total"]["then"]), 20_000);
    assert!(instead["warnings"][0].as_str().unwrap().starts_with("draft.filters: standard is the only policy"), "{instead}");

    // Published and applied it is what was shown.
    let mut body = draft.clone();
    body.as_object_mut()
        .unwrap()
        .extend([("name".to_owned(), json!("sales")), ("applies_from".to_owned(), json!(program.at(1).to_string()))]);
    server.ok("POST", "/policies", body);
    let (from, to) = (program.at(0).date(), program.at(30).date());
    let database = server.database();
    let run =
        crate::settings::run(&server.dir, &["reattribute", "--from", &from, "--to", &to], &[("KUDOS_DATABASE", &database)]);
    assert!(run.status.success());
    let then = |partner: &str| {
        let rows = beside["data"].as_array().unwrap().iter();
        rows.filter(|row| row["partner_id"] == partner).map(|row| cents(&row["then"])).sum::<i64>()
    };
    let orders = ["1", "2", "lead"].map(|order| program.shares(&server.attributed(order)["credits"]));
    for (place, (partner, _)) in program.partners.iter().enumerate() {
        assert_eq!(orders.iter().map(|shares| shares[place].1).sum::<i64>(), then(partner), "{partner}");
    }
}

#[test]
fn no_version_leaves_conversions_without_a_policy_by_accident() {
    let server = Server::start();
    let post = |body: Value| server.api("POST", "/policies", body);
    let of_sales = json!({ "events": ["sale"] });
    for (body, field, told) in [
        (json!({}), "name", "is missing"),
        (json!({ "model": "last", "filters": of_sales }), "filters", "Give these rules a name of their own"),
        (json!({ "name": "standard", "model": "last", "filters": of_sales }), "filters", "standard is the only policy"),
        (
            json!({ "name": "teams", "scope": "teams", "filters": of_sales }),
            "filters",
            "teams is the only policy of the scope teams",
        ),
        (json!({ "name": "standard", "scope": "teams" }), "scope", "standard is the only policy of the scope partners"),
    ] {
        let answer = post(body.clone());
        assert_eq!((answer.status, fields(&answer.json())), (422, vec![field.to_owned()]), "{body}");
        assert!(answer.text().contains(told), "{body}: {}", answer.text());
    }
    // What was not said is told.
    let made = post(json!({ "lookback_days": { "click": 30 } }));
    let notes = made.json()["notes"].clone();
    assert_eq!(made.status, 201);
    assert!(notes[0].to_string().contains("version 2 of standard") && notes[1].to_string().contains("linear"), "{notes}");
    let said = post(json!({ "name": "rest", "model": "first" }));
    assert_eq!((said.status, &said.json()["notes"]), (201, &Value::Null));
    // Another one is there for the rest.
    assert_eq!(post(json!({ "name": "standard", "model": "last", "filters": of_sales })).status, 201);
    assert_eq!(post(json!({ "name": "rest", "retired": true })).status, 201, "who retires a policy says so");
}

pub fn dump(server: &Server) -> Vec<Vec<String>> {
    by_hand(&server.database(), async |hand| {
        let mut all = Vec::new();
        for table in hand.tables().await {
            all.push(hand.rows(&table).await);
        }
        all
    })
}

#[test]
fn a_simulation_is_bounded_and_says_where_the_bound_lies() {
    let server = Server::start();
    let id = match STORE {
        Kind::Sqlite => "randomblob(16)",
        Kind::Postgres => "gen_random_uuid()",
    };
    let sql = format!(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < 50001)
         insert into conversions (id, event, unique_key, source, occurred_at, recorded_at, items, params, attributed_at, summary)
         select {id}, 'lead', 'many' || n, 'api', 1760000000000 + n, 0, '[]', '{{}}', 1, 'none' from n"
    );
    by_hand(&server.database(), async move |hand| hand.sql(&sql).await);
    let ask = |to: &str| server.api("POST", "/policies/simulate", json!({ "draft": {}, "from": "2025-10-01", "to": to }));
    let refused = ask("2025-12-31");
    assert_eq!((refused.status, fields(&refused.json())), (422, vec!["to".to_owned()]));
    let told = refused.text();
    let bound = "2025-10-09T08:54:10.001Z";
    assert!(told.contains("more than 50000") && told.contains(bound), "{told}");
    assert_eq!(ask(bound).json()["conversions"], 50_000);
}
