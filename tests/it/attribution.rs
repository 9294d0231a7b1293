//! Attribution: published vectors, every exclusion, every sentence.

use std::collections::BTreeMap;

use kudos::domain::attribution::{
    Considered, Decision, Milestones, Outcome, Sale, Touch, WHOLE, attribute, split_amount, split_shares,
};
use kudos::domain::id::{LinkId, PartnerId, TouchpointId, VisitorId};
use kudos::domain::policy::{CodePriority, Lookback, Model, Rules};
use kudos::domain::time::{DAY_MS, HOUR_MS, Time};
use kudos::domain::touchpoint::{CLICK, CODE, Team, VIEW};
use kudos::domain::verdict::Verdict;
use uuid::Uuid;

mod data_driven;
mod milestones;
mod policy;
mod properties;

const MINUTE_MS: i64 = 60_000;
const SALE_AT: i64 = 1_000 * DAY_MS;

fn sale(amount: i64) -> Sale {
    Sale { at: Time::from_millis(SALE_AT), amount, milestones: Milestones::default() }
}

/// A valid click of partner 1, so many milliseconds before the sale.
fn click(id: u128, before_ms: i64) -> Touch {
    Touch {
        id: TouchpointId::from(Uuid::from_u128(id)),
        kind: CLICK.into(),
        team: Team::Partner,
        at: Time::from_millis(SALE_AT.saturating_sub(before_ms)),
        verdict: Verdict::Valid,
        partner: Some(PartnerId::from(Uuid::from_u128(1))),
        link: Some(LinkId::from(Uuid::from_u128(1))),
        campaign: None,
        group: None,
        channel: None,
        visitor: Some(VisitorId::from(Uuid::from_u128(1))),
        own_code: false,
        self_referral: false,
    }
}

fn code(id: u128) -> Touch {
    Touch { kind: CODE.into(), own_code: true, link: None, visitor: None, ..click(id, 0) }
}

fn rules(model: Model) -> Rules {
    Rules { model, ..Rules::default() }
}

/// `(id, share, amount)` of each credit.
fn credits(outcome: &Outcome) -> Vec<(u128, u64, i64)> {
    outcome.credits().map(|(touch, share, amount, _)| (touch.id.uuid().as_u128(), share, amount)).collect()
}

fn shares(outcome: &Outcome) -> Vec<u64> {
    let share = |considered: &Considered| match considered.decision {
        Decision::Counted { share, .. } => share,
        Decision::Excluded { .. } => 0,
    };
    outcome.considered.iter().map(share).collect()
}

fn reason(outcome: &Outcome, id: u128) -> &str {
    let found = outcome.considered.iter().find(|considered| considered.touch.id.uuid().as_u128() == id);
    match &found.expect("every touch given is considered").decision {
        Decision::Counted { reason, .. } | Decision::Excluded { reason } => reason,
    }
}

/// Shares of clicks so many days before the sale, as given, under the rules.
fn shares_of_days(rules: &Rules, days: &[i64]) -> Vec<u64> {
    let touches = days.iter().zip(1..).map(|(days, id)| click(id, days * DAY_MS)).collect();
    shares(&attribute(&sale(0), rules, touches))
}

#[test]
fn amounts_are_split_to_the_minor_unit() {
    for (amount, weights, expected) in [
        (10, &[1, 1, 1][..], &[4, 3, 3][..]),        // $0.10 over three equal shares
        (3_600, &[1, 1, 1], &[1_200, 1_200, 1_200]), // 36.00, three partners, linear
        (3_600, &[4, 3, 3], &[1_440, 1_080, 1_080]), // the same, first +10 %
        (3_600, &[8, 8, 14], &[960, 960, 1_680]),    // the same, last +20 %
        (-10, &[1, 1, 1], &[-4, -3, -3]),
        (2, &[1, 0, 1, 1], &[1, 0, 1, 0]),
        (1, &[0, 0, 5], &[0, 0, 1]),
        (7, &[0, 0], &[4, 3]),
        (7, &[], &[]),
        (i64::MIN, &[u64::MAX], &[i64::MIN]),
        (i64::MAX, &[u64::MAX, u64::MAX], &[i64::MAX / 2 + 1, i64::MAX / 2]),
    ] {
        assert_eq!(split_amount(amount, weights), expected, "{amount} over {weights:?}");
        assert_eq!(split_amount(amount, &split_shares(weights)), expected, "{amount} over shares of {weights:?}");
    }
    assert_eq!(split_shares(&[1, 1, 1]), [333_333_334, 333_333_333, 333_333_333]);
    assert_eq!(split_shares(&[1, 2, 4]), [142_857_143, 285_714_286, 571_428_571]);
}

