//! The way in for one runtime thread: append, wait, and be woken together with the neighbours.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};

use super::AppendError;
use super::shared::{Shared, locked};

/// How a batch ended.
pub(super) type Outcome = Result<(), AppendError>;

/// Appends records. Cheap to clone; meant to be used on the thread that runs its `LaneDriver`.
#[derive(Clone)]
pub struct Lane {
    shared: Arc<Shared>,
    hub: Arc<Hub>,
}

/// A record on its way to the disk; resolves as [`Lane::append`] does.
#[must_use = "only when it resolves is the record on disk"]
pub struct Appending {
    group: Arc<Group>,
    /// Where its waker stands in the group.
    place: Option<usize>,
}

/// Wakes the waiters of one lane on the thread that polls it. Ends when the journal does.
#[must_use = "spawn it on the runtime of the lane's thread"]
pub struct LaneDriver(Lane);

/// Where the journal thread leaves finished groups for the driver.
pub(super) struct Hub {
    /// Index of the lane among the journal's lanes.
    pub id: usize,
    state: Mutex<HubState>,
}

#[derive(Default)]
struct HubState {
    /// A driver is polling.
    driven: bool,
    ended: bool,
    finished: Vec<Arc<Group>>,
    /// The journal thread sleeps and has something to do.
    nudged: bool,
    driver: Option<Waker>,
}

/// The waiters of one lane for one batch.
pub(super) struct Group {
    hub: Arc<Hub>,
    outcome: OnceLock<Outcome>,
    wakers: Mutex<Vec<Waker>>,
}

pub(super) fn new(shared: Arc<Shared>) -> (Lane, LaneDriver) {
    let hub = shared.add_hub(|id| Arc::new(Hub { id, state: Mutex::default() }));
    let lane = Lane { shared, hub };
    (lane.clone(), LaneDriver(lane))
}

impl Lane {
    /// Resolves when `payload` is on disk. When the future is dropped early the record may or may
    /// not be.
    ///
    /// # Errors
    /// `TooLarge` for a payload above `Options::record_bytes_max`; `Full` at once while the disk is
    /// full or `Options::pending_bytes_max` are waiting for it (a request that queues behind a
    /// stalled disk helps nobody); `Failed` and `Closed` as they say.
    pub async fn append(&self, payload: &[u8]) -> Result<(), AppendError> {
        self.begin(payload)?.await
    }

    /// The same in two steps: the record joins the next batch now, and what is returned resolves when it is on disk. So
    /// the caller may let go of all that the payload was made from before it waits.
    ///
    /// # Errors
    /// As [`Lane::append`].
    pub fn begin(&self, payload: &[u8]) -> Result<Appending, AppendError> {
        let (group, wake_writer) = self.shared.enqueue(&self.hub, payload)?;
        if wake_writer && !self.hub.nudge() {
            self.shared.wake_writer();
        }
        Ok(Appending { group, place: None })
    }
}

impl Future for Appending {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let Appending { group, place } = self.get_mut();
        group.poll(place, context.waker())
    }
}

impl Group {
    pub fn new(hub: Arc<Hub>) -> Arc<Self> {
        Arc::new(Self { hub, outcome: OnceLock::new(), wakers: Mutex::default() })
    }

    fn poll(&self, place: &mut Option<usize>, waker: &Waker) -> Poll<Outcome> {
        if let Some(outcome) = self.outcome.get() {
            return Poll::Ready(*outcome);
        }
        let mut wakers = locked(&self.wakers);
        // Looked at under the lock: `wake_all` comes after the outcome and takes the lock too.
        if let Some(outcome) = self.outcome.get() {
            return Poll::Ready(*outcome);
        }
        match place.and_then(|index| wakers.get_mut(index)) {
            Some(known) => known.clone_from(waker),
            None => {
                *place = Some(wakers.len());
                wakers.push(waker.clone());
            }
        }
        Poll::Pending
    }

    /// Tells the waiters how their batch ended: through their driver, or directly without one.
    pub fn finish(self: Arc<Self>, outcome: Outcome) {
        if self.outcome.set(outcome).is_err() {
            return;
        }
        let mut state = locked(&self.hub.state);
        if !state.driven {
            drop(state);
            return self.wake_all();
        }
        let driver = state.driver.take();
        state.finished.push(self.clone());
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    fn wake_all(&self) {
        let wakers = mem::take(&mut *locked(&self.wakers));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Hub {
    /// Leaves it to the driver to wake the journal thread; false when no driver is polling. The driver's turn comes after
    /// those of the requests that are ready now, so that one write takes them all: the thread would otherwise get up for
    /// the first of them, and compete with the rest for a core.
    fn nudge(&self) -> bool {
        let mut state = locked(&self.state);
        state.nudged = state.driven;
        let driver = state.driver.take();
        let driven = state.driven;
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        driven
    }

    /// Lets the driver end: no group will be finished any more.
    pub fn end(&self) {
        let mut state = locked(&self.state);
        state.ended = true;
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

impl Future for LaneDriver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Lane { shared, hub } = &self.0;
        let mut state = locked(&hub.state);
        state.driven = !state.ended;
        let finished = mem::take(&mut state.finished);
        let nudged = mem::take(&mut state.nudged);
        let ended = state.ended;
        if !ended {
            state.driver = Some(context.waker().clone());
        }
        drop(state);
        if nudged {
            shared.wake_writer();
        }
        finished.iter().for_each(|group| group.wake_all());
        if ended { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for LaneDriver {
    fn drop(&mut self) {
        let Lane { shared, hub } = &self.0;
        let mut state = locked(&hub.state);
        state.driven = false;
        state.driver = None;
        let finished = mem::take(&mut state.finished);
        let nudged = mem::take(&mut state.nudged);
        drop(state);
        if nudged {
            shared.wake_writer();
        }
        finished.iter().for_each(|group| group.wake_all());
    }
}
