//! `markov` and `shapley`: published vectors, what must hold for any journeys, and other ways to the same numbers.

use std::collections::{BTreeMap, BTreeSet};

use kudos::domain::attribution::{Chain, Game, Held, Keys, Path, Row, Tally, attribute};
use kudos::domain::policy::{Dimension, Effects, Model, Rules};
use kudos::domain::time::DAY_MS;
use kudos::domain::touchpoint::CLICK;
use proptest::prelude::*;

use super::{click, credits, reason, rules, sale};
use crate::attribution::Touch;

/// A path as it is written, how many converted, how many did not.
type Journeys<'a> = [(&'a str, u32, u32)];

fn numbers(keys: &mut Keys, path: &str) -> Vec<u32> {
    path.split('>').map(|key| keys.number(key).unwrap()).collect()
}

fn rows(rules: &Rules, journeys: &Journeys) -> Vec<Row> {
    let (mut keys, mut tally) = (Keys::default(), Tally::new(rules));
    for &(path, conversions, nulls) in journeys {
        let path = numbers(&mut keys, path);
        let (conversions, nulls) = (f64::from(conversions), f64::from(nulls));
        tally
            .add(&Path { keys: &path, points: &[], held: Held::default(), conversions, value: conversions * 10.0, nulls })
            .unwrap();
    }
    tally.rows(&keys)
}

/// Conversions by key, and that the value is shared alike.
fn earned(rules: &Rules, journeys: &Journeys) -> BTreeMap<String, f64> {
    let rows = rows(rules, journeys);
    assert!(rows.is_sorted_by_key(|row| &row.key));
    for row in &rows {
        assert!((row.value - row.conversions * 10.0).abs() < 1e-9, "{row:?}");
    }
    rows.into_iter().map(|row| (row.key, row.conversions)).collect()
}

/// Removal effects by key.
fn removal(order: u32, journeys: &Journeys) -> (f64, BTreeMap<String, f64>) {
    let (mut keys, mut chain) = (Keys::default(), Chain::new(order));
    for &(path, conversions, nulls) in journeys {
        let path = numbers(&mut keys, path);
        chain.add(&path, f64::from(conversions), f64::from(nulls)).unwrap();
    }
    let removal = chain.removal(&keys.ranks());
    (removal.rate, (0..).zip(removal.effects).map(|(key, effect)| (keys.name(key).to_owned(), effect)).collect())
}

fn check(what: &str, got: &BTreeMap<String, f64>, expected: &[(&str, f64)]) {
    assert_eq!(got.len(), expected.len(), "{what}: {got:?}");
    for &(key, expected) in expected {
        assert!((got[key] - expected).abs() < 1e-9, "{what} {key}: {}, expected {expected}", got[key]);
    }
}

#[test]
fn models_give_the_published_conversions() {
    let search = [("direct", 2, 0), ("search>email", 3, 0), ("search>social>email", 5, 0)];
    let three = [("c1>c2>c3", 1, 0), ("c1", 0, 1), ("c2>c3", 0, 1)];
    let google = [("google", 2, 1), ("mailing", 1, 0), ("google>mailing", 1, 0)];
    let letters = [("A>B>A>B>B>A", 1, 0), ("A>B>B>A>A", 1, 0), ("A>A", 1, 0)];
    let four = [("direct", 2.0), ("email", 19.0 / 6.0), ("search", 19.0 / 6.0), ("social", 5.0 / 3.0)];
    for (model, journeys, expected) in [
        (Model::First, &search[..], &[("direct", 2.0), ("email", 0.0), ("search", 8.0), ("social", 0.0)][..]),
        (Model::Last, &search, &[("direct", 2.0), ("email", 8.0), ("search", 0.0), ("social", 0.0)]),
        (Model::Linear, &search, &four),
        (Model::Position, &search, &[("direct", 2.0), ("email", 3.5), ("search", 3.5), ("social", 1.0)]),
        (Model::Markov, &three, &[("c1", 0.2), ("c2", 0.4), ("c3", 0.4)]),
        (Model::Markov, &google, &[("google", 2.4), ("mailing", 1.6)]),
        (Model::Markov, &letters, &[("A", 2.0), ("B", 1.0)]),
        (Model::First, &letters, &[("A", 3.0), ("B", 0.0)]),
        (Model::Linear, &letters, &[("A", 2.1), ("B", 0.9)]),
        (Model::Shapley, &[("a", 4, 0), ("a>b", 6, 0)], &[("a", 7.0), ("b", 3.0)]),
        (Model::Shapley, &[("a>b>c>d", 10, 0)], &[("a", 2.5), ("b", 2.5), ("c", 2.5), ("d", 2.5)]),
        // A path that did not convert earns nothing.
        (Model::Markov, &[("a", 0, 5)], &[("a", 0.0)]),
        (Model::Linear, &[("a", 0, 5)], &[("a", 0.0)]),
    ] {
        check(model.as_str(), &earned(&rules(model), journeys), expected);
    }
    let (rate, effects) = removal(1, &three);
    assert!((rate - 1.0 / 3.0).abs() < 1e-12);
    check("removal", &effects, &[("c1", 0.5), ("c2", 1.0), ("c3", 1.0)]);
    let (rate, effects) = removal(1, &google);
    assert!((rate - 0.8).abs() < 1e-12);
    check("removal", &effects, &[("google", 0.75), ("mailing", 0.5)]);
}

