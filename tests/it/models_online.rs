//! Every model as a policy: what is learned from a period, milestones, comparisons, the ways to conversions, and what is told.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};

use super::program::fields;
use super::server::{Server, text};
use crate::database::{Hand, by_hand};

const START: Time = Time::from_millis(1_760_000_000_000);

struct Program {
    server: Server,
    clock: Clock,
    /// Ada, Ben and Cleo.
    partners: Vec<String>,
    slugs: Vec<String>,
}

impl Program {
    fn start() -> Program {
        let clock = Clock::manual(START);
        let server = Server::with(&[], Parts { clock: clock.clone(), ..Parts::default() });
        let partners = ["Ada", "Ben", "Cleo"].map(|name| server.partner(name)).to_vec();
        let slugs = partners.iter().map(|partner| server.link(partner)).collect();
        Program { server, clock, partners, slugs }
    }

    fn at(&self, days: i64) -> Time {
        START + days * DAY_MS
    }

    /// One browser follows the links of these partners, a day apart, from a day on; the id of the last click.
    fn follow(&self, partners: &[usize], from_day: i64) -> String {
        let (mut cookie, mut click) = (String::new(), String::new());
        for (day, &partner) in (from_day..).zip(partners) {
            self.clock.set(self.at(day));
            let answer = self.server.get_with(&format!("/{}", self.slugs[partner]), &[("cookie", &cookie)]);
            cookie = answer.cookie().unwrap_or(cookie);
            click = answer.click_id();
        }
        click
    }