#[test]
fn time_decay_gives_the_published_sums() {
    let touches = [30, 24, 18, 12, 6, 0].iter().zip(1..).map(|(days, id)| click(id, days * DAY_MS)).collect();
    let outcome = attribute(&sale(2_000_000), &rules(Model::TimeDecay), touches);
    let amounts: Vec<i64> = outcome.credits().map(|(_, _, amount, _)| amount).collect();
    assert_eq!(amounts, [47_272, 85_631, 155_116, 280_985, 508_989, 922_007]);
    assert_eq!(amounts.iter().sum::<i64>(), 2_000_000);
}

#[test]
fn models_share_as_published() {
    let with = |model, half_life_days| Rules { half_life_days, ..rules(model) };
    let position = |first, last| Rules { first, last, ..rules(Model::Position) };
    let (third, seventh) = (vec![333_333_334, 333_333_333, 333_333_333], vec![142_857_143, 285_714_286, 571_428_571]);
    for (rules, days, expected) in [
        (with(Model::TimeDecay, 1.0), &[3, 2, 1][..], seventh.clone()),
        (Rules { steps: true, ..with(Model::TimeDecay, 1.0) }, &[3, 2, 1], seventh),
        (
            Rules { steps: true, ..with(Model::TimeDecay, 7.0) },
            &[14, 13, 7, 6],
            vec![111_111_111, 222_222_222, 222_222_222, 444_444_445],
        ),
        (with(Model::TimeDecay, 0.01), &[80, 70, 60], vec![0, 0, WHOLE]),
        (with(Model::TimeDecay, 1e-300), &[80, 80], vec![WHOLE / 2, WHOLE / 2]),
        (rules(Model::Linear), &[3, 2, 1], third),
        (rules(Model::First), &[3, 2, 1], vec![WHOLE, 0, 0]),
        (rules(Model::Last), &[3, 2, 1], vec![0, 0, WHOLE]),
        (position(0.4, 0.4), &[3, 2, 1], vec![400_000_000, 200_000_000, 400_000_000]),
        (position(0.4, 0.4), &[4, 3, 2, 1], vec![400_000_000, 100_000_000, 100_000_000, 400_000_000]),
        (position(0.4, 0.4), &[2, 1], vec![500_000_000, 500_000_000]),
        (position(0.3, 0.1), &[2, 1], vec![750_000_000, 250_000_000]),
        (position(0.4, 0.4), &[1], vec![WHOLE]),
        (position(0.0, 0.4), &[1], vec![WHOLE]),
        (position(0.1, 0.2), &[3, 2, 1], vec![100_000_000, 700_000_000, 200_000_000]),
        (position(0.5, 0.5), &[3, 2, 1], vec![500_000_000, 0, 500_000_000]),
        (position(1e-12, 0.0), &[1], vec![WHOLE]),
    ] {
        assert_eq!(shares_of_days(&rules, days), expected, "{rules:?} {days:?}");
    }
}

#[test]
fn custom_weighs_kinds() {
    let weights = BTreeMap::from([(CLICK.into(), 0.5), ("demo".into(), 1.5), ("intro".into(), 0.0)]);
    let rules = Rules { weights, ..rules(Model::Custom) };
    let of = |id, kind: &str| Touch { kind: kind.into(), ..click(id, (10 - id as i64) * DAY_MS) };
    let outcome = attribute(&sale(1_000), &rules, vec![of(1, CLICK), of(2, "demo"), of(3, "intro"), of(4, "webinar")]);
    assert_eq!(credits(&outcome), [(1, 250_000_000, 250), (2, 750_000_000, 750)]);
    assert_eq!(reason(&outcome, 2), "custom: kind demo weighs 1.5, 75 % over 2 touchpoints");
    assert_eq!(outcome.summary, "2 touchpoints count, credited by custom; 2 are of kinds without weight");
}

