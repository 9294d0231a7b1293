//! For large sparse chains: the chance of each state to convert is the mean of those it leads to, put right state by state and
//! sweep by sweep (Gauss-Seidel), for several keys at once: what is read of the chain serves all of them. From the whole chain's
//! chances on, which are too high without a key, every sweep lowers them, so the way left can be told from the last steps.
//!
//! A state is put right after those it leads to, as far as that goes: then a sweep carries what is known of the ends all the way to
//! the start, and only what leads back wants another one. Of two orders the one with fewer chances that lead back is taken: that
//! of the names, and that in which a walk in depth leaves the states.

use super::Graph;

/// The most that a rate may still be off when the sweeps end.
const OFF_MAX: f64 = 1e-13;
/// Sweeps at most: journeys of thousands of steps want thousands.
const SWEEPS_MAX: usize = 1_000_000;
/// Keys at once: their chances are one cache line.
const LANES: usize = 8;

type Chances = [f64; LANES];

/// A state in the order of the sweeps, the start last.
struct State {
    keys: [u32; 3],
    conversion: f64,
    /// Where its steps end in the list of all.
    end: usize,
}

/// The chain, laid out as the sweeps read it.
struct Chain {
    states: Vec<State>,
    /// Where they lead, and how often.
    steps: Vec<(u32, f64)>,
}

impl Chain {
    fn of(graph: &Graph) -> Chain {
        let by_name: Vec<u32> = (0..graph.nodes.len() as u32).rev().collect();
        let in_depth = last_first(graph);
        let order = if leading_back(graph, &in_depth) < leading_back(graph, &by_name) { in_depth } else { by_name };
        let places = places(&order);
        let mut chain = Chain { states: Vec::with_capacity(order.len()), steps: Vec::new() };
        for &node in &order {
            let node = &graph.nodes[node as usize];
            chain.steps.extend(node.to.iter().map(|&(to, chance)| (places[to as usize], chance)));
            chain.states.push(State { keys: node.keys, conversion: node.conversion, end: chain.steps.len() });
        }
        chain
    }
}

/// For each state its place in the order.
fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &node) in (0..).zip(order) {
        places[node as usize] = place;
    }
    places
}

/// The sum of the chances of steps to states that an order puts right later.
fn leading_back(graph: &Graph, order: &[u32]) -> f64 {
    let places = places(order);
    let back = |node: &u32| {
        let later = |(to, _): &&(u32, f64)| places[*to as usize] > places[*node as usize];
        graph.nodes[*node as usize].to.iter().filter(later).map(|(_, chance)| chance).sum::<f64>()
    };
    order.iter().map(back).sum()
}

/// The states in the order in which a walk in depth, from the start, leaves them: each after those that it first led to.
fn last_first(graph: &Graph) -> Vec<u32> {
    let mut order = Vec::with_capacity(graph.nodes.len());
    let mut seen = vec![false; graph.nodes.len()];
    // A state, and which of its steps is next.
    let mut way = vec![(super::START, 0)];
    seen[super::START as usize] = true;
    while let Some((state, next)) = way.last_mut() {
        match graph.nodes[*state as usize].to.get(*next) {
            Some(&(to, _)) => {
                *next += 1;
                if !std::mem::replace(&mut seen[to as usize], true) {
                    way.push((to, 0));
                }
            }
            None => {
                order.push(*state);
                way.pop();
            }
        }
    }
    order
}

/// P(conversion) without each key.
pub(super) fn rates(graph: &Graph) -> Vec<f64> {
    let chain = Chain::of(graph);
    let mut whole = vec![[0.0; LANES]; chain.states.len()];
    settle(&chain, &mut whole, graph.keys);
    let mut rates = Vec::with_capacity(graph.keys as usize);
    for first in (0..graph.keys).step_by(LANES) {
        let mut chances = whole.clone();
        for (state, chances) in chain.states.iter().zip(&mut chances) {
            close(state, first, chances);
        }
        settle(&chain, &mut chances, first);
        let lanes = LANES.min((graph.keys - first) as usize);
        rates.extend(chances.last().into_iter().flat_map(|start| &start[..lanes]));
    }
    rates
}

/// Each lane is without a key of its own, from `first` on: a state that holds it leads nowhere.
fn close(state: &State, first: u32, chances: &mut Chances) {
    for key in state.keys {
        if let Some(chance) = key.checked_sub(first).and_then(|lane| chances.get_mut(lane as usize)) {
            *chance = 0.0;
        }
    }
}

/// Sweeps until no chance moves any more.
fn settle(chain: &Chain, chances: &mut [Chances], first: u32) {
    let (mut before, mut part_before) = (0.0, f64::INFINITY);
    for _ in 0..SWEEPS_MAX {
        let (mut moved, mut begin) = ([0.0_f64; LANES], 0);
        for (place, state) in chain.states.iter().enumerate() {
            let mut onward = [state.conversion; LANES];
            for &(to, share) in &chain.steps[begin..state.end] {
                onward.iter_mut().zip(&chances[to as usize]).for_each(|(sum, chance)| *sum += share * chance);
            }
            begin = state.end;
            close(state, first, &mut onward);
            for lane in 0..LANES {
                moved[lane] = moved[lane].max((chances[place][lane] - onward[lane]).abs());
            }
            chances[place] = onward;
        }
        // A sweep moves at most as far as the one before it, in the end by the same part of it each time: what is left is a
        // geometric series.
        let moved = moved.into_iter().fold(0.0, f64::max);
        let part = moved / before;
        let slower = part.max(part_before);
        if moved == 0.0 || (slower < 1.0 && moved * slower / (1.0 - slower) < OFF_MAX) {
            return;
        }
        (before, part_before) = (moved, part);
    }
}