    fn convert(&self, day: i64, order: &str, more: Value) -> Value {
        self.clock.set(self.at(day));
        let mut body = json!({ "order_id": order, "amount": 9_000, "currency": "EUR" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.server.api_with("POST", "/conversions", &[("prefer", "wait=15")], body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// What each partner has in cents.
    fn amounts(&self, credits: &Value) -> Vec<i64> {
        let of = |partner: &String| {
            let own = credits.as_array().unwrap().iter().filter(|credit| credit["partner_id"] == *partner);
            own.map(|credit| credit["amount"].as_i64().unwrap()).sum()
        };
        self.partners.iter().map(of).collect()
    }

    fn explain(&self, conversion: &Value) -> Value {
        self.server.ok("GET", &format!("/conversions/{}/explain", text(conversion, "id")), Value::Null)
    }

    /// The published three journeys: Ada, Ben, Cleo converted; Ada, and Ben then Cleo, did not.
    fn three_journeys(&self) {
        let click = self.follow(&[0, 1, 2], 0);
        self.follow(&[0], 1);
        self.follow(&[1, 2], 2);
        self.convert(5, "learned", json!({ "click_id": click }));
    }

    fn trained(&self, more: Value) -> Value {
        let mut body =
            json!({ "model": "markov", "trained_on": { "from": self.at(0).to_string(), "to": self.at(10).to_string() } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    }
}

#[test]
fn a_chain_is_learned_once_and_shares_single_conversions() {
    let program = Program::start();
    let server = &program.server;
    program.three_journeys();
    program.clock.set(program.at(20));
    let mut policy = server.ok("POST", "/policies", program.trained(json!({})));
    let notes = policy.as_object_mut().unwrap().remove("notes").unwrap();
    assert!(notes[0].to_string().contains("this is version 2 of standard"), "{notes}");
    let effect = |partner: usize| policy["effects"][&program.partners[partner]][0].as_f64().unwrap();
    for (partner, expected) in [(0, 0.5), (1, 1.0), (2, 1.0)] {
        assert!((effect(partner) - expected).abs() < 1e-12, "{policy}");
    }
    assert_eq!((&policy["order"], &policy["by"]), (&json!(1), &json!("partner")));
    assert_eq!(server.ok("GET", &format!("/policies/{}", text(&policy, "id")), Value::Null), policy);

    let click = program.follow(&[0, 1], 21);
    let sale = program.convert(25, "single", json!({ "click_id": click }));
    assert_eq!(program.amounts(&sale["credits"]), [3_000, 6_000, 0]);
    let reason = text(&sale["credits"][0], "reason");
    assert_eq!(
        reason,
        "markov: without its partner the period learned from would have 50.00 % fewer conversions, 33.33 % of 2 touchpoints"
    );
    // What comes later changes nothing of what was learned.
    program.follow(&[0], 26);
    assert_eq!(program.amounts(&program.server.attributed("single")["credits"]), [3_000, 6_000, 0]);

    let by_kind = server.ok("POST", "/policies", program.trained(json!({ "by": "kind", "order": 3 })));
    assert_eq!(by_kind["effects"], json!({ "click": [1.0] }));
    // Of what is learned the store loses not a bit: this number is another when it is read with the last place rounded.
    by_hand(&server.database(), async |hand: Hand| {
        hand.sql("update policies set rules = replace(rules, '\"effects\":{\"click\":[1.0]}', '\"effects\":{\"click\":[0.37304643780525004]}')")
            .await;
    });
    let odd = server.ok("GET", &format!("/policies/{}", text(&by_kind, "id")), Value::Null);
    assert_eq!(odd["effects"]["click"][0].to_string(), "0.37304643780525004", "{odd}");
    let by_channel = server.ok("POST", "/policies", program.trained(json!({ "by": "channel" })));
    assert_eq!(by_channel["effects"], json!({ "click": [1.0] }), "without a medium it is the kind");
    let shapley = server.ok("POST", "/policies", program.trained(json!({ "model": "shapley", "ordered": true })));
    let third = |partner: usize| shapley["effects"][&program.partners[partner]][partner].as_f64().unwrap();
    assert!((0..3).all(|partner| (third(partner) - 1.0 / 3.0).abs() < 1e-12), "{shapley}");
}

#[test]
fn touchpoints_are_told_apart_as_the_policy_says() {
    let program = Program::start();
    let server = &program.server;
    let group = text(&server.ok("POST", "/groups", json!({ "name": "Gold" })), "id");
    server.ok("PATCH", &format!("/partners/{}", program.partners[0]), json!({ "group": group }));
    let campaign = json!({ "name": "Summer", "utm": { "medium": "newsletter" } });
    let campaign = text(&server.ok("POST", "/campaigns", campaign), "id");
    let link = text(&server.ok("GET", "/links", Value::Null)["data"][2], "id");
    server.ok("PATCH", &format!("/links/{link}"), json!({ "campaign_id": campaign }));
    let click = program.follow(&[0, 1], 1);
    program.convert(5, "1", json!({ "click_id": click }));
    program.clock.set(program.at(11));
    for (by, key) in [("group", &group), ("campaign", &campaign), ("link", &link), ("channel", &"newsletter".to_owned())] {
        let policy = server.ok("POST", "/policies", program.trained(json!({ "by": by })));
        assert_eq!(policy["effects"][key], json!([1.0]), "{by}: {policy}");
        let report =
            server.ok("GET", &format!("/reports/models?by={by}&models=last&from={}", program.at(0).date()), Value::Null);
        let row = report["data"].as_array().unwrap().iter().find(|row| row["key"] == **key).unwrap().clone();
        let name = server.ok("GET", &format!("/links/{link}"), Value::Null)["slug"].clone();
        let named = json!({ "group": "Gold", "campaign": "Summer", "link": name });
        assert_eq!(row["label"], named.get(by).cloned().unwrap_or(Value::Null), "{row}");
    }
}

#[test]
fn whoever_did_not_convert_is_a_null_path() {
    let program = Program::start();
    let server = &program.server;
    program.three_journeys();
    // Nobody's journey twice: the browser of a customer is the customer's, and who converted is no null path.
    let cookie = server.get(&format!("/{}", program.slugs[0])).cookie().unwrap();
    program.clock.set(program.at(6));
    server.ok("POST", "/touchpoints", json!({ "partner_id": program.partners[0], "kind": "intro", "customer_id": "c1" }));
    server.get_with("/pixel.gif?event=identify&customer_id=c1", &[("cookie", &cookie)]);
    server.get_with("/pixel.gif?event=identify&customer_id=c2", &[]);
    super::server::eventually("the customer's browser and its click are known", || {
        let count = |query| super::program::column(&server.dir, query).len();
        let clicks = count("select kind from touchpoints where visitor_id in (select visitor_id from customer_visitors)");
        (count("select customer_id from customer_visitors") == 1 && clicks == 1).then_some(())
    });
    program.clock.set(program.at(20));
    let policy = server.ok("POST", "/policies", program.trained(json!({ "by": "kind" })));
    // One converted of four who came: without clicks the customer's intro still leads nowhere.
    assert_eq!(policy["effects"], json!({ "click": [1.0], "intro": [0.0] }));
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let program = Program::start();
    program.three_journeys();
    program.clock.set(program.at(20));
    let (from, to) = (program.at(10).to_string(), program.at(11).to_string());
    for (body, expected) in [
        (json!({ "model": "markov" }), "trained_on"),
        (json!({ "model": "shapley" }), "trained_on"),
        (program.trained(json!({ "model": "linear" })), "trained_on"),
        (program.trained(json!({ "order": 4 })), "order"),
        (program.trained(json!({ "order": 0 })), "order"),
        (program.trained(json!({ "by": "planet" })), "by"),
        (program.trained(json!({ "effects": { "pn_1": [1.0] } })), "effects"),
        (program.trained(json!({ "trained_on": { "from": to, "to": from } })), "trained_on.to"),
        (program.trained(json!({ "trained_on": { "from": from, "until": to } })), "trained_on.until"),
        // Nothing happened then.
        (program.trained(json!({ "trained_on": { "from": from, "to": to } })), "trained_on"),
    ] {
        let answer = program.server.api("POST", "/policies", body.clone());
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(fields(&answer.json()).contains(&expected.to_owned()), "{body}: {}", answer.text());
    }
}

#[test]
fn a_draft_that_learns_is_learned_before_it_is_tried() {
    let program = Program::start();
    program.three_journeys();
    program.clock.set(program.at(20));
    let ask = |more: Value| {
        let draft = program.trained(more);
        let body = json!({ "draft": draft, "from": program.at(0).date(), "to": program.at(10).date() });
        program.server.api("POST", "/policies/simulate", body)
    };
    let tried = ask(json!({ "filters": { "events": ["sale"] } })).json();
    let then = |partner: &String| {
        let row = tried["data"].as_array().unwrap().iter().find(|row| row["partner_id"] == *partner);
        row.unwrap_or_else(|| panic!("{tried}"))["then"]["amounts"][0]["amount"].as_i64().unwrap()
    };
    assert_eq!(program.partners.iter().map(then).collect::<Vec<i64>>(), [1_800, 3_600, 3_600]);
    // No conversion of the period fits: there is nothing to learn from.
    for (more, field) in [
        (json!({ "filters": { "events": ["lead"] } }), "draft.trained_on"),
        (json!({ "effects": { "click": [1.0] } }), "draft.effects"),
        (json!({ "trained_on": null }), "draft.trained_on"),
    ] {
        let refused = ask(more);
        assert_eq!((refused.status, fields(&refused.json())), (422, vec![field.to_owned()]));
    }
}

#[test]
fn the_teams_may_share_by_any_model() {
    let program = Program::start();
    let server = &program.server;
    program.three_journeys();
    let lead = program.follow(&[2], 20);
    program.convert(20, "lead", json!({ "event": "lead", "customer_id": "c1", "click_id": lead }));
    for (day, model) in (21..).zip(["first", "time_decay", "w_shaped", "full_path", "j_shaped", "markov", "shapley"]) {
        let mut rules = match model {
            "markov" | "shapley" => program.trained(json!({ "model": model, "by": "kind" })),
            _ => json!({ "model": model }),
        };
        rules["name"] = json!("teams");
        rules["scope"] = json!("teams");
        program.clock.set(program.at(day));
        server.ok("POST", "/policies", rules);
        let sale = program.convert(day, model, json!({ "customer_id": "c1", "click_id": lead }));
        let teams = program.explain(&sale)["teams"].clone();
        let all = json!([{ "team": "partner", "touchpoints": 1, "weight": 1.0, "amount": 9_000 }]);
        assert_eq!((&teams["policy"]["model"], &teams["teams"]), (&json!(model), &all));
    }
}

#[test]
fn a_lead_is_a_milestone_of_what_follows() {
    let program = Program::start();
    program.server.ok("POST", "/policies", json!({ "model": "w_shaped" }));
    let click = program.follow(&[0, 1, 2], 0);
    // Between Ben and Cleo the buyer became a lead; a second lead and one after the sale change nothing.
    let lead = |order: &str, day: i64| {
        let more = json!({ "event": "lead", "customer_id": "c1", "click_id": click, "occurred_at": (program.at(day) + 1).to_string() });
        program.convert(4, order, more);
    };
    lead("l1", 1);
    lead("l2", 2);
    let sale = program.convert(5, "sale", json!({ "customer_id": "c1" }));
    assert_eq!(program.amounts(&sale["credits"]), [3_857, 3_857, 1_286]);
    assert!(text(&sale["credits"][1], "reason").starts_with("w_shaped: lead of 3 touchpoints, 42.86 %"), "{sale}");
    let unknown = program.convert(5, "unknown", json!({ "click_id": click }));
    assert_eq!(program.amounts(&unknown["credits"]), [6_750, 1_125, 1_125]);
}

#[test]
fn a_conversion_is_explained_to_each_partner() {
    let program = Program::start();
    let server = &program.server;
    let click = program.follow(&[0, 1, 2], 100);
    let more = json!({ "partner_id": program.partners[0], "kind": "demo", "customer_id": "c1", "occurred_at": program.at(101).to_string() });
    let dana = server.partner("Dana");
    server.ok(
        "POST",
        "/touchpoints",
        json!({ "partner_id": dana, "kind": "intro", "customer_id": "c1", "occurred_at": START.to_string() }),
    );
    let sale = program.convert(
        300,
        "sale",
        json!({ "click_id": click, "customer_id": "c1", "occurred_at": program.at(103).to_string() }),
    );
    let explained = program.explain(&sale);
    let said = |explained: &Value| -> Vec<(String, String)> {
        let sentences = explained["sentences"].as_array().unwrap().iter();
        sentences.map(|one| (text(one, "partner_id"), text(one, "sentence"))).collect()
    };
    let of = |place: usize| program.partners[place].clone();
    let third = |nth: &str| format!("You were the {nth} of four partners; under Linear each gets a quarter.");
    let expected = [(dana, third("first")), (of(0), third("second")), (of(1), third("third")), (of(2), third("fourth"))];
    assert_eq!(said(&explained), expected);

    // What other models would give, each the whole.
    let models = explained["models"].as_array().unwrap();
    assert_eq!(models.len(), 8, "all but linear itself, custom, markov and shapley: {explained}");
    for model in models {
        let amounts: i64 = model["partners"].as_array().unwrap().iter().map(|part| part["amount"].as_i64().unwrap()).sum();
        assert_eq!(amounts, 9_000, "{model}");
    }
    let last = models.iter().find(|model| model["model"] == "last").unwrap();
    assert_eq!(last["partners"], json!([{ "partner_id": of(2), "weight": 1.0, "amount": 9_000 }]));

    program.clock.set(program.at(310));
    server.ok(
        "POST",
        "/policies",
        program.trained(json!({ "trained_on": { "from": START.to_string(), "to": program.at(301).to_string() } })),
    );
    assert_eq!(program.explain(&sale)["models"].as_array().unwrap().len(), 9, "markov has learned by now");
    server.ok(
        "POST",
        "/policies",
        json!({ "model": "position", "lookback_days": { "offline": 30 }, "kinds": ["click", "demo", "intro"] }),
    );
    server.ok("POST", "/touchpoints", more);
    let later = program.convert(311, "later", json!({ "customer_id": "c1", "occurred_at": program.at(311).to_string() }));
    let told = said(&program.explain(&later));
    assert!(
        told.iter().all(|(_, sentence)| sentence.starts_with("You get nothing of it. Why: outside the lookback")),
        "{told:?}"
    );
}

#[test]
fn models_are_compared_over_a_period() {
    let program = Program::start();
    let server = &program.server;
    let click = program.follow(&[0, 1], 0);
    program.convert(3, "1", json!({ "click_id": click }));
    let click = program.follow(&[1], 4);
    program.convert(5, "2", json!({ "click_id": click, "currency": "USD", "amount": 500 }));
    program.convert(5, "nobody", json!({}));
    program.clock.set(program.at(6));
    let day = |days: i64| program.at(days).date();
    let report =
        server.ok("GET", &format!("/reports/models?models=first,last,shapley&from={}&to={}", day(0), day(5)), Value::Null);
    let rows = report["data"].as_array().unwrap();
    let (ben, ada) = (&rows[0], &rows[1]);
    assert_eq!((&ben["key"], &ben["label"], rows.len()), (&json!(program.partners[1]), &json!("Ben"), 2));
    let euros = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    let dollars = json!({ "amount": 500, "currency": "USD" });
    assert_eq!(ben["in_force"], json!({ "conversions": 1.5, "revenue": [euros(4_500), dollars] }));
    assert_eq!(ada["in_force"], json!({ "conversions": 0.5, "revenue": [euros(4_500)] }));
    let zero = json!({ "amount": 0, "currency": "USD" });
    let first = json!({ "model": "first", "conversions": 1.0, "revenue": [dollars],
        "difference": { "conversions": -0.5, "revenue": [euros(-4_500), zero] } });
    assert_eq!(ben["models"][0], first);
    assert_eq!(ada["models"][0]["difference"], json!({ "conversions": 0.5, "revenue": [euros(4_500)] }));
    assert_eq!(ada["models"][1]["difference"]["conversions"], -0.5);
    // Ada is worth 0.5 conversions of the period, Ben 1.5.
    assert_eq!(ada["models"][2]["conversions"], 0.25);
    // Earlier than the report asks for, and all that need nothing more.
    let none = server.ok("GET", &format!("/reports/models?to={}", program.at(-1).date()), Value::Null);
    assert_eq!(none["data"], json!([]));
    let all = server.ok("GET", &format!("/reports/models?by=kind&from={}", day(0)), Value::Null);
    assert_eq!((all["data"][0]["key"].as_str(), all["data"][0]["models"].as_array().unwrap().len()), (Some("click"), 9));
    for (query, field) in [
        ("models=best", "models"),
        ("models=first,first", "models"),
        ("models=custom", "models"),
        ("by=planet", "by"),
        ("from=2026-02-01&to=2026-01-01", "to"),
        ("form=1", "form"),
    ] {
        let from = if query.contains("from") { String::new() } else { format!("&from={}", day(0)) };
        let answer = server.api("GET", &format!("/reports/models?{query}{from}"), Value::Null);
        assert_eq!((answer.status, fields(&answer.json())), (422, vec![field.to_owned()]), "{query}");
    }
}

#[test]
fn the_ways_to_conversions_are_reported() {
    let program = Program::start();
    let server = &program.server;
    for (order, path) in [("1", &[0, 1][..]), ("2", &[0, 1]), ("3", &[1, 0, 0, 1])] {
        let click = program.follow(path, 0);
        program.convert(9, order, json!({ "click_id": click, "occurred_at": program.at(5).to_string() }));
    }
    program.convert(9, "nobody", json!({}));
    program.clock.set(program.at(10));
    let report = server.ok("GET", &format!("/reports/journeys?from={}", program.at(0).date()), Value::Null);
    let (ada, ben) = (&program.partners[0], &program.partners[1]);
    assert_eq!((&report["conversions"], &report["without_journey"]), (&json!(3), &json!(1)));
    let paths = json!([{ "path": [ada, ben], "conversions": 2 }, { "path": [ben, ada, ada, ben], "conversions": 1 }]);
    assert_eq!(report["paths"], paths);
    assert_eq!(report["lengths"], json!([{ "touchpoints": 2, "conversions": 2 }, { "touchpoints": 4, "conversions": 1 }]));
    assert_eq!((&report["median_days"], &report["mean_days"]), (&json!(5.0), &json!(5.0)));
    assert_eq!(report["times"][3], json!({ "from_days": 4, "to_days": 8, "conversions": 3 }));
    assert_eq!(report["times"][7], json!({ "from_days": 91, "to_days": null, "conversions": 0 }));
    let ends = json!([{ "from": ada, "to": ben, "count": 2 }, { "from": ben, "to": ben, "count": 1 }]);
    assert_eq!(report["first_last"], ends);
    assert_eq!(report["transitions"], json!([{ "from": ada, "to": ben, "count": 3 }, { "from": ben, "to": ada, "count": 1 }]));
    assert_eq!(report["labels"], json!({ ada.as_str(): "Ada", ben.as_str(): "Ben" }));
    let kinds = server.ok("GET", &format!("/reports/journeys?by=kind&from={}", program.at(0).date()), Value::Null);
    assert_eq!((&kinds["paths"][0]["path"], &kinds["transitions"]), (&json!(["click", "click"]), &json!([])));
}
