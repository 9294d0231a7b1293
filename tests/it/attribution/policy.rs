//! Rules of a policy: kinds weigh and look back, exclusions, scopes, and which policy a conversion follows.

use std::collections::BTreeMap;

use kudos::domain::attribution::{Milestones, Sale, Touch, WHOLE, attribute, by_team};
use kudos::domain::id::{CampaignId, GroupId, LinkId, PartnerId, PolicyId};
use kudos::domain::kind::TouchpointKind;
use kudos::domain::partner::Status;
use kudos::domain::policy::{Exclusions, Facts, Filters, Lookback, Model, PolicyScope, RuleBook, Rules, Version};
use kudos::domain::time::{DAY_MS, Time};
use kudos::domain::touchpoint::{CLICK, CODE, Team, VIEW};
use kudos::domain::verdict::Verdict;
use uuid::Uuid;

use super::{MINUTE_MS, check_excluded, click, code, credits, reason, rules, sale, shares};

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

fn of(number: u128, kind: &str, days: i64) -> Touch {
    Touch { kind: kind.into(), ..click(number, days * DAY_MS) }
}

fn kind(name: &str, weight: f64, lookback_days: Option<u32>) -> TouchpointKind {
    TouchpointKind { name: name.into(), team: Team::Partner, weight, lookback_days, status: Status::Active, built_in: false }
}

fn weighing(model: Model, weights: &[(&str, f64)]) -> Rules {
    Rules { weights: weights.iter().map(|(kind, weight)| ((*kind).to_owned(), *weight)).collect(), ..rules(model) }
}

#[test]
fn the_weight_of_a_kind_multiplies_the_model_s() {
    let touches = || vec![of(1, CLICK, 3), of(2, "demo", 2), of(3, CLICK, 1)];
    for (rules, expected) in [
        (weighing(Model::Linear, &[("demo", 2.0)]), [WHOLE / 4, WHOLE / 2, WHOLE / 4]),
        (weighing(Model::Linear, &[("demo", 0.5), (CLICK, 1.5)]), [428_571_429, 142_857_143, 428_571_428]),
        (weighing(Model::Position, &[("demo", 2.0)]), [333_333_334, 333_333_333, 333_333_333]),
        (weighing(Model::Last, &[("demo", 9.0)]), [0, 0, WHOLE]),
        // 1/8, 1/4 x 3, 1/2 of 11/8, in half-lives of a day.
        (Rules { half_life_days: 1.0, ..weighing(Model::TimeDecay, &[("demo", 3.0)]) }, [90_909_091, 545_454_545, 363_636_364]),
        // All alike is as if there were none.
        (weighing(Model::Linear, &[("demo", 7.0), (CLICK, 7.0)]), [333_333_334, 333_333_333, 333_333_333]),
        // The greatest and the least that there is.
        (weighing(Model::Linear, &[("demo", 1e6), (CLICK, 1e-9)]), [0, WHOLE, 0]),
    ] {
        assert_eq!(shares(&attribute(&sale(0), &rules, touches())), expected, "{rules:?}");
    }
    let outcome = attribute(&sale(0), &weighing(Model::Linear, &[("demo", 2.0)]), touches());
    assert_eq!(reason(&outcome, 2), "linear: one of 3 touchpoints that count; kind demo weighs 2, so 50 %");
    assert_eq!(reason(&outcome, 1), "linear: one of 3 touchpoints that count; kind click weighs 1, so 25 %");
    // What the model alone gives, then what the kind makes of it.
    let outcome = attribute(&sale(0), &weighing(Model::Position, &[("demo", 2.0)]), touches());
    assert_eq!(reason(&outcome, 1), "position: first of 3 touchpoints, 40 %; kind click weighs 1, so 33.33 %");
    assert_eq!(reason(&outcome, 2), "position: in the middle of 3 touchpoints, 20 %; kind demo weighs 2, so 33.33 %");
    let (none, why) = (weighing(Model::Linear, &[("demo", 0.0)]), "kind demo has no weight under the policy");
    check_excluded(&none, of(7, "demo", 1), why, "is of a kind without weight");
}

