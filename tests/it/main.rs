//! One binary for every integration test: the real server, the real store, the real files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod agents;
mod api;
mod api_document;
mod api_once;
mod api_table;
mod attribution;
mod backup;
mod crash;
mod credit;
mod demo;
mod edge;
mod edge_marks;
mod intake;
mod journal;
mod journal_faults;
mod journal_lossy_disk;
mod journal_model;
mod journal_recovery;
mod journal_rig;
mod limits;
mod many_links;
mod outage;
mod postback;
mod program;
mod readme;
mod reports_in;
mod reports_out;
mod serve;
mod server;
mod settings;
mod sim_disk;
mod snapshot;
mod tidy;
mod trouble;
