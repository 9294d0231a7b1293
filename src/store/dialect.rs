//! What the two databases say differently, each under a name.

mod months;

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::Result;
use crate::store::check::Broken;
use crate::store::kin::{kin, selves};
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Database, Row, Tx, Words, args};
use crate::store::trail::Entity;

/// One statement in the words of each database.
pub(super) struct PerDatabase {
    /// For the embedded file.
    pub sqlite: &'static str,
    /// For Postgres.
    pub postgres: &'static str,
}

impl Words for &PerDatabase {
    fn of(&self, database: Database) -> &'static str {
        match database {
            Database::Sqlite => self.sqlite,
            Database::Postgres => self.postgres,
        }
    }
}

/// Inserts links.
pub(super) const INSERT_LINKS: PerDatabase = batched!(
    1,
    [
        id id, partner_id id, campaign_id id, slug text, slug_key text, destination text, utm text, fallback_url text,
        expires_at int, status text, append_click_id int, created_at int
    ],
    "insert into links (id, partner_id, campaign_id, slug, slug_key, destination, utm, fallback_url, expires_at, status,
        append_click_id, created_at)
    select id, partner_id, campaign_id, slug, slug_key, destination, utm, fallback_url, expires_at, status,
        append_click_id = 1, created_at
    from batch"
);

/// Notes a change of every id of a list, in one statement.
const CHANGED_ALL: PerDatabase = batched!(
    3,
    [subject id],
    "insert into changes (version, entity, subject, at)
    select (select coalesce(max(version), 0) from changes) + 1 + place, $1, subject, $2 from batch"
);

/// What only one transaction of all nodes may do at a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// To change what admins change: checks before a change hold until it is done, and the versions of changes grow in the
    /// order in which they become visible.
    Change,
    /// To count, and to draw conclusions from what is stored: of two that concern each other, the second sees the first.
    Conclude,
    /// To sum up days.
    Sum,
}

impl Turn {
    /// The name of its mark.
    fn as_str(self) -> &'static str {
        match self {
            Turn::Change => "change",
            Turn::Conclude => "conclude",
            Turn::Sum => "sum",
        }
    }
}

/// Things that have a name and are referred to by id.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// Partners, by name.
    Partner,
    /// Links, by slug.
    Link,
    /// Campaigns, by name.
    Campaign,
    /// Groups, by name.
    Group,
    /// Accounts, by name.
    Account,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Named::Partner => "partner",
            Named::Link => "link",
            Named::Campaign => "campaign",
            Named::Group => "group",
            Named::Account => "account",
        })
    }
}

impl Tx {
    /// The names of those of `ids` that exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn names(&mut self, named: Named, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
        const PARTNERS: PerDatabase = batched!(1, [id id], "select id, name from partners where id in (select id from batch)");
        const LINKS: PerDatabase =
            batched!(1, [id id], "select id, slug as name from links where id in (select id from batch)");
        const CAMPAIGNS: PerDatabase =
            batched!(1, [id id], "select id, name from campaigns where id in (select id from batch)");
        const GROUPS: PerDatabase =
            batched!(1, [id id], "select id, name from partner_groups where id in (select id from batch)");
        const ACCOUNTS: PerDatabase = batched!(1, [id id], "select id, name from accounts where id in (select id from batch)");
        let sql = match named {
            Named::Partner => &PARTNERS,
            Named::Link => &LINKS,
            Named::Campaign => &CAMPAIGNS,
            Named::Group => &GROUPS,
            Named::Account => &ACCOUNTS,
        };
        let pair = |row: Row| Ok((row.get("id")?, row.get("name")?));
        let ids = Rows::of_ids(self.database(), ids);
        self.all(sql, args![ids]).await?.into_iter().map(pair).collect()
    }

    /// Tells every node to load several things of one kind anew.
    pub(super) async fn changed_all(&mut self, at: Time, entity: Entity, ids: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let ids = Rows::of_ids(self.database(), ids);
        self.execute(&CHANGED_ALL, args![entity.as_str(), at, ids]).await?;
        Ok(())
    }

    /// The version of the SQLite library that is built in.
    pub(super) async fn sqlite_version(&mut self) -> Result<(u32, u32, u32)> {
        let text: String = self.one("select sqlite_version() as version", args![]).await?.get("version")?;
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        Ok((next(), next(), next()))
    }
}

