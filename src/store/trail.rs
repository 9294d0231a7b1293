//! What follows every change: the audit line, the note to the nodes, the answer kept for a repeated request.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::audit::{AuditLine, By};
use crate::domain::hit::Idempotency;
use crate::domain::id::{AuditId, floor};
use crate::domain::named;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Slice, Tx, args};

named! {
    /// What a node keeps in memory and must load anew when it changes.
    pub enum Entity {
        /// One link.
        Link = "link",
        /// One link whose slug is another now: the old one must stop answering.
        Slug = "slug",
        /// A partner: its links may have stopped or started answering.
        Partner = "partner",
        /// A campaign: its links may have other UTM defaults.
        Campaign = "campaign",
        /// One key.
        Key = "key",
        /// The salt for client addresses.
        Salt = "salt",
    }
}

/// One note to the nodes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Grows by one with every change.
    pub version: i64,
    /// What kind of thing changed.
    pub entity: Entity,
    /// Which one.
    pub subject: Uuid,
}

/// The answer that a repeated request gets again.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAnswer {
    /// Hash of the request it answered.
    pub request: Vec<u8>,
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: String,
}

/// Which lines of the audit log.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this actor: a key's or a user's id, `operator` or `system`.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// About this.
    pub subject: Option<String>,
    /// With this in what it was done to or in what was said of it, in any case of letters.
    pub about: Option<String>,
    /// From this moment on.
    pub from: Option<Time>,
}

/// A part of the log; `$lead` is the condition for which there is an index.
macro_rules! listed {
    ($lead:literal) => {
        concat!(
            "select id, at, actor, action, subject, detail from audit where ",
            $lead,
            " and ($1 is null or actor = $1) and ($2 is null or action = $2) and ($3 is null or subject = $3)
                and ($7 is null or lower(subject || ' ' || detail) like $7 escape '!')
                and id >= $4 and id < $5 order by id desc limit $6"
        )
    };
}

fn audit_line(row: Row) -> Result<AuditLine> {
    Ok(AuditLine {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        detail: row.get::<Json<_>>("detail")?.0,
    })
}

fn change(row: &Row) -> Result<Change> {
    let entity: String = row.get("entity")?;
    let entity = entity.parse().map_err(|why: String| crate::error::Error::internal("an unknown change", why))?;
    Ok(Change { version: row.get("version")?, entity, subject: row.get("subject")? })
}

impl Tx {
    /// Writes an audit line; `detail` is what the subject became.
    pub(super) async fn audit(
        &mut self, by: By, action: &'static str, subject: impl ToString, detail: &impl serde::Serialize,
    ) -> Result<()> {
        const SQL: &str = "insert into audit (id, at, actor, action, subject, detail) values ($1, $2, $3, $4, $5, $6)";
        let id = AuditId::mint(by.at);
        self.execute(SQL, args![id, by.at, by.actor.to_string(), action, subject.to_string(), Json(detail)]).await?;
        Ok(())
    }

