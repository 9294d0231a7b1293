//! The tables that a move copies, described once: reading a page, writing it and summing it up follow from that.

use std::sync::LazyLock;

use crate::store::dialect::PerDatabase;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    /// A number, which is summed up.
    Int,
    /// A moment, which is not.
    Time,
    /// A truth value: a number on SQLite.
    Flag,
    Text,
    Bytes,
}

/// A table: its columns, the first of which are its key.
struct Shape {
    name: &'static str,
    key: usize,
    page: i64,
    columns: &'static [(&'static str, Kind)],
}

/// A column that is summed up, in two parts so that no sum overflows, and what they are called.
pub(super) struct Sum {
    pub column: &'static str,
    pub millions: &'static str,
    pub rest: &'static str,
}

/// A table and its statements.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// A fresh schema has rows in it, which the source's replace.
    pub(super) seeded: bool,
    /// Rows that are read and written at once.
    pub(super) page: i64,
    /// How many of the columns are the key.
    pub(super) key: usize,
    pub(super) columns: &'static [(&'static str, Kind)],
    pub(super) sums: Vec<Sum>,
    pub(super) first: &'static str,
    pub(super) next: &'static str,
    pub(super) insert: PerDatabase,
    pub(super) clear: &'static str,
    pub(super) count: &'static str,
    pub(super) found: &'static str,
}

/// Rows of a page; of tables whose rows may be long, fewer.
const PAGE: i64 = 4_000;
const PAGE_OF_LONG: i64 = 500;
const PAGE_OF_DOCUMENTS: i64 = 20;

/// Tables in which a fresh schema has rows.
const SEEDED: &[&str] = &["marks", "touchpoint_kinds", "policies", "deal_stages"];

macro_rules! shapes {
    ($($name:ident $key:literal $page:ident [$($column:ident $kind:ident),* $(,)?])*) => {
        &[$(Shape {
            name: stringify!($name), key: $key, page: $page, columns: &[$((stringify!($column), Kind::$kind)),*],
        }),*]
    };
}

