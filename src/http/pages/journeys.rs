//! The journey explorer and the comparison of models: the API's reports over the newest conversions of a period, or over all.

use crate::domain::policy::{Dimension, Model};
use crate::error::Result;
use crate::http::api::journeys::{Looked, Under, compare, explore, labels, such};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::http::pages::overview;
use crate::pages::Html;
use crate::pages::evidence;
use crate::pages::journeys::{self as page, Explorer, Filters, IN_FORCE, Listed, Scope, bounded};
use crate::pages::models::Models;
use crate::pages::shell::Content;
use crate::pages::table::Table;
use crate::pages::texts::Journeys;
use crate::store::{Named, PartnerFilter, Period, Tx};

/// How many conversions a page looks at unasked: each journey is read anew, and a page has to be quick.
const NEWEST_MAX: i64 = 400;
/// What is compared when nobody chose.
const MODELS_DEFAULT: [Model; 3] = [Model::First, Model::Last, Model::Linear];

/// The newest conversions of the period in the URL, or all of them where it says so; and whether some were left out.
async fn looked(tx: &mut Tx, asked: &Asked<'_>) -> Result<(Looked, bool)> {
    let (_, Period { mut from, to }) = asked.period();
    let all = asked.wanted().get("all").is_some();
    let since = if all { None } else { tx.newest_since(Period { from, to }, NEWEST_MAX).await? };
    if let Some(since) = since {
        from = since;
    }
    let by = asked.param("by").unwrap_or(Dimension::Partner);
    let event = asked.wanted().get("event").map(str::to_owned);
    let looked = Looked { period: Period { from, to }, by, event, partner: asked.param("partner_id"), learn: false };
    Ok((looked, since.is_some()))
}

/// The choice of the period and of what is narrowed down, and what is said of the bound.
async fn filters(tx: &mut Tx, asked: &Asked<'_>, cut: bool, models: Vec<(Model, bool)>, untrained: bool) -> Result<Vec<Html>> {
    let (shell, wanted) = (asked.shell, asked.wanted());
    let partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    let (days, of) = asked.period();
    let events = tx.latest_events(of, ROWS_MAX).await?;
    let mut parts = Filters { partners, events, models, untrained }.html(shell, &wanted, &days, asked.at);
    parts.extend(cut.then(|| bounded(shell, &wanted, NEWEST_MAX)));
    Ok(parts)
}

/// The page of a report where there is no link yet: what to begin with.
async fn begin(tx: &mut Tx, asked: &Asked<'_>, title: &'static str) -> Result<Option<Answer>> {
    let t = asked.shell.texts();
    let part = overview::first(tx, asked).await?.map(|first| first.card(t));
    Ok(part.map(|part| Answer::page(asked.shell, &Content { title: title.into(), parts: vec![part], ..Content::default() })))
}

pub(super) async fn explorer(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    if let Some(begin) = begin(tx, asked, asked.shell.words::<Journeys>().journeys).await? {
        return Ok(begin);
    }
    let (looked, cut) = looked(tx, asked).await?;
    let ways = explore(tx, &looked).await?;
    let scope = Scope::of(&asked.wanted(), &asked.period().0, looked.by);
    let explorer = Explorer { scope, ways };
    let filters = filters(tx, asked, cut, Vec::new(), false).await?;
    let tables = explorer.tables(asked.shell);
    let each: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&each, || explorer.content(asked.shell, &asked.wanted(), filters, &tables)))
}

pub(super) async fn models(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    if let Some(begin) = begin(tx, asked, asked.shell.words::<Journeys>().models).await? {
        return Ok(begin);
    }
    let (looked, cut) = looked(tx, asked).await?;
    // Custom weights and data-driven models need a policy version that has what they ask for.
    let book = tx.rule_book().await?;
    let possible: Vec<Model> = Model::ALL.iter().copied().filter(|model| book.knows(*model)).collect();
    let asked_for: Vec<Model> =
        asked.query.iter().filter(|(name, _)| name == "model").filter_map(|(_, model)| model.parse().ok()).collect();
    let chosen: Vec<Model> = match asked_for.is_empty() {
        true => MODELS_DEFAULT.to_vec(),
        false => possible.iter().copied().filter(|model| asked_for.contains(model)).collect(),
    };
    let rows = compare(tx, &looked, &chosen).await?;
    let scope = Scope::of(&asked.wanted(), &asked.period().0, looked.by);
    let models = Models { scope, by: looked.by, models: chosen.clone(), rows };
    let choices = possible.iter().map(|model| (*model, chosen.contains(model))).collect();
    let untrained = !possible.iter().any(|model| model.is_data_driven());
    let filters = filters(tx, asked, cut, choices, untrained).await?;
    let tables = models.tables(asked.shell);
    let each: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&each, || models.content(asked.shell, &asked.wanted(), filters, &tables)))
}

/// The conversions that a number of either report counts.
pub(super) async fn conversions(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx, wanted) = (visit.asked, visit.tx, visit.asked.wanted());
    let (looked, cut) = looked(tx, asked).await?;
    let wished = page::such(&wanted);
    let under = match wanted.get("under") {
        Some(IN_FORCE) => Under::InForce,
        Some(model) => model.parse().map_or(Under::Counted, Under::Model),
        None => Under::Counted,
    };
    let mut found = such(tx, &looked, &wished, under).await?;
    found.truncate(evidence::ROWS_MAX);
    let rows = tx.conversions_with(&found).await?;
    let partners = rows.iter().flat_map(|row| &row.credits).map(|credit| credit.partner_id.uuid());
    let partners = tx.names(Named::Partner, partners.collect::<std::collections::HashSet<_>>()).await?;
    let table = evidence::conversions(asked.shell, &rows, &partners, None);
    let names = labels(tx, looked.by, page::keys(&wished)).await?;
    let listed = Listed { days: asked.period().0, by: looked.by, such: &wished, under: wanted.get("under"), names: &names };
    let bound = cut.then(|| bounded(asked.shell, &wanted, NEWEST_MAX));
    Ok(asked.show(&[&table], || listed.content(asked.shell, &wanted, asked.at, bound, &table)))
}