/// Deletes the jobs of kind $1 with the subjects in the list.
pub(super) const FINISH_JOBS: PerDatabase =
    batched!(2, [subject id], "delete from jobs where kind = $1 and subject in (select subject from batch)");

/// Claims the jobs of kind $1 with the subjects in the list: those that are queued by locking them, the others by queueing them for
/// the moment $2. In the order of the key, as intake queues them, so that none waits for the other.
pub(super) const CLAIM_JOBS: PerDatabase = batched!(
    3,
    [subject id],
    "insert into jobs (kind, subject, due_at, attempts) select $1, subject, $2, 0 from batch where true order by 2
    on conflict (kind, subject) do update set due_at = jobs.due_at"
);

/// Deletes the jobs of kind $1 with the subjects in the list that were only queued by a claim, for the moment $2.
pub(super) const RELEASE_JOBS: PerDatabase = batched!(
    3,
    [subject id],
    "delete from jobs where kind = $1 and due_at = $2 and subject in (select subject from batch)"
);

/// The conversions in the list.
pub(super) const DUE_CONVERSIONS: PerDatabase = batched!(
    1,
    [id id],
    "select c.id as id, c.event as event, c.items as items, c.occurred_at as occurred_at, c.amount as amount,
        c.currency as currency, c.customer_id as customer_id, c.click_id as click_id, c.policy_id as policy_id,
        c.pinned_policy_id as pinned_policy_id
    from batch b cross join conversions c where c.id = b.id"
);

/// The credits that stand for the conversions in the list.
pub(super) const STANDING_CREDITS: PerDatabase = batched!(
    1,
    [id id],
    "select c.conversion_id as conversion_id, c.touchpoint_id as touchpoint_id,
        c.partner_id as partner_id, c.link_id as link_id, c.campaign_id as campaign_id, c.share as share, c.amount as amount,
        c.policy_id as policy_id, c.reason as reason
    from batch b cross join credits c where c.conversion_id = b.id and c.superseded_at is null"
);

/// The credits of conversions that are shown.
pub(super) const SHOWN_CREDITS: PerDatabase = batched!(
    1,
    [id id],
    "select id, conversion_id, partner_id, touchpoint_id, link_id, share, amount, policy_id, reason from credits
    where superseded_at is null and conversion_id in (select id from batch) order by touchpoint_id, id"
);

/// The credits of the conversions in the list stand no more, as of $1.
pub(super) const SUPERSEDE_CREDITS: PerDatabase = batched!(
    2,
    [id id],
    "update credits set superseded_at = $1 where superseded_at is null and conversion_id in (select id from batch)"
);

/// Appends credits, made at $1.
pub(super) const APPEND_CREDITS: PerDatabase = batched!(
    2,
    [
        id id, conversion_id id, touchpoint_id id, partner_id id, link_id id, campaign_id id, share int, amount int,
        currency text, policy_id id, reason text, occurred_at int
    ],
    "insert into credits (id, conversion_id, touchpoint_id, partner_id, link_id, campaign_id, share, amount, currency,
        policy_id, reason, occurred_at, created_at)
    select id, conversion_id, touchpoint_id, partner_id, link_id, campaign_id, share, amount, currency, policy_id, reason,
        occurred_at, $1
    from batch"
);

/// Notes on conversions that credit was assigned at $1, under which policy and with which outcome.
pub(super) const NOTE_ATTRIBUTION: PerDatabase = batched!(
    2,
    [id id, policy_id id, summary text],
    "update conversions set attributed_at = $1, policy_id = b.policy_id, summary = b.summary
    from batch b where conversions.id = b.id"
);

