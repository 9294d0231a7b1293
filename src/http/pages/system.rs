//! The system: its audit log, and how it fares.

use std::path::Path;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::id::{AccountId, AuditId, CampaignId, GroupId, LinkId, PartnerId, floor};
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Code, Error, Result};
use crate::http::app::App;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::http::pages::policies::actors_of;
use crate::journal;
use crate::pages::audit::{self, Actors, Search};
use crate::pages::health::{self, Database, Health, Recording};
use crate::pages::table::PAGE_ROWS;
use crate::store::{AuditFilter, Named, Slice, Tx};

/// Users and keys that can be chosen in the search; others are found by their id in the URL.
const CHOICES_MAX: i64 = 200;

async fn everybody(tx: &mut Tx) -> Result<Actors> {
    let users = tx.users().await?.into_iter().take(CHOICES_MAX as usize);
    let mut actors: Actors = users.map(|one| (one.user.id.to_string(), one.user.name)).collect();
    actors.extend(tx.keys(newest(CHOICES_MAX)).await?.into_iter().map(|key| (key.id.to_string(), key.name)));
    Ok(actors)
}

/// What the URL asks for, and from where on backwards.
fn filter(asked: &Asked<'_>) -> (AuditFilter, Uuid) {
    let text = |name: &str| asked.wanted().get(name).map(|text| text.trim().to_owned());
    let day = |name: &str| text(name).and_then(|text| Time::parse_date_or_time(&text).ok()).map(Time::day);
    // A whole id has an index; anything else is looked for in all that was said.
    let (subject, about) = match text("subject") {
        Some(text) if text.len() == 29 && text.as_bytes()[2] == b'_' => (Some(text), None),
        text => (None, text),
    };
    let filter = AuditFilter { actor: text("actor"), action: text("action"), subject, about, from: day("from") };
    let end = day("to").map_or(Uuid::max(), |to| floor(to + DAY_MS));
    let cursor = asked.param::<AuditId>("before").map_or(Uuid::max(), AuditId::uuid);
    (filter, end.min(cursor))
}

pub(super) async fn audit(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (filter, before) = filter(asked);
    // An export has more than a page.
    let most = if asked.wanted().get("csv").is_some() { ROWS_MAX } else { PAGE_ROWS as i64 };
    let mut lines = tx.audit_lines_of(&filter, Slice { before, limit: most + 1 }).await?;
    let more = lines.len() as i64 > most;
    lines.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let mut actors = actors_of(tx, lines.iter().flat_map(|line| [line.actor.as_str(), &line.subject])).await?;
    actors.extend(everybody(tx).await?);
    let last = lines.last().filter(|_| more).map(|line| line.id.to_string());
    let before = tx.audit_before(&lines).await?;
    let table = audit::table(asked.shell, &lines, &actors, &before);
    let wanted = asked.wanted();
    let search = Search {
        actors: audit::choices(asked.shell, &actors),
        actions: tx.audit_actions().await?,
        wanted: &wanted,
        older: last.map(|last| wanted.with(&[("before", &last)])),
    };
    Ok(asked.show(&[&table], || audit::list(asked.shell, &search, &table)))
}

pub(super) async fn line(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let line = tx.audit_line(asked.read_id()?).await?.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    let before = tx.audit_before(std::slice::from_ref(&line)).await?.remove(&line.id);
    let mut ids = vec![line.actor.as_str(), &line.subject];
    for document in before.iter().chain([&line.detail]) {
        texts(document, &mut ids);
    }
    let mut names = actors_of(tx, ids.iter().copied()).await?;
    names.extend(names_of(tx, &ids).await?);
    Ok(Answer::page(asked.shell, &audit::show(asked.shell, &line, &names, before.as_ref())))
}

/// Every text of a document.
fn texts<'a>(document: &'a Value, found: &mut Vec<&'a str>) {
    match document {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// The names of those texts that are ids.
async fn names_of(tx: &mut Tx, ids: &[&str]) -> Result<Actors> {
    type Read = fn(&str) -> Option<Uuid>;
    let mut names = Actors::new();
    let kinds: [(Named, Read); 5] = [
        (Named::Partner, |id| Some(id.parse::<PartnerId>().ok()?.uuid())),
        (Named::Link, |id| Some(id.parse::<LinkId>().ok()?.uuid())),
        (Named::Campaign, |id| Some(id.parse::<CampaignId>().ok()?.uuid())),
        (Named::Group, |id| Some(id.parse::<GroupId>().ok()?.uuid())),
        (Named::Account, |id| Some(id.parse::<AccountId>().ok()?.uuid())),
    ];
    for (kind, read) in kinds {
        let of_kind: Vec<(&str, Uuid)> = ids.iter().filter_map(|id| Some((*id, read(id)?))).collect();
        if !of_kind.is_empty() {
            let found = tx.names(kind, of_kind.iter().map(|(_, uuid)| *uuid)).await?;
            names.extend(of_kind.iter().filter_map(|(id, uuid)| Some(((*id).to_owned(), found.get(uuid)?.clone()))));
        }
    }
    Ok(names)
}

/// Free bytes and all bytes of the disk under a path.
fn disk(path: &Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

/// The same sources as `/readyz` and `/metrics` have.
async fn fares(tx: &mut Tx, app: &App, now: Time) -> Result<Health> {
    let status = app.journal.status();
    let (about, work) = (tx.about().await?, tx.queued_work().await?);
    Ok(Health {
        now,
        recording: match status.health {
            journal::Health::Ok => Recording::Ok,
            journal::Health::Full => Recording::DiskFull,
            journal::Health::Failed => Recording::DiskFailed,
            journal::Health::Closed => Recording::Stopping,
        },
        undrained_bytes: status.undrained_bytes,
        is_drained: app.progress.position() >= app.journal.durable(),
        is_stuck: app.progress.is_stuck(),
        lag: app.progress.lag(now),
        answers: app.store_answers.load(std::sync::atomic::Ordering::Relaxed),
        database: Database {
            embedded: app.store.database() == crate::store::Database::Sqlite,
            name: about.name,
            bytes: about.bytes,
            backed_up_at: about.backed_up_at,
            waiting: work.waiting,
            failing: work.failing,
            last_error: work.last_error,
        },
        disk: disk(&app.data_dir),
        links: (app.directory.links().len(), app.directory.links().is_whole()),
        unrecorded: app.metrics.unrecorded.get(),
        panics: app.metrics.panics.get(),
        damaged: status.quarantined_total,
        started_at: app.started_at,
        version: env!("CARGO_PKG_VERSION"),
        role: (app.role.answers(), app.role.works()),
        public_url: app.public_url.clone(),
        data_dir: app.data_dir.display().to_string(),
    })
}

pub(super) async fn health(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let health = fares(tx, asked.app, asked.at).await?;
    let table = health::table(asked.shell, &health);
    Ok(asked.show(&[&table], || health::page(asked.shell, &asked.wanted(), &health, &table)))
}