/// Paths of channels and how often each converts -> units of credit per channel, in 1/WHOLE.
fn over_paths(model: Model, paths: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (path, conversions) in paths {
        let channels: Vec<&str> = path.split('>').collect();
        let days: Vec<i64> = (1..=channels.len() as i64).rev().collect();
        for (channel, share) in channels.iter().zip(shares_of_days(&rules(model), &days)) {
            *sums.entry((*channel).to_owned()).or_default() += share * conversions;
        }
    }
    sums
}

#[test]
fn paths_earn_the_published_conversions() {
    let search = [("direct", 2), ("search>email", 3), ("search>social>email", 5)];
    let letters = [("A>B>A>B>B>A", 1), ("A>B>B>A>A", 1), ("A>A", 1)];
    for (model, paths, expected) in [
        (Model::First, &search, &[("direct", 2.0), ("search", 8.0), ("email", 0.0), ("social", 0.0)][..]),
        (Model::Last, &search, &[("direct", 2.0), ("search", 0.0), ("email", 8.0), ("social", 0.0)]),
        (Model::Linear, &search, &[("direct", 2.0), ("search", 19.0 / 6.0), ("email", 19.0 / 6.0), ("social", 5.0 / 3.0)]),
        (Model::Position, &search, &[("direct", 2.0), ("search", 3.5), ("email", 3.5), ("social", 1.0)]),
        (Model::First, &letters, &[("A", 3.0), ("B", 0.0)]),
        (Model::Linear, &letters, &[("A", 2.1), ("B", 0.9)]),
    ] {
        let sums = over_paths(model, paths);
        assert_eq!(sums.values().sum::<u64>(), paths.iter().map(|(_, n)| n * WHOLE).sum::<u64>());
        for &(channel, conversions) in expected {
            let got = sums[channel] as f64 / WHOLE as f64;
            // A share is exact to one unit, and a path converts up to five times.
            assert!((got - conversions).abs() < 5e-9, "{model} {channel}: {got}, expected {conversions}");
        }
    }
}

/// The touch, whose id is 7, is excluded for this reason; the summary counts it in these words; another one takes all.
fn check_excluded(rules: &Rules, touch: Touch, why: &str, counted_as: &str) {
    let outcome = attribute(&sale(100), rules, vec![touch.clone()]);
    assert_eq!(credits(&outcome), [], "{touch:?}");
    assert_eq!(reason(&outcome, 7), why);
    assert_eq!(outcome.summary, format!("no touchpoint counts: 1 {counted_as}"));

    let kind = if rules.model == Model::Custom { "demo" } else { CLICK };
    let other = Touch { kind: kind.into(), visitor: None, ..click(8, 2 * DAY_MS) };
    assert_eq!(credits(&attribute(&sale(100), rules, vec![touch, other])), [(8, WHOLE, 100)], "{why}");
}

#[test]
fn a_verdict_excludes() {
    for (verdict, why, counted_as) in [
        (Verdict::Bot, "bot: a crawler or tool made it, not a person", "is a bot"),
        (Verdict::Prefetch, "prefetch: the browser fetched ahead; nobody had clicked yet", "is a prefetch"),
        (
            Verdict::Embedded,
            "embedded: the link was loaded as an image, frame or script, not followed",
            "was embedded, not followed",
        ),
        (
            Verdict::Duplicate,
            "duplicate: it repeats a touchpoint, but none before this conversion that it could renew",
            "is a duplicate",
        ),
        (Verdict::SelfReferral, "self_referral: the buyer is the partner", "is a self-referral"),
        (Verdict::Flood, "flood: one client address sent more than the limit", "belongs to a flood"),
    ] {
        check_excluded(&Rules::default(), Touch { verdict, ..click(7, DAY_MS) }, why, counted_as);
    }
}

