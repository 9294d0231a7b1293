//! The only source of "now".

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::time::Time;

/// Tells the time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set: for tests, and for the demo's past.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`.
    pub fn manual(start: Time) -> Self {
        Clock::Manual(Arc::new(AtomicI64::new(start.as_millis())))
    }

    /// The present moment, in UTC.
    pub fn now(&self) -> Time {
        match self {
            Clock::System => Time::from_millis(jiff::Timestamp::now().as_millisecond()),
            Clock::Manual(millis) => Time::from_millis(millis.load(Ordering::Relaxed)),
        }
    }

    /// Moves a manual clock to `to`; a system clock stays as it is.
    pub fn set(&self, to: Time) {
        if let Clock::Manual(millis) = self {
            millis.store(to.as_millis(), Ordering::Relaxed);
        }
    }
}