/// The credits of these conversions stay as they are, as of $1.
pub(super) const KEEP_CREDITS: PerDatabase =
    batched!(2, [id id], "update conversions set attributed_at = $1 where id in (select id from batch)");

/// The touchpoints of the browsers in the list before $1.
pub(super) const VISITOR_TOUCHES: PerDatabase = batched!(
    2,
    [id id],
    "select t.id as id, t.kind as kind, t.team as team, t.occurred_at as occurred_at, t.verdict as verdict,
        t.partner_id as partner_id, t.link_id as link_id, t.campaign_id as campaign_id, t.visitor_id as visitor_id,
        false as self_referral, p.group_id as group_id, l.utm as link_utm, c.utm as campaign_utm
    from batch b cross join touchpoints t left join partners p on p.id = t.partner_id left join links l on l.id = t.link_id
        left join campaigns c on c.id = t.campaign_id
    where t.visitor_id = b.id and t.occurred_at < $1"
);

/// The statements on journeys: `$by_visitor`, `$by_customer` and `$by_id` are how touchpoints are looked up. The first parameter is
/// the most rows; the conversions of the batch are told apart by their `place`, which the kin of their customers carry along.
macro_rules! journeys {
    ($by_visitor:literal, $by_customer:literal, $by_id:literal, $order:literal) => {
        concat!(
            ", ",
            kin!("select customer_id, place from batch where customer_id is not null"),
            ", browsers (id, at) as materialized (
                select v.visitor_id, b.place from batch b cross join conversion_visitors v
                    where v.conversion_id = b.conversion_id
                union select v.visitor_id, k.at from kin k cross join customer_visitors v where v.customer_id = k.id), ",
            selves!(""),
            ", touched (id, at) as (
                select t.id, b.at from browsers b cross join ",
            $by_visitor,
            " where t.visitor_id = b.id
                union select t.id, k.at from kin k cross join ",
            $by_customer,
            " where t.customer_id = k.id
                union select click_id, place from batch where click_id is not null
                union select conversion_id, place from batch
                union select c.heard_touchpoint_id, b.place from batch b cross join conversions c
                    where c.id = b.conversion_id and c.heard_touchpoint_id is not null)
            select x.at as place, t.id as id, t.kind as kind, t.team as team, t.occurred_at as occurred_at,
                t.verdict as verdict, t.partner_id as partner_id, t.link_id as link_id, t.campaign_id as campaign_id,
                t.visitor_id as visitor_id, p.group_id as group_id, l.utm as link_utm, c.utm as campaign_utm,
                exists (select 1 from selves s where s.id = t.partner_id and s.at = x.at) as self_referral
            from touched x cross join ",
            $by_id,
            " left join partners p on p.id = t.partner_id left join links l on l.id = t.link_id
                left join campaigns c on c.id = t.campaign_id
            where t.id = x.id ",
            $order,
            " limit $1"
        )
    };
}

/// For each database its own way to look touchpoints up. Postgres knows little of a table that grows this fast, and left to guess
/// it reads all of it to find the three touchpoints of a browser; `offset 0` bids it look up each.
macro_rules! journeys_of_batch {
    ($order:literal) => {
        PerDatabase {
            sqlite: batched!(
                2,
                [conversion_id id, customer_id text, click_id id],
                journeys!("touchpoints t", "touchpoints t", "touchpoints t", $order)
            )
            .sqlite,
            postgres: batched!(
                2,
                [conversion_id id, customer_id text, click_id id],
                journeys!(
                    "lateral (select id, visitor_id from touchpoints where visitor_id = b.id offset 0) t",
                    "lateral (select id, customer_id from touchpoints where customer_id = k.id offset 0) t",
                    "lateral (select * from touchpoints where id = x.id offset 0) t",
                    $order
                )
            )
            .postgres,
        }
    };
}

/// The touchpoints of the identities behind conversions: of their browsers, of those of their customers, their clicks and codes.
/// At most $1.
pub(super) const JOURNEYS: PerDatabase = journeys_of_batch!("");

