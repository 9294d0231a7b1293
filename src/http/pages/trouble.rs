//! What went wrong: rejected hits, discrepancies, and what buyers say otherwise.

use std::collections::HashSet;

use crate::domain::discrepancy::DiscrepancyKind;
use crate::domain::time::DAY_MS;
use crate::error::Result;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{ROWS_MAX, Visit, newest};
use crate::pages::table::Table;
use crate::pages::trouble as page;
use crate::store::Named;

pub(super) async fn rejected(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (days, period) = asked.period();
    let source = asked.param("source");
    let table = page::rejected(asked.shell, &tx.rejected_in(period, source, ROWS_MAX).await?);
    Ok(asked.show(&[&table], || page::rejected_page(asked.shell, &asked.wanted(), &days, asked.at, &table, source)))
}

/// Days of discrepancies when nobody chose: each takes a look at what belongs to it.
const ODD_DAYS: i64 = 7;

pub(super) async fn discrepancies(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (mut days, mut period) = asked.period();
    if asked.wanted().get("from").is_none() {
        period.from = period.to - ODD_DAYS * DAY_MS;
        days.from = period.from.date();
    }
    let mut found = Vec::new();
    for &kind in DiscrepancyKind::ALL {
        found.push((kind, tx.discrepancies_in(kind, period, ROWS_MAX).await?));
    }
    let partners = found.iter().flat_map(|(_, rows)| rows).filter_map(|one| Some(one.partner_id?.uuid()));
    let names = tx.names(Named::Partner, partners.collect::<HashSet<_>>()).await?;
    let odd: Vec<_> = found.iter().flat_map(|(_, rows)| rows).filter_map(|one| one.conversion_id).collect();
    let conversions = tx.conversions_with(&odd).await?.into_iter().map(|conversion| (conversion.id, conversion)).collect();
    let tables = page::discrepancies(asked.shell, &found, &names, &conversions);
    let all: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&all, || page::discrepancies_page(asked.shell, &asked.wanted(), &days, asked.at, &found, &tables)))
}

pub(super) async fn self_reported(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (days, period) = asked.period();
    let report = tx.self_reported(period).await?;
    let disagreements = tx.disagreements(period, newest(ROWS_MAX)).await?;
    let named = disagreements.iter().flat_map(|one| one.tracked_partner_ids.iter().chain([&one.said_partner_id]));
    let names = tx.names(Named::Partner, named.map(|id| id.uuid()).collect::<HashSet<_>>()).await?;
    let tables = page::self_reported(asked.shell, &days, &report, &disagreements, &names);
    let all: Vec<&Table> = tables.iter().collect();
    Ok(asked.show(&all, || page::self_reported_page(asked.shell, &asked.wanted(), &days, asked.at, &report, &tables)))
}
