//! Kudos: partner attribution in one binary.
//!
//! It mints partner links and referral codes, answers their redirects and the conversion pixels of websites, records
//! every touchpoint durably, and gives credit where it is due: which partner earned which part of a sale, and why.
//!
//! # The way of one hit
//!
//! ```text
//!   browser, server     GET /{slug}   GET /pixel.gif   GET|POST /postback   POST /collect   POST /api/v1/conversions
//!        |
//!      http             looks the link up in memory, mints the ids, builds the answer
//!        |  domain::hit::Hit, raw and self-contained
//!     journal           appends it to a segment file; one fdatasync for all who wait
//!        |  only now does the answer leave: the answer is the promise
//!     intake            domain::interpret(hit) -> touchpoint, conversion, identity or rejected
//!        |  one transaction a batch: rows, rollups, jobs; insert .. on conflict do nothing
//!      store            SQLite or Postgres, from one text
//!        |  a job for every conversion that a new row concerns
//!      jobs             domain::attribution: journey + policy -> credits, each with its reason
//! ```
//!
//! A plain click does not even meet hyper: [`http::express`] reads and answers it, and passes the connection on at the first
//! request that is anything else.
//!
//! What is stored keeps the ids it came with. Which customers are one buyer, by a merge or by an address, is looked up by the
//! statements themselves (`store/kin.rs`), so that neither depends on the order of arrival. A model sees only the shape of a
//! journey, so that a file (`cli::models`) and the store share the same functions; what data-driven models learn of a period is
//! frozen in the policy version.
//!
//! One direction, no way back. What admins change (partners, links, policies ..) goes from `http::api` straight to the
//! store, in one transaction with its audit line; a row in `changes` tells every node what to load into memory anew.
//!
//! Memory holds every link up to a bound, beyond it those used last (`intake::links`); a slug it knows nothing of is looked up
//! by the control runtime (`intake::misses`). A snapshot of it lies in the data directory, for a start without the database.
//!
//! # Several nodes
//!
//! Nodes share nothing but Postgres. Each drains its own journal. What admins change is changed by one transaction at a time,
//! so that checks before a change hold and versions of changes become visible in their order; a node polls for them. Clicks
//! of new browsers go in side by side; whatever depends on what others wrote (duplicates, repeats, counts, which conversions a
//! touchpoint concerns) is done in turn, so that of two hits that concern each other one sees the other. A job is held by the
//! transaction that does it; news of its conversion waits for that, and queues it again. See `store::Store::write` and
//! `store::Store::write_beside`.
//!
//! An edge answers, records and drains; a worker does the jobs; a node is both unless told otherwise (`config::Role`). Whoever
//! waits for credits looks into the store, as another node may be the one that assigns them. What Postgres is asked has a
//! deadline, as a server that is gone without a word never answers; its connection is then given up, and the batch written
//! anew: what was committed after all is found there by its ids.
//!
//! What the program says (reasons, refusals) is English, is kept and answered as it was said, and is told in the reader's language
//! by the pages alone: `pages::saying` reads it by the patterns of `pages/texts/sayings`, one for each such sentence.
//!
//! # Rooms
//!
//! | room | is about | must never |
//! |---|---|---|
//! | [`domain`] | nouns and rules, as pure functions | await, do I/O, know SQL or HTTP |
//! | [`error`], [`clock`] | the one error; the only source of "now" | |
//! | [`config`] | every setting, as a pure function of a lookup | read files or the environment |
//! | [`journal`] | bytes made durable before anyone is answered | know what the bytes mean |
//! | [`store`] | the only room that knows SQL | be asked by a thread of the edge |
//! | [`intake`] | from the journal into the store; links in memory | lose or count twice |
//! | [`jobs`] | work that follows, each a `tick(now)` | depend on the order of arrival |
//! | [`pages`] | HTML from data, as pure functions; templates beside their Rust | query, or know of requests |
//! | [`http`] | the only room that knows hyper: edge, API, pages | wait for the store where memory knows the link |
//! | [`cli`] | one file a command; `cli::node` wires the rooms | |
//!
//! A room imports from those above it only; `tests/it/tidy.rs` holds that and the size budgets.
//!
//! # Invariants
//!
//! - A hit that was answered as recorded is on disk, survives a kill at any instruction, and counts exactly once: its id
//!   is minted before the first write and is the primary key of what it becomes, so a segment can be replayed whole.
//! - The shares of a conversion sum to exactly 1, its credited money to the cent, under every model.
//! - What the teams have of a conversion sums to exactly 1 and to its amount as well, and is no part of its credits.
//! - The same journey under the same policy version gives the same credits, whatever the order of arrival.
//! - Nothing is deleted, but for touchpoints older than the operator keeps them (`keep_touchpoints_days`), and for what is made
//!   anew with each attribution, as the view of the teams: a touchpoint that does not count carries its verdict, a superseded
//!   credit its date.
//! - What is kept of days, closed or so far, and of deals is what a recount finds: whoever changes what it follows from takes it back
//!   in the same transaction.
//!
//! `kudos check` verifies them over a store.
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod journal;
pub mod pages;
pub mod store;