#[test]
fn the_ordered_value_is_by_position() {
    let ordered = Rules { ordered: true, ..rules(Model::Shapley) };
    let journeys = [("a>b", 6, 0), ("b>a", 2, 0), ("a>a>b", 4, 0)];
    let rows = rows(&ordered, &journeys);
    let positions = |key: &str| rows.iter().find(|row| row.key == key).unwrap().positions.clone().unwrap();
    assert_eq!(positions("a"), [3.0 + 1.0, 1.0 + 1.0]);
    assert_eq!(positions("b"), [1.0, 3.0, 2.0]);
    // Over all positions it is the plain value.
    assert_eq!(earned(&ordered, &journeys), earned(&rules(Model::Shapley), &journeys));
}

/// Touches of kinds, one a day, under effects by kind: share per touch in percent, and the reasons.
fn single(model: Model, ordered: bool, effects: &[(&str, &[f64])], kinds: &[&str]) -> (Vec<f64>, Vec<String>) {
    let effects = effects.iter().map(|(key, effect)| ((*key).to_owned(), effect.to_vec())).collect::<Effects>();
    let rules = Rules { by: Dimension::Kind, ordered, effects: Some(effects), ..rules(model) };
    let of = |(kind, id): (&&str, u128)| Touch { kind: (*kind).to_owned(), ..click(id, (20 - id as i64) * DAY_MS) };
    let outcome = attribute(&sale(0), &rules, kinds.iter().zip(1..).map(of).collect());
    let share = |id| credits(&outcome).iter().find(|credit| credit.0 == id).map_or(0.0, |credit| credit.1 as f64 / 1e7);
    let ids = 1..=kinds.len() as u128;
    (ids.clone().map(share).collect(), ids.map(|id| reason(&outcome, id).to_owned()).collect())
}

#[test]
fn a_single_conversion_is_shared_by_what_was_learned() {
    let learned: &[(&str, &[f64])] = &[(CLICK, &[0.75]), ("demo", &[0.25]), ("intro", &[0.0])];
    for (model, ordered, effects, kinds, expected) in [
        (Model::Markov, false, learned, &[CLICK, "demo"][..], &[75.0, 25.0][..]),
        // Two touchpoints of one key are removed together.
        (Model::Markov, false, learned, &[CLICK, CLICK, "demo"], &[37.5, 37.5, 25.0]),
        // What was not seen counts as the average, a third here; with nothing learned all are equal.
        (Model::Markov, false, learned, &[CLICK, "webinar"], &[900.0 / 13.0, 400.0 / 13.0]),
        (Model::Markov, false, &[], &[CLICK, "webinar"], &[50.0, 50.0]),
        (Model::Markov, false, learned, &["intro", "intro"], &[50.0, 50.0]),
        (Model::Markov, false, learned, &["intro", "demo"], &[0.0, 100.0]),
        (Model::Shapley, false, &[(CLICK, &[3.0, 9.0]), ("demo", &[1.0])], &[CLICK, "demo"], &[75.0, 25.0]),
        (Model::Shapley, true, &[(CLICK, &[3.0, 9.0]), ("demo", &[1.0, 3.0])], &["demo", CLICK], &[10.0, 90.0]),
        (Model::Shapley, true, &[(CLICK, &[3.0, 9.0]), ("demo", &[1.0, 3.0])], &[CLICK, "demo"], &[50.0, 50.0]),
    ] {
        let (got, _) = single(model, ordered, effects, kinds);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 2e-7, "{model} {kinds:?}: {got}, expected {expected}");
        }
    }
    let (_, reasons) = single(Model::Markov, false, learned, &[CLICK, "webinar"]);
    assert_eq!(
        reasons,
        [
            "markov: without its kind the period learned from would have 75.00 % fewer conversions, 69.23 % of 2 touchpoints",
            "markov: its kind was not seen in the period learned from and counts as the average, 30.77 % of 2 touchpoints"
        ]
    );
    let (_, reasons) = single(Model::Shapley, true, &[(CLICK, &[3.0, 9.0])], &[CLICK, CLICK]);
    assert_eq!(
        reasons[1],
        "shapley: its kind at position 2 is worth 9.00 conversions of the period learned from, 75 % of 2 touchpoints"
    );
}

