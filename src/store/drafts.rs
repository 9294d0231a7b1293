//! Drafts of policies.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::id::{DraftId, PolicyId};
use crate::domain::policy::{Draft, Policy, Rules};
use crate::error::Result;
use crate::store::AuditFilter;
use crate::store::sql::{Json, Row, Slice, Tx, args};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select id, name, applies_from, rules, created_at, created_by, changed_at, changed_by from policy_drafts ",
            $tail
        )
    };
}

/// What a draft became, in the log.
#[derive(Serialize, Deserialize)]
struct Became {
    name: String,
    version: i64,
    policy_id: PolicyId,
}

fn draft(row: Row) -> Result<Draft> {
    Ok(Draft {
        id: row.get("id")?,
        name: row.get("name")?,
        applies_from: row.get("applies_from")?,
        rules: row.get::<Json<Rules>>("rules")?.0,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
        changed_at: row.get("changed_at")?,
        changed_by: row.get("changed_by")?,
    })
}

impl Tx {
    /// Adds a draft.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_draft(&mut self, by: By, draft: &Draft) -> Result<()> {
        const SQL: &str =
            "insert into policy_drafts (id, name, applies_from, rules, created_at, created_by, changed_at, changed_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let Draft { id, name, applies_from, rules, created_at, created_by, changed_at, changed_by } = draft;
        let (name, created_by, changed_by) = (name.as_str(), created_by.as_str(), changed_by.as_str());
        let args = args![*id, name, *applies_from, Json(rules), *created_at, created_by, *changed_at, changed_by];
        self.execute(SQL, args).await?;
        self.audit(by, "policy_draft.create", draft.id, draft).await
    }

    /// Saves a changed draft.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn save_draft(&mut self, by: By, draft: &Draft) -> Result<()> {
        const SQL: &str = "update policy_drafts set name = $2, applies_from = $3, rules = $4, changed_at = $5, changed_by = $6
            where id = $1";
        let Draft { id, name, applies_from, rules, changed_at, changed_by, .. } = draft;
        let args = args![*id, name.as_str(), *applies_from, Json(rules), *changed_at, changed_by.as_str()];
        self.execute(SQL, args).await?;
        self.audit(by, "policy_draft.update", draft.id, draft).await
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_draft(&mut self, by: By, draft: &Draft) -> Result<()> {
        self.execute("delete from policy_drafts where id = $1", args![draft.id]).await?;
        self.audit(by, "policy_draft.delete", draft.id, draft).await
    }

    /// Throws a draft away that became a version; the log knows which.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn publish_draft(&mut self, by: By, draft: &Draft, policy: &Policy) -> Result<()> {
        self.execute("delete from policy_drafts where id = $1", args![draft.id]).await?;
        let became = Became { name: policy.name.clone(), version: policy.version, policy_id: policy.id };
        self.audit(by, "policy_draft.publish", draft.id, &became).await
    }

    /// The version that a draft became which was published, as the log tells it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn published_as(&mut self, draft: DraftId) -> Result<Option<PolicyId>> {
        let (subject, action) = (Some(draft.to_string()), Some("policy_draft.publish".to_owned()));
        let filter = AuditFilter { subject, action, ..AuditFilter::default() };
        let line = self.audit_lines_of(&filter, Slice { before: Uuid::max(), limit: 1 }).await?.pop();
        Ok(line.and_then(|line| serde_json::from_value::<Became>(line.detail).ok()).map(|became| became.policy_id))
    }

    /// One draft.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn draft(&mut self, id: DraftId) -> Result<Option<Draft>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(draft).transpose()
    }

    /// A part of the list of drafts, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn drafts(&mut self, slice: Slice) -> Result<Vec<Draft>> {
        const SQL: &str = select!("where id < $1 order by id desc limit $2");
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(draft).collect()
    }
}
