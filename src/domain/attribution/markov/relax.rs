//! For large sparse chains: the chance of each state to convert is the mean of those it leads to, put right state by state and
//! sweep by sweep (Gauss-Seidel). From the whole chain's chances on, which are too high without a key, every sweep lowers them, so
//! the way left can be told from the last steps.

use super::Graph;

/// The most that a rate may still be off when the sweeps end.
const OFF_MAX: f64 = 1e-13;
/// Sweeps at most: journeys of thousands of steps want thousands.
const SWEEPS_MAX: usize = 1_000_000;

/// P(conversion) without each key.
pub(super) fn rates(graph: &Graph) -> Vec<f64> {
    let mut whole = vec![0.0; graph.nodes.len()];
    settle(graph, &mut whole, None);
    let without = |key| {
        let mut chances = whole.clone();
        let held = key..key + 1;
        for (node, chance) in graph.nodes.iter().zip(&mut chances) {
            if node.holds(&held) {
                *chance = 0.0;
            }
        }
        settle(graph, &mut chances, Some(key));
        chances[0]
    };
    (0..graph.keys).map(without).collect()
}

/// Sweeps until no chance moves any more. States that hold the key that is `removed` stay at 0.
fn settle(graph: &Graph, chances: &mut [f64], removed: Option<u32>) {
    let (mut before, mut part_before) = (0.0, f64::INFINITY);
    for _ in 0..SWEEPS_MAX {
        let mut moved = 0.0_f64;
        for place in (0..chances.len()).rev() {
            let node = &graph.nodes[place];
            if removed.is_some_and(|key| node.keys.contains(&key)) {
                continue;
            }
            let onward: f64 = node.to.iter().map(|&(to, share)| share * chances[to as usize]).sum();
            let chance = node.conversion + onward;
            moved = moved.max((chances[place] - chance).abs());
            chances[place] = chance;
        }
        // A sweep moves at most as far as the one before it, in the end by the same part of it each time: what is left is a
        // geometric series.
        let part = moved / before;
        let slower = part.max(part_before);
        if moved == 0.0 || (slower < 1.0 && moved * slower / (1.0 - slower) < OFF_MAX) {
            return;
        }
        (before, part_before) = (moved, part);
    }
}