#[test]
fn the_lookback_excludes() {
    let of = |kind: &str, days| Touch { kind: kind.into(), ..click(7, days * DAY_MS) };
    let plain = Rules::default();
    let codes_week = Rules { lookback_days: Lookback { code: 7, ..Lookback::default() }, ..Rules::default() };
    for (rules, touch, limit) in [
        (&plain, click(7, 90 * DAY_MS + 1), "90 days before the conversion, the limit for kind click"),
        (&plain, of(VIEW, 2), "1 day before the conversion, the limit for kind view"),
        (&plain, of("demo", 181), "180 days before the conversion, the limit for kind demo"),
        (&codes_week, of(CODE, 8), "7 days before the conversion, the limit for kind code"),
    ] {
        check_excluded(rules, touch, &format!("outside the lookback: more than {limit}"), "was outside the lookback");
    }
    let only = "outside the lookback: only the code given with the conversion itself counts";
    check_excluded(&plain, of(CODE, 0), only, "is a code from before the conversion");
    check_excluded(&plain, click(7, -1), "after the conversion", "came after the conversion");
}

#[test]
fn the_policy_excludes() {
    let of = |kind: &str| Touch { kind: kind.into(), ..click(7, DAY_MS) };
    let ours = |team, partner| Touch { team, partner, ..click(7, DAY_MS) };
    let buyer = |before_ms| Touch { self_referral: true, ..click(7, before_ms) };
    let plain = Rules::default();
    let clicks = Rules { kinds: Some(vec![CLICK.into()]), ..Rules::default() };
    let partners = Rules { teams: Some(vec![Team::Partner]), ..Rules::default() };
    let demos = Rules { weights: BTreeMap::from([("demo".into(), 1.0)]), ..rules(Model::Custom) };
    let (no_kind, no_part) = ("kind demo does not take part under the policy", "is of a kind that takes no part");
    let own_team = "no partner: the work of our own marketing team is reported, but earns nothing";
    let sales = ours(Team::Sales, click(7, 0).partner);
    for (rules, touch, why, counted_as) in [
        (&clicks, of("demo"), no_kind, no_part),
        (&partners, sales, "team sales does not take part under the policy", "is of a team that takes no part"),
        (&plain, buyer(DAY_MS), "self-referral: the buyer is the partner", "is a self-referral"),
        (&plain, ours(Team::Marketing, None), own_team, "has no partner"),
        (&plain, ours(Team::Partner, None), "no partner: it is reported, but there is nobody to credit", "has no partner"),
        (&demos, of(CLICK), "kind click has no weight under the policy", "is of a kind without weight"),
        // The first reason in order is the one told.
        (&plain, buyer(-1), "after the conversion", "came after the conversion"),
        (&clicks, Touch { partner: None, ..of("demo") }, no_kind, no_part),
    ] {
        check_excluded(rules, touch, why, counted_as);
    }
}

#[test]
fn what_lies_on_the_border_counts() {
    let codes_week = Rules { lookback_days: Lookback { code: 7, ..Lookback::default() }, ..Rules::default() };
    let no_days =
        Rules { lookback_days: Lookback { click: 0, view: 0, code: 0, offline: 0, ..Lookback::default() }, ..Rules::default() };
    let lenient = Rules { exclude_self_referral: false, ..Rules::default() };
    for (rules, touch) in [
        (&Rules::default(), click(7, 0)),
        (&Rules::default(), click(7, 90 * DAY_MS)),
        (&Rules::default(), code(7)),
        (&Rules::default(), Touch { at: Time::from_millis(SALE_AT + 1), ..code(7) }), // recorded a moment after its conversion
        (&codes_week, Touch { kind: CODE.into(), ..click(7, 7 * DAY_MS) }),
        (&no_days, click(7, 0)),
        (&lenient, Touch { self_referral: true, ..click(7, 1) }),
    ] {
        assert_eq!(credits(&attribute(&sale(1), rules, vec![touch.clone()])), [(7, WHOLE, 1)], "{touch:?}");
    }
}

