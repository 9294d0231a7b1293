//! `kudos reattribute`: the credit of past conversions anew, in small steps beside whatever else goes on.

mod progress;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ArgMatches;

use crate::cli::{Outcome, runtime, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::{Actor, By};
use crate::domain::id::PartnerId;
use crate::domain::money::Money;
use crate::domain::policy::{PolicyScope, RuleBook, Version};
use crate::domain::time::{DAY_MS, Time};
use crate::domain::whatif::{Change, Sum, Tally};
use crate::error::{Code, Error, Problems, Result};
use crate::jobs::reattribute::{Batch, batch};
use crate::jobs::whatif::{Under, look};
use crate::store::{Cursor, Named, Period, Schema, Store};
use progress::Progress;

/// How often a database that does not answer is asked again, a second apart: a server beside this may be busy.
const ATTEMPTS: u32 = 10;
/// The most partners a dry run prints, those with the greatest change.
const PARTNERS_MAX: usize = 50;

/// Assigns, or with `--dry-run` only looks. Exit code 1 when it was interrupted.
pub fn run(config: &Config, matches: &ArgMatches) -> Outcome {
    let period = period(matches)?;
    let wanted = matches.get_one::<String>("policy").map(String::as_str);
    runtime()?.block_on(async {
        if let Some(path) = config.database.sqlite_path().filter(|path| !path.exists()) {
            return Err(format!("there is no database at {}; set --data-dir or --database", path.display()).into());
        }
        let store = Store::open(&config.database, config.pool).await?;
        if store.read().await?.schema().await? != Schema::Current {
            return Err(format!("{} is no Kudos database of this version: try kudos migrate", config.database).into());
        }
        store.refuse_half_moved().await?;
        let book = store.read().await?.rule_book().await?;
        let version = wanted.map(|wanted| find(&book, wanted)).transpose()?;
        let (total, _) = store.read().await?.count_conversions(period, i64::MAX - 1).await?;
        let outcome = match matches.get_flag("dry-run") {
            true => show(&store, &book, version, period, total).await,
            false => work(&store, version, period, total).await,
        };
        store.close().await;
        outcome
    })
}

fn period(matches: &ArgMatches) -> Result<Period> {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let (from, to) = (text("from"), text("to"));
    let mut problems = Problems::default();
    let first = problems.keep("--from", Time::parse_date_or_time(&from));
    let last = problems.keep("--to", Time::parse_date_or_time(&to));
    let is_date = to.parse::<Time>().is_err();
    let period = Period { from: first.unwrap_or_default(), to: last.unwrap_or_default() + if is_date { DAY_MS } else { 0 } };
    if problems.is_empty() && period.from >= period.to {
        problems.add("--to", "must lie after --from");
    }
    problems.finish()?;
    Ok(period)
}

/// The version that `NAME` or `NAME@VERSION` names. A name may hold an `@` itself.
fn find<'a>(book: &'a RuleBook, wanted: &str) -> Result<&'a Version> {
    let numbered = wanted.rsplit_once('@').and_then(|(name, number)| Some((name, number.parse().ok()?)));
    let found = book.named(wanted, None).or_else(|| numbered.and_then(|(name, number)| book.named(name, Some(number))));
    let version = found.ok_or_else(|| Error::invalid("--policy", format!("there is no policy version {wanted:?}")))?;
    let rules = version.rules()?;
    if rules.scope == PolicyScope::Teams {
        return Err(Error::invalid("--policy", "must be of the scope partners: nobody is paid by the policy of the teams"));
    }
    if rules.retired {
        return Err(Error::invalid("--policy", format!("version {} of {} is retired", version.version, version.name)));
    }
    Ok(version)
}

