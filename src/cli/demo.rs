//! `kudos demo`
use crate::cli::Outcome;
use crate::config::Config;
/// Fills an empty store, then serves.
pub fn run(config: Config) -> Outcome {
    crate::cli::serve::run(config)
}
