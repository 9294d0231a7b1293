//! `POST /policies/simulate`: what a draft would change, without writing anything.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{PartnerId, PolicyId};
use crate::domain::partner::check_text;
use crate::domain::policy::{PolicyScope, Rules, TrainedOn, Version};
use crate::domain::time::Time;
use crate::domain::whatif::{Change, Tally};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::Body;
use crate::http::api::output::Shown;
use crate::http::api::policies::{EFFECTS_GIVEN, check_names, gap};
use crate::http::api::reports::period;
use crate::jobs::learn::learn;
use crate::jobs::whatif::{Under, look};
use crate::store::{Cursor, Named, Period};

/// The most conversions of one simulation: some seconds of work, all of which one snapshot of the store has to outlast.
pub const CONVERSIONS_MAX: i64 = 50_000;

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

/// What would change, had the draft been in force for all conversions of the period that fit its filters.
#[derive(Serialize, ToSchema)]
pub(super) struct Simulation {
    /// From this moment on.
    from: Time,
    /// Up to this one.
    to: Time,
    /// Conversions in the period.
    conversions: i64,
    /// Those that would follow the draft. The others fit not all of its filters, are pinned to a version, or so old that some of
    /// their touchpoints are not kept any more; they count as they are. Renewals that go by the first sale of their customer change
    /// with it all the same, if it is in the period.
    following: i64,
    /// Those of which a partner would have another part.
    changed: i64,
    /// Those that would follow no policy, so that nobody would have credit for them; 0 without a `name`.
    without_policy: i64,
    /// Why the draft could not be published under that name.
    warnings: Vec<String>,
    /// What each partner has, would have, and would gain or lose; the greatest change first.
    data: Vec<Outlook>,
    /// The same of all partners together.
    total: Change,
}

/// What would change for one partner.
#[derive(Serialize, ToSchema)]
pub(super) struct Outlook {
    /// The partner.
    partner_id: PartnerId,
    /// Its name.
    name: Option<String>,
    /// What it has, would have, and the difference.
    #[serde(flatten)]
    change: Change,
}

pub(super) async fn simulate(mut call: Call<'_>, Body(trial): Body<Trial>) -> Result<Shown<Simulation>> {
    let Trial { mut draft, name, from, to } = trial;
    let period = period(from.as_deref(), to.as_deref(), call.by.at)?;
    check(&mut call, &draft).await.map_err(|error| error.within("draft."))?;
    let mut problems = Problems::default();
    if let Some(name) = &name {
        check_text(&mut problems, "name", name);
    }
    problems.finish()?;
    refuse_too_many(&mut call, "to", period).await?;
    if let Some(TrainedOn { from, to }) = draft.trained_on {
        refuse_too_many(&mut call, "draft.trained_on.to", Period { from, to }).await?;
    }
    draft.effects = learn(call.tx, &draft).await.map_err(|error| error.within("draft."))?;

    let book = call.tx.rule_book().await?;
    let id = PolicyId::mint(call.by.at);
    let refused = name.as_ref().and_then(|name| gap(&book, name, period.from, &draft));
    let warnings = refused.into_iter().map(|(field, why)| format!("draft.{field}: {why}")).collect();
    let published = name.is_some();
    let draft = Version::new(id, name.unwrap_or_else(|| "draft".to_owned()), 1, period.from, Ok(draft));
    let (then, draft) = (book.with(draft.clone()), book.complete(draft));
    let under = if published { Under::Published { draft: &draft, book: &then } } else { Under::Draft(&draft) };
    let (mut tally, mut after) = (Tally::default(), Some(Cursor::before(period.from)));
    while let Some(from) = after {
        after = look(call.tx, &book, under, period, from, &mut tally).await?;
        // Between pages the others on this runtime have their turn, whatever the database answers from memory.
        tokio::task::yield_now().await;
    }
    let Tally { conversions, following, changed, without_policy, .. } = tally;
    let (partners, total) = tally.finish();
    let mut names = call.tx.names(Named::Partner, partners.iter().map(|(id, _)| id.uuid())).await?;
    let outlook = |(id, change): (PartnerId, Change)| Outlook { partner_id: id, name: names.remove(&id.uuid()), change };
    let data = partners.into_iter().map(outlook).collect();
    let (from, to) = (period.from, period.to);
    Ok(Shown(Simulation { from, to, conversions, following, changed, without_policy, warnings, data, total }))
}

/// Checks the draft as a version that is made, and that it pays somebody.
async fn check(call: &mut Call<'_>, draft: &Rules) -> Result<()> {
    let mut problems = draft.check().err().unwrap_or_default();
    if draft.effects.is_some() {
        problems.add("effects", EFFECTS_GIVEN);
    }
    check_names(call.tx, draft, &mut problems).await?;
    if draft.scope == PolicyScope::Teams {
        problems.add("scope", "must be partners: nobody is paid by the policy of the teams; see /reports/teams");
    }
    if draft.retired {
        problems.add("retired", "must be false: nothing follows a retired policy");
    }
    problems.finish().map_err(Error::from)
}

async fn refuse_too_many(call: &mut Call<'_>, field: &str, period: Period) -> Result<()> {
    let (_, beyond) = call.tx.count_conversions(period, CONVERSIONS_MAX).await?;
    let Some(beyond) = beyond else { return Ok(()) };
    let sentence = format!(
        "there are more than {CONVERSIONS_MAX} conversions in this period; up to {beyond} there are fewer: go through it in parts, \
         or use kudos reattribute --dry-run"
    );
    Err(Error::invalid(field, sentence))
}
