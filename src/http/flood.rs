//! Too many hits from one client: still answered, but marked.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Clients remembered at once; beyond them newcomers are not counted until the next sweep. 100,000 take about 10 MB.
const CLIENTS_MAX: usize = 100_000;

/// Counts hits per client, by a token bucket that refills evenly over a minute.
pub struct Flood(Option<DefaultKeyedRateLimiter<u128>>);

impl Flood {
    /// Allows `per_minute` hits; 0 allows any number.
    pub fn new(per_minute: u32) -> Self {
        Flood(NonZeroU32::new(per_minute).map(|limit| RateLimiter::keyed(Quota::per_minute(limit))))
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