    /// A part of the audit log, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_lines(&mut self, slice: Slice) -> Result<Vec<AuditLine>> {
        const SQL: &str = "select id, at, actor, action, subject, detail from audit where id < $1 order by id desc limit $2";
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(audit_line).collect()
    }

    /// A part of what the filter leaves of the audit log, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_lines_of(&mut self, filter: &AuditFilter, slice: Slice) -> Result<Vec<AuditLine>> {
        let sql = match filter {
            AuditFilter { subject: Some(_), .. } => listed!("subject = $3"),
            AuditFilter { actor: Some(_), .. } => listed!("actor = $1"),
            AuditFilter { action: Some(_), .. } => listed!("action = $2"),
            _ => listed!("id < $5"),
        };
        let AuditFilter { actor, action, subject, about, from } = filter;
        let plain = |text: &String| text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let about = about.as_ref().map(|text| format!("%{}%", plain(text)));
        let from = floor(from.unwrap_or(Time::EPOCH));
        let args = args![actor.as_deref(), action.as_deref(), subject.as_deref(), from, slice.before, slice.limit, about];
        self.all(sql, args).await?.into_iter().map(audit_line).collect()
    }

    /// One line of the audit log.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_line(&mut self, id: AuditId) -> Result<Option<AuditLine>> {
        const SQL: &str = "select id, at, actor, action, subject, detail from audit where id = $1";
        self.optional(SQL, args![id]).await?.map(audit_line).transpose()
    }

    /// What the subjects of these lines were just before them, where the log tells the whole of it: by the line before of the same
    /// subject and kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_before(&mut self, lines: &[AuditLine]) -> Result<HashMap<AuditId, serde_json::Value>> {
        const SQL: PerDatabase = batched!(
            1,
            [id id, subject text, noun text],
            "select b.id as id, a.detail as detail from batch b cross join audit a where a.id = (
                select o.id from audit o where o.subject = b.subject and o.id < b.id and o.action like b.noun || '.%'
                order by o.id desc limit 1)"
        );
        let mut batch = Rows::new(self.database(), lines.len(), 90);
        for line in lines {
            let noun = line.action.split('.').next().unwrap_or_default();
            batch.begin().id(Some(line.id)).text(line.subject.as_str()).text(noun);
        }
        let mut before = HashMap::new();
        for row in self.all(&SQL, args![batch]).await? {
            before.insert(row.get("id")?, row.get::<Json<serde_json::Value>>("detail")?.0);
        }
        // Some lines tell but a part of what they are about.
        let id = |document: &serde_json::Value| document.get("id").cloned();
        before.retain(|of, before| {
            id(before).is_some() && lines.iter().any(|line| line.id == *of && id(&line.detail) == id(before))
        });
        Ok(before)
    }

    /// Every action that is in the audit log, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_actions(&mut self) -> Result<Vec<String>> {
        // The next one after the last found: a few looks into the index, however long the log is.
        const SQL: &str = "with recursive found (action) as (select min(action) from audit
                union all select (select min(a.action) from audit a where a.action > f.action) from found f where f.action is not null)
            select action from found where action is not null order by action";
        self.all(SQL, args![]).await?.iter().map(|row| row.get("action")).collect()
    }

    /// Tells every node to load something anew.
    pub(super) async fn changed(&mut self, at: Time, entity: Entity, subject: Uuid) -> Result<()> {
        const SQL: &str = "insert into changes (version, entity, subject, at)
            select coalesce(max(version), 0) + 1, $1, $2, $3 from changes";
        self.execute(SQL, args![entity.as_str(), subject, at]).await?;
        Ok(())
    }

    /// The changes after `last`, oldest first; nothing when `last` itself is not there any more: then the trail is cut, or the
    /// database another, and what follows `last` is not known.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn changes_after(&mut self, last: Option<&Change>, limit: i64) -> Result<Option<Vec<Change>>> {
        const SQL: &str = "select version, entity, subject from changes where version >= $1 order by version limit $2";
        let rows = self.all(SQL, args![last.map_or(0, |last| last.version), limit]).await?;
        let mut changes = rows.iter().map(change).collect::<Result<Vec<Change>>>()?;
        if let Some(last) = last {
            if changes.first() != Some(last) {
                return Ok(None);
            }
            changes.remove(0);
        }
        Ok(Some(changes))
    }

    /// The newest change; none before the first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn newest_change(&mut self) -> Result<Option<Change>> {
        const SQL: &str = "select version, entity, subject from changes order by version desc limit 1";
        self.optional(SQL, args![]).await?.as_ref().map(change).transpose()
    }

    /// The answer kept under an idempotency key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn kept_answer(&mut self, key: &str) -> Result<Option<KeptAnswer>> {
        const SQL: &str = "select request, status, body from idempotency where key = $1";
        let Some(row) = self.optional(SQL, args![key]).await? else { return Ok(None) };
        let status = u16::try_from(row.get::<i64>("status")?).unwrap_or(200);
        Ok(Some(KeptAnswer { request: row.get("request")?, status, body: row.get("body")? }))
    }

    /// Keeps an answer; false when the key was taken already.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_answer(&mut self, at: Time, idempotency: &Idempotency, status: u16, body: &str) -> Result<bool> {
        const SQL: &str = "insert into idempotency (key, request, status, body, created_at) values ($1, $2, $3, $4, $5)
            on conflict do nothing";
        let args = args![idempotency.key.as_str(), &idempotency.request[..], i64::from(status), body, at];
        Ok(self.execute(SQL, args).await? == 1)
    }

    /// Forgets answers and changes from before `before`; the newest change stays, so that versions go on growing.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_trail(&mut self, before: Time) -> Result<()> {
        self.execute("delete from idempotency where created_at < $1", args![before]).await?;
        const CHANGES: &str = "delete from changes where at < $1 and version < (select max(version) from changes)";
        self.execute(CHANGES, args![before]).await?;
        Ok(())
    }
}