#[test]
fn what_a_policy_does_not_say_of_a_kind_the_table_of_kinds_says() {
    let kinds = [kind("demo", 2.0, Some(30)), kind(CLICK, 1.0, Some(10)), kind("intro", 1.0, None)];
    let lookback_days = Lookback { click: 90, kinds: BTreeMap::from([("demo".into(), 60)]), ..Lookback::default() };
    let rules = Rules { lookback_days, ..weighing(Model::Linear, &[(CLICK, 3.0)]) }.with_kinds(&kinds);
    let days = |kind: &str| rules.lookback_days.days(kind);
    // The policy's map, then the kind's own, then one of the four.
    assert_eq!((days("demo"), days(CLICK), days("intro"), days(VIEW), days(CODE)), (60, 10, 180, 1, 0));
    let outcome = attribute(&sale(0), &rules, vec![of(1, CLICK, 1), of(2, "demo", 1), of(3, "intro", 1)]);
    assert_eq!(shares(&outcome), [WHOLE / 2, 333_333_333, 166_666_667], "3 by the policy, 2 by the kind, 1 by default");
    let why = "outside the lookback: more than 10 days before the conversion, the limit for kind click";
    check_excluded(&rules, of(7, CLICK, 11), why, "was outside the lookback");

    // Under `custom` only the policy's weights count.
    let custom = weighing(Model::Custom, &[(CLICK, 1.0)]).with_kinds(&kinds);
    let outcome = attribute(&sale(0), &custom, vec![of(1, CLICK, 1), of(2, "demo", 1)]);
    assert_eq!(shares(&outcome), [WHOLE, 0]);
}

#[test]
fn a_policy_may_leave_out_partners_links_campaigns_and_repeats() {
    let touch = || Touch { partner: Some(id(5)), link: Some(id(6)), campaign: Some(id(8)), ..click(7, DAY_MS) };
    let without = |exclude| Rules { exclude, ..Rules::default() };
    let plain = Exclusions::default();
    for (exclude, what) in [
        (Exclusions { partners: vec![id::<PartnerId>(5)], ..plain.clone() }, "partner"),
        (Exclusions { links: vec![id::<LinkId>(6)], ..plain.clone() }, "link"),
        (Exclusions { campaigns: vec![id::<CampaignId>(8)], ..plain.clone() }, "campaign"),
    ] {
        let why = format!("the policy leaves out this {what}");
        check_excluded(&without(exclude), touch(), &why, "is left out by the policy");
    }
    // A repeated click renews the one it repeats, unless repeats are left out.
    let touches = || {
        let again = Touch { verdict: Verdict::Duplicate, ..click(3, 20 * MINUTE_MS) };
        vec![click(1, 40 * MINUTE_MS), Touch { link: None, ..click(2, 30 * MINUTE_MS) }, again]
    };
    let last = |verdicts| Rules { model: Model::Last, ..without(Exclusions { verdicts, ..Exclusions::default() }) };
    assert_eq!(credits(&attribute(&sale(1), &last(vec![]), touches())), [(1, WHOLE, 1)]);
    assert_eq!(credits(&attribute(&sale(1), &last(vec![Verdict::Duplicate]), touches())), [(2, WHOLE, 1)]);
}

#[test]
fn a_click_that_is_too_close_to_its_conversion_takes_no_part() {
    let rules = Rules { min_click_to_conversion_seconds: 10, ..Rules::default() };
    let why = "too close: less than 10 seconds before the conversion, the least for a click";
    check_excluded(&rules, click(7, 9_999), why, "came too shortly before the conversion");
    for touch in [click(7, 10_000), code(7), of(7, "demo", 0), of(7, VIEW, 0)] {
        assert_eq!(credits(&attribute(&sale(1), &rules, vec![touch])), [(7, WHOLE, 1)]);
    }
    // The click itself counts, not when it was repeated.
    let again = Touch { verdict: Verdict::Duplicate, ..click(8, 1) };
    assert_eq!(credits(&attribute(&sale(1), &rules, vec![click(7, MINUTE_MS), again])), [(7, WHOLE, 1)]);
}

#[test]
fn teams_share_exactly_one_conversion_with_and_without_partners() {
    let ours = |number, team, days| Touch { team, partner: None, ..of(number, "demo", days) };
    let touches = || vec![click(1, 4 * DAY_MS), ours(2, Team::Sales, 3), ours(3, Team::Sales, 2), ours(4, Team::Marketing, 1)];
    let teams = Rules { scope: PolicyScope::Teams, ..Rules::default() };
    let parts = by_team(&attribute(&sale(1_001), &teams, touches()));
    let parts: Vec<_> = parts.iter().map(|part| (part.team, part.touchpoints, part.share, part.amount)).collect();
    let expected = [(Team::Partner, 1, WHOLE / 4, 251), (Team::Sales, 2, WHOLE / 2, 500), (Team::Marketing, 1, WHOLE / 4, 250)];
    assert_eq!(parts, expected);
    // Among partners the same journey pays the partner all of it.
    assert_eq!(credits(&attribute(&sale(1_001), &Rules::default(), touches())), [(1, WHOLE, 1_001)]);
}

