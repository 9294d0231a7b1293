//! How far intake has come, for callers that want to see the effect of what they just recorded.

use std::time::Duration;

use tokio::sync::watch;

use crate::domain::time::Time;
use crate::journal::Position;

/// How far the journal has been written into the store, and a beat for every step of the work behind it.
#[derive(Clone, Debug)]
pub struct Progress {
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    committed: Position,
    beat: u64,
    stuck: bool,
    /// When the first hit of the batch that is being written happened.
    writing: Option<Time>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { state: watch::Sender::new(State::default()) }
    }
}

impl Progress {
    /// Notes that everything up to the journal position `position` is in the store.
    pub fn committed(&self, position: Position) {
        self.state.send_modify(|state| {
            *state = State { committed: state.committed.max(position), beat: state.beat + 1, ..State::default() }
        });
    }

    /// Notes that a batch is being written whose first hit happened at `oldest`.
    pub fn writing(&self, oldest: Option<Time>) {
        self.state.send_if_modified(|state| {
            state.writing = oldest;
            false
        });
    }

    /// For how long the oldest hit waits that is not in the store yet, in milliseconds; 0 between two batches.
    pub fn lag(&self, now: Time) -> i64 {
        self.state.borrow().writing.map_or(0, |oldest| (now - oldest).max(0))
    }

    /// Notes that the store takes nothing, until something is committed.
    pub fn stuck(&self) {
        self.state.send_if_modified(|state| {
            state.stuck = true;
            false
        });
    }

    /// Whether the store takes nothing.
    pub fn is_stuck(&self) -> bool {
        self.state.borrow().stuck
    }

    /// Notes that a step of work behind intake is done, such as a round of attribution.
    pub fn beat(&self) {
        self.state.send_modify(|state| state.beat += 1);
    }

    /// The journal position up to which everything is in the store.
    pub fn position(&self) -> Position {
        self.state.borrow().committed
    }

    /// Waits until everything up to `position` is in the store; false when that takes longer than `patience`.
    pub async fn reached(&self, position: Position, patience: Duration) -> bool {
        let mut state = self.state.subscribe();
        let wait = state.wait_for(|state| state.committed >= position);
        tokio::time::timeout(patience, wait).await.is_ok_and(|reached| reached.is_ok())
    }

    /// Watches for steps: `changed().await` returns after the next one.
    pub fn watch(&self) -> Watch {
        Watch(self.state.subscribe())
    }
}

/// Waits for the next step of work.
#[derive(Debug)]
pub struct Watch(watch::Receiver<State>);

impl Watch {
    /// Returns after the next step of work.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
