//! `POST /policies/simulate`: what a draft would change, without writing anything.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::id::{PartnerId, PolicyId};
use crate::domain::partner::check_text;
use crate::domain::policy::{PolicyScope, Rules, TrainedOn, Version};
use crate::domain::time::Time;
use crate::domain::whatif::{Change, Outlook, Simulation, Tally};
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::Body;
use crate::http::api::output::Shown;
use crate::http::api::policies::{EFFECTS_GIVEN, check_names, gap};
use crate::http::api::reports::period;
use crate::http::app::App;
use crate::jobs::learn::learn;
use crate::jobs::whatif::{Under, look};
use crate::store::{Cursor, Named, Period, Tx};

/// The most conversions of one simulation: some seconds of work, all of which one snapshot of the store has to outlast.
pub const CONVERSIONS_MAX: i64 = 50_000;

/// Simulations at once: each holds a reader of the store for seconds, and there are four of an embedded one.
pub const SIMULATIONS_MAX: usize = 2;

/// What is to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// The rules, as for `POST /policies`; what is left out takes its default. A model that learns does so first, and its period has
    /// at most 50,000 conversions too.
    draft: Rules,
    /// The policy whose next version the draft would become: the answer is then what publishing it, and attributing the period anew,
    /// would do. Conversions follow the draft only where no other policy comes before it, and what followed that policy and fits the
    /// draft no more follows another one, or none. When absent, all that fits the draft follows it, and all else stays as it is.
    name: Option<String>,
    /// Conversions from this date or RFC 3339 time on; 30 days before the end when absent.
    from: Option<String>,
    /// Up to and including this date, or up to this RFC 3339 time; up to the end of today when absent.
    to: Option<String>,
}

pub(super) async fn simulate(call: Call<'_>, Body(trial): Body<Trial>) -> Result<Shown<Simulation>> {
    let Trial { draft, name, from, to } = trial;
    let period = period(from.as_deref(), to.as_deref(), call.by.at)?;
    simulation(call.tx, call.app, call.by.at, draft, name, period).await.map(Shown)
}

/// What a draft would change in a period; with a name, what publishing it as the next version of that policy would. Writes nothing;
/// may take seconds.
///
/// # Errors
/// Fields of the draft that do not fit, as `draft.weights.demo`; at `to`, too many conversions. [`Code::TooManyRequests`] while
/// others run.
pub async fn simulation(
    tx: &mut Tx, app: &App, now: Time, mut draft: Rules, name: Option<String>, period: Period,
) -> Result<Simulation> {
    let busy = |_| Error::new(Code::TooManyRequests, "other simulations are running; try again in a moment");
    let _turn = app.simulations.try_acquire().map_err(busy)?;
    check(tx, &draft).await.map_err(|error| error.within("draft."))?;
    let mut problems = Problems::default();
    if let Some(name) = &name {
        check_text(&mut problems, "name", name);
    }
    problems.finish()?;
    refuse_too_many(tx, "to", period).await?;
    if let Some(TrainedOn { from, to }) = draft.trained_on {
        refuse_too_many(tx, "draft.trained_on.to", Period { from, to }).await?;
    }
    draft.effects = learn(tx, &draft).await.map_err(|error| error.within("draft."))?;

    let book = tx.rule_book().await?;
    let id = PolicyId::mint(now);
    let refused = name.as_ref().and_then(|name| gap(&book, name, period.from, &draft));
    let warnings = refused.into_iter().map(|(field, why)| format!("draft.{field}: {why}")).collect();
    let published = name.is_some();
    let draft = Version::new(id, name.unwrap_or_else(|| "draft".to_owned()), 1, period.from, Ok(draft));
    let (then, draft) = (book.with(draft.clone()), book.complete(draft));
    let under = if published { Under::Published { draft: &draft, book: &then } } else { Under::Draft(&draft) };
    let (mut tally, mut after) = (Tally::default(), Some(Cursor::before(period.from)));
    while let Some(from) = after {
        after = look(tx, &book, under, period, from, &mut tally).await?;
        // Between pages the others on this runtime have their turn, whatever the database answers from memory.
        tokio::task::yield_now().await;
    }
    let Tally { conversions, following, changed, without_policy, .. } = tally;
    let (partners, total) = tally.finish();
    let mut names = tx.names(Named::Partner, partners.iter().map(|(id, _)| id.uuid())).await?;
    let outlook = |(id, change): (PartnerId, Change)| Outlook { partner_id: id, name: names.remove(&id.uuid()), change };
    let data = partners.into_iter().map(outlook).collect();
    let (from, to) = (period.from, period.to);
    Ok(Simulation { from, to, conversions, following, changed, without_policy, warnings, data, total })
}

/// Checks the draft as a version that is made, and that it pays somebody.
async fn check(tx: &mut Tx, draft: &Rules) -> Result<()> {
    let mut problems = draft.check().err().unwrap_or_default();
    if draft.effects.is_some() {
        problems.add("effects", EFFECTS_GIVEN);
    }
    check_names(tx, draft, &mut problems).await?;
    if draft.scope == PolicyScope::Teams {
        problems.add("scope", "must be partners: nobody is paid by the policy of the teams; see /reports/teams");
    }
    if draft.retired {
        problems.add("retired", "must be false: nothing follows a retired policy");
    }
    problems.finish().map_err(Error::from)
}

async fn refuse_too_many(tx: &mut Tx, field: &str, period: Period) -> Result<()> {
    let (_, beyond) = tx.count_conversions(period, CONVERSIONS_MAX).await?;
    let Some(beyond) = beyond else { return Ok(()) };
    let sentence = format!(
        "there are more than {CONVERSIONS_MAX} conversions in this period; up to {beyond} there are fewer: go through it in parts, \
         or use kudos reattribute --dry-run"
    );
    Err(Error::invalid(field, sentence))
}