/// Every table but `moves` itself, those that are referred to before those that refer.
const SHAPES: &[Shape] = shapes! {
    marks 1 PAGE [name Text, value Int]
    touchpoint_kinds 1 PAGE [name Text, team Text, weight Int, lookback_days Int, status Text]
    policies 1 PAGE_OF_LONG [id Id, name Text, version Int, applies_from Time, created_at Time, rules Text]
    policy_drafts 1 PAGE_OF_LONG [
        id Id, name Text, applies_from Time, rules Text, created_at Time, created_by Text, changed_at Time, changed_by Text,
    ]
    partner_groups 1 PAGE [id Id, name Text, created_at Time]
    partners 1 PAGE [
        id Id, name Text, email Text, group_id Id, external_id Text, status Text, created_at Time, aliases Text, email_id Text,
    ]
    campaigns 1 PAGE [id Id, name Text, utm Text, created_at Time]
    links 1 PAGE [
        id Id, partner_id Id, campaign_id Id, slug Text, slug_key Text, destination Text, utm Text, fallback_url Text,
        expires_at Time, status Text, append_click_id Flag, created_at Time,
    ]
    codes 1 PAGE [id Id, partner_id Id, campaign_id Id, code Text, status Text, created_at Time]
    accounts 1 PAGE [
        id Id, name Text, name_key Text, domain Text, parent_id Id, customer_id Text, partner_id Id, created_at Time,
    ]
    deal_stages 1 PAGE [id Id, name Text, place Int, kind Text]
    deals 1 PAGE_OF_LONG [
        id Id, name Text, account_id Id, customer_id Text, amount Int, currency Text, owner Text, product Text,
        external_id Text, stage_id Id, opened_at Time, closed_at Time, order_id Text, note Text, created_at Time,
    ]
    deal_history 1 PAGE [id Id, deal_id Id, stage_id Id, at Time, author Text, recorded_at Time]
    deal_registrations 1 PAGE_OF_LONG [
        id Id, partner_id Id, account_name Text, name_key Text, domain Text, amount Int, currency Text, note Text, status Text,
        reason Text, expires_at Time, claimed_until Time, deal_id Id, touchpoint_id Id, created_at Time,
    ]
    deal_registration_events 1 PAGE [id Id, registration_id Id, at Time, author Text, status Text, reason Text]
    import_mappings 1 PAGE_OF_LONG [name Text, rules Text, created_at Time]
    external_touchpoints 1 PAGE [external_id Text, touchpoint_id Id]
    touchpoints 1 PAGE [
        id Id, kind Text, team Text, occurred_at Time, verdict Text, partner_id Id, link_id Id, code_id Id, campaign_id Id,
        visitor_id Id, customer_id Text, country Text, browser Text, os Text, device Text, referrer Text, params Text, note Text,
        client Bytes, deal_id Id,
    ]
    conversions 1 PAGE_OF_LONG [
        id Id, event Text, unique_key Text, order_id Text, amount Int, currency Text, customer_id Text, click_id Id,
        visitor_id Id, code Text, source Text, occurred_at Time, recorded_at Time, items Text, params Text, attributed_at Time,
        policy_id Id, summary Text, heard_from Text, heard_key Text, heard_match Text, heard_partner_id Id,
        heard_touchpoint_id Id, pinned_policy_id Id,
    ]
    conversion_repeats 1 PAGE [id Id, conversion_id Id, source Text, recorded_at Time, amount Int, currency Text]
    conversion_visitors 2 PAGE [conversion_id Id, visitor_id Id]
    customer_visitors 2 PAGE [customer_id Text, visitor_id Id, known_at Time]
    customers 1 PAGE [id Text, key Id, first_seen_at Time, partner_id Id, parent_id Text]
    customer_groups 1 PAGE [customer_id Text, identity Text]
    customer_emails 2 PAGE [customer_id Text, email_id Text, address Text, known_at Time]
    secrets 1 PAGE [name Text, value Bytes]
    partner_names 2 PAGE [name_key Text, partner_id Id]
    manual_credits 1 PAGE [
        id Id, conversion_id Id, partner_id Id, share Int, reason Text, author Text, created_at Time, removed_at Time,
        removed_by Text,
    ]
    awaited_clicks 3 PAGE [click_id Id, conversion_id Id, customer_id Text, since Time]
    credits 1 PAGE [
        id Id, conversion_id Id, touchpoint_id Id, partner_id Id, link_id Id, campaign_id Id, share Int, amount Int,
        currency Text, policy_id Id, reason Text, occurred_at Time, created_at Time, superseded_at Time,
    ]
    team_credits 2 PAGE [
        conversion_id Id, team Text, policy_id Id, touchpoints Int, share Int, amount Int, currency Text, occurred_at Time,
    ]
    refunds 1 PAGE [id Id, conversion_id Id, amount Int, reason Text, created_at Time]
    rollups 5 PAGE [
        hour Time, link_id Id, campaign_id Id, country Text, device Text, partner_id Id, clicks Int, clicks_all Int, views Int,
    ]
    rejected 1 PAGE_OF_LONG [
        id Id, source Text, occurred_at Time, query Text, referrer Text, user_agent Text, reasons Text,
    ]
    jobs 2 PAGE [kind Text, subject Id, due_at Time, attempts Int, last_error Text]
    keys 1 PAGE [id Id, name Text, scope Text, hash Bytes, hint Text, created_at Time, revoked_at Time, last_used_at Time]
    audit 1 PAGE_OF_LONG [id Id, at Time, actor Text, action Text, subject Text, detail Text]
    changes 1 PAGE [version Int, entity Text, subject Id, at Time]
    idempotency 1 PAGE_OF_DOCUMENTS [key Text, request Bytes, status Int, body Text, created_at Time]
    salts 1 PAGE [id Id, secret Bytes, created_at Time]
    users 1 PAGE [
        id Id, email Text, name Text, role Text, partner_id Id, language Text, status Text, password Text, created_at Time,
    ]
    sessions 1 PAGE [id Id, user_id Id, hash Bytes, agent Text, created_at Time, seen_at Time]
    invites 1 PAGE [id Id, user_id Id, hash Bytes, created_at Time, expires_at Time, used_at Time]
    saved_views 1 PAGE_OF_LONG [id Id, user_id Id, name Text, target Text, created_at Time, removed_at Time]
    partner_notes 1 PAGE_OF_LONG [id Id, partner_id Id, author Text, body Text, created_at Time, removed_at Time]
    closed_days 1 PAGE [day Time]
    begun_days 1 PAGE [day Time, until Time]
    late_days 1 PAGE [id Id, day Time]
    touch_days 6 PAGE [
        days Int, day Time, grouped_by Text, partner_id Id, part_id Id, part Text, clicks Int, clicks_all Int, views Int,
    ]
    money_days 7 PAGE [
        days Int, day Time, grouped_by Text, partner_id Id, part_id Id, part Text, currency Text, conversions Int, revenue Int,
        credited Int,
    ]
    deal_standings 1 PAGE [
        deal_id Id, sourced_by Id, partners Text, kinds Text, holds_from Time, holds_until Time, oldest Id,
    ]
};

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| SHAPES.iter().map(Table::of).collect());

