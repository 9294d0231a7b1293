//! Credit over HTTP: every model, every way to know the buyer, what is left out and why, and what comes late.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, HOUR_MS, Time};
use serde_json::{Value, json};

use super::program::walk;
use super::server::{Server, eventually, text};

pub const START: Time = Time::from_millis(1_760_000_000_000);

pub struct Program {
    pub server: Server,
    pub clock: Clock,
    /// Ada, Ben and Cleo: partner and slug.
    pub partners: Vec<(String, String)>,
}

impl Program {
    pub fn start() -> Program {
        let clock = Clock::manual(START);
        let server = Server::with(&[], Parts { clock: clock.clone(), ..Parts::default() });
        let with_link = |name| {
            let partner = server.partner(name);
            let slug = server.link(&partner);
            (partner, slug)
        };
        let partners = ["Ada", "Ben", "Cleo"].map(with_link).to_vec();
        Program { server, clock, partners }
    }

    pub fn at(&self, days: i64) -> Time {
        START + days * DAY_MS
    }

    /// A click on the link of a partner, days after the start, by the same browser; its id.
    pub fn click(&self, partner: usize, days: i64, cookie: &mut Option<String>) -> String {
        self.clock.set(self.at(days));
        let sent = cookie.clone().unwrap_or_default();
        let answer = self.server.get_with(&format!("/{}", self.partners[partner].1), &[("cookie", &sent)]);
        *cookie = answer.cookie().or(cookie.take());
        answer.click_id()
    }

