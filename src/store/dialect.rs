//! What the two databases say differently, each under a name.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::Result;
use crate::store::check::Broken;
use crate::store::sql::{Json, Row, Tx, args};
use crate::store::trail::Entity;

/// One statement in the words of each database.
pub(super) struct PerDatabase {
    /// For the embedded file.
    pub sqlite: &'static str,
}

/// A statement with a list of ids in its middle; they are bound as one value, [`id_list`], under `$1`.
macro_rules! with_ids {
    ($before:literal, $after:literal) => {
        crate::store::dialect::PerDatabase { sqlite: concat!($before, "(select unhex(value) from json_each($1))", $after) }
    };
}
pub(super) use with_ids;

/// A list of texts in a statement; bound as one JSON array under `$1`.
macro_rules! with_texts {
    ($before:expr, $after:expr) => {
        crate::store::dialect::PerDatabase { sqlite: concat!($before, "(select value from json_each($1))", $after) }
    };
}
pub(super) use with_texts;

/// The bound form of a list of ids: a JSON array of hexadecimal texts.
pub(super) fn id_list(ids: impl IntoIterator<Item = Uuid>) -> String {
    let texts: Vec<String> = ids.into_iter().map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", texts.join(","))
}

/// Inserts the links of a JSON array of objects, their ids as hexadecimal texts.
pub(super) const INSERT_LINKS: PerDatabase = PerDatabase {
    sqlite:
        "insert into links (id, partner_id, campaign_id, slug, slug_key, destination, utm, fallback_url, expires_at, status,
            append_click_id, created_at)
        select unhex(value->>'id'), unhex(value->>'partner_id'), unhex(value->>'campaign_id'), value->>'slug',
            value->>'slug_key', value->>'destination', value->>'utm', value->>'fallback_url', value->>'expires_at',
            value->>'status', value->>'append_click_id', value->>'created_at'
        from json_each($1)",
};

/// Notes a change of every id of a list, in one statement.
const CHANGED_ALL: PerDatabase = PerDatabase {
    sqlite: "insert into changes (version, entity, subject, at)
        select (select coalesce(max(version), 0) from changes) + row_number() over (order by key), $2, unhex(value), $3
        from json_each($1)",
};

/// Things that have a name and are referred to by id.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// Partners, by name.
    Partner,
    /// Links, by slug.
    Link,
    /// Campaigns, by name.
    Campaign,
}

impl Tx {
    /// The words for this database.
    pub(super) fn words(&self, statement: &PerDatabase) -> &'static str {
        match self {
            Tx::Sqlite(_) => statement.sqlite,
        }
    }

    /// The names of those of `ids` that exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn names(&mut self, named: Named, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
        const PARTNERS: PerDatabase = with_ids!("select id, name from partners where id in ", "");
        const LINKS: PerDatabase = with_ids!("select id, slug as name from links where id in ", "");
        const CAMPAIGNS: PerDatabase = with_ids!("select id, name from campaigns where id in ", "");
        let sql = match named {
            Named::Partner => self.words(&PARTNERS),
            Named::Link => self.words(&LINKS),
            Named::Campaign => self.words(&CAMPAIGNS),
        };
        let pair = |row: Row| Ok((row.get("id")?, row.get("name")?));
        self.all(sql, args![id_list(ids)]).await?.into_iter().map(pair).collect()
    }

    /// Tells every node to load several things of one kind anew.
    pub(super) async fn changed_all(&mut self, at: Time, entity: Entity, ids: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let sql = self.words(&CHANGED_ALL);
        self.execute(sql, args![id_list(ids), entity.as_str(), at]).await?;
        Ok(())
    }

    /// Inserts rows given as a list of JSON objects.
    pub(super) async fn insert_json(&mut self, statement: &PerDatabase, rows: &impl serde::Serialize) -> Result<u64> {
        let sql = self.words(statement);
        self.execute(sql, args![Json(rows)]).await
    }

    /// The version of the SQLite library that is built in.
    pub(super) async fn sqlite_version(&mut self) -> Result<(u32, u32, u32)> {
        let text: String = self.one("select sqlite_version() as version", args![]).await?.get("version")?;
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        Ok((next(), next(), next()))
    }
}

