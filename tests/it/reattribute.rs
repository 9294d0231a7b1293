//! `kudos reattribute` beside a running server: what it shows, what it changes, and what later touchpoints make of that.

use serde_json::{Value, json};

use super::credit::Program;
use super::policies::{dump, two_sales};
use super::program::column;
use super::server::{eventually, text};
use crate::settings;

/// Runs the command on the database of a running server; whether it succeeded, what it printed and what it told.
fn reattribute(program: &Program, arguments: &[&str]) -> (bool, String, String) {
    let (from, to) = (program.at(0).date(), program.at(30).date());
    let mut all = vec!["reattribute", "--from", &from, "--to", &to];
    all.extend(arguments);
    let database = program.server.database();
    let output = settings::run(&program.server.dir, &all, &[("KUDOS_DATABASE", &database)]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

fn credits_of(program: &Program, order: &str) -> Vec<f64> {
    program.shares(&program.server.attributed(order)["credits"]).iter().map(|share| share.0).collect()
}

#[test]
fn a_chosen_policy_is_followed_from_then_on_by_late_touchpoints_too() {
    let (program, sales) = two_sales();
    let server = &program.server;
    // Far in the future: no conversion follows it by itself.
    let other = json!({ "name": "other", "model": "last", "applies_from": "2090-01-01T00:00:00Z" });
    let policy = program.policy(other);
    let before = dump(server);
    let (done, shown, _) = reattribute(&program, &["--policy", "other", "--dry-run"]);
    assert!(done && shown.starts_with("2 conversions, 2 would be attributed anew, the credits of 2 would change\n"), "{shown}");
    let ada = format!(
        "Ada ({}): 1.000000000 conversions, 100.00 EUR -> 0.000000000 conversions, -1.000000000 conversions, -100.00 EUR",
        program.partners[0].0
    );
    assert!(shown.contains(&ada), "{shown}");
    assert!(shown.ends_with("2.000000000 conversions, 200.00 EUR, +0.000000000 conversions, +0.00 EUR\n"), "{shown}");
    assert_eq!(dump(server), before, "a dry run writes nothing");

    let (done, shown, told) = reattribute(&program, &["--policy", "other@1"]);
    assert_eq!((done, shown.as_str()), (true, "2 conversions, 2 attributed anew, the credits of 2 changed\n"), "{told}");
    assert!(told.contains("kudos: 2 of 2 conversions"), "{told}");
    assert_eq!((credits_of(&program, "1"), credits_of(&program, "2")), (vec![0.0, 1.0, 0.0], vec![0.0, 1.0, 0.0]));
    let explained = program.explain(&sales[0]);
    assert_eq!((&explained["policy"]["id"], &explained["pinned"]), (&policy["id"], &json!(true)));
    // Superseded, not erased.
    let superseded = "select cast(count(*) as text) from credits where superseded_at is not null";
    assert_eq!(column(&server.dir, superseded), [Some("4".to_owned())]);
    let (_, shown, _) = reattribute(&program, &["--policy", "other"]);
    assert_eq!(shown, "2 conversions, 2 attributed anew, the credits of 0 changed\n", "what is done does not change again");
    let audit = server.ok("GET", "/audit", Value::Null);
    let line = &audit["data"][0];
    assert_eq!((text(line, "action"), text(line, "actor")), ("conversions.reattribute".into(), "operator".into()));
    assert_eq!(line["subject"], policy["id"]);

    // No draft moves what an admin pinned.
    let day = program.at(2).date();
    let tried = server.ok("POST", "/policies/simulate", json!({ "draft": {}, "from": day, "to": day }));
    assert_eq!((&tried["conversions"], &tried["following"], &tried["changed"]), (&json!(2), &json!(0), &json!(0)));

    // Without a policy: the one in force, pinned no more.
    let (_, shown, _) = reattribute(&program, &[]);
    assert_eq!(shown, "2 conversions, 2 attributed anew, the credits of 2 changed\n");
    assert_eq!(program.explain(&sales[0])["pinned"], false);
    assert_eq!(credits_of(&program, "1"), [0.5, 0.5, 0.0]);
}

#[test]
fn a_touchpoint_that_comes_late_is_judged_under_the_pinned_version() {
    let program = Program::start();
    let server = &program.server;
    let click = program.click(0, 0, &mut None);
    program.sale("1", 2, json!({ "customer_id": "c1", "click_id": click }));
    program.policy(json!({ "name": "other", "model": "last", "applies_from": "2090-01-01T00:00:00Z" }));
    assert!(reattribute(&program, &["--policy", "other"]).0);
    let late = json!({ "partner_id": program.partners[2].0, "kind": "intro", "customer_id": "c1", "occurred_at": program.at(1).to_string() });
    server.ok("POST", "/touchpoints", late);
    eventually("the late introduction is the last touch", || (credits_of(&program, "1") == [0.0, 0.0, 1.0]).then_some(()));
}

/// How many the dry run and then the run itself say would change, or did.
fn changes(program: &Program, arguments: &[&str]) -> [String; 2] {
    let count = |arguments: &[&str]| {
        let (done, shown, told) = reattribute(program, arguments);
        assert!(done, "{told}");
        let line = shown.lines().next().unwrap();
        line.split("the credits of ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    [count(&[arguments, &["--dry-run"]].concat()), count(arguments)]
}

#[test]
fn a_renewal_is_pinned_no_more_when_it_follows_its_first_sale_again() {
    let program = Program::start();
    program.policy(json!({ "model": "linear", "renewal_follows": "first_sale" }));
    for (name, model) in [("other", "last"), ("same", "linear")] {
        let renewals = if name == "same" { "first_sale" } else { "fresh" };
        program.policy(
            json!({ "name": name, "model": model, "renewal_follows": renewals, "applies_from": "2090-01-01T00:00:00Z" }),
        );
    }
    let mut cookie = None;
    let click = program.click(0, 1, &mut cookie);
    program.click(1, 2, &mut cookie);
    let sale = program.sale("first", 3, json!({ "customer_id": "c1", "click_id": click }));
    program.click(2, 4, &mut cookie);
    let renewal = program.sale("again", 5, json!({ "customer_id": "c1", "event": "renewal" }));
    let (half, ben, cleo) = (vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]);
    let settled = |expected: &[Vec<f64>; 2], pinned: bool| {
        eventually(&format!("{expected:?}"), || {
            let found = [credits_of(&program, "first"), credits_of(&program, "again")];
            let is_pinned = [&sale, &renewal].map(|one| program.explain(one)["pinned"] == pinned);
            (found == *expected && is_pinned == [true; 2]).then_some(())
        });
    };
    settled(&[half.clone(), half.clone()], false);
    // What is told to change is what changes: another version alone is none of it.
    assert_eq!(changes(&program, &["--policy", "same"]), ["0", "0"]);
    settled(&[half.clone(), half.clone()], true);
    assert_eq!(changes(&program, &["--policy", "other"]), ["2", "2"]);
    settled(&[ben, cleo], true);
    assert_eq!(changes(&program, &[]), ["2", "2"]);
    settled(&[half.clone(), half], false);
    assert_eq!(changes(&program, &[]), ["0", "0"]);
}

#[test]
fn only_what_fits_the_filters_is_touched() {
    let program = Program::start();
    let mut cookie = None;
    let click = program.click(0, 0, &mut cookie);
    program.click(1, 1, &mut cookie);
    program.sale("1", 2, json!({ "click_id": click }));
    program.sale("2", 2, json!({ "click_id": click, "event": "lead" }));
    program.policy(
        json!({ "name": "leads", "model": "last", "filters": { "events": ["lead"] }, "applies_from": "2090-01-01T00:00:00Z" }),
    );
    let (_, shown, _) = reattribute(&program, &["--policy", "leads"]);
    assert_eq!(shown, "2 conversions, 1 attributed anew, the credits of 1 changed\n");
    assert_eq!((credits_of(&program, "1"), credits_of(&program, "2")), (vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 0.0]));
    assert_eq!(column(&program.server.dir, "select cast(count(*) as text) from jobs"), [Some("0".to_owned())]);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let program = Program::start();
    program.policy(json!({ "name": "gone", "retired": true }));
    for (arguments, expected) in [
        (&["--policy", "nope"][..], "there is no policy version \"nope\""),
        (&["--policy", "standard@9"], "there is no policy version \"standard@9\""),
        (&["--policy", "teams"], "must be of the scope partners"),
        (&["--policy", "gone"], "version 1 of gone is retired"),
    ] {
        let (done, _, told) = reattribute(&program, arguments);
        assert!(!done && told.contains(expected), "{arguments:?}: {told}");
    }
    let database = program.server.database();
    let run = |arguments: &[&str]| {
        let output = settings::run(&program.server.dir, arguments, &[("KUDOS_DATABASE", &database)]);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(run(&["reattribute", "--from", "2026-01-02", "--to", "2026-01-01"]).contains("must lie after --from"));
    assert!(run(&["reattribute", "--from", "soon", "--to", "2026-01-01"]).contains("neither a date"));
    assert!(run(&["reattribute", "--from", "2026-01-02"]).contains("--to"));
}
