//! What every handler can reach.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::hit::Hit;
use crate::domain::id::KeyId;
use crate::domain::key::Scope;
use crate::error::Result;
use crate::intake::progress::Progress;
use crate::store::Store;

/// What every handler can reach. One for the whole process.
pub struct App {
    /// The public URL, as in links; no slash at its end.
    pub public_url: String,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// How far intake has come.
    pub progress: Progress,
}

impl App {
    /// Journals a hit; returns when it is on disk.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when it cannot be recorded durably now.
    pub async fn record(&self, _hit: &Hit<'_>) -> Result<()> {
        unimplemented!()
    }

    /// Waits until everything recorded before this call is in the store; false when that takes longer than `patience`.
    pub async fn settled(&self, _patience: Duration) -> bool {
        unimplemented!()
    }

    /// Loads what changed in the store into memory, so that the caller's own change answers at once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn catch_up(&self) -> Result<()> {
        unimplemented!()
    }

    /// Who holds this key, if it is known and not revoked.
    pub fn key(&self, _secret: &str) -> Option<(KeyId, Scope)> {
        unimplemented!()
    }
}

/// Shared by every handler.
pub type Shared = Arc<App>;
