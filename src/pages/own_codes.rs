//! A partner's own codes, with what came of each.

use crate::domain::link::ReferralCode;
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::overview::{Days, period};
use crate::pages::partners::status;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::Portal;
use crate::pages::{evidence::Names, path_with};

/// A code and what came of it in the period.
pub struct Coded {
    /// The code.
    pub code: ReferralCode,
    /// Conversions of which a part was credited for it.
    pub conversions: i64,
    /// What was credited for it.
    pub credited: Vec<Money>,
}

/// The list.
pub fn table(shell: &Shell, codes: &[Coded], campaigns: &Names, days: &Days) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Portal>(), &shell.reader);
    let row = |Coded { code, conversions, credited }: &Coded| {
        let id = code.id.to_string();
        let made_up = path_with("/portal/conversions", &[("from", &days.from), ("to", &days.to), ("code_id", &id)]);
        let campaign = code.campaign_id.and_then(|id| campaigns.get(&id.uuid())).cloned().unwrap_or_default();
        vec![
            Cell::text(&code.code),
            status(shell, code.status),
            Cell::text(campaign),
            Cell::number(reader, *conversions).to(made_up.clone()),
            Cell::money(reader, credited).to(made_up),
            Cell::time(reader, code.created_at),
        ]
    };
    let columns = vec![
        words("code", w.code),
        words("status", t.status),
        words("campaign", t.campaign),
        numbers("conversions", w.code_conversions),
        sums("credited", t.credited),
        words("created", t.created),
    ];
    let empty = empty(w.no_codes, None);
    Table { id: "codes", title: w.codes.into(), columns, rows: codes.iter().map(row).collect(), page_rows: PAGE_ROWS, empty }
}

/// The page.
pub fn content(shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, table: &Table) -> Content {
    let w = shell.words::<Portal>();
    let mut parts: Vec<Html> = Vec::new();
    if !table.rows.is_empty() {
        parts.push(period(shell, wanted, days, now));
    }
    parts.push(table.html(&shell.reader, wanted));
    let lead = if table.rows.is_empty() { "" } else { w.codes_hint };
    Content { title: w.codes.into(), lead: lead.into(), parts, ..Content::default() }
}