/// A version whose id and moment are its number, of the policy of that name.
fn version(number: u128, name: &str, applies_from: i64, rules: Rules) -> Version {
    let id: PolicyId = id(number);
    Version::new(id, name.into(), number as i64, Time::from_millis(applies_from), Ok(rules))
}

fn filtered(filters: Filters) -> Rules {
    Rules { filters, ..Rules::default() }
}

#[test]
fn the_policy_with_the_most_filters_that_fit_is_followed() {
    let events = |events: &[&str]| Some(events.iter().map(|event| (*event).to_owned()).collect::<Vec<_>>());
    let leads = Filters { events: events(&["lead", "signup"]), ..Filters::default() };
    let products = Filters { products: events(&["p1", "p2"]), ..Filters::default() };
    let campaign = Filters { campaigns: Some(vec![id(8)]), ..Filters::default() };
    let gold = Filters { events: events(&["sale"]), groups: Some(vec![id::<GroupId>(9)]), ..Filters::default() };
    let teams = Rules { scope: PolicyScope::Teams, ..Rules::default() };
    let book = RuleBook::new(
        vec![
            version(1, "all", 0, Rules::default()),
            version(2, "leads", 10, filtered(leads)),
            version(3, "products", 10, filtered(products)),
            version(4, "campaign", 20, filtered(campaign)),
            version(5, "gold", 20, filtered(gold)),
            version(6, "campaign", 1_000, Rules { retired: true, ..Rules::default() }),
            version(7, "teams", 0, teams),
            version(8, "late", 2_000, Rules::default()),
        ],
        Vec::new(),
    );
    let plain = &click(1, 0);
    let in_campaign = &Touch { campaign: Some(id(8)), ..plain.clone() };
    let of_gold = &Touch { group: Some(id(9)), ..in_campaign.clone() };
    let bot = &Touch { verdict: Verdict::Bot, ..in_campaign.clone() };
    for (event, bought, at, touch, expected) in [
        ("sale", "", 5, plain, 1),
        ("lead", "", 5, plain, 1),      // not yet
        ("lead", "", 10, plain, 2),     // from this moment on
        ("signup", "p2", 30, plain, 3), // one filter each, of the same moment: the greater id
        ("sale", "p3", 30, plain, 1),
        ("sale", "p1", 30, in_campaign, 4),  // the later of two with one filter
        ("sale", "p1", 30, bot, 3),          // what takes no part is of no campaign
        ("sale", "p1", 30, of_gold, 5),      // two filters
        ("lead", "p1", 30, of_gold, 4),      // both filters must fit
        ("sale", "", 1_000, in_campaign, 1), // ended
        ("sale", "", 2_000, plain, 8),       // of equal ones the later
        ("lead", "", 2_000, plain, 2),       // but filters first
    ] {
        let products = [bought.to_owned()];
        let at = Time::from_millis(at);
        let touches = [Touch { at, ..touch.clone() }];
        let facts = Facts { event, products: &products, sale: Sale { at, amount: 0, milestones: Milestones::default() } };
        let chosen = |scope| book.choose(scope, &facts, &touches).unwrap().map(|one| one.id.uuid().as_u128());
        assert_eq!(chosen(PolicyScope::Partners), Some(expected), "{event} {bought} at {at}");
        assert_eq!(chosen(PolicyScope::Teams), Some(7));
    }
}

#[test]
fn rules_of_before_are_read_as_before() {
    let shipped = r#"{"model":"linear","lookback_days":{"click":90,"view":1,"code":0,"offline":180},"half_life_days":7.0,
        "steps":false,"first":0.4,"last":0.4,"weights":{},"code_priority":"touch","exclude_self_referral":true}"#;
    for text in [shipped, "{}"] {
        assert_eq!(serde_json::from_str::<Rules>(text).unwrap(), Rules::default());
    }
    let rules = Rules {
        filters: Filters { events: Some(vec!["lead".into()]), ..Filters::default() },
        exclude: Exclusions { partners: vec![id(1)], ..Exclusions::default() },
        ..Rules::default()
    };
    assert_eq!(serde_json::from_str::<Rules>(&serde_json::to_string(&rules).unwrap()).unwrap(), rules);
}
