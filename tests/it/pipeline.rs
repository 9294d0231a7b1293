//! The pipeline report against a table of deals that was worked out by hand.

use serde_json::{Value, json};

use super::program::{Dated, refused};
use super::server::{Server, text};

/// Deals of EUR: name, owner, opened and closed on which day (from day 100), how, cents, and what happened on which day.
type Row = (&'static str, &'static str, i64, Option<(i64, &'static str)>, i64, &'static [(&'static str, &'static str, i64)]);

/// `A` and `B` are partners, `-` is nobody. By `first_touch`: D1 D2 are sourced by A, D4 by B; D3 and D5 are influenced, D3 by A
/// and B, D5 by B; D6, D7, D8 and D9 are neither: D6 has no touchpoint, that of D7 came after the close, that of D8 is too old,
/// and those of D9 are our own.
const DEALS: [Row; 9] = [
    ("D1", "Olga", 10, Some((20, "won")), 10_000, &[("A", "intro", 5), ("B", "co_sell", 12)]),
    ("D2", "Olga", 10, Some((30, "won")), 20_001, &[("A", "intro", 10)]),
    ("D3", "Olga", 10, Some((40, "won")), 50_000, &[("-", "demo", 9), ("A", "referral", 11), ("B", "co_sell", 40)]),
    ("D4", "Pete", 10, Some((50, "lost")), 7_000, &[("B", "intro", 1)]),
    ("D5", "Pete", 20, None, 1_000, &[("B", "co_sell", 21)]),
    ("D6", "Pete", 20, Some((60, "won")), 10_000, &[]),
    ("D7", "", 20, Some((40, "lost")), 4_000, &[("A", "intro", 41)]),
    ("D8", "", 99, Some((100, "lost")), 2_000, &[("A", "intro", -82)]),
    ("D9", "", 95, None, 3_000, &[("-", "demo", 96), ("-", "webinar", 97)]),
];

struct Program {
    dated: Dated,
    partners: [String; 2],
}

impl Program {
    fn new() -> Program {
        let dated = Dated::start();
        let partners = ["A", "B"].map(|name| dated.server.partner(name));
        let program = Program { dated, partners };
        for (name, owner, opened, closed, amount, touches) in DEALS {
            program.dated.clock.set(program.dated.day(opened + 100));
            let owner = Some(owner).filter(|owner| !owner.is_empty());
            let new = json!({ "name": name, "owner": owner, "amount": amount, "currency": "EUR" });
            let deal = text(&program.server().ok("POST", "/deals", new), "id");
            for (partner, kind, day) in touches {
                let partner = ["A", "B"].iter().position(|name| name == partner).map(|place| &program.partners[place]);
                let at = program.dated.day(day + 100);
                program.dated.clock.set(at.max(program.dated.day(opened + 100)));
                let new = json!({ "kind": kind, "partner_id": partner, "deal_id": deal, "occurred_at": at.to_string() });
                program.server().ok("POST", "/touchpoints", new);
            }
            if let Some((day, status)) = closed {
                program.dated.clock.set(program.dated.day(day + 100));
                program.server().ok("PATCH", &format!("/deals/{deal}"), json!({ "status": status }));
            }
        }
        program.dated.clock.set(program.dated.day(201));
        program
    }

    fn server(&self) -> &Server {
        &self.dated.server
    }

    fn report(&self, query: &str) -> Vec<Value> {
        let (from, to) = (self.dated.day(100), self.dated.day(201));
        let path = format!("/reports/pipeline?from={from}&to={to}&{query}");
        self.server().ok("GET", &path, Value::Null)["data"].as_array().unwrap().clone()
    }
}

fn part<'a>(row: &'a Value, part: &str) -> &'a Value {
    row["parts"].as_array().unwrap().iter().find(|found| found["part"] == part).unwrap_or_else(|| panic!("no {part}: {row}"))
}

/// Deals, open, won, lost, stalled.
fn counts(part: &Value) -> [i64; 5] {
    ["deals", "open", "won", "lost", "stalled"].map(|field| part[field].as_i64().unwrap())
}

fn euros(amount: i64) -> Value {
    json!([{ "amount": amount, "currency": "EUR" }])
}