#[test]
fn sentences_are_for_people() {
    let four = || (1..=4).map(|id| click(id, (5 - id as i64) * DAY_MS)).collect::<Vec<_>>();
    let hours = |hours| vec![click(1, hours * HOUR_MS)];
    for (model, touches, id, expected) in [
        (Model::Linear, four(), 2, "linear: one of 4 touchpoints that count, 1/4 each"),
        (Model::First, four(), 1, "first: the earliest of 4 touchpoints that count"),
        (Model::First, four(), 2, "first: not the earliest of 4 touchpoints that count"),
        (Model::Last, four(), 4, "last: the latest of 4 touchpoints that count"),
        (Model::TimeDecay, four(), 1, "time_decay: 4 days before the conversion, half-life 7 days"),
        (Model::TimeDecay, hours(60), 1, "time_decay: 2.5 days before the conversion, half-life 7 days"),
        (Model::TimeDecay, hours(24), 1, "time_decay: 1 day before the conversion, half-life 7 days"),
        (Model::TimeDecay, hours(5), 1, "time_decay: 5 hours before the conversion, half-life 7 days"),
        (Model::TimeDecay, vec![click(1, 1)], 1, "time_decay: less than an hour before the conversion, half-life 7 days"),
        (Model::TimeDecay, hours(0), 1, "time_decay: at the conversion, half-life 7 days"),
        (Model::Position, four(), 1, "position: first of 4 touchpoints, 40 %"),
        (Model::Position, four(), 3, "position: in the middle of 4 touchpoints, 10 %"),
        (Model::Position, four(), 4, "position: last of 4 touchpoints, 40 %"),
        (Model::Linear, hours(1), 1, "linear: the only touchpoint that counts, 100 %"),
    ] {
        assert_eq!(reason(&attribute(&sale(0), &rules(model), touches), id), expected);
    }

    let old = |id| click(id, 100 * DAY_MS);
    let bot = Touch { verdict: Verdict::Bot, ..click(3, 0) };
    let summary = |touches| attribute(&sale(0), &Rules::default(), touches).summary;
    assert_eq!(summary(vec![]), "no touchpoint is known for this conversion");
    assert_eq!(summary(vec![bot.clone(), old(1), old(2)]), "no touchpoint counts: 2 were outside the lookback, 1 is a bot");
    assert_eq!(summary(vec![click(4, 1), bot]), "1 touchpoint counts, credited by linear; 1 is a bot");
    assert_eq!(summary(four()), "4 touchpoints count, credited by linear");
}

#[test]
fn a_code_may_win() {
    let wins = Rules { code_priority: CodePriority::Wins, ..Rules::default() };
    let outcome = attribute(&sale(500), &wins, vec![code(3), click(1, DAY_MS), click(2, 2 * DAY_MS)]);
    assert_eq!(credits(&outcome), [(3, WHOLE, 500)]);
    assert_eq!(reason(&outcome, 3), "the code given with the conversion wins: it takes all");
    assert_eq!(reason(&outcome, 1), reason(&outcome, 3));
    assert_eq!(outcome.summary, "1 touchpoint counts, the code given with the conversion wins; 2 give way to the code");

    // Several codes of one conversion share it by the model.
    let two = attribute(&sale(500), &wins, vec![code(3), click(1, DAY_MS), code(4)]);
    assert_eq!(credits(&two), [(3, WHOLE / 2, 250), (4, WHOLE / 2, 250)]);

    let touch = attribute(&sale(500), &Rules::default(), vec![code(3), click(1, DAY_MS)]);
    assert_eq!(credits(&touch), [(1, WHOLE / 2, 250), (3, WHOLE / 2, 250)]);

    // A code that does not count itself does not win, nor does one of an earlier conversion.
    let own = Touch { self_referral: true, ..code(3) };
    let earlier = Touch { own_code: false, ..code(4) };
    assert_eq!(credits(&attribute(&sale(500), &wins, vec![own, earlier, click(1, DAY_MS)])), [(1, WHOLE, 500)]);
}