/// Paths of up to seven of five keys, each taken a few times, converted or not.
fn any_journeys() -> impl Strategy<Value = Vec<(String, u32, u32)>> {
    let path = prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d", "e"]), 1..8).prop_map(|keys| keys.join(">"));
    prop::collection::vec((path, 0..4_u32, 0..4_u32), 1..12)
}

fn borrowed(journeys: &[(String, u32, u32)]) -> Vec<(&str, u32, u32)> {
    journeys.iter().map(|(path, conversions, nulls)| (path.as_str(), *conversions, *nulls)).collect()
}

fn models() -> impl Strategy<Value = Rules> {
    let of = |(model, order, ordered): (Model, u32, bool)| Rules { order, ordered, ..rules(model) };
    // Paths have no kinds, so custom gives nothing.
    let models: Vec<Model> = Model::ALL.iter().copied().filter(|model| *model != Model::Custom).collect();
    (prop::sample::select(models), 1..=3_u32, any::<bool>()).prop_map(of)
}

/// The chance to convert without a key, by walking the chain of the journeys' last `order` keys over and over.
fn by_iteration(order: usize, journeys: &Journeys, without: Option<&str>) -> f64 {
    let mut steps: BTreeMap<Vec<&str>, BTreeMap<Option<Vec<&str>>, f64>> = BTreeMap::new();
    let mut ends: BTreeMap<Vec<&str>, f64> = BTreeMap::new();
    for &(path, conversions, nulls) in journeys {
        let mut state = Vec::new();
        for key in path.split('>') {
            let mut next = state.clone();
            next.push(key);
            next.drain(..next.len().saturating_sub(order));
            *steps.entry(state).or_default().entry(Some(next.clone())).or_default() += f64::from(conversions + nulls);
            state = next;
        }
        *ends.entry(state.clone()).or_default() += f64::from(conversions);
        *steps.entry(state).or_default().entry(None).or_default() += f64::from(conversions + nulls);
    }
    let mut at = BTreeMap::from([(Vec::new(), 1.0)]);
    let mut converted = 0.0;
    for _ in 0..3_000 {
        let mut onward: BTreeMap<Vec<&str>, f64> = BTreeMap::new();
        for (state, share) in at {
            let total: f64 = steps[&state].values().sum();
            if total == 0.0 || without.is_some_and(|key| state.contains(&key)) {
                continue;
            }
            converted += share * ends.get(&state).copied().unwrap_or(0.0) / total;
            for (next, count) in &steps[&state] {
                if let Some(next) = next {
                    *onward.entry(next.clone()).or_default() += share * count / total;
                }
            }
        }
        at = onward;
    }
    converted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_earned_sums_to_what_was_converted(rules in models(), journeys in any_journeys()) {
        let journeys = borrowed(&journeys);
        let earned = earned(&rules, &journeys);
        let converted: u32 = journeys.iter().map(|(_, conversions, _)| conversions).sum();
        let sum: f64 = earned.values().sum();
        prop_assert!((sum - f64::from(converted)).abs() < 1e-9, "{sum} of {converted}");
        prop_assert!(earned.values().all(|&earned| earned >= 0.0));
    }

    #[test]
    fn the_order_of_journeys_changes_no_bit_of_what_is_learned(
        (journeys, shuffled) in any_journeys().prop_flat_map(|journeys| (Just(journeys.clone()), Just(journeys).prop_shuffle())),
        order in 1..=3_u32,
    ) {
        prop_assert_eq!(removal(order, &borrowed(&journeys)), removal(order, &borrowed(&shuffled)));
    }

    #[test]
    fn names_do_not_matter(rules in models(), journeys in any_journeys()) {
        let renamed: Vec<_> = journeys.iter().map(|(path, c, n)| (path.replace('a', "z").replace('b', "y"), *c, *n)).collect();
        let (before, after) = (earned(&rules, &borrowed(&journeys)), earned(&rules, &borrowed(&renamed)));
        for (key, earned) in before {
            let key = key.replace('a', "z").replace('b', "y");
            prop_assert!((after[&key] - earned).abs() < 1e-9);
        }
    }

    /// It earns nothing itself; what converted is shared as before by every model that looks at one journey at a time. In a chain
    /// a null path of a single touchpoint raises no removal effect, though the credit of a key, its part of all effects, may rise.
    #[test]
    fn a_null_path_raises_no_credit_of_its_own_and_one_touchpoint_no_removal_effect(rules in models(), journeys in any_journeys(), key in prop::sample::select(vec!["a", "b", "c", "d", "e"])) {
        let journeys = borrowed(&journeys);
        let more = [&journeys[..], &[(key, 0, 1)]].concat();
        if rules.model == Model::Markov {
            let (before, after) = (removal(rules.order, &journeys), removal(rules.order, &more));
            prop_assert!(after.0 <= before.0);
            for (key, effect) in after.1 {
                prop_assert!(effect <= before.1.get(&key).copied().unwrap_or(0.0) + 1e-9, "{key}");
            }
        } else {
            let (before, after) = (earned(&rules, &journeys), earned(&rules, &more));
            for (key, earned) in after {
                prop_assert_eq!(earned, before.get(&key).copied().unwrap_or(0.0));
            }
        }
    }

    #[test]
    fn a_chain_is_solved(order in 1..=3_usize, journeys in any_journeys()) {
        let journeys = borrowed(&journeys);
        let (rate, effects) = removal(order as u32, &journeys);
        prop_assert!((rate - by_iteration(order, &journeys, None)).abs() < 1e-9);
        for (key, effect) in effects {
            let expected = if rate > 0.0 { 1.0 - by_iteration(order, &journeys, Some(&key)) / rate } else { 0.0 };
            prop_assert!((effect - expected).abs() < 1e-9, "{key}: {effect}, expected {expected}");
        }
    }

    #[test]
    fn a_shapley_value_is_the_mean_marginal_contribution(journeys in any_journeys()) {
        let journeys = borrowed(&journeys);
        let players = ["a", "b", "c", "d", "e"];
        let worth = |set: u32| {
            let inside = |path: &str| path.split('>').all(|key| players.iter().position(|p| *p == key).is_some_and(|p| set >> p & 1 == 1));
            journeys.iter().filter(|(path, ..)| inside(path)).map(|(_, conversions, _)| f64::from(*conversions)).sum::<f64>()
        };
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let earned = earned(&rules(Model::Shapley), &journeys);
        for (place, player) in players.iter().enumerate() {
            let without = (0..32_u32).filter(|set| set >> place & 1 == 0);
            let value: f64 = without
                .map(|set| {
                    let size = set.count_ones();
                    factorial(size) * factorial(4 - size) / factorial(5) * (worth(set | 1 << place) - worth(set))
                })
                .sum();
            prop_assert!((earned.get(*player).copied().unwrap_or(0.0) - value).abs() < 1e-9, "{player}");
        }
    }

    /// Two keys of which each journey has both or none earn the same; one that no converted journey has earns nothing.
    #[test]
    fn shapley_is_symmetric_and_gives_nothing_for_nothing(journeys in any_journeys()) {
        let twins: Vec<_> = journeys.iter().map(|(path, c, n)| (path.replace('a', "x>y"), *c, *n)).collect();
        let twins = [&borrowed(&twins)[..], &[("null", 0, 3)]].concat();
        let earned = earned(&rules(Model::Shapley), &twins);
        prop_assert!((earned.get("x").unwrap_or(&0.0) - earned.get("y").unwrap_or(&0.0)).abs() < 1e-9);
        prop_assert_eq!(earned["null"], 0.0);
    }
}

