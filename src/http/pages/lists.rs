//! What makes the numbers up: the lists of touchpoints and conversions, and their exports.

use crate::domain::conversion::Conversion;
use crate::domain::partner::Partner;
use crate::domain::report::{GroupBy, Performance};
use crate::domain::touchpoint::Touchpoint;
use crate::domain::verdict::Verdict;
use crate::error::Result;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, ROWS_MAX, Visit, newest};
use crate::http::pages::overview::{first, led_to, names, narrow, only};
use crate::pages::evidence::{self, EXPORT_ROWS_MAX, Listed, Whole};
use crate::pages::table::{Table, Wanted, empty};
use crate::store::{Named, Narrow, PartnerFilter, Tx};

async fn touchpoints_table(tx: &mut Tx, asked: &Asked<'_>, rows: &[Touchpoint]) -> Result<Table> {
    let led_to = led_to(tx, rows, asked.own()).await?;
    Ok(evidence::touchpoints(asked.shell, rows, &names(tx, rows).await?, &led_to))
}

async fn conversions_table(tx: &mut Tx, asked: &Asked<'_>, rows: &[Conversion]) -> Result<Table> {
    let partners = rows.iter().flat_map(|row| &row.credits).map(|credit| credit.partner_id.uuid());
    let names = tx.names(Named::Partner, partners.collect::<std::collections::HashSet<_>>()).await?;
    Ok(evidence::conversions(asked.shell, rows, &names, asked.own()))
}

pub(super) async fn touchpoints(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let ((days, period), narrow) = (asked.period(), narrow(asked, "kind"));
    let mut rows = tx.touchpoints_in(period, &narrow, ROWS_MAX).await?;
    let mut table = touchpoints_table(tx, asked, &rows).await?;
    if is_full(rows.len()) && asked.exports(table.id) {
        let mut export = Export::of(asked, &table);
        while let Some(last) = rows.last().filter(|_| is_full(rows.len()) && !export.is_full()) {
            rows = tx.touchpoints_before(period, Some(last.id), &narrow, ROWS_MAX).await?;
            export.add(&touchpoints_table(tx, asked, &rows).await?);
        }
        return Ok(export.answer());
    }
    begin(tx, asked, &mut table).await?;
    // The kinds that a team uses are its own affair: a partner finds its own.
    let kinds = if asked.is_staff() { tx.kinds().await? } else { Vec::new() };
    let kinds = kinds.into_iter().map(|kind| kind.name).chain(rows.iter().map(|row| row.kind.clone())).collect();
    let partners = partners(tx, asked).await?;
    let filters = evidence::touchpoint_filters(asked.shell, &asked.wanted(), kinds, partners.as_deref());
    let only = only(tx, asked, &["kind", "partner_id"]).await?;
    // Of touchpoints, the figures know how many valid clicks there are.
    let is_counted = narrow.kind.as_deref() == Some("click") && narrow.verdict == Some(Verdict::Valid);
    let count: fn(&Performance) -> i64 = |figures| figures.clicks;
    let whole = whole(tx, asked, &narrow, rows.len(), is_counted.then_some(count)).await?;
    let listed = Listed { days: &days, now: asked.at, filters: &filters, table: &table, only: &only, whole };
    Ok(asked.show(&[&table], || evidence::content(asked.shell, &asked.wanted(), listed)))
}

