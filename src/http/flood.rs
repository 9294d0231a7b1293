//! Too many hits from one client: still answered, but marked.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// Clients remembered at once; beyond them nobody is counted until the next sweep. 100,000 take about 10 MB.
const CLIENTS_MAX: usize = 100_000;

/// Counts hits per client, by a token bucket that refills evenly over a minute.
pub struct Flood(Option<Limiter>);

type Limiter = RateLimiter<u128, DashMapStateStore<u128>, Watch, NoOpMiddleware<Duration>>;

fn limiter(quota: Quota, clock: Clock) -> Limiter {
    RateLimiter::dashmap_with_clock(quota, Watch { clock, started: Instant::now() })
}

impl Flood {
    /// Allows `per_minute` hits by that clock; 0 allows any number.
    pub fn new(per_minute: u32, clock: Clock) -> Self {
        Flood(NonZeroU32::new(per_minute).map(|limit| limiter(Quota::per_minute(limit), clock)))
    }

    /// Allows `burst` at once, and another one each time `every` has passed.
    pub fn bursts(burst: u32, every: Duration, clock: Clock) -> Self {
        let quota = Quota::with_period(every).zip(NonZeroU32::new(burst)).map(|(quota, burst)| quota.allow_burst(burst));
        Flood(quota.map(|quota| limiter(quota, clock)))
    }

    /// Counts one hit of a client; true when it is one too many.
    pub fn is_flood(&self, client: u128) -> bool {
        self.0.as_ref().is_some_and(|limiter| limiter.len() < CLIENTS_MAX && limiter.check_key(&client).is_err())
    }

    /// Forgets clients that are back at their full allowance; to be called about once a minute.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Measures spans. Those of the machine's clock do not jump when somebody sets it.
#[derive(Clone)]
struct Watch {
    clock: Clock,
    started: Instant,
}

impl governor::clock::Clock for Watch {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.started.elapsed(),
            manual => Duration::from_millis(u64::try_from(manual.now().as_millis()).unwrap_or(0)),
        }
    }
}
