//! The run: the program through the API, then every person's hits, several connections side by side.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Fallible;
use super::deals;
use super::journeys::{DAYS, cast};
use super::noise::contracts;
use super::person::{Act, Person};
use super::program;
use super::progress::Progress;
use super::visit::{Visit, World};
use super::wire::Wire;
use crate::cli::node::Node;
use crate::domain::audit::{Actor, By};
use crate::domain::key::Scope;
use crate::domain::time::{DAY_MS, Time};
use crate::store::ATTRIBUTE;

/// Connections side by side: so many hits share one fdatasync.
const CONNECTIONS: usize = 32;
/// How long the store may take for what was sent.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often attribution is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Makes this program and no other.
const SEED: u64 = 20;

/// What there is to show.
pub(super) struct Filled {
    /// The first day.
    pub start: Time,
    /// How many requests were sent.
    pub requests: usize,
    /// A sale that several partners share, as the API shows it.
    pub sale: Value,
}

/// Fills the node's empty store.
pub(super) async fn fill(node: &Node) -> Fallible<Filled> {
    let now = || node.app.clock.now();
    let start = now().day() - DAYS * DAY_MS;
    let founded = start - 30 * DAY_MS;
    let mut tx = node.app.store.write().await?;
    let by = By { actor: Actor::Operator, at: founded };
    let (key, secret) = tx.issue_key(by, "the demo's own".into(), Scope::Admin).await?;
    tx.commit().await?;
    node.app.catch_up().await?;

    let mut office = Wire::open(node, &secret).await?;
    let partners = program::make(&mut office, start).await?;
    let shop = office.api(start, "POST", "/keys", json!({ "name": "the demo's shop", "scope": "track" })).await?;
    let track_key = shop["key"].as_str().unwrap_or_default().to_owned();
    let world = Arc::new(World { partners, track_key, click_param: node.app.click_param.clone() });

    let people = cast(SEED, start);
    let requests = people.iter().map(|person| person.acts.len()).sum();
    send(node, &secret, world.clone(), people, requests).await?;
    settle(node).await?;

    let mut office = Wire::open(node, &secret).await?;
    deals::make(&mut office, start, &world.partners, &contracts()).await?;
    settle(node).await?;
    let sales = office.api(now(), "GET", "/conversions?event=sale&limit=200", Value::Null).await?;
    let partners = |sale: &&Value| {
        let mut partners: Vec<_> = sale["credits"].as_array().into_iter().flatten().map(|c| c["partner_id"].as_str()).collect();
        partners.sort_unstable();
        partners.dedup();
        partners.len()
    };
    // The list is newest first; of equal ones the last is taken.
    let sale = sales["data"].as_array().into_iter().flatten().rev().max_by_key(partners).cloned();
    let sale = sale.ok_or("there is no sale to show")?;
    for id in [shop["id"].as_str().unwrap_or_default(), &key.id.to_string()] {
        office.api(now(), "DELETE", &format!("/keys/{id}"), Value::Null).await?;
    }
    Ok(Filled { start, requests, sale })
}

/// Sends everything. What one person does is sent over one connection, in the order of time.
async fn send(node: &Node, key: &str, world: Arc<World>, people: Vec<Person>, requests: usize) -> Fallible<()> {
    let progress = Arc::new(Progress::new(requests as u64));
    let mut crowds: Vec<Vec<Person>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    people.into_iter().enumerate().for_each(|(number, person)| crowds[number % CONNECTIONS].push(person));
    let mut sending = JoinSet::new();
    for crowd in crowds {
        sending.spawn(attend(Wire::open(node, key).await?, world.clone(), crowd, progress.clone()));
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    progress.finish();
    Ok(())
}

async fn attend(mut wire: Wire, world: Arc<World>, crowd: Vec<Person>, progress: Arc<Progress>) -> Fallible<()> {
    let mut visits: Vec<Visit> = crowd.iter().map(|person| Visit::new(&world, person)).collect();
    let acts = |(place, person)| -> Vec<(Time, usize, &Act)> {
        let person: &Person = person;
        person.acts.iter().map(|(at, act)| (*at, place, act)).collect()
    };
    let mut acts: Vec<_> = crowd.iter().enumerate().flat_map(acts).collect();
    acts.sort_by_key(|(at, ..)| *at);
    for (at, place, act) in acts {
        visits[place].act(&mut wire, at, act).await?;
        progress.step();
    }
    Ok(())
}

/// Waits until everything is in the store and has its credit.
async fn settle(node: &Node) -> Fallible<()> {
    let done = async {
        while !node.app.settled(PATIENCE).await {}
        while node.app.store.read().await?.has_due_job(ATTRIBUTE, node.app.clock.now()).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, done).await.map_err(|_| "the store did not take everything in time")?
}
