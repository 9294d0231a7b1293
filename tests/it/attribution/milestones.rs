//! The models with fixed parts for the ends and for milestones.

use kudos::domain::attribution::{Milestones, Outcome, Sale, attribute};
use kudos::domain::policy::Model;
use kudos::domain::time::{DAY_MS, Time};

use super::{SALE_AT, click, credits, reason, rules, sale};

/// Shares in percent of clicks so many days before the sale, the lead and the opportunity as many days before it.
fn percents(model: Model, days: &[i64], lead: Option<i64>, opportunity: Option<i64>) -> Vec<f64> {
    let outcome = outcome(model, days, lead, opportunity);
    let of = |id: u128| credits(&outcome).iter().find(|credit| credit.0 == id).map_or(0.0, |credit| credit.1 as f64 / 1e7);
    (1..=days.len() as u128).map(of).collect()
}

fn outcome(model: Model, days: &[i64], lead: Option<i64>, opportunity: Option<i64>) -> Outcome {
    let at = |days: i64| Time::from_millis(SALE_AT - days * DAY_MS);
    let milestones = Milestones { lead: lead.map(at), opportunity: opportunity.map(at) };
    let touches = days.iter().zip(1..).map(|(days, id)| click(id, days * DAY_MS)).collect();
    attribute(&Sale { milestones, ..sale(0) }, &rules(model), touches)
}

#[test]
fn milestones_have_their_parts() {
    let seven = [70, 60, 50, 40, 30, 20, 10];
    for (model, days, lead, opportunity, expected) in [
        // First, lead, opportunity and 4 others.
        (Model::WShaped, &seven[..], Some(50), Some(30), &[30.0, 2.5, 30.0, 2.5, 30.0, 2.5, 2.5][..]),
        // A moment between two touchpoints belongs to the one before it.
        (Model::WShaped, &seven, Some(45), Some(29), &[30.0, 2.5, 30.0, 2.5, 30.0, 2.5, 2.5]),
        (Model::FullPath, &seven, Some(50), Some(30), &[22.5, 10.0 / 3.0, 22.5, 10.0 / 3.0, 22.5, 10.0 / 3.0, 22.5]),
        // Missing milestones renormalise.
        (Model::WShaped, &[3, 2, 1], None, None, &[75.0, 12.5, 12.5]),
        (Model::WShaped, &[3, 2, 1], Some(2), None, &[300.0 / 7.0, 300.0 / 7.0, 100.0 / 7.0]),
        (Model::FullPath, &[3, 2, 1], None, None, &[2250.0 / 55.0, 1000.0 / 55.0, 2250.0 / 55.0]),
        // A milestone before every touchpoint is held by none.
        (Model::WShaped, &[3, 2, 1], Some(4), None, &[75.0, 12.5, 12.5]),
        // One touchpoint may hold several; with nothing in between the 10 % go to all.
        (Model::WShaped, &[3, 2], Some(3), Some(2), &[200.0 / 3.0, 100.0 / 3.0]),
        (Model::WShaped, &[3, 2, 1], Some(3), Some(3), &[90.0, 5.0, 5.0]),
        (Model::FullPath, &[3], Some(3), Some(1), &[100.0]),
        (Model::JShaped, &[4, 3, 2, 1], None, None, &[20.0, 10.0, 10.0, 60.0]),
        (Model::InverseJ, &[4, 3, 2, 1], None, None, &[60.0, 10.0, 10.0, 20.0]),
        (Model::JShaped, &[2, 1], None, None, &[25.0, 75.0]),
        (Model::InverseJ, &[2, 1], None, None, &[75.0, 25.0]),
        (Model::JShaped, &[1], None, None, &[100.0]),
    ] {
        for (got, expected) in percents(model, days, lead, opportunity).iter().zip(expected) {
            assert!((got - expected).abs() < 2e-7, "{model} {days:?}: {got}, expected {expected}");
        }
    }
}

#[test]
fn milestones_are_told() {
    let told = outcome(Model::WShaped, &[3, 2, 1], Some(3), None);
    assert_eq!(reason(&told, 1), "w_shaped: first and lead of 3 touchpoints, 85.71 %; no opportunity is known");
    assert_eq!(reason(&told, 2), "w_shaped: between the milestones of 3 touchpoints, 7.14 %; no opportunity is known");
    let told = outcome(Model::WShaped, &[3, 2, 1], Some(4), None);
    let early = "w_shaped: first of 3 touchpoints, 75 %; no opportunity is known; the lead came before the first touchpoint";
    assert_eq!(reason(&told, 1), early);
    let told = outcome(Model::WShaped, &[3], Some(4), Some(5));
    assert_eq!(reason(&told, 1), "w_shaped: the only touchpoint that counts, 100 %");
    let told = outcome(Model::FullPath, &[3, 2], Some(4), Some(5));
    assert!(reason(&told, 1).ends_with("; the lead and the opportunity came before the first touchpoint"));
    let told = outcome(Model::FullPath, &[3, 2, 1], Some(3), Some(1));
    assert_eq!(reason(&told, 3), "full_path: opportunity and close of 3 touchpoints, 45 %");
    let told = outcome(Model::JShaped, &[3, 2, 1], None, None);
    assert_eq!(reason(&told, 3), "j_shaped: last of 3 touchpoints, 60 %");
}
