//! Rows that are conversions: recorded as a website's reports are, exactly once, and credited by the server.

use super::{Errors, Fallible, Import, Line, Tally};
use crate::domain::conversion::{Report, Source};
use crate::domain::id::{ConversionId, derived};
use crate::domain::import::conversion_row;
use crate::domain::interpret::{Meaning, Reported};
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::error::Problems;
use crate::store::{ConversionTold as Told, EmailBook, Store};

/// A row that fits.
struct Row {
    said: Reported,
    /// It has an id of the buyer; an address alone may stand for one who is known under another.
    names_customer: bool,
}

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
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        match conversion_row(&import.cells(line), import.by.at) {
            Ok(report) => rows.push((
                line,
                Row { names_customer: report.customer_id.is_some(), said: reported(report, &book, import.by.at) },
            )),
            Err(problems) => errors.add(line.number, &line.record, problems)?,
        }
    }
    let mut told = store.read().await?.conversions_told(rows.iter().map(|(_, row)| row.said.id)).await?;
    let mut reports = Vec::with_capacity(rows.len());
    for (line, row) in rows {
        let now = Told::of(&row.said);
        match told.get(&row.said.id).map_or(Ok(()), |before| compare(before, &now, row.names_customer, import)) {
            Ok(()) => {
                told.entry(row.said.id).or_insert(now);
                reports.push(row.said);
            }
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

/// Notes where a row says otherwise than it did when it was imported before: that is not changed, and nothing to be silent about.
fn compare(before: &Told, now: &Told, names_customer: bool, import: &Import<'_>) -> Result<(), Problems> {
    fn differs<T: PartialEq>(before: &Option<T>, now: &Option<T>) -> bool {
        now.is_some() && before != now
    }
    let fields = [
        ("customer_id", names_customer && differs(&before.customer_id, &now.customer_id)),
        ("code", differs(&before.code, &now.code)),
        ("click_id", differs(&before.click_id, &now.click_id)),
        ("heard_from", differs(&before.heard_from, &now.heard_from)),
    ];
    let mut problems = Problems::default();
    for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
        let sentence = "is another than this conversion was recorded with, and a conversion is not changed; leave it as it was";
        problems.add(import.plan.column(field), sentence);
    }
    problems.finish()
}
