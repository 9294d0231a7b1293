//! For large sparse chains: the chance of each state to convert is the mean of those it leads to, put right state by state and
//! sweep by sweep (Gauss-Seidel), for several keys at once: what is read of the chain serves all of them. From the whole chain's
//! chances on, which are too high without a key, every sweep lowers them, so the way left can be told from the last steps.

use super::{Graph, Node};

/// The most that a rate may still be off when the sweeps end.
const OFF_MAX: f64 = 1e-13;
/// Sweeps at most: journeys of thousands of steps want thousands.
const SWEEPS_MAX: usize = 1_000_000;
/// Keys at once: their chances are one cache line.
const LANES: usize = 8;

type Chances = [f64; LANES];

/// P(conversion) without each key.
pub(super) fn rates(graph: &Graph) -> Vec<f64> {
    let mut whole = vec![[0.0; LANES]; graph.nodes.len()];
    settle(graph, &mut whole, graph.keys);
    let mut rates = Vec::with_capacity(graph.keys as usize);
    for first in (0..graph.keys).step_by(LANES) {
        let mut chances = whole.clone();
        for (node, chances) in graph.nodes.iter().zip(&mut chances) {
            close(node, first, chances);
        }
        settle(graph, &mut chances, first);
        let lanes = LANES.min((graph.keys - first) as usize);
        rates.extend_from_slice(&chances[0][..lanes]);
    }
    rates
}

/// Each lane is without a key of its own, from `first` on: a state that holds it leads nowhere.
fn close(node: &Node, first: u32, chances: &mut Chances) {
    for key in node.keys {
        if let Some(chance) = key.checked_sub(first).and_then(|lane| chances.get_mut(lane as usize)) {
            *chance = 0.0;
        }
    }
}

/// Sweeps until no chance moves any more.
fn settle(graph: &Graph, chances: &mut [Chances], first: u32) {
    let (mut before, mut part_before) = (0.0, f64::INFINITY);
    for _ in 0..SWEEPS_MAX {
        let mut moved = [0.0_f64; LANES];
        for (place, node) in graph.nodes.iter().enumerate().rev() {
            let mut onward = [node.conversion; LANES];
            for &(to, share) in &node.to {
                onward.iter_mut().zip(&chances[to as usize]).for_each(|(sum, chance)| *sum += share * chance);
            }
            close(node, first, &mut onward);
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