#[test]
fn sourced_influenced_and_neither_are_as_worked_out_by_hand() {
    let program = Program::new();
    let [row] = &program.report("")[..] else { panic!("one row") };
    let (sourced, influenced, neither) = (part(row, "sourced"), part(row, "influenced"), part(row, "neither"));
    assert_eq!(counts(sourced), [3, 0, 2, 1, 0]);
    assert_eq!(counts(influenced), [2, 1, 1, 0, 1], "D5 has been in its stage for 81 days");
    assert_eq!(counts(neither), [4, 1, 1, 2, 0], "D9 for 6");
    assert_eq!(
        [&sourced["amount"], &influenced["amount"], &neither["amount"]],
        [&euros(37_001), &euros(51_000), &euros(19_000)]
    );
    assert_eq!([&sourced["won_amount"], &neither["won_amount"]], [&euros(30_001), &euros(10_000)]);
    // Two of three, one of one, one of three.
    assert_eq!(
        [&sourced["win_rate"], &influenced["win_rate"], &neither["win_rate"]],
        [&json!(0.666667), &json!(1.0), &json!(0.333333)]
    );
    // 300.01 over two is 150.005: to the cent, halves up.
    assert_eq!([&sourced["average_deal"], &neither["average_deal"]], [&euros(15_001), &euros(10_000)]);
    // 10 and 20 days; 30; 40.
    assert_eq!(
        [&sourced["days_to_close"], &influenced["days_to_close"], &neither["days_to_close"]],
        [&json!(15.0), &json!(30.0), &json!(40.0)]
    );
    assert_eq!(
        [&sourced["stall_rate"], &influenced["stall_rate"], &neither["stall_rate"]],
        [&Value::Null, &json!(1.0), &json!(0.0)]
    );
    let lift = &sourced["lift"];
    assert_eq!((&lift["win_rate"], &lift["days_to_close"], &lift["stall_rate"]), (&json!(1.0), &json!(-0.625), &Value::Null));
    assert_eq!(lift["average_deal"], json!([{ "currency": "EUR", "lift": 0.50005 }]));
    assert!(neither["lift"].is_null(), "it is what the others are against");
}

#[test]
fn the_policy_says_what_sourced_means() {
    let program = Program::new();
    let sourced = |rule: &str| {
        // Each version a moment after the one before.
        program.dated.clock.set(program.dated.clock.now() + 1);
        program.server().ok(
            "POST",
            "/policies",
            json!({ "sourced_by": rule, "applies_from": program.dated.day(0).to_string() }),
        );
        let rows = program.report("group_by=partner");
        let of = |id: &String| rows.iter().find(|row| row["key"] == **id).map_or(0, |row| counts(part(row, "sourced"))[0]);
        [of(&program.partners[0]), of(&program.partners[1])]
    };
    assert_eq!(sourced("first_touch"), [2, 1]);
    assert_eq!(sourced("registration"), [0, 0]);
    let deals = program.server().ok("GET", "/deals", Value::Null)["data"].as_array().unwrap().clone();
    let deal = |name: &str| text(deals.iter().find(|deal| deal["name"] == name).unwrap(), "id");
    let registration = json!({ "partner_id": program.partners[1], "account": "D9" });
    let registration = text(&program.server().ok("POST", "/deal-registrations", registration), "id");
    let approve = format!("/deal-registrations/{registration}/approve");
    program.server().ok("POST", &approve, json!({ "deal_id": deal("D9") }));
    assert_eq!(sourced("registration"), [0, 1]);
    // B worked on D1 between A's intro and the opening.
    let late = json!({
        "kind": "training", "partner_id": program.partners[1], "deal_id": deal("D1"), "occurred_at": program.dated.day(109).to_string(),
    });
    program.server().ok("POST", "/touchpoints", late);
    assert_eq!(sourced("first_touch"), [2, 1]);
    assert_eq!(sourced("last_touch_before_open"), [1, 2]);
    assert_eq!(
        refused(program.server(), "POST", "/policies", json!({ "sourced_by": "luck" })),
        (422, vec!["sourced_by".into()])
    );
}