#[test]
fn a_duplicate_renews_the_touchpoint_it_repeats() {
    let duplicate = |id, before_ms| Touch { verdict: Verdict::Duplicate, ..click(id, before_ms) };
    let of_link = |link, touch: Touch| Touch { link: Some(LinkId::from(Uuid::from_u128(link))), ..touch };
    let (a, b) = (click(1, 40 * MINUTE_MS), of_link(2, click(2, 30 * MINUTE_MS)));
    let renewal = duplicate(3, 20 * MINUTE_MS);

    let outcome = attribute(&sale(100), &rules(Model::Last), vec![a.clone(), b.clone(), renewal.clone()]);
    assert_eq!(credits(&outcome), [(1, WHOLE, 100)]);
    assert_eq!(reason(&outcome, 1), "last: the latest of 2 touchpoints that count; renewed 1972-09-26T23:40:00.000Z");
    let renewed = "duplicate: the same visitor followed the same link within 30 minutes; it renews touchpoint";
    assert_eq!(reason(&outcome, 3), format!("{renewed} {}", a.id));
    let first = attribute(&sale(100), &rules(Model::First), vec![a.clone(), b.clone(), renewal.clone()]);
    assert_eq!(credits(&first), [(1, WHOLE, 100)]);

    for (touches, winner, what) in [
        (vec![a.clone(), b.clone(), duplicate(3, -1)], 2, "a duplicate after the conversion renews nothing"),
        (vec![a.clone(), b.clone(), of_link(2, duplicate(3, 1))], 2, "another link"),
        (vec![a.clone(), b.clone(), of_link(9, duplicate(3, 1))], 2, "an unknown link"),
        (vec![a.clone(), b.clone(), Touch { visitor: None, ..duplicate(3, 1) }], 2, "an unknown visitor"),
        (vec![a.clone(), b.clone(), Touch { kind: VIEW.into(), ..duplicate(3, 1) }], 2, "another kind"),
        (vec![a.clone(), b.clone(), duplicate(3, 41 * MINUTE_MS)], 2, "a duplicate before what it repeats"),
        (vec![a.clone(), b.clone(), duplicate(0, 40 * MINUTE_MS), duplicate(4, 0)], 1, "at the conversion"),
        (vec![a.clone(), click(5, 35 * MINUTE_MS), b.clone(), renewal.clone()], 5, "the latest before it"),
    ] {
        let winners: Vec<u128> = credits(&attribute(&sale(100), &rules(Model::Last), touches)).iter().map(|c| c.0).collect();
        assert_eq!(winners, [winner], "{what}");
    }
}

#[test]
fn a_renewal_counts_for_age_and_roles() {
    let duplicate = |id, before_ms| Touch { verdict: Verdict::Duplicate, ..click(id, before_ms) };
    let (a, b) = (click(1, 40 * MINUTE_MS), Touch { link: None, ..click(2, 30 * MINUTE_MS) });
    let renewal = duplicate(3, 20 * MINUTE_MS);

    // Of the same moment it renews, though its id is the smaller one.
    let same_moment = attribute(&sale(1), &Rules::default(), vec![a.clone(), duplicate(0, 40 * MINUTE_MS)]);
    assert!(reason(&same_moment, 0).ends_with(&format!("it renews touchpoint {}", a.id)));

    // One touchpoint is first and last: it has both shares, the others are the middle.
    let both = attribute(&sale(100), &rules(Model::Position), vec![a.clone(), b.clone(), renewal.clone()]);
    assert_eq!(credits(&both), [(1, 800_000_000, 80), (2, 200_000_000, 20)]);

    // The age and the lookback are those of the renewal.
    let ten_minutes = Rules { half_life_days: 10.0 / 1440.0, ..rules(Model::TimeDecay) };
    assert_eq!(
        credits(&attribute(&sale(300), &ten_minutes, vec![a, b, renewal])),
        [(1, 666_666_667, 200), (2, 333_333_333, 100)]
    );
    let old = click(1, 90 * DAY_MS + MINUTE_MS);
    assert_eq!(credits(&attribute(&sale(1), &Rules::default(), vec![old.clone()])), []);
    assert_eq!(credits(&attribute(&sale(1), &Rules::default(), vec![old, duplicate(2, 90 * DAY_MS)])), [(1, WHOLE, 1)]);
}
