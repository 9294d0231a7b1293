//! Slugs that memory knows nothing of, on their way to the store: each once, however many ask, many in one query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::domain::target::Target;
use crate::error::{Code, Error, Result};

/// Slugs that may be on their way at once: as many as the store answers in a part of the deadline.
const WAITING_MAX: usize = 4_096;
/// Slugs of one query.
const BATCH_MAX: usize = 256;
/// How long a visitor waits for the store before the answer is that it does not answer.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// Where a slug leads, once the store has said so; or that it has not.
type Answer = std::result::Result<Option<Arc<Target>>, ()>;

/// Slugs that somebody waits for.
#[derive(Default)]
pub struct Misses {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    /// Who waits, by slug.
    slugs: HashMap<String, watch::Sender<Option<Answer>>>,
    /// Those of the slugs that were not asked about yet.
    queue: Vec<String>,
}

impl Misses {
    /// Waits until the store has said where a slug leads.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when it does not answer in time, or too many others wait.
    pub async fn ask(&self, slug_key: &str) -> Result<Option<Arc<Target>>> {
        self.ask_within(slug_key, DEADLINE).await
    }

    async fn ask_within(&self, slug_key: &str, deadline: Duration) -> Result<Option<Arc<Target>>> {
        let mut answer = self.enqueue(slug_key)?;
        self.wake.notify_one();
        let answered = async { answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone()) };
        match tokio::time::timeout(deadline, answered).await {
            Ok(Some(Ok(target))) => Ok(target),
            _ => Err(unavailable()),
        }
    }

    fn enqueue(&self, slug_key: &str) -> Result<watch::Receiver<Option<Answer>>> {
        let mut waiting = self.locked();
        if let Some(sender) = waiting.slugs.get(slug_key) {
            return Ok(sender.subscribe());
        }
        if waiting.slugs.len() >= WAITING_MAX {
            return Err(unavailable());
        }
        let (sender, answer) = watch::channel(None);
        waiting.slugs.insert(slug_key.to_owned(), sender);
        waiting.queue.push(slug_key.to_owned());
        Ok(answer)
    }

    /// The next slugs to ask the store about; waits until there are some.
    pub async fn next(&self) -> Vec<String> {
        loop {
            {
                let mut waiting = self.locked();
                // The oldest first.
                let count = waiting.queue.len().min(BATCH_MAX);
                if count > 0 {
                    return waiting.queue.drain(..count).collect();
                }
            }
            self.wake.notified().await;
        }
    }

    /// Tells those who wait for a slug.
    pub fn answer(&self, slug_key: &str, answer: Answer) {
        let sender = self.locked().slugs.remove(slug_key);
        if let Some(sender) = sender {
            sender.send_replace(Some(answer));
        }
    }

    fn locked(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable() -> Error {
    Error::new(Code::Unavailable, "this link is not in memory and the database does not answer; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slug_is_asked_for_once_however_many_wait() {
        let misses = Misses::default();
        let answers = async { tokio::join!(misses.ask("a"), misses.ask("b"), misses.ask("a")) };
        let store = async {
            assert_eq!(misses.next().await, ["a", "b"]);
            misses.answer("a", Ok(None));
            misses.answer("b", Err(()));
        };
        let ((first, failed, second), ()) = tokio::join!(answers, store);
        assert_eq!((first.unwrap(), second.unwrap()), (None, None));
        assert_eq!(failed.unwrap_err().code, Code::Unavailable);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_not_too_many_wait() {
        let misses = Misses::default();
        assert_eq!(misses.ask_within("late", Duration::ZERO).await.unwrap_err().code, Code::Unavailable);
        for number in 1..WAITING_MAX {
            misses.enqueue(&number.to_string()).unwrap();
        }
        assert!(misses.enqueue("7").is_ok(), "it is on its way already");
        assert_eq!(misses.enqueue("another").unwrap_err().code, Code::Unavailable);
        assert_eq!(misses.next().await.len(), BATCH_MAX);
    }
}