#[test]
fn rows_are_by_partner_owner_and_stage() {
    let program = Program::new();
    let partners = program.report("group_by=partner");
    let labels: Vec<String> = partners.iter().map(|row| text(row, "label")).collect();
    assert_eq!(labels, ["A", "B"]);
    let parts = |row: &Value| ["sourced", "influenced", "neither"].map(|name| counts(part(row, name))[0]);
    assert_eq!(parts(&partners[0]), [2, 1, 6], "D1 D2; D3; the rest");
    assert_eq!(parts(&partners[1]), [1, 3, 5], "D4; D1 D3 D5; the rest");

    let owners = program.report("group_by=owner");
    let keys: Vec<Option<&str>> = owners.iter().map(|row| row["key"].as_str()).collect();
    assert_eq!(keys, [None, Some("Olga"), Some("Pete")]);
    assert_eq!(owners.iter().map(parts).collect::<Vec<_>>(), [[0, 0, 3], [2, 1, 0], [1, 1, 1]]);

    let stages = program.report("group_by=stage");
    let by_stage: Vec<(String, [i64; 3])> = stages.iter().map(|row| (text(row, "label"), parts(row))).collect();
    let expected = [("new", [0, 1, 1]), ("won", [2, 1, 1]), ("lost", [1, 0, 2])];
    assert_eq!(by_stage, expected.map(|(stage, parts)| (stage.to_owned(), parts)));
    let reached = program.report("group_by=stage_reached");
    assert_eq!((text(&reached[0], "label"), parts(&reached[0])), ("new".into(), [3, 2, 4]), "all began there");
    assert_eq!(part(&reached[0], "sourced")["win_rate"], json!(0.666667));
}

#[test]
fn kinds_of_touchpoint_are_set_against_deals_without_them() {
    let program = Program::new();
    let kinds = program.report("group_by=kind");
    let with = |kind: &str| {
        let row = kinds.iter().find(|row| row["key"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        (part(row, "with").clone(), part(row, "without").clone())
    };
    let keys: Vec<&str> = kinds.iter().filter_map(|row| row["key"].as_str()).collect();
    assert_eq!(keys, ["co_sell", "demo", "intro", "referral", "webinar"]);
    // D1 D3 won, D5 stalled; of the others D2 D6 won, D4 D7 D8 lost, D9 open.
    let (co_sell, others) = with("co_sell");
    assert_eq!((counts(&co_sell), counts(&others)), ([3, 1, 2, 0, 1], [6, 1, 2, 3, 0]));
    assert_eq!((&co_sell["win_rate"], &others["win_rate"]), (&json!(1.0), &json!(0.4)));
    assert_eq!(co_sell["lift"]["win_rate"], json!(1.5), "goes with deals that close");
    // 20 days against 30: 10 and 30; 20 and 40.
    assert_eq!(co_sell["lift"]["days_to_close"], json!(-0.333333), "close faster");
    // 300.00 against 150.005.
    assert_eq!(co_sell["lift"]["average_deal"], json!([{ "currency": "EUR", "lift": 0.999933 }]), "close bigger");
    assert_eq!((&co_sell["stall_rate"], &others["stall_rate"]), (&json!(1.0), &json!(0.0)), "or stall");
    let (demo, _) = with("demo");
    assert_eq!(counts(&demo), [2, 1, 1, 0, 0], "the work of our own teams too");
    let (intro, _) = with("intro");
    assert_eq!(counts(&intro), [3, 0, 2, 1, 0], "D1 D2 D4: those of D7 and D8 do not count");
}

#[test]
fn a_report_is_of_deals_opened_in_its_period() {
    let program = Program::new();
    let total = |from: i64, to: i64| {
        let (from, to) = (program.dated.day(from), program.dated.day(to));
        let rows = program.server().ok("GET", &format!("/reports/pipeline?from={from}&to={to}"), Value::Null);
        rows["data"][0]["parts"].as_array().unwrap().iter().map(|part| counts(part)[0]).sum::<i64>()
    };
    assert_eq!((total(110, 111), total(111, 120), total(120, 121), total(0, 300)), (4, 0, 3, 9));
    assert_eq!(counts(part(&program.report("stalled_days=6")[0], "neither")), [4, 1, 1, 2, 1]);
    let document = program.server().get("/api/v1/openapi.json").json();
    let parameters = document["paths"]["/reports/pipeline"]["get"]["parameters"].as_array().unwrap();
    let days = &parameters.iter().find(|one| one["name"] == "stalled_days").unwrap()["schema"];
    assert_eq!((&days["minimum"], &days["maximum"]), (&json!(1), &json!(3650)), "{days}");
    let bad = "/reports/pipeline?stalled_days=0";
    assert_eq!(refused(program.server(), "GET", bad, Value::Null), (422, vec!["stalled_days".into()]));
    assert_eq!(
        refused(program.server(), "GET", "/reports/pipeline?group_by=moon", Value::Null),
        (422, vec!["group_by".into()])
    );
}
