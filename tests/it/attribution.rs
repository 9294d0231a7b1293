//! Attribution: published vectors, every exclusion, and what must hold for any journey under any rules.

use std::collections::BTreeMap;

use kudos::domain::attribution::{Considered, Decision, Outcome, Sale, Touch, WHOLE, attribute, split_amount, split_shares};
use kudos::domain::id::{LinkId, PartnerId, TouchpointId, VisitorId};
use kudos::domain::money::AMOUNT_MAX;
use kudos::domain::policy::{CodePriority, Lookback, Model, Rules};
use kudos::domain::time::{DAY_MS, HOUR_MS, Time};
use kudos::domain::touchpoint::{CLICK, CODE, Team, VIEW};
use kudos::domain::verdict::Verdict;
use proptest::prelude::*;
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
const SALE_AT: i64 = 1_000 * DAY_MS;

fn sale(amount: i64) -> Sale {
    Sale { at: Time::from_millis(SALE_AT), amount }
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

#[test]
fn every_exclusion_says_why() {
    let base = || click(7, DAY_MS);
    let offline = |kind: &str, days: i64| Touch { kind: kind.into(), ..click(7, days * DAY_MS) };
    let verdict = |verdict| Touch { verdict, ..base() };
    let plain = Rules::default();
    let clicks = Rules { kinds: Some(vec![CLICK.into()]), ..Rules::default() };
    let partners = Rules { teams: Some(vec![Team::Partner]), ..Rules::default() };
    let codes_week = Rules { lookback_days: Lookback { code: 7, ..Lookback::default() }, ..Rules::default() };
    let demos = Rules { weights: BTreeMap::from([("demo".into(), 1.0)]), ..rules(Model::Custom) };
    for (rules, touch, why, short) in [
        (&plain, verdict(Verdict::Bot), "bot: a crawler or tool made it, not a person", "1 is a bot"),
        (&plain, verdict(Verdict::Prefetch), "prefetch: the browser fetched ahead; nobody had clicked yet", "1 is a prefetch"),
        (
            &plain,
            verdict(Verdict::Embedded),
            "embedded: the link was loaded as an image, frame or script, not followed",
            "1 was embedded, not followed",
        ),
        (&plain, verdict(Verdict::SelfReferral), "self_referral: the buyer is the partner", "1 is a self-referral"),
        (&plain, verdict(Verdict::Flood), "flood: one client address sent more than the limit", "1 belongs to a flood"),
        (
            &plain,
            verdict(Verdict::Duplicate),
            "duplicate: it repeats a touchpoint, but none before this conversion that it could renew",
            "1 is a duplicate",
        ),
        (&plain, click(7, -1), "after the conversion", "1 came after the conversion"),
        (
            &plain,
            click(7, 90 * DAY_MS + 1),
            "outside the lookback: more than 90 days before the conversion, the limit for kind click",
            "1 was outside the lookback",
        ),
        (
            &plain,
            offline(VIEW, 2),
            "outside the lookback: more than 1 day before the conversion, the limit for kind view",
            "1 was outside the lookback",
        ),
        (
            &plain,
            offline("demo", 181),
            "outside the lookback: more than 180 days before the conversion, the limit for kind demo",
            "1 was outside the lookback",
        ),
        (
            &plain,
            offline(CODE, 0),
            "outside the lookback: only the code given with the conversion itself counts",
            "1 is a code from before the conversion",
        ),
        (
            &codes_week,
            offline(CODE, 8),
            "outside the lookback: more than 7 days before the conversion, the limit for kind code",
            "1 was outside the lookback",
        ),
        (&clicks, offline("demo", 1), "kind demo does not take part under the policy", "1 is of a kind that takes no part"),
        (
            &partners,
            Touch { team: Team::Sales, ..base() },
            "team sales does not take part under the policy",
            "1 is of a team that takes no part",
        ),
        (&plain, Touch { self_referral: true, ..base() }, "self-referral: the buyer is the partner", "1 is a self-referral"),
        (
            &plain,
            Touch { team: Team::Marketing, partner: None, ..base() },
            "no partner: the work of our own marketing team is reported, but earns nothing",
            "1 has no partner",
        ),
        (
            &plain,
            Touch { partner: None, ..base() },
            "no partner: it is reported, but there is nobody to credit",
            "1 has no partner",
        ),
        (&demos, base(), "kind click has no weight under the policy", "1 is of a kind without weight"),
        // The first reason in order is the one told.
        (&plain, Touch { self_referral: true, ..click(7, -1) }, "after the conversion", "1 came after the conversion"),
        (
            &clicks,
            Touch { partner: None, ..offline("demo", 1) },
            "kind demo does not take part under the policy",
            "1 is of a kind that takes no part",
        ),
    ] {
        let outcome = attribute(&sale(100), rules, vec![touch.clone()]);
        assert_eq!(credits(&outcome), [], "{touch:?}");
        assert_eq!((reason(&outcome, 7), outcome.summary.as_str()), (why, &*format!("no touchpoint counts: {short}")));

        // Beside one that counts, that one takes all.
        let kind = if rules.model == Model::Custom { "demo" } else { CLICK };
        let other = Touch { kind: kind.into(), visitor: None, ..click(8, 2 * DAY_MS) };
        assert_eq!(credits(&attribute(&sale(100), rules, vec![touch, other])), [(8, WHOLE, 100)], "{why}");
    }
}

#[test]
fn what_lies_on_the_border_counts() {
    let codes_week = Rules { lookback_days: Lookback { code: 7, ..Lookback::default() }, ..Rules::default() };
    let no_days = Rules { lookback_days: Lookback { click: 0, view: 0, code: 0, offline: 0 }, ..Rules::default() };
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

    // Of the same moment it renews, though its id is the smaller one.
    let same_moment = attribute(&sale(1), &Rules::default(), vec![a.clone(), duplicate(0, 40 * MINUTE_MS)]);
    assert_eq!(reason(&same_moment, 0), format!("{renewed} {}", a.id));

    // One touchpoint is first and last: it has both shares, the others are the middle.
    let both = attribute(&sale(100), &rules(Model::Position), vec![a.clone(), b.clone(), renewal.clone()]);
    assert_eq!(credits(&both), [(1, 800_000_000, 80), (2, 200_000_000, 20)]);

    // The age and the lookback are those of the renewal.
    let day = Rules { half_life_days: 10.0 / 1440.0, ..rules(Model::TimeDecay) };
    assert_eq!(credits(&attribute(&sale(300), &day, vec![a, b, renewal])), [(1, 666_666_667, 200), (2, 333_333_333, 100)]);
    let old = click(1, 90 * DAY_MS + MINUTE_MS);
    assert_eq!(credits(&attribute(&sale(1), &Rules::default(), vec![old.clone()])), []);
    assert_eq!(credits(&attribute(&sale(1), &Rules::default(), vec![old, duplicate(2, 90 * DAY_MS)])), [(1, WHOLE, 1)]);
}

#[test]
fn ties_go_by_id() {
    let same = |ids: &[u128]| ids.iter().map(|&id| click(id, DAY_MS)).collect::<Vec<_>>();
    for (model, expected) in [(Model::First, 1), (Model::Last, 9)] {
        assert_eq!(credits(&attribute(&sale(1), &rules(model), same(&[5, 9, 1]))), [(expected, WHOLE, 1)]);
    }
    let linear = attribute(&sale(10), &rules(Model::Linear), same(&[5, 9, 1]));
    assert_eq!(credits(&linear), [(1, 333_333_334, 4), (5, 333_333_333, 3), (9, 333_333_333, 3)]);
}

#[test]
fn ten_thousand_touchpoints_share_to_the_cent() {
    let verdict = |id| if id % 3 == 0 { Verdict::Duplicate } else { Verdict::Valid };
    let touches: Vec<Touch> =
        (0..10_000).map(|id| Touch { verdict: verdict(id), ..click(u128::from(id), i64::from(id) * 1_000) }).collect();
    for &model in Model::ALL {
        let rules = Rules { weights: BTreeMap::from([(CLICK.into(), 1e6)]), ..rules(model) };
        sums_are_exact(&attribute(&sale(AMOUNT_MAX), &rules, touches.clone()), AMOUNT_MAX);
    }
}

fn sums_are_exact(outcome: &Outcome, amount: i64) {
    let counts = outcome.considered.iter().any(|considered| matches!(considered.decision, Decision::Counted { .. }));
    let expected = if counts { (u128::from(WHOLE), i128::from(amount)) } else { (0, 0) };
    let sum = outcome
        .credits()
        .fold((0, 0), |(shares, amounts), (_, share, amount, _)| (shares + u128::from(share), amounts + i128::from(amount)));
    assert_eq!(sum, expected, "{}", outcome.summary);
    assert!(outcome.considered.iter().all(|considered| match &considered.decision {
        Decision::Counted { share, amount, reason } => !reason.is_empty() && (*share > 0 || *amount == 0),
        Decision::Excluded { reason } => !reason.is_empty(),
    }));
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let kinds = || prop::sample::subsequence(vec![CLICK.to_owned(), VIEW.into(), CODE.into(), "demo".into()], 1..=4);
    let choices = (prop::sample::select(Model::ALL), prop::sample::select(CodePriority::ALL), any::<(bool, bool)>());
    let limits = (prop::option::of(kinds()), prop::option::of(prop::sample::subsequence(Team::ALL.to_vec(), 1..=4)));
    let weights = prop::collection::btree_map(prop::sample::select(vec![CLICK, VIEW, CODE, "demo"]), 0.0..1e6, 1..4);
    let shares = (0.0..=1.0, 0.0..=1.0).prop_map(|(first, rest): (f64, f64)| (first.max(1e-3), (1.0 - first) * rest));
    let numbers = (shares, prop_oneof![Just(7.0), 1e-9..3650.0], weights, [0..100_u32, 0..100, 0..3, 0..3_650]);
    (choices, limits, numbers).prop_map(
        |((model, code_priority, flags), (kinds, teams), (shares, half_life_days, weights, days))| {
            let rules = Rules {
                model,
                lookback_days: Lookback { click: days[0], view: days[1], code: days[2], offline: days[3] },
                half_life_days,
                steps: flags.0,
                first: shares.0,
                last: shares.1,
                weights: weights.into_iter().map(|(kind, weight)| (kind.to_owned(), weight)).collect(),
                kinds,
                teams,
                code_priority,
                exclude_self_referral: flags.1,
            };
            assert!(rules.check().is_ok(), "{rules:?}");
            rules
        },
    )
}

/// Mostly near the sale and mostly valid, with few visitors and links, so that ties, duplicates and renewals happen.
fn any_touch() -> impl Strategy<Value = Touch> {
    let before = prop_oneof![4 => 0..200 * DAY_MS, 4 => (-3..30_i64).prop_map(|steps| steps * 10 * MINUTE_MS), 1 => any::<i64>()];
    let verdict = prop_oneof![4 => Just(Verdict::Valid), 2 => Just(Verdict::Duplicate), 1 => prop::sample::select(Verdict::ALL)];
    let kind = prop::sample::select(vec![CLICK, CLICK, VIEW, CODE, "demo"]);
    let whose = (prop::sample::select(Team::ALL), prop::option::weighted(0.8, 1..4_u128));
    let who = (prop::option::weighted(0.9, 1..3_u128), prop::option::weighted(0.9, 1..3_u128));
    (before, verdict, kind, whose, who, (0..5, 0..8)).prop_map(
        |(before, verdict, kind, (team, partner), (link, visitor), flags)| Touch {
            verdict,
            kind: kind.into(),
            team,
            partner: partner.map(|id| PartnerId::from(Uuid::from_u128(id))),
            link: link.map(|id| LinkId::from(Uuid::from_u128(id))),
            visitor: visitor.map(|id| VisitorId::from(Uuid::from_u128(id))),
            own_code: kind == CODE && flags.0 == 0,
            self_referral: flags.1 == 0,
            ..click(0, before)
        },
    )
}

fn with_ids(touches: Vec<Touch>, ids: Vec<u128>) -> Vec<Touch> {
    touches.into_iter().zip(ids).map(|(touch, id)| Touch { id: TouchpointId::from(Uuid::from_u128(id)), ..touch }).collect()
}

fn any_touches() -> impl Strategy<Value = Vec<Touch>> {
    let ids = Just((1..=24).collect::<Vec<u128>>()).prop_shuffle();
    (prop::collection::vec(any_touch(), 0..24), ids).prop_map(|(touches, ids)| with_ids(touches, ids))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn shares_sum_to_one_and_amounts_to_the_cent(rules in any_rules(), touches in any_touches(), amount in 0..=AMOUNT_MAX) {
        let outcome = attribute(&sale(amount), &rules, touches.clone());
        sums_are_exact(&outcome, amount);
        prop_assert_eq!(outcome.considered.len(), touches.len());
        let order: Vec<_> = outcome.considered.iter().map(|considered| (considered.touch.at, considered.touch.id)).collect();
        prop_assert!(order.is_sorted());
        prop_assert!(outcome.credits().all(|(touch, ..)| touch.verdict == Verdict::Valid && touch.partner.is_some()));
        prop_assert_eq!(outcome.summary.starts_with("no touchpoint"), outcome.credits().next().is_none());
    }

    #[test]
    fn the_order_of_arrival_changes_nothing(
        rules in any_rules(),
        (touches, shuffled) in any_touches().prop_flat_map(|touches| (Just(touches.clone()), Just(touches).prop_shuffle())),
    ) {
        prop_assert_eq!(attribute(&sale(999), &rules, touches), attribute(&sale(999), &rules, shuffled));
    }

    #[test]
    fn what_is_excluded_changes_no_credit(rules in any_rules(), mut touches in any_touches(), extra in any_touch()) {
        // Of another visitor: a duplicate earns nothing, but it may renew what does.
        let extra = Touch { visitor: Some(VisitorId::from(Uuid::from_u128(99))), ..with_ids(vec![extra], vec![99]).remove(0) };
        let without = attribute(&sale(999), &rules, touches.clone());
        touches.push(extra.clone());
        let with = attribute(&sale(999), &rules, touches);
        let excluded = |considered: &Considered| considered.touch == extra && matches!(considered.decision, Decision::Excluded { .. });
        prop_assume!(with.considered.iter().any(excluded));
        let credits = |outcome: &Outcome| {
            outcome.credits().map(|(touch, share, amount, why)| (touch.id, share, amount, why.to_owned())).collect::<Vec<_>>()
        };
        prop_assert_eq!(credits(&with), credits(&without));
    }

    #[test]
    fn no_time_no_amount_and_no_rule_panics(
        sale_at in prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()],
        times in prop::collection::vec(prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()], 24),
        touches in any_touches(),
        amount: i64,
        model in prop::sample::select(Model::ALL),
        wild in prop::array::uniform4(any::<f64>()),
        days: u32,
    ) {
        // Not even rules that `Rules::check` refuses.
        let rules = Rules {
            half_life_days: wild[0],
            first: wild[1],
            last: wild[2],
            weights: BTreeMap::from([(CLICK.into(), wild[3]), ("demo".into(), f64::INFINITY)]),
            lookback_days: Lookback { click: days, view: u32::MAX, code: days, offline: u32::MAX },
            ..rules(model)
        };
        let sale = Sale { at: Time::from_millis(sale_at), amount };
        let touches = touches.into_iter().zip(times).map(|(touch, at)| Touch { at: Time::from_millis(at), ..touch }).collect();
        sums_are_exact(&attribute(&sale, &rules, touches), amount);
    }

    #[test]
    fn parts_are_within_one_unit_of_the_exact_ones(total in -AMOUNT_MAX..=AMOUNT_MAX, weights in prop::collection::vec(0..1_u64 << 40, 1..50)) {
        let parts = split_amount(total, &weights);
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        prop_assume!(sum > 0);
        for (part, weight) in parts.iter().zip(&weights) {
            let off = i128::from(*part) * sum - i128::from(total) * i128::from(*weight);
            prop_assert!(off.abs() < sum, "{part} of {total} for {weight} of {sum}");
        }
    }
}
