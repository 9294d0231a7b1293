//! What `w_shaped` and `full_path` share: a fixed part for each milestone that is known, the rest over the other touchpoints.

use super::shape::Shape;

/// The part of the touchpoints that hold no milestone, in thousandths.
const REST: u64 = 100;

/// What the model gives a part to: the place that holds it, where one does, and its name.
type Role = (Option<usize>, &'static str);

fn roles(shape: &Shape, close: bool) -> Vec<Role> {
    let mut roles = vec![(Some(shape.first), "first"), (shape.held.lead, "lead"), (shape.held.opportunity, "opportunity")];
    roles.extend(close.then_some((Some(shape.last), "close")));
    roles
}

/// Weights of a model that gives `part` thousandths to each role and [`REST`] to the others. A role that nothing holds, and the
/// rest where every touchpoint holds a role, leave their part to all: weights have no common scale. One touchpoint may hold
/// several roles, and has the part of each. With m others: `part * m` for each role, [`REST`] for each other; nothing is rounded.
pub(super) fn weights(shape: &Shape, close: bool, part: u64) -> Vec<u64> {
    let holders: Vec<usize> = roles(shape, close).into_iter().filter_map(|(place, _)| place).collect();
    let others = (0..shape.len()).filter(|place| !holders.contains(place)).count() as u64;
    let mut weights = vec![REST; shape.len()];
    for &place in &holders {
        weights[place] = 0;
    }
    for &place in &holders {
        weights[place] += part * others.max(1);
    }
    weights
}

/// `"w_shaped: first and lead of 5 touchpoints, 60 %"`, and which milestones nothing holds.
pub(super) fn reason(shape: &Shape, close: bool, place: usize, percent: &str) -> String {
    let held = roles(shape, close).into_iter().filter(|(holder, _)| *holder == Some(place));
    let held: Vec<&str> = held.map(|(_, name)| name).collect();
    let role = if held.is_empty() { "between the milestones".to_owned() } else { held.join(" and ") };
    let (model, n) = (shape.rules.model, shape.len());
    let missing =
        [("lead", shape.held.lead, shape.early.lead), ("opportunity", shape.held.opportunity, shape.early.opportunity)];
    let missing = missing.into_iter().filter(|(_, holder, _)| holder.is_none());
    let (early, unknown): (Vec<_>, Vec<_>) = missing.map(|(name, _, early)| (name, early)).partition(|(_, early)| *early);
    let join = |names: Vec<(&str, bool)>, word: &str, end: &str| match names.len() {
        0 => String::new(),
        _ => format!("; {}{end}", names.iter().map(|(name, _)| format!("{word} {name}")).collect::<Vec<_>>().join(" and ")),
    };
    let (unknown, early) = (join(unknown, "no", " is known"), join(early, "the", " came before the first touchpoint"));
    format!("{model}: {role} of {n} touchpoints, {percent}{unknown}{early}")
}
