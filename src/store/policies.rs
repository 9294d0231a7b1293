//! Policies: versions are added and never changed.

use crate::domain::audit::By;
use crate::domain::id::PolicyId;
use crate::domain::policy::{Policy, RuleBook, Rules, Version};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::sql::{Json, Row, Slice, Tx, args};

/// Which policy versions.
#[derive(Clone, Debug, Default)]
pub struct PolicyFilter {
    /// Those of this name.
    pub name: Option<String>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, version, applies_from, created_at, rules from policies ", $tail)
    };
}

fn policy(row: Row) -> Result<Policy> {
    Ok(Policy {
        id: row.get("id")?,
        name: row.get("name")?,
        version: row.get("version")?,
        applies_from: row.get("applies_from")?,
        created_at: row.get("created_at")?,
        rules: row.get::<Json<Rules>>("rules")?.0,
    })
}

impl Tx {
    /// Adds the next version of the policy of that name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_policy(&mut self, by: By, name: &str, applies_from: Time, rules: Rules) -> Result<Policy> {
        const NEXT: &str = "select coalesce(max(version), 0) + 1 as version from policies where name = $1";
        const INSERT: &str = "insert into policies (id, name, version, applies_from, created_at, rules)
            values ($1, $2, $3, $4, $5, $6)";
        let version = self.one(NEXT, args![name]).await?.get("version")?;
        let policy =
            Policy { id: PolicyId::mint(by.at), name: name.to_owned(), version, applies_from, created_at: by.at, rules };
        self.execute(INSERT, args![policy.id, name, version, applies_from, by.at, Json(&policy.rules)]).await?;
        self.forget_standings().await?;
        self.audit(by, "policy.create", policy.id, &policy).await?;
        Ok(policy)
    }

    /// One version.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn policy(&mut self, id: PolicyId) -> Result<Option<Policy>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(policy).transpose()
    }

    /// Every version, with what the kinds of touchpoint add to it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rule_book(&mut self) -> Result<RuleBook> {
        Ok(RuleBook::new(self.versions().await?, self.kinds().await?))
    }

    /// Every version, as it was made.
    pub(super) async fn versions(&mut self) -> Result<Vec<Version>> {
        const SQL: &str = "select id, name, version, applies_from, rules from policies order by id";
        let version = |row: Row| {
            let rules = row.get::<Json<Rules>>("rules").map(|json| json.0);
            // One version that cannot be read must not keep the others from being used.
            let rules = rules.map_err(|why| std::error::Error::source(&why).map_or(why.to_string(), ToString::to_string));
            Ok(Version::new(row.get("id")?, row.get("name")?, row.get("version")?, row.get("applies_from")?, rules))
        };
        self.all(SQL, args![]).await?.into_iter().map(version).collect()
    }

    /// A part of the list of versions.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn policies(&mut self, filter: &PolicyFilter, slice: Slice) -> Result<Vec<Policy>> {
        const SQL: &str = select!("where ($1 is null or name = $1) and id < $2 order by id desc limit $3");
        self.all(SQL, args![filter.name.as_deref(), slice.before, slice.limit]).await?.into_iter().map(policy).collect()
    }
}