/// The tables that a move copies, in the order it does.
pub fn tables() -> &'static [Table] {
    &TABLES
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

impl Table {
    /// The names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// Its statements are made once for the life of the process, so they may stay.
    fn of(shape: &Shape) -> Table {
        let &Shape { name, key, page, columns } = shape;
        let read = listed(columns.iter().map(|(column, kind)| match kind {
            Kind::Flag => format!("cast(cast({column} as integer) as bigint) as {column}"),
            _ => (*column).to_owned(),
        }));
        let keys = listed(columns[..key].iter().map(|(column, _)| (*column).to_owned()));
        let bound = listed((1..=key).map(|number| format!("${number}")));
        let numbers = columns.iter().filter(|(_, kind)| *kind == Kind::Int);
        let sums = numbers.map(|&(column, _)| Sum {
            column,
            millions: format!("{column}_millions").leak(),
            rest: format!("{column}_rest").leak(),
        });
        let sums: Vec<Sum> = sums.collect();
        let next = key + 1;
        Table {
            name,
            seeded: SEEDED.contains(&name),
            page,
            key,
            columns,
            first: format!("select {read} from {name} order by {keys} limit $1").leak(),
            next: format!("select {read} from {name} where ({keys}) > ({bound}) order by {keys} limit ${next}").leak(),
            insert: insert(shape),
            clear: format!("delete from {name}").leak(),
            count: count(shape, &sums).leak(),
            found: format!("select exists (select 1 from {name}) as found").leak(),
            sums,
        }
    }
}

/// As [`batched!`](crate::store::rows::batched) writes it.
fn insert(shape: &Shape) -> PerDatabase {
    let (name, columns) = (shape.name, shape.columns);
    let names = listed(columns.iter().map(|(column, _)| (*column).to_owned()));
    let written = listed(columns.iter().map(|(column, kind)| match kind {
        Kind::Flag => format!("{column} = 1"),
        _ => (*column).to_owned(),
    }));
    let values = listed(columns.iter().enumerate().map(|(place, (_, kind))| match kind {
        Kind::Id | Kind::Bytes => format!("unhex(value->>{place})"),
        _ => format!("value->>{place}"),
    }));
    let arrays = listed(columns.iter().zip(1..).map(|((_, kind), number)| match kind {
        Kind::Id => format!("cast(${number} as uuid[])"),
        Kind::Bytes => format!("cast(${number} as bytea[])"),
        Kind::Text => format!("cast(${number} as text[])"),
        Kind::Int | Kind::Time | Kind::Flag => format!("cast(${number} as bigint[])"),
    }));
    let body = format!("insert into {name} ({names}) select {written} from batch where true on conflict do nothing");
    PerDatabase {
        sqlite: format!("with batch ({names}) as (select {values} from jsonb_each(jsonb($1))) {body}").leak(),
        postgres: format!("with batch ({names}) as (select {names} from unnest({arrays}) as u ({names})) {body}").leak(),
    }
}

/// How many rows there are, and the sum of each number in them: of money, by its currency.
fn count(shape: &Shape, sums: &[Sum]) -> String {
    let sums: String = sums
        .iter()
        .map(|Sum { column, millions, rest }| {
            format!(
                ", cast(coalesce(sum({column} / 1000000), 0) as bigint) as {millions}, \
                 cast(coalesce(sum({column} % 1000000), 0) as bigint) as {rest}"
            )
        })
        .collect();
    let name = shape.name;
    match shape.columns.iter().any(|(column, _)| *column == "currency") {
        true => format!(
            "select coalesce(currency, '') as currency, count(*) as rows{sums} from {name} group by coalesce(currency, '')"
        ),
        false => format!("select '' as currency, count(*) as rows{sums} from {name}"),
    }
}
