//! What a policy may become: a draft that admins share, change and try before anything follows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Rules;
use crate::domain::id::DraftId;
use crate::domain::time::Time;

/// A draft. Publishing it makes the next version of the policy of its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// The policy whose next version it may become.
    pub name: String,
    /// From when on the version is to apply; from its publication on when none.
    pub applies_from: Option<Time>,
    /// The rules, as those of a version; what a model learns is learned at publication.
    pub rules: Rules,
    /// When it was made.
    pub created_at: Time,
    /// By whom: a key's or a user's id, `operator` or `system`.
    pub created_by: String,
    /// When it was last changed.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
}