async fn work(store: &Store, version: Option<&Version>, period: Period, total: i64) -> Outcome {
    let by = By { actor: Actor::Operator, at: Clock::System.now() };
    let mut tx = store.write().await?;
    tx.note_reattribution(by, version.map(|version| version.id), period).await?;
    tx.commit().await?;
    let (mut sum, mut after) = (Batch::default(), Some(Cursor::before(period.from)));
    let progress = Progress::new(total);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    while let Some(from) = after {
        let begun = Instant::now();
        let done = patiently(store, version, period, from).await.inspect_err(|_| stopped_at(from))?;
        sum.conversions += done.conversions;
        sum.following += done.following;
        sum.changed += done.changed;
        after = done.next;
        progress.step(done.conversions);
        // As long as the batch took the one writer of an embedded database is left to the others.
        tokio::select! {
            _ = &mut interrupted => break,
            () = tokio::time::sleep(begun.elapsed()) => {}
        }
    }
    progress.finish();
    let Batch { conversions, following, changed, .. } = sum;
    writeln!(io::stdout(), "{conversions} conversions, {following} attributed anew, the credits of {changed} changed")?;
    match after {
        None => Ok(ExitCode::SUCCESS),
        Some(at) => {
            stopped_at(at);
            Ok(ExitCode::FAILURE)
        }
    }
}

fn stopped_at(at: Cursor) {
    tell(format_args!("kudos: stopped; go on with --from {}", at.0));
}

async fn patiently(store: &Store, version: Option<&Version>, period: Period, after: Cursor) -> Result<Batch> {
    let mut attempt = 1;
    loop {
        match batch(store, version, period, after, Clock::System.now()).await {
            Err(error) if error.code == Code::Unavailable && attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn show(store: &Store, book: &RuleBook, version: Option<&Version>, period: Period, total: i64) -> Outcome {
    let (mut tally, mut after) = (Tally::default(), Some(Cursor::before(period.from)));
    let under = version.map_or(Under::InForce, Under::Version);
    let progress = Progress::new(total);
    while let Some(from) = after {
        let before = tally.conversions;
        // A snapshot a page: one of the whole would keep the database from cleaning up behind it.
        let mut tx = store.read().await?;
        after = look(&mut tx, book, under, period, from, &mut tally).await?;
        tx.rollback().await?;
        progress.step(tally.conversions - before);
    }
    progress.finish();
    let Tally { conversions, following, changed, .. } = tally;
    let mut out = io::stdout().lock();
    writeln!(out, "{conversions} conversions, {following} would be attributed anew, the credits of {changed} would change")?;
    let (partners, all) = tally.finish();
    let changing: Vec<_> = partners.into_iter().filter(|(_, change)| change.now != change.then).collect();
    let names = store.read().await?.names(Named::Partner, changing.iter().map(|(id, _)| id.uuid())).await?;
    for (id, change) in changing.iter().take(PARTNERS_MAX) {
        line(&mut out, names.get(&id.uuid()).map_or("", String::as_str), Some(*id), change)?;
    }
    if changing.len() > PARTNERS_MAX {
        writeln!(out, ".. and {} more partners", changing.len() - PARTNERS_MAX)?;
    }
    line(&mut out, "all partners", None, &all)?;
    Ok(ExitCode::SUCCESS)
}

fn line(out: &mut impl Write, name: &str, id: Option<PartnerId>, change: &Change) -> io::Result<()> {
    let id = id.map_or(String::new(), |id| format!(" ({id})"));
    let Change { now, then, difference } = change;
    let gained = money(&difference.amounts, true);
    writeln!(out, "{name}{id}: {} -> {}, {:+.9} conversions{gained}", sum(now), sum(then), difference.weight)
}

fn sum(sum: &Sum) -> String {
    format!("{:.9} conversions{}", sum.weight.0 as f64 / 1e9, money(&sum.amounts, false))
}

fn money(amounts: &[Money], signed: bool) -> String {
    let one = |money: &Money| match signed {
        true if money.amount >= 0 => format!(", +{money}"),
        _ => format!(", {money}"),
    };
    amounts.iter().map(one).collect()
}
