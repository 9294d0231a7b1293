//! When keys were last shown: noted in memory, and written into the store now and then, as a request must not wait for that.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::id::KeyId;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::Store;

/// Uses that are not in the store yet; one entry a key.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<KeyId, Time>>);

impl Uses {
    fn hold(&self) -> MutexGuard<'_, HashMap<KeyId, Time>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note(&self, id: KeyId, at: Time) {
        let mut uses = self.hold();
        let last = uses.entry(id).or_insert(at);
        *last = at.max(*last);
    }

    pub fn of(&self, id: KeyId) -> Option<Time> {
        self.hold().get(&id).copied()
    }

    /// Writes them; those that the store does not take are kept for the next time.
    pub async fn save(&self, store: &Store) -> Result<()> {
        let uses = std::mem::take(&mut *self.hold());
        let written = async {
            if uses.is_empty() {
                return Ok(());
            }
            let mut tx = store.write().await?;
            for (id, at) in &uses {
                tx.note_key_use(*id, *at).await?;
            }
            tx.commit().await
        };
        let done = written.await;
        if done.is_err() {
            uses.into_iter().for_each(|(id, at)| self.note(id, at));
        }
        done
    }
}