// Lists and batches travel as one JSON value; SQLite takes it apart with `jsonb_each`. See also `intake/statements.rs`.

/// Deletes the jobs of kind $2 with the subjects in the list.
pub(super) const FINISH_JOBS: &str =
    "delete from jobs where kind = $2 and subject in (select unhex(value) from jsonb_each(jsonb($1)))";

/// The conversions in the list.
pub(super) const DUE_CONVERSIONS: &str =
    "select c.id as id, c.occurred_at as occurred_at, c.amount as amount, c.currency as currency,
        c.customer_id as customer_id, c.click_id as click_id
    from jsonb_each(jsonb($1)) j cross join conversions c where c.id = unhex(j.value)";

/// The credits that stand for the conversions in the list.
pub(super) const STANDING_CREDITS: &str = "select c.conversion_id as conversion_id, c.touchpoint_id as touchpoint_id,
        c.partner_id as partner_id, c.link_id as link_id, c.campaign_id as campaign_id, c.share as share, c.amount as amount,
        c.policy_id as policy_id, c.reason as reason
    from jsonb_each(jsonb($1)) j cross join credits c where c.conversion_id = unhex(j.value) and c.superseded_at is null";

/// The credits of the conversions in the list stand no more, as of $2.
pub(super) const SUPERSEDE_CREDITS: &str = "update credits set superseded_at = $2
    where superseded_at is null and conversion_id in (select unhex(value) from jsonb_each(jsonb($1)))";

/// Appends credits, made at $2.
pub(super) const APPEND_CREDITS: &str = "insert into credits
    (id, conversion_id, touchpoint_id, partner_id, link_id, campaign_id, share, amount, currency, policy_id, reason, occurred_at,
     created_at)
    select unhex(value->>0), unhex(value->>1), unhex(value->>2), unhex(value->>3), unhex(value->>4), unhex(value->>5), value->>6,
        value->>7, value->>8, unhex(value->>9), value->>10, value->>11, $2
    from jsonb_each(jsonb($1))";

/// Notes on conversions that credit was assigned at $2, under which policy and with which outcome.
pub(super) const NOTE_ATTRIBUTION: &str =
    "update conversions set attributed_at = $2, policy_id = n.policy_id, summary = n.summary
    from (select unhex(value->>0) as id, unhex(value->>1) as policy_id, value->>2 as summary from jsonb_each(jsonb($1))) n
    where conversions.id = n.id";

impl Tx {
    /// Lets what follows on this connection sort on disk: a recount of ten million rows would want a gigabyte of memory.
    pub(super) async fn sort_on_disk(&mut self) -> Result<()> {
        self.execute("pragma temp_store = file", args![]).await?;
        Ok(())
    }

    /// What the database itself finds wrong: references that dangle, pages that are damaged.
    pub(super) async fn check_database(&mut self) -> Result<Vec<Broken>> {
        let mut broken = Vec::new();
        let dangling = self.all("select \"table\" as name from pragma_foreign_key_check", args![]).await?;
        if let Some(first) = dangling.first() {
            let (detail, count) = (format!("in table {}", first.get::<String>("name")?), dangling.len() as i64);
            broken.push(Broken { invariant: "every reference leads somewhere", detail, count });
        }
        let found = self.all("select quick_check as finding from pragma_quick_check", args![]).await?;
        let findings = found.iter().map(|row| row.get("finding")).collect::<Result<Vec<String>>>()?;
        let damage: Vec<String> = findings.into_iter().filter(|finding| finding != "ok").collect();
        if !damage.is_empty() {
            let (detail, count) = (damage.join("; "), damage.len() as i64);
            broken.push(Broken { invariant: "the database file is sound", detail, count });
        }
        Ok(broken)
    }
}
