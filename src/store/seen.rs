//! Which statements were run, in debug builds: a test prepares them all on both databases, so that none is right on the one it was
//! written on only.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::store::sql::{Database, Value, Words};

/// A statement as each database gets it, and the types of what is bound to it, in the words of Postgres; of a batch, which is last
/// and says so itself, none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// For the embedded file.
    pub sqlite: &'static str,
    /// For Postgres.
    pub postgres: &'static str,
    /// `uuid`, `bigint`, ..
    pub types: Vec<&'static str>,
}

static SEEN: Mutex<BTreeSet<Statement>> = Mutex::new(BTreeSet::new());

/// Every statement that this process has run; none in a release build.
pub fn statements_seen() -> BTreeSet<Statement> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Notes a statement.
pub(super) fn note(words: &impl Words, args: &[Value]) {
    if cfg!(debug_assertions) {
        let (sqlite, postgres) = (words.of(Database::Sqlite), words.of(Database::Postgres));
        let types = args.iter().filter_map(type_of).collect();
        SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(Statement { sqlite, postgres, types });
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Id(_) => "uuid",
        Value::Int(_) => "bigint",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytea",
        Value::Bool(_) => "boolean",
        Value::Rows(_) => return None,
    })
}
