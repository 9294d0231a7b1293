//! `kudos demo`: fills an empty store with a lifelike program, then serves it.
//!
//! Everything is sent as HTTP requests to the node itself, over connections that are not on the network and keep their own
//! time; so the demo goes the way that every hit goes.

mod deals;
mod dice;
mod fill;
mod journeys;
mod noise;
mod person;
mod program;
mod progress;
mod visit;
mod wire;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::node::{Node, Parts};
use crate::cli::serve::{Signals, until_stopped};
use crate::cli::{Outcome, runtime, say, tell};
use crate::config::{Config, Role};
use crate::domain::audit::{Actor, By};
use crate::domain::key::Scope;
use crate::domain::money::Money;
use crate::store::Store;
use fill::{Filled, fill};

/// `Result` with whatever went wrong.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A browser for the command line.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:156.0) Gecko/20100101 Firefox/156.0";

/// Fills an empty store, then serves until SIGTERM or SIGINT.
pub fn run(config: Config) -> Outcome {
    runtime()?.block_on(async {
        refuse_a_store_in_use(&config).await?;
        // It sends hits to itself, and shows the credits.
        let config = Config { role: Role::All, ..config };
        let node = Node::start(config, Parts::default()).await?;
        let mut signals = Signals::heard()?;
        tell(format_args!("kudos: 90 days of a made-up program, sent request by request"));
        let begun = Instant::now();
        let filled = tokio::select! {
            filled = fill(&node) => Some(filled?),
            () = signals.next() => None,
        };
        let Some(filled) = filled else {
            node.stop().await;
            tell(format_args!("kudos: stopped half-way; begin again with an empty data directory"));
            return Ok(ExitCode::SUCCESS);
        };
        tell(format_args!(
            "kudos: {} requests recorded and credited in {:.1} s",
            filled.requests,
            begun.elapsed().as_secs_f64()
        ));
        let key = admin_key(&node).await?;
        announce(&node, &key, &filled);
        until_stopped(node, signals).await
    })
}

async fn refuse_a_store_in_use(config: &Config) -> Fallible<()> {
    super::make_data_dir(&config.data_dir)?;
    let store = Store::open(&config.database, config.pool).await?;
    store.migrate().await?;
    let empty = store.read().await?.is_empty().await;
    store.close().await;
    if empty? {
        return Ok(());
    }
    let (dir, database) = (config.data_dir.display(), &config.database);
    Err(format!(
        "the data directory {dir} is in use: {database} is not empty. The demo fills only an empty store; choose another \
         directory with --data-dir, or see what is in this one with: kudos serve --data-dir {dir}"
    )
    .into())
}

/// The key of the first start, or where there was one before, a new one.
async fn admin_key(node: &Node) -> Fallible<String> {
    if let Some(key) = &node.first_key {
        return Ok(key.clone());
    }
    let mut tx = node.app.store.write().await?;
    let by = By { actor: Actor::Operator, at: node.app.clock.now() };
    let (_, secret) = tx.issue_key(by, "shown by kudos demo".into(), Scope::Admin).await?;
    tx.commit().await?;
    node.app.catch_up().await?;
    Ok(secret)
}

fn announce(node: &Node, key: &str, filled: &Filled) {
    let (public, param, from) = (&node.app.public_url, &node.app.click_param, filled.start.date());
    let (here, auth) = (reachable(node.address), format!("-H 'Authorization: Bearer {key}'"));
    let text = |field: &str| filled.sale[field].as_str().unwrap_or_default();
    let amount = match (filled.sale["amount"].as_i64(), text("currency").parse()) {
        (Some(amount), Ok(currency)) => Money { amount, currency }.to_string(),
        _ => String::new(),
    };
    let (order, sale) = (text("order_id"), text("id"));
    say(format_args!("kudos listening on http://{}", node.address));
    say(format_args!("admin key (shown once): {key}"));
    if let Some(url) = &node.first_link {
        say(format_args!("dashboard: set up the first admin, once, at {url}"));
    }
    say(format_args!("links answer at {public}/{{slug}}, such as {public}/fern; any host name that leads here will do"));
    say(format_args!("API: http://{here}/api/v1, described at /api/v1/openapi.json"));
    say(format_args!("\nThree things to try:\n"));
    say(format_args!("1. What each partner brought in 90 days:\n"));
    say(format_args!("curl -s {auth} 'http://{here}/api/v1/reports/performance?group_by=partner&from={from}'\n"));
    say(format_args!("2. Who earned which part of sale {order}, {amount}, and why:\n"));
    say(format_args!("curl -s {auth} http://{here}/api/v1/conversions/{sale}/explain\n"));
    say(format_args!("3. Follow a link as a browser does, and see the touchpoint it became:\n"));
    say(format_args!(
        "curl -s {auth} \"http://{here}/api/v1/touchpoints/$(curl -s -o /dev/null -w '%{{redirect_url}}' -A '{BROWSER}' \
         http://{here}/fern | sed 's/.*[?&]{param}=\\([^&#]*\\).*/\\1/')\"\n"
    ));
}

/// Where this machine reaches a server that listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}
