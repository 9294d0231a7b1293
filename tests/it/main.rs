//! One binary for every integration test: the real server, the real store, the real files.
//!
//! What has to do with the store runs twice, as `on_sqlite::..` and as `on_postgres::..`, from one body.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::duplicate_mod, reason = "that is how one body runs on two stores")]

mod agents;
mod attribution;
mod database;
mod journal;
mod journal_faults;
mod journal_lossy_disk;
mod journal_model;
mod journal_recovery;
mod journal_rig;
mod models;
mod postgres;
mod settings;
mod sim_disk;
mod statements;
mod tidy;
mod words;

#[path = "."]
mod on_sqlite {
    /// The store of every server here.
    pub const STORE: crate::database::Kind = crate::database::Kind::Sqlite;

    #[path = "addresses.rs"]
    mod addresses;
    #[path = "api.rs"]
    mod api;
    #[path = "api_document.rs"]
    mod api_document;
    #[path = "api_once.rs"]
    mod api_once;
    #[path = "api_table.rs"]
    mod api_table;
    #[path = "backup.rs"]
    mod backup;
    #[path = "browser.rs"]
    mod browser;
    #[path = "bulk_import.rs"]
    mod bulk_import;
    #[path = "by_hand.rs"]
    mod by_hand;
    #[path = "conversion_pages.rs"]
    mod conversion_pages;
    #[path = "crash.rs"]
    mod crash;
    #[path = "credit.rs"]
    mod credit;
    #[path = "customers.rs"]
    mod customers;
    #[path = "days.rs"]
    mod days;
    #[path = "deal_pages.rs"]
    mod deal_pages;
    #[path = "deal_registrations.rs"]
    mod deal_registrations;
    #[path = "deals.rs"]
    mod deals;
    #[path = "demo.rs"]
    mod demo;
    #[path = "discrepancies.rs"]
    mod discrepancies;
    #[path = "drafts.rs"]
    mod drafts;
    #[path = "edge.rs"]
    mod edge;
    #[path = "edge_marks.rs"]
    mod edge_marks;
    #[path = "explained.rs"]
    mod explained;
    #[path = "express.rs"]
    mod express;
    #[path = "forms.rs"]
    mod forms;
    #[path = "heard.rs"]
    mod heard;
    #[path = "import.rs"]
    mod import;
    #[path = "intake.rs"]
    mod intake;
    #[path = "kinds.rs"]
    mod kinds;
    #[path = "limits.rs"]
    mod limits;
    #[path = "long_lists.rs"]
    mod long_lists;
    #[path = "many_links.rs"]
    mod many_links;
    #[path = "models_online.rs"]
    mod models_online;
    #[path = "moving.rs"]
    mod moving;
    #[path = "next_steps.rs"]
    mod next_steps;
    #[path = "offline.rs"]
    mod offline;
    #[path = "once.rs"]
    mod once;
    #[path = "outage.rs"]
    mod outage;
    #[path = "pages.rs"]
    mod pages;
    #[path = "pages_program.rs"]
    mod pages_program;
    #[path = "pages_ways.rs"]
    mod pages_ways;
    #[path = "pipeline.rs"]
    mod pipeline;
    #[path = "policies.rs"]
    mod policies;
    #[path = "postback.rs"]
    mod postback;
    #[path = "program.rs"]
    mod program;
    #[path = "readme.rs"]
    mod readme;
    #[path = "reattribute.rs"]
    mod reattribute;
    #[path = "reports_in.rs"]
    mod reports_in;
    #[path = "reports_out.rs"]
    mod reports_out;
    #[path = "serve.rs"]
    mod serve;
    #[path = "server.rs"]
    mod server;
    #[path = "settings_pages.rs"]
    mod settings_pages;
    #[path = "snapshot.rs"]
    mod snapshot;
    #[path = "told_pages.rs"]
    mod told_pages;
    #[path = "trouble.rs"]
    mod trouble;
    #[path = "walk.rs"]
    mod walk;
}

#[path = "."]
mod on_postgres {
    /// The store of every server here.
    pub const STORE: crate::database::Kind = crate::database::Kind::Postgres;

    #[path = "addresses.rs"]
    mod addresses;
    #[path = "api.rs"]
    mod api;
    #[path = "api_document.rs"]
    mod api_document;
    #[path = "api_once.rs"]
    mod api_once;
    #[path = "api_table.rs"]
    mod api_table;
    #[path = "bulk_import.rs"]
    mod bulk_import;
    #[path = "by_hand.rs"]
    mod by_hand;
    #[path = "conversion_pages.rs"]
    mod conversion_pages;
    #[path = "crash.rs"]
    mod crash;
    #[path = "credit.rs"]
    mod credit;
    #[path = "customers.rs"]
    mod customers;
    #[path = "days.rs"]
    mod days;
    #[path = "deal_pages.rs"]
    mod deal_pages;
    #[path = "deal_registrations.rs"]
    mod deal_registrations;
    #[path = "deals.rs"]
    mod deals;
    #[path = "demo.rs"]
    mod demo;
    #[path = "discrepancies.rs"]
    mod discrepancies;
    #[path = "drafts.rs"]
    mod drafts;
    #[path = "dumped.rs"]
    mod dumped;
    #[path = "edge.rs"]
    mod edge;
    #[path = "edge_marks.rs"]
    mod edge_marks;
    #[path = "explained.rs"]
    mod explained;
    #[path = "express.rs"]
    mod express;
    #[path = "faults.rs"]
    mod faults;
    #[path = "forms.rs"]
    mod forms;
    #[path = "heard.rs"]
    mod heard;
    #[path = "import.rs"]
    mod import;
    #[path = "intake.rs"]
    mod intake;
    #[path = "kinds.rs"]
    mod kinds;
    #[path = "limits.rs"]
    mod limits;
    #[path = "long_lists.rs"]
    mod long_lists;
    #[path = "many_links.rs"]
    mod many_links;
    #[path = "models_online.rs"]
    mod models_online;
    #[path = "moving.rs"]
    mod moving;
    #[path = "next_steps.rs"]
    mod next_steps;
    #[path = "nodes.rs"]
    mod nodes;
    #[path = "offline.rs"]
    mod offline;
    #[path = "once.rs"]
    mod once;
    #[path = "outage.rs"]
    mod outage;
    #[path = "pages.rs"]
    mod pages;
    #[path = "pages_program.rs"]
    mod pages_program;
    #[path = "pages_ways.rs"]
    mod pages_ways;
    #[path = "pipeline.rs"]
    mod pipeline;
    #[path = "policies.rs"]
    mod policies;
    #[path = "postback.rs"]
    mod postback;
    #[path = "program.rs"]
    mod program;
    #[path = "readme.rs"]
    mod readme;
    #[path = "reattribute.rs"]
    mod reattribute;
    #[path = "reports_in.rs"]
    mod reports_in;
    #[path = "reports_out.rs"]
    mod reports_out;
    #[path = "roles.rs"]
    mod roles;
    #[path = "schema.rs"]
    mod schema;
    #[path = "secured.rs"]
    mod secured;
    #[path = "serve.rs"]
    mod serve;
    #[path = "server.rs"]
    mod server;
    #[path = "settings_pages.rs"]
    mod settings_pages;
    #[path = "snapshot.rs"]
    mod snapshot;
    #[path = "told_pages.rs"]
    mod told_pages;
    #[path = "trouble.rs"]
    mod trouble;
    #[path = "walk.rs"]
    mod walk;
}
