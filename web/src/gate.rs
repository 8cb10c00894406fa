//! A gate before costly work: so many at once, so many waiting, and nobody for long (requirements AUT-01, CST-02).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The gate. Whoever comes when too many wait already is sent away at once, so that a flood costs no memory and those in
/// the queue are served.
#[derive(Debug)]
pub struct Gate {
    inside: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
}

impl Gate {
    /// A gate for `inside` at a time, with a queue of `most_waiting` who wait for `patience`.
    #[must_use]
    pub fn new(inside: usize, most_waiting: usize, patience: Duration) -> Self {
        Self { inside: Semaphore::new(inside.max(1)), waiting: AtomicUsize::new(0), most_waiting, patience }
    }

    /// Waits for a turn; `None` when the queue is full or the wait was too long. The turn ends when the answer is dropped.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(turn) = self.inside.try_acquire() {
            return Some(turn);
        }
        let _place = Place::take(self)?;
        tokio::time::timeout(self.patience, self.inside.acquire()).await.ok()?.ok()
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

/// A place in the queue, free again when its holder gets a turn or gives up.
struct Place<'a>(&'a Gate);

impl<'a> Place<'a> {
    fn take(gate: &'a Gate) -> Option<Self> {
        let before = gate.waiting.fetch_add(1, Ordering::SeqCst);
        let place = Self(gate);
        (before < gate.most_waiting).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[actix_web::test]
    async fn whoever_comes_when_the_queue_is_full_is_sent_away() {
        let gate = Gate::new(1, 2, Duration::from_secs(3600));
        let turn = gate.enter().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let (mut first, mut second) = (pin!(gate.enter()), pin!(gate.enter()));
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert_eq!(gate.waiting(), 2);
        assert!(gate.enter().await.is_none(), "a third does not wait");
        assert_eq!(gate.waiting(), 2, "and leaves no trace");
        drop(turn);
        let turn = first.await.unwrap();
        assert_eq!(gate.waiting(), 1);
        drop(turn);
        drop(second.await.unwrap());
        assert_eq!(gate.waiting(), 0);
    }

    #[actix_web::test]
    async fn whoever_gives_up_frees_the_place() {
        let gate = Gate::new(1, 1, Duration::from_secs(3600));
        let _turn = gate.enter().await.unwrap();
        {
            let mut gone = Box::pin(gate.enter());
            assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert_eq!(gate.waiting(), 1);
        }
        assert_eq!(gate.waiting(), 0, "a browser that goes away does not keep its place");
    }

    #[actix_web::test]
    async fn nobody_waits_for_ever() {
        let gate = Gate::new(1, 1, Duration::ZERO);
        let _turn = gate.enter().await.unwrap();
        assert!(gate.enter().await.is_none());
        assert_eq!(gate.waiting(), 0);
    }
}