/// The same of one conversion, the newest.
pub(super) const NEWEST_OF_JOURNEY: PerDatabase = journeys_of_batch!("order by t.occurred_at desc, t.id desc");

/// Conversions are pinned to the policy version $1.
pub(super) const PIN: PerDatabase =
    batched!(2, [id id], "update conversions set pinned_policy_id = $1 where id in (select id from batch)");

/// What the teams have of the conversions in the list.
pub(super) const STANDING_TEAM_CREDITS: PerDatabase = batched!(
    1,
    [id id],
    "select c.conversion_id as conversion_id, c.team as team, c.policy_id as policy_id, c.touchpoints as touchpoints,
        c.share as share, c.amount as amount
    from batch b cross join team_credits c where c.conversion_id = b.id"
);

/// The teams have nothing of the conversions in the list.
pub(super) const FORGET_TEAM_CREDITS: PerDatabase =
    batched!(1, [id id], "delete from team_credits where conversion_id in (select id from batch)");

/// Writes what the teams have.
pub(super) const APPEND_TEAM_CREDITS: PerDatabase = batched!(
    1,
    [
        conversion_id id, team text, policy_id id, touchpoints int, share int, amount int, currency text, occurred_at int
    ],
    "insert into team_credits (conversion_id, team, policy_id, touchpoints, share, amount, currency, occurred_at)
    select conversion_id, team, policy_id, touchpoints, share, amount, currency, occurred_at from batch"
);

/// At most $3 jobs of kind $1 that are due at $2, the longest due first. Those that another node works on are left to it.
pub(super) const DUE_JOBS: PerDatabase = PerDatabase {
    sqlite: "select subject, attempts from jobs where due_at <= $2 and kind = $1 order by due_at, subject limit $3",
    postgres: "select subject, attempts from jobs where due_at <= $2 and kind = $1 order by due_at, subject limit $3
        for update skip locked",
};

/// The same of one job, with the subject $3.
pub(super) const DUE_JOB: PerDatabase = PerDatabase {
    sqlite: "select subject, attempts from jobs where kind = $1 and due_at <= $2 and subject = $3",
    postgres: "select subject, attempts from jobs where kind = $1 and due_at <= $2 and subject = $3 for update skip locked",
};

/// Waits until no other transaction holds the mark $1, and holds it to the end of this one.
const HOLD: PerDatabase = PerDatabase {
    sqlite: "select value from marks where name = $1",
    postgres: "select value from marks where name = $1 for update",
};

impl Tx {
    /// Waits for the turn of this transaction at what only one at a time may do, and keeps it to the end. On SQLite a transaction
    /// that may write is the only one from its start.
    ///
    /// Who takes both takes [`Turn::Change`] first.
    pub(super) async fn hold(&mut self, turn: Turn) -> Result<()> {
        if self.database() == Database::Postgres {
            self.one(&HOLD, args![turn.as_str()]).await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Lets what follows on this connection sort on disk: a recount of ten million rows would want a gigabyte of memory.
    pub(super) async fn sort_on_disk(&mut self) -> Result<()> {
        if self.database() == Database::Sqlite {
            self.execute("pragma temp_store = file", args![]).await?;
        }
        Ok(())
    }

    /// What the database itself finds wrong: pages that are damaged. Postgres has tools of its own for that.
    pub(super) async fn check_database(&mut self) -> Result<Vec<Broken>> {
        if self.database() == Database::Postgres {
            return Ok(Vec::new());
        }
        let found = self.all("select quick_check as finding from pragma_quick_check", args![]).await?;
        let findings = found.iter().map(|row| row.get("finding")).collect::<Result<Vec<String>>>()?;
        let damage: Vec<String> = findings.into_iter().filter(|finding| finding != "ok").collect();
        if damage.is_empty() {
            return Ok(Vec::new());
        }
        let (detail, count) = (damage.join("; "), damage.len() as i64);
        Ok(vec![Broken { invariant: "the database file is sound", detail, count }])
    }
}
