//! Kudos: partner attribution in one binary.
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod journal;
pub mod store;