/// A small generator with a seed, so that the journeys are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The published way: walk the chain at random, and count how many conversions passed through each key.
#[test]
fn a_simulation_of_the_chain_comes_near() {
    let journeys = [("a>b>c", 30, 20), ("a>c", 10, 40), ("b>a>b", 25, 5), ("c", 15, 60), ("d>a", 5, 30), ("b>d>c", 12, 9)];
    let (rate, effects) = removal(1, &journeys);
    let mut steps: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for (path, conversions, nulls) in journeys {
        let mut from = "start";
        for key in path.split('>') {
            steps.entry(from).or_default().push((key, u64::from(conversions + nulls)));
            from = key;
        }
        steps.entry(from).or_default().extend([("conversion", u64::from(conversions)), ("null", u64::from(nulls))]);
    }
    let mut dice = Dice(42);
    let (walks, mut converted, mut through) = (400_000, 0.0, BTreeMap::<&str, f64>::new());
    for _ in 0..walks {
        let (mut at, mut seen) = ("start", BTreeSet::new());
        while let Some(next) = steps.get(at) {
            let mut left = dice.below(next.iter().map(|(_, count)| count).sum());
            let step = next.iter().find(|(_, count)| {
                let here = left < *count;
                left = left.saturating_sub(*count);
                here
            });
            at = step.unwrap().0;
            seen.insert(at);
        }
        if at == "conversion" {
            converted += 1.0;
            seen.iter().for_each(|key| *through.entry(key).or_default() += 1.0);
        }
    }
    assert!((converted / f64::from(walks) - rate).abs() < 0.004, "{}", converted / f64::from(walks));
    for (key, effect) in effects {
        assert!(
            (through[key.as_str()] / converted - effect).abs() < 0.006,
            "{key}: {} for {effect}",
            through[key.as_str()] / converted
        );
    }
}

