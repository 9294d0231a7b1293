//! What a node does of the work.

use std::str::FromStr;

/// What a node does of the work that nodes on one database share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers visitors, websites and the API, records, and drains its own journal.
    Edge,
    /// Does the jobs behind intake: credit, months, retention. Answers operators only.
    Worker,
    /// Both.
    All,
}

impl Role {
    /// Whether it answers visitors, websites and the API.
    pub fn answers(self) -> bool {
        self != Role::Worker
    }

    /// Whether it does the jobs behind intake.
    pub fn works(self) -> bool {
        self != Role::Edge
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "edge" => Ok(Role::Edge),
            "worker" => Ok(Role::Worker),
            "all" => Ok(Role::All),
            _ => Err(format!("{text:?} is not edge, worker or all")),
        }
    }
}
