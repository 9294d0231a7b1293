//! What partners are told of conversions whose credit does not go by their own journey.

use serde_json::json;

use super::credit::Program;
use super::server::text;

#[test]
fn a_renewal_is_explained_by_the_sale_it_goes_by() {
    let program = Program::start();
    program.policy(json!({ "model": "position" }));
    let mut cookie = None;
    let click = program.click(0, 1, &mut cookie);
    program.click(1, 2, &mut cookie);
    program.click(0, 3, &mut cookie);
    program.sale("p1", 4, json!({ "customer_id": "c1", "click_id": click }));
    program.clock.set(program.at(5));
    program.policy(json!({ "model": "linear", "renewal_follows": "first_sale" }));
    program.click(2, 6, &mut cookie);
    let renewal = program.sale("p2", 7, json!({ "customer_id": "c1", "event": "renewal" }));
    assert_eq!(program.shares(&renewal["credits"]), [(0.8, 8_000), (0.2, 2_000), (0.0, 0)]);
    let explained = program.explain(&renewal);
    let told = |place: usize| {
        let (partner, _) = &program.partners[place];
        let own = explained["sentences"].as_array().unwrap().iter().find(|one| one["partner_id"] == **partner);
        text(own.unwrap(), "sentence")
    };
    let as_for = |rest: &str| format!("As for the customer's first sale, order p1: {rest}");
    assert_eq!(told(0), as_for("you were the first of two partners; under Position-based you get 80 %."));
    assert_eq!(told(1), as_for("you were the second of two partners; under Position-based you get 20 %."));
    let why = "this renewal goes by the customer's first sale, order p1, in which it has no part";
    assert_eq!(told(2), format!("You get nothing of it. Why: {why}."));
    let last = explained["touchpoints"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["counted"], text(last, "reason")), (&json!(false), why.to_owned()));
}
