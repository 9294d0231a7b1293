//! Kinds of touchpoint.

use crate::domain::attribution::{WHOLE, billionths};
use crate::domain::audit::By;
use crate::domain::kind::{BUILT_IN, TouchpointKind};
use crate::domain::partner::Status;
use crate::error::{Error, Result};
use crate::store::sql::{Row, Tx, args};

fn kind(row: Row) -> Result<TouchpointKind> {
    let name: String = row.get("name")?;
    Ok(TouchpointKind {
        team: row.get("team")?,
        weight: row.get::<i64>("weight")? as f64 / WHOLE as f64,
        status: row.get("status")?,
        lookback_days: row.get::<Option<i64>>("lookback_days")?.and_then(|days| u32::try_from(days).ok()),
        built_in: BUILT_IN.contains(&name.as_str()),
        name,
    })
}

/// A weight as it is stored: in billionths, at most 10^15.
fn stored(weight: f64) -> i64 {
    i64::try_from(billionths(weight)).unwrap_or(i64::MAX)
}

impl Tx {
    /// Every kind, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn kinds(&mut self) -> Result<Vec<TouchpointKind>> {
        const SQL: &str = "select name, team, weight, lookback_days, status from touchpoint_kinds order by name";
        self.all(SQL, args![]).await?.into_iter().map(kind).collect()
    }

    /// The kinds of touchpoint that people may enter now.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn offline_kinds(&mut self) -> Result<Vec<TouchpointKind>> {
        Ok(self.kinds().await?.into_iter().filter(|kind| !kind.built_in && kind.status == Status::Active).collect())
    }

    /// Adds a kind.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the name is taken.
    pub async fn add_kind(&mut self, by: By, kind: &TouchpointKind) -> Result<()> {
        const SQL: &str =
            "insert into touchpoint_kinds (name, team, weight, lookback_days, status) values ($1, $2, $3, $4, $5)";
        let taken = |why: Error| why.at_field("name", "another kind has that name");
        let days = kind.lookback_days.map(i64::from);
        self.execute(SQL, args![kind.name.as_str(), kind.team, stored(kind.weight), days, kind.status]).await.map_err(taken)?;
        self.forget_standings().await?;
        self.audit(by, "touchpoint_kind.create", &kind.name, kind).await
    }

    /// Saves a changed kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_kind(&mut self, by: By, kind: &TouchpointKind) -> Result<()> {
        const SQL: &str = "update touchpoint_kinds set team = $2, weight = $3, lookback_days = $4, status = $5
            where name = $1";
        let days = kind.lookback_days.map(i64::from);
        self.execute(SQL, args![kind.name.as_str(), kind.team, stored(kind.weight), days, kind.status]).await?;
        self.forget_standings().await?;
        self.audit(by, "touchpoint_kind.update", &kind.name, kind).await
    }

    /// Removes a kind that no touchpoint is of and no policy version names.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when there is one.
    pub async fn remove_kind(&mut self, by: By, kind: &TouchpointKind) -> Result<()> {
        // As the index is: built-in kinds are not asked for.
        const USED: &str = "select exists (select 1 from touchpoints
            where kind = $1 and kind not in ('click', 'view', 'code')) as used";
        if self.one(USED, args![kind.name.as_str()]).await?.get("used")? {
            return Err(Error::conflict("name", "touchpoints are of this kind: it stays, as what happened does"));
        }
        if let Some(policy) = self.versions().await?.iter().find(|policy| policy.names_kind(&kind.name)) {
            let sentence = format!("version {} of policy {:?} names this kind, and versions stay", policy.version, policy.name);
            return Err(Error::conflict("name", sentence));
        }
        self.execute("delete from touchpoint_kinds where name = $1", args![kind.name.as_str()]).await?;
        self.audit(by, "touchpoint_kind.delete", &kind.name, kind).await
    }
}
