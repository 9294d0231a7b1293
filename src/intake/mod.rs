//! Drains the journal into the store, and keeps in memory what the edge must know.

pub mod agent;
pub mod batch;
pub mod directory;
pub mod links;
pub mod misses;
pub mod progress;
pub mod pump;
pub mod snapshot;