    pub fn sale(&self, order: &str, days: i64, more: Value) -> Value {
        self.clock.set(self.at(days));
        let mut body = json!({ "order_id": order, "amount": 10_000, "currency": "EUR" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let wait = [("prefer", "wait=15")];
        let answer = self.server.api_with("POST", "/conversions", &wait, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// What each of the partners got: weight and cents, in their order; sums must fit.
    pub fn shares(&self, credits: &Value) -> Vec<(f64, i64)> {
        let of = |partner: &String| {
            let own = credits.as_array().unwrap().iter().filter(|credit| credit["partner_id"] == *partner);
            own.fold((0.0, 0), |(w, a), c| (w + c["weight"].as_f64().unwrap(), a + c["amount"].as_i64().unwrap()))
        };
        self.partners.iter().map(|(partner, _)| of(partner)).collect()
    }

    pub fn explain(&self, conversion: &Value) -> Value {
        self.server.ok("GET", &format!("/conversions/{}/explain", text(conversion, "id")), Value::Null)
    }

    /// A version of a policy, of `standard` where no name is given.
    pub fn policy(&self, mut rules: Value) -> Value {
        rules.as_object_mut().unwrap().entry("name").or_insert(json!("standard"));
        self.server.ok("POST", "/policies", rules)
    }
}

#[test]
fn every_model_gives_exactly_its_shares() {
    let program = Program::start();
    let mut cookie = None;
    for (partner, day) in [(0, 0), (1, 7), (2, 14)] {
        program.click(partner, day, &mut cookie);
    }
    // The journey of a customer: a lead ties the browser to the name.
    program.server.get_with("/pixel.gif?event=lead&customer_id=c1", &[("cookie", cookie.as_deref().unwrap())]);
    let third = [(0.333_333_334, 3334), (0.333_333_333, 3333), (0.333_333_333, 3333)];
    let weights = json!({ "click": 2.0 });
    let cases = [
        (json!({}), third),
        (json!({ "model": "first" }), [(1.0, 10_000), (0.0, 0), (0.0, 0)]),
        (json!({ "model": "last" }), [(0.0, 0), (0.0, 0), (1.0, 10_000)]),
        (json!({ "model": "linear" }), third),
        // 14, 7 and 0 half-lives of a week before a sale on day 21: 1/8, 1/4, 1/2 of a whole of 7/8.
        (json!({ "model": "time_decay" }), [(0.142_857_143, 1429), (0.285_714_286, 2857), (0.571_428_571, 5714)]),
        (
            json!({ "model": "time_decay", "half_life_days": 7, "steps": true }),
            [(0.142_857_143, 1429), (0.285_714_286, 2857), (0.571_428_571, 5714)],
        ),
        (json!({ "model": "position" }), [(0.4, 4000), (0.2, 2000), (0.4, 4000)]),
        (json!({ "model": "position", "first": 0.3, "last": 0.6 }), [(0.3, 3000), (0.1, 1000), (0.6, 6000)]),
        (json!({ "model": "custom", "weights": weights }), third),
    ];
    for (place, (rules, expected)) in cases.into_iter().enumerate() {
        program.clock.set(program.at(20) + i64::try_from(place).unwrap() * 1000);
        if place > 0 {
            program.policy(rules.clone());
        }
        let sale = program.sale(&format!("m{place}"), 21, json!({ "customer_id": "c1" }));
        let shares = program.shares(&sale["credits"]);
        for ((weight, amount), (expected, cents)) in shares.iter().zip(expected) {
            assert!((weight - expected).abs() < 2e-9 && *amount == cents, "{rules}: {shares:?}");
        }
        let units: f64 =
            sale["credits"].as_array().unwrap().iter().map(|c| (c["weight"].as_f64().unwrap() * 1e9).round()).sum();
        assert_eq!(units, 1e9, "{rules}");
        assert!(
            sale["credits"]
                .as_array()
                .unwrap()
                .iter()
                .all(|c| text(c, "reason").contains(rules["model"].as_str().unwrap_or("linear")))
        );
        let explained = program.explain(&sale);
        assert_eq!(explained["policy"]["version"], place + 1);
        assert_eq!(explained["touchpoints"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn the_buyer_is_known_by_any_one_trace() {
    let program = Program::start();
    let server = &program.server;
    let (ada, ben) = (&program.partners[0].0, &program.partners[1].0);
    server.ok("POST", "/codes", json!({ "partner_id": ben, "code": "BEN10" }));
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    let cookie = cookie.unwrap();
    let by_pixel = |query: &str, cookie: &str| {
        server.get_with(&format!("/pixel.gif?{query}&amount=100&currency=EUR"), &[("cookie", cookie)]);
    };
    by_pixel("order_id=by-cookie", &cookie);
    by_pixel(&format!("order_id=by-click&click_id={click}"), "");
    by_pixel("order_id=by-code&code=ben10", "");
    by_pixel("order_id=by-nothing", "");
    by_pixel("event=lead&customer_id=c1", &cookie);
    by_pixel("order_id=by-customer&customer_id=c1", "");
    by_pixel("order_id=by-other-customer&customer_id=c2", "");
    by_pixel(&format!("event=signup&customer_id=c3&click_id={click}"), "");
    by_pixel("order_id=by-signup&customer_id=c3", "");
    by_pixel("order_id=by-wrong-code&code=NOPE", "");
    for (order, partner) in [
        ("by-cookie", Some(ada)),
        ("by-click", Some(ada)),
        ("by-code", Some(ben)),
        ("by-nothing", None),
        ("by-customer", Some(ada)),
        ("by-other-customer", None),
        ("by-signup", Some(ada)),
        ("by-wrong-code", None),
    ] {
        let conversion = server.attributed(order);
        let credits = conversion["credits"].as_array().unwrap();
        assert_eq!(credits.first().map(|credit| text(credit, "partner_id")).as_ref(), partner, "{order}: {conversion:#}");
        assert!(credits.len() <= 1 && credits.iter().all(|credit| credit["weight"] == 1.0 && credit["amount"] == 10_000));
        assert!(text(&conversion, "summary").len() > 10, "an empty journey says so");
    }
}

#[test]
fn a_late_touchpoint_changes_the_credit_inside_its_window() {
    let program = Program::start();
    let server = &program.server;
    let mut cookie = None;
    let click = program.click(0, 200, &mut cookie);
    let sale = program.sale("late", 201, json!({ "customer_id": "c1", "click_id": click }));
    assert_eq!(program.shares(&sale["credits"])[0], (1.0, 10_000));
    let add = |partner: usize, kind: &str, day: i64| {
        let body = json!({ "partner_id": program.partners[partner].0, "kind": kind, "customer_id": "c1", "occurred_at": program.at(day).to_string(), "note": "met at a fair" });
        server.ok("POST", "/touchpoints", body)
    };
    let intro = add(1, "intro", 100);
    let shared = eventually("Ben has a half", || {
        let shares = program.shares(&server.attributed("late")["credits"]);
        (shares[1] == (0.5, 5000)).then_some(shares)
    });
    assert_eq!(shared[0], (0.5, 5000));
    // Too long ago, and after the sale: explained, not credited.
    let (old, after) = (add(2, "referral", 10), {
        program.clock.set(program.at(210));
        add(2, "webinar", 205)
    });
    let explained = eventually("both are explained", || {
        let explained = program.explain(&sale);
        (explained["touchpoints"].as_array().unwrap().len() == 4).then_some(explained)
    });
    let of = |id: &str| explained["touchpoints"].as_array().unwrap().iter().find(|t| t["touchpoint_id"] == id).unwrap().clone();
    for (id, counted, weight, word) in [
        (click.as_str(), true, 0.5, "linear"),
        (intro["id"].as_str().unwrap(), true, 0.5, "linear"),
        (old["id"].as_str().unwrap(), false, 0.0, "lookback"),
        (after["id"].as_str().unwrap(), false, 0.0, "after the conversion"),
    ] {
        let touch = of(id);
        assert_eq!((&touch["counted"], &touch["weight"]), (&json!(counted), &json!(weight)), "{touch}");
        assert!(text(&touch, "reason").contains(word), "{touch}");
    }
    assert_eq!(program.shares(&server.attributed("late")["credits"]), [(0.5, 5000), (0.5, 5000), (0.0, 0)]);
}

#[test]
fn a_renewed_click_is_the_latest_touch() {
    let program = Program::start();
    program.policy(json!({ "model": "last" }));
    let mut cookie = None;
    let first = program.click(0, 0, &mut cookie);
    program.clock.set(START + 10 * 60_000);
    let sent = cookie.clone().unwrap();
    let get = |partner: usize| program.server.get_with(&format!("/{}", program.partners[partner].1), &[("cookie", &sent)]);
    get(1);
    program.clock.set(START + 20 * 60_000);
    let again = get(0).click_id();
    let sale = program.sale("renewed", 1, json!({ "click_id": again }));
    assert_eq!(program.shares(&sale["credits"])[0], (1.0, 10_000));
    assert_eq!(sale["credits"][0]["touchpoint_id"], first);
    let explained = program.explain(&sale);
    let duplicate = explained["touchpoints"].as_array().unwrap().iter().find(|t| t["touchpoint_id"] == again).unwrap();
    assert_eq!((&duplicate["verdict"], &duplicate["counted"]), (&json!("duplicate"), &json!(false)));
}

#[test]
fn rules_leave_out_what_they_say() {
    let program = Program::start();
    let server = &program.server;
    server.ok("POST", "/codes", json!({ "partner_id": program.partners[1].0, "code": "BEN" }));
    server.ok("PATCH", &format!("/partners/{}", program.partners[0].0), json!({ "external_id": "c-ada" }));
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.click(2, 1, &mut cookie);
    let all = json!({ "click_id": click, "code": "ben" });
    let own = json!({ "click_id": click, "code": "ben", "customer_id": "c-ada" });
    let third = [0.333_333_334, 0.333_333_333, 0.333_333_333];
    for (place, (rules, sale, day, expected, reason)) in [
        (json!({}), &all, 2, third, ""),
        (json!({ "code_priority": "wins" }), &all, 2, [0.0, 1.0, 0.0], "the code given with the conversion wins"),
        (json!({ "lookback_days": { "click": 1 } }), &all, 2, [0.0, 0.5, 0.5], "outside the lookback"),
        (json!({ "kinds": ["click"] }), &all, 2, [0.5, 0.0, 0.5], "kind code"),
        (json!({ "teams": ["sales"] }), &all, 2, [0.0; 3], "team partner"),
        (json!({ "model": "custom", "weights": { "click": 1, "code": 2 } }), &all, 2, [0.25, 0.5, 0.25], ""),
        (json!({}), &json!({ "click_id": click }), 91, [0.0, 0.0, 1.0], "outside the lookback"),
        (json!({}), &json!({ "click_id": click }), 92, [0.0; 3], "outside the lookback"),
        // Last: from then on the browser is known as the partner's own.
        (json!({}), &own, 2, [0.0, 0.5, 0.5], "self-referral"),
        (json!({ "exclude_self_referral": false }), &own, 2, third, ""),
    ]
    .into_iter()
    .enumerate()
    {
        program.clock.set(program.at(day) - HOUR_MS + i64::try_from(place).unwrap());
        program.policy(rules.clone());
        let sale = program.sale(&format!("r{place}"), day, sale.clone());
        let shares: Vec<f64> = program.shares(&sale["credits"]).iter().map(|share| share.0).collect();
        assert_eq!(shares, expected, "{place}: {rules}");
        let explained = program.explain(&sale).to_string();
        assert!(explained.contains(reason), "{rules}: {explained}");
    }
}

#[test]
fn a_policy_applies_from_its_date_on() {
    let program = Program::start();
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.click(1, 1, &mut cookie);
    let by_click = || json!({ "click_id": click });
    let before = program.sale("before", 2, by_click());
    let later = program.policy(json!({ "model": "first", "applies_from": program.at(10).to_string() }));
    assert_eq!((&later["version"], &later["model"]), (&json!(2), &json!("first")));
    let between = program.sale("between", 3, by_click());
    let since = program.sale("since", 11, by_click());
    let occurred = json!({ "click_id": click, "occurred_at": program.at(9).to_string() });
    let reported_late = program.sale("reported-late", 12, occurred);
    for (sale, version, half) in [(&before, 1, true), (&between, 1, true), (&since, 2, false), (&reported_late, 1, true)] {
        let expected = if half { vec![(0.5, 5000), (0.5, 5000), (0.0, 0)] } else { vec![(1.0, 10_000), (0.0, 0), (0.0, 0)] };
        assert_eq!(program.shares(&sale["credits"]), expected);
        assert_eq!(program.explain(sale)["policy"]["version"], version);
    }
    // One more than the two that a new store has, one for each scope.
    assert_eq!(walk(&program.server, "/policies", 1).len(), 3);
    let path = format!("/policies/{}", text(&later, "id"));
    for method in ["PATCH", "PUT", "DELETE"] {
        assert_eq!(program.server.api(method, &path, json!({ "model": "last" })).status, 405, "{method}");
    }
}

#[test]
fn what_is_explained_is_what_stands() {
    let program = Program::start();
    let mut cookie = None;
    let clicks = [program.click(0, 0, &mut cookie), program.click(1, 1, &mut cookie)];
    let sale = program.sale("1", 2, json!({ "customer_id": "buyer", "click_id": clicks[1] }));
    let before = program.explain(&sale);
    assert_eq!(before["touchpoints"].as_array().unwrap().iter().filter(|touch| touch["counted"] == true).count(), 2);
    // Known as the buyer from now on: later sales leave this partner out, the credit for this one stands.
    program.server.ok("PATCH", &format!("/partners/{}", program.partners[0].0), json!({ "external_id": "buyer" }));
    let after = program.explain(&sale);
    for field in ["summary", "sentences", "touchpoints", "policy", "attributed_at"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let later = program.sale("2", 3, json!({ "customer_id": "buyer" }));
    assert_eq!(program.shares(&later["credits"]), [(0.0, 0), (1.0, 10_000), (0.0, 0)]);
    assert!(program.explain(&later).to_string().contains("self-referral"));
}

#[test]
fn credit_is_assigned_within_a_second() {
    let server = Server::start();
    let took = |order: usize| {
        server.get(&format!("/pixel.gif?order_id={order}&amount=1&currency=EUR"));
        let conversion = server.attributed(&order.to_string());
        let time = |field: &str| text(&conversion, field).parse::<Time>().unwrap();
        time("attributed_at") - time("recorded_at")
    };
    // The quickest of a few: the machine may be busy with other tests.
    let quickest = (0..5).map(took).min().unwrap();
    assert!((0..1_000).contains(&quickest), "{quickest} ms");
}

#[test]
fn an_id_is_the_same_with_blanks_around_it_whichever_way_it_comes_in() {
    let server = Server::start();
    let partner = json!({ "name": "Ada", "external_id": " buyer " });
    let ada = text(&server.ok("POST", "/partners", partner), "id");
    server.ok("POST", "/touchpoints", json!({ "kind": "intro", "partner_id": ada, "customer_id": "buyer " }));
    server.get("/pixel.gif?order_id=1001%20&customer_id=%20buyer&amount=1&currency=EUR");
    let first = server.attributed("1001");
    assert!(text(&first, "summary").contains("self-referral"), "{first}");
    let order = json!({ "order_id": " 1001", "customer_id": "buyer ", "amount": 100, "currency": "EUR" });
    let again = server.api_with("POST", "/conversions", &[("prefer", "wait=15")], order).json();
    assert_eq!((&again["id"], &again["duplicate"]), (&first["id"], &json!(true)));
}

#[test]
fn a_code_or_a_click_that_leads_to_nobody_is_told() {
    let program = Program::start();
    let server = &program.server;
    let code = |partner: usize, code: &str| {
        let made = server.ok("POST", "/codes", json!({ "partner_id": program.partners[partner].0, "code": code }));
        text(&made, "id")
    };
    code(0, "ADA20");
    let gone = code(0, "GONE");
    assert_eq!(server.api("DELETE", &format!("/codes/{gone}"), Value::Null).status, 204);
    code(1, "BEN20");
    server.ok("PATCH", &format!("/partners/{}", program.partners[1].0), json!({ "status": "disabled" }));
    let later = program.sale("later", 1, json!({ "code": "soon" }));
    code(2, "SOON");
    let click = kudos::domain::id::TouchpointId::mint(START).to_string();
    let of = |order: &str, more: Value| program.explain(&program.sale(order, 1, more));
    for (explained, field, reason, sentence) in [
        (
            of("1", json!({ "code": "ada21" })),
            "code",
            "unknown",
            "The code ADA21 is not known: no partner has one that is spelled so.",
        ),
        (of("2", json!({ "code": "gone" })), "code", "disabled", "The code GONE is disabled."),
        (of("3", json!({ "code": "ben20" })), "code", "partner_disabled", "The code BEN20 is that of Ben, who is disabled."),
        (
            program.explain(&later),
            "code",
            "not_then",
            "The code SOON was not in use when this was recorded; it counts from now on.",
        ),
        (
            of("4", json!({ "click_id": click })),
            "click_id",
            "unknown",
            &format!("The click {click} is not known: it may be mistyped, of another program, or still on its way."),
        ),
    ] {
        let told = &explained["unmatched"][0];
        assert_eq!((&told["field"], &told["reason"], &told["sentence"]), (&json!(field), &json!(reason), &json!(sentence)));
        assert_eq!(explained["unmatched"].as_array().unwrap().len(), 1);
    }
    let good = program.click(0, 1, &mut None);
    assert_eq!(of("5", json!({ "code": "ada20", "click_id": good })).get("unmatched"), None);
}