pub(super) async fn conversions(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let ((days, period), narrow) = (asked.period(), narrow(asked, "event"));
    let mut rows = tx.conversions_in(period, &narrow, ROWS_MAX).await?;
    let mut table = conversions_table(tx, asked, &rows).await?;
    if is_full(rows.len()) && asked.exports(table.id) {
        let mut export = Export::of(asked, &table);
        while let Some(last) = rows.last().filter(|_| is_full(rows.len()) && !export.is_full()) {
            rows = tx.conversions_before(period, Some((last.occurred_at, last.id)), &narrow, ROWS_MAX).await?;
            export.add(&conversions_table(tx, asked, &rows).await?);
        }
        return Ok(export.answer());
    }
    begin(tx, asked, &mut table).await?;
    let events = rows.iter().map(|row| row.event.clone()).collect();
    let partners = partners(tx, asked).await?;
    let filters = evidence::conversion_filters(asked.shell, &asked.wanted(), events, partners.as_deref());
    let only = only(tx, asked, &["event", "partner_id"]).await?;
    // Of conversions, the figures know all but those of an event, a code, or what buyers said.
    let said = narrow.heard.is_some() || narrow.heard_partner_id.is_some();
    let said = said || narrow.heard_key.is_some() || narrow.tracked_partner_id.is_some();
    let is_counted = narrow.kind.is_none() && narrow.code.is_none() && narrow.code_id.is_none() && !said;
    let count: fn(&Performance) -> i64 = |figures| figures.conversions;
    let whole = whole(tx, asked, &narrow, rows.len(), is_counted.then_some(count)).await?;
    let listed = Listed { days: &days, now: asked.at, filters: &filters, table: &table, only: &only, whole };
    Ok(asked.show(&[&table], || evidence::content(asked.shell, &asked.wanted(), listed)))
}

/// Whether as many rows were read as are read at most: there may be more.
fn is_full(rows: usize) -> bool {
    rows >= evidence::ROWS_MAX
}

/// Of how many rows so many were read; `counted` is what the figures know of it.
async fn whole(
    tx: &mut Tx, asked: &Asked<'_>, narrow: &Narrow, rows: usize, counted: Option<fn(&Performance) -> i64>,
) -> Result<Whole> {
    let Some(counted) = counted.filter(|_| is_full(rows)) else {
        return Ok(if is_full(rows) { Whole::Unknown } else { Whole::Shown });
    };
    let narrow = Narrow { kind: None, verdict: None, ..narrow.clone() };
    let figures = Performance::total(&tx.figures(GroupBy::None, asked.period().1, &narrow).await?);
    let count = counted(&figures);
    Ok(if count > ROWS_MAX { Whole::Counted(count) } else { Whole::Shown })
}

/// An export that is longer than a page: newest first, read a page at a time, up to [`EXPORT_ROWS_MAX`] rows.
struct Export<'a> {
    id: &'static str,
    path: &'a str,
    /// What the URL says, without an order: that of a part would be none of the whole.
    query: Vec<(String, String)>,
    text: String,
    read: usize,
}

impl<'a> Export<'a> {
    fn of(asked: &Asked<'a>, first: &Table) -> Export<'a> {
        let order = format!("{}.sort", first.id);
        let query = asked.query.iter().filter(|(name, _)| *name != order).cloned().collect();
        let mut export = Export { id: first.id, path: asked.page_path, query, text: String::new(), read: 0 };
        export.add(first);
        export
    }

    fn is_full(&self) -> bool {
        self.read >= EXPORT_ROWS_MAX
    }

    fn add(&mut self, table: &Table) {
        let part = table.csv(&Wanted { path: self.path, query: &self.query });
        // Of every part but the first, without the names of the columns, which hold no line break.
        let rows = if self.read == 0 { part.as_str() } else { part.split_once("\r\n").map_or("", |(_, rows)| rows) };
        self.text.push_str(rows);
        self.read += table.rows.len();
    }

    /// Its name tells when it is cut.
    fn answer(self) -> Answer {
        let cut = if self.is_full() { format!("-newest-{EXPORT_ROWS_MAX}") } else { String::new() };
        Answer::file("text/csv; charset=utf-8", self.text, Some(format!("kudos-{}{cut}.csv", self.id)))
    }
}

/// Where there is no link yet, an empty list says what to begin with; a partner is led to its links anyway.
async fn begin(tx: &mut Tx, asked: &Asked<'_>, table: &mut Table) -> Result<()> {
    if !table.rows.is_empty() {
        return Ok(());
    }
    let t = asked.shell.texts();
    match first(tx, asked).await? {
        Some(first) => table.empty = first.empty(t),
        None if asked.own().is_some() => table.empty = empty(t.rests_portal, Some(("/portal/links", t.links))),
        None => {}
    }
    Ok(())
}

/// The partners that staff may choose among.
async fn partners(tx: &mut Tx, asked: &Asked<'_>) -> Result<Option<Vec<Partner>>> {
    if !asked.is_staff() {
        return Ok(None);
    }
    Ok(Some(tx.partners(&PartnerFilter::default(), newest(ROWS_MAX)).await?))
}
