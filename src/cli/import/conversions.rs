//! Rows that are conversions: recorded as a website's reports are, exactly once, and credited by the server.

use super::{Errors, Fallible, Import, Line, Tally};
use crate::domain::conversion::{Report, Source};
use crate::domain::id::{ConversionId, derived};
use crate::domain::import::conversion_row;
use crate::domain::interpret::{Meaning, Reported};
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::store::{EmailBook, Store};

/// Records the rows that fit, in one transaction.
pub(super) async fn write(
    store: &Store, import: &Import<'_>, lines: &[Line], tally: &mut Tally, errors: &mut Errors,
) -> Fallible<()> {
    let mut tx = store.write().await?;
    let book = tx.email_book().await?;
    if import.dry_run {
        tx.rollback().await?
    } else {
        tx.commit().await?
    }
    let mut reports = Vec::with_capacity(lines.len());
    for line in lines {
        match conversion_row(&import.cells(line), import.by.at) {
            Ok(report) => reports.push(reported(report, &book, import.by.at)),
            Err(problems) => errors.add(line.number, &line.record, problems)?,
        }
    }
    let all = reports.len() as u64;
    let (new, repeats) = if import.dry_run {
        store.read().await?.foresee_reports(&reports).await?
    } else {
        let meanings: Vec<Meaning> = reports.into_iter().map(|report| Meaning::Conversion(Box::new(report))).collect();
        let recorded = store.record(&meanings, import.by.at).await?;
        (recorded.conversions, recorded.repeats)
    };
    tally.created += new;
    tally.updated += repeats;
    tally.unchanged += all - new - repeats;
    Ok(())
}

/// The same row has the same id, so that it is recorded once however often it is read. The same order with another amount is
/// another report of it. Whoever gives no id but an address is the address.
fn reported(mut report: Report, book: &EmailBook, now: Time) -> Reported {
    let (email, heard_from) = (report.take_email(), report.take_heard_from());
    report.customer_id = report.customer_id.or(email.as_ref().map(|email| book.id(email)));
    let (key, money) = (report.unique_key(), report.money.as_ref().map(Money::to_string).unwrap_or_default());
    let id = derived(report.occurred_at.unwrap_or(now), &[&report.event, &key, &money]);
    let (id, source) = (ConversionId::from(id), Source::Import);
    Reported { id, source, recorded_at: now, visitor: None, report, email, heard_from, idempotency: None }
}
