//! From journal records to what they mean. Nothing here fails: what cannot be read is kept as a rejected hit.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::domain::conversion::Source;
use crate::domain::hiding;
use crate::domain::hit::Hit;
use crate::domain::id::RejectedId;
use crate::domain::interpret::{Agent, Meaning, Rejected, interpret};
use crate::domain::time::Time;
use crate::error::FieldError;

/// Tells what a user agent is; remembers what it has seen.
pub type ReadAgent = fn(&str) -> Arc<Agent>;

/// How much of a record that is of no use is kept, in bytes: the longest URI the edge reads and as much again, so that hardly
/// anything is lost, and a broken sender does not fill the database.
pub const REMAINS_BYTES_MAX: usize = 16 * 1_024;

/// What a record means. The same bytes mean the same, however often they are read.
pub fn read(payload: &[u8], agent: ReadAgent) -> Meaning {
    match Hit::decode(payload) {
        Ok(hit) => {
            let agent = agent(&hit.user_agent);
            interpret(hit, &agent)
        }
        Err(why) => {
            let rejected = remains(payload, format!("cannot be read: {why}"));
            tracing::error!(id = %rejected.id, bytes = payload.len(), error = %why, "a journal record cannot be read; it is kept as rejected");
            Meaning::Rejected(Box::new(rejected))
        }
    }
}

/// The whole batch, in order.
pub fn read_all(records: &[Bytes], agent: ReadAgent) -> Vec<Meaning> {
    records.iter().map(|payload| read(payload, agent)).collect()
}

/// What is kept of a record that is of no use. Its id follows from its bytes alone, so that a replay finds it again.
pub fn remains(payload: &[u8], reason: String) -> Rejected {
    // After the version byte a hit begins with its id and its time; they may be readable where the rest is not.
    let begin = payload.get(1..).and_then(|rest| postcard::take_from_bytes::<(Uuid, Time)>(rest).ok());
    let (id, at) = match begin {
        Some(((id, at), _)) if id.get_version_num() == 7 => (id, at),
        _ => {
            let mut digest = [0; 16];
            digest.copy_from_slice(&blake3::hash(payload).as_bytes()[..16]);
            (Uuid::from_bytes(digest), Time::EPOCH)
        }
    };
    let kept = hiding::bytes(&payload[..payload.len().min(REMAINS_BYTES_MAX)]);
    Rejected {
        id: RejectedId::from(id),
        source: Source::Api,
        at,
        query: kept.iter().map(|byte| format!("{byte:02x}")).collect(),
        referrer: None,
        user_agent: String::new(),
        reasons: vec![FieldError { field: "record".into(), message: reason }],
    }
}
