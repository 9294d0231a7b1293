//! The journey explorer and the comparison of models: the API's reports over the newest conversions of a period, or over all.

use crate::domain::policy::{Dimension, Model};
use crate::error::Result;
use crate::http::api::journeys::{Looked, compare, explore};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::pages::Html;
use crate::pages::journeys::{Explorer, Filters, bounded};
use crate::pages::models::Models;
use crate::pages::overview::period;
use crate::pages::table::Table;
use crate::store::{PartnerFilter, Period, Tx};

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
async fn filters(
    tx: &mut Tx, asked: &Asked<'_>, by: Dimension, cut: bool, models: Vec<(Model, bool)>, untrained: bool,
) -> Result<Vec<Html>> {
    let (shell, wanted) = (asked.shell, asked.wanted());
    let mut partners = tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?;
    partners.sort_by_key(|partner| partner.name.to_lowercase());
    let filters = Filters {
        by,
        partners: partners.into_iter().map(|partner| (partner.id.to_string(), partner.name)).collect(),
        partner: wanted.get("partner_id").unwrap_or_default(),
        event: wanted.get("event").unwrap_or_default(),
        models,
        untrained,
    };
    let mut parts = vec![period(shell, &wanted, &asked.period().0, asked.at), filters.html(shell, &wanted)];
    parts.extend(cut.then(|| bounded(shell, &wanted, NEWEST_MAX)));
    Ok(parts)
}

pub(super) async fn explorer(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (looked, cut) = looked(tx, asked).await?;
    let ways = explore(tx, &looked).await?;
    let explorer = Explorer { days: asked.period().0, by: looked.by, event: looked.event.unwrap_or_default(), ways };
    let filters = filters(tx, asked, looked.by, cut, Vec::new(), false).await?;
    let tables = explorer.tables(asked.shell);
    let each: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&each, || explorer.content(asked.shell, &asked.wanted(), filters, &tables)))
}

pub(super) async fn models(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
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
    let event = looked.event.unwrap_or_default();
    let models = Models { days: asked.period().0, by: looked.by, event, models: chosen.clone(), rows };
    let choices = possible.iter().map(|model| (*model, chosen.contains(model))).collect();
    let untrained = !possible.iter().any(|model| model.is_data_driven());
    let filters = filters(tx, asked, looked.by, cut, choices, untrained).await?;
    let tables = models.tables(asked.shell);
    let each: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&each, || models.content(asked.shell, &asked.wanted(), filters, &tables)))
}