/// More states than are eliminated. Of journeys that a chain remembers whole, those through a key are what is lost without it.
#[test]
fn a_large_sparse_chain_is_solved_too() {
    let mut dice = Dice(7);
    let (mut keys, mut chain) = (Keys::default(), Chain::new(3));
    let names: Vec<u32> = (0..400).map(|number| keys.number(&format!("k{number}")).unwrap()).collect();
    let (mut through, mut all) = (vec![0.0; names.len()], 0.0);
    for _ in 0..2_000 {
        let from = dice.below(397) as usize;
        let path = &names[from..from + 1 + dice.below(3) as usize];
        let (conversions, nulls) = (dice.below(3) as f64, dice.below(3) as f64);
        chain.add(path, conversions, nulls).unwrap();
        all += conversions;
        path.iter().for_each(|&key| through[key as usize] += conversions);
    }
    for (effect, through) in chain.removal(&keys.ranks()).effects.iter().zip(&through) {
        assert!((effect - through / all).abs() < 1e-9, "{effect} for {}", through / all);
    }
}

#[test]
fn a_game_without_journeys_has_no_values() {
    assert_eq!(Game::new(false).values(2), [Vec::<f64>::new(), Vec::new()]);
    assert_eq!(Chain::new(2).removal(&[0, 1]).effects, [0.0, 0.0]);
}

#[test]
fn a_null_path_may_raise_the_credit_of_a_key_and_a_longer_one_its_removal_effect() {
    // Without a only those who began with b are left, and of those who are at b one in eleven is lost now.
    let journeys = [("a", 10, 0), ("b", 10, 0)];
    let (_, before) = removal(1, &journeys);
    let (_, after) = removal(1, &[&journeys[..], &[("a>b", 0, 1)]].concat());
    check("before", &before, &[("a", 0.5), ("b", 0.5)]);
    check("after", &after, &[("a", 6.0 / 11.0), ("b", 0.5)]);
}
