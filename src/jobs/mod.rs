//! The work behind intake. Each job is a `tick(now)` that a test can call, and a loop that calls it.

pub mod attribute;
pub mod retention;
