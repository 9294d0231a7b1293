//! By elimination of states (Grassmann, Taksar and Heyman 1985): a state that is taken out hands what comes in to where it leads.
//! Only products, sums and quotients of positive numbers, so that every digit is good.
//!
//! To remove each of n keys in turn would be n eliminations. Most of each is the same: for all keys of one half, the states that
//! hold only keys of the other half stay in the chain, and can be eliminated for all of them at once; then each half is halved
//! again. At the end one key is left, and what the start reaches without it: in all 7/9 m^3 steps for m states of order 1.

use std::ops::Range;

use super::Graph;

/// The columns before those of the states: conversion and null.
const ENDS: usize = 2;

/// Chances between states that are left, a row each, the first the start's.
struct Matrix {
    /// Places in the graph.
    states: Vec<u32>,
    cells: Vec<f64>,
}

/// P(conversion) without each key.
pub(super) fn rates(graph: &Graph) -> Vec<f64> {
    let mut rates = vec![0.0; graph.keys as usize];
    let mut whole = Matrix { states: (0..graph.nodes.len() as u32).collect(), cells: Vec::new() };
    let width = whole.width();
    whole.cells = vec![0.0; width * graph.nodes.len()];
    for (node, row) in graph.nodes.iter().zip(whole.cells.chunks_exact_mut(width)) {
        row[0] = node.conversion;
        row[1] = node.null;
        for &(to, chance) in &node.to {
            row[ENDS + to as usize] = chance;
        }
    }
    if graph.keys > 0 {
        halve(graph, &whole, 0..graph.keys, &mut rates);
    }
    rates
}

/// Fills in the rates of `keys`. Every state in `matrix` but the start holds one of them.
fn halve(graph: &Graph, matrix: &Matrix, keys: Range<u32>, rates: &mut [f64]) {
    if keys.len() == 1 {
        // Whatever is left but the start holds the key, and leads nowhere.
        rates[keys.start as usize] = matrix.cells[0];
        return;
    }
    let middle = keys.start + keys.len() as u32 / 2;
    for half in [keys.start..middle, middle..keys.end] {
        let holds = |state: &u32| graph.nodes[*state as usize].holds(&half);
        halve(graph, &matrix.keeping(holds), half.clone(), rates);
    }
}

impl Matrix {
    fn width(&self) -> usize {
        ENDS + self.states.len()
    }

    /// The same chain on the start and the states that `keep` names, all others eliminated.
    fn keeping(&self, keep: impl Fn(&u32) -> bool) -> Matrix {
        let (kept, gone): (Vec<usize>, Vec<usize>) =
            (0..self.states.len()).partition(|&place| place == 0 || keep(&self.states[place]));
        let order: Vec<usize> = kept.iter().chain(&gone).copied().collect();
        let width = self.width();
        let mut cells = Vec::with_capacity(self.cells.len());
        for &place in &order {
            let row = &self.cells[place * width..][..width];
            cells.extend_from_slice(&row[..ENDS]);
            cells.extend(order.iter().map(|&column| row[ENDS + column]));
        }
        for place in (kept.len()..order.len()).rev() {
            eliminate(&mut cells, width, place);
        }
        let narrow = ENDS + kept.len();
        let cells = cells.chunks_exact(width).take(kept.len()).flat_map(|row| &row[..narrow]).copied().collect();
        Matrix { states: kept.into_iter().map(|place| self.states[place]).collect(), cells }
    }
}

/// Takes out the last state that is left, at `place`: what leads into it leads where it leads, in the same proportions.
fn eliminate(cells: &mut [f64], width: usize, place: usize) {
    let used = ENDS + place;
    let (above, row) = cells.split_at_mut(place * width);
    let row = &row[..used];
    let out: f64 = row.iter().sum();
    if out == 0.0 {
        return; // nothing leads here, as every journey ends somewhere
    }
    for other in above.chunks_exact_mut(width) {
        let share = other[used] / out;
        if share > 0.0 {
            other[..used].iter_mut().zip(row).for_each(|(cell, onward)| *cell += share * onward);
        }
    }
}
