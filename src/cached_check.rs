//! Caches a check's result. At most one check runs at a time, and at most one per second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// The lifetime of a result.
const TTL: Duration = Duration::from_secs(1);
/// The maximum age of a result that is returned during a check.
///
/// A slow check then delays no request.
const MAX_STALE_AGE: Duration = Duration::from_secs(2);
/// The maximum wait for a check, from its start.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// The last or running check.
pub struct CachedCheck<T> {
    last: Mutex<Option<Check<T>>>,
}

#[derive(Clone)]
struct Check<T> {
    started_at: Instant,
    result: watch::Receiver<Option<(Instant, T)>>,
    /// The previous check's result, with its time.
    previous: Option<(Instant, T)>,
}

impl<T> Default for CachedCheck<T> {
    fn default() -> Self {
        Self { last: Mutex::default() }
    }
}

impl<T: Clone + 'static> CachedCheck<T> {
    /// Returns the cached result, or runs the check.
    ///
    /// While a check runs, returns the previous result if it is less than 2 s old. Returns `None` if the check takes more than 3
    /// s. The check continues after its request is cancelled.
    pub async fn result<F: Future<Output = T> + 'static>(&self, check: impl FnOnce() -> F) -> Option<T> {
        let Check { started_at, mut result, previous } = self.last_or_start(check);
        if result.borrow().is_none()
            && let Some((completed_at, previous)) = previous
            && completed_at.elapsed() < MAX_STALE_AGE
        {
            return Some(previous);
        }
        let result = timeout_at(started_at + CHECK_TIMEOUT, result.wait_for(Option::is_some)).await;
        result.ok()?.ok()?.as_ref().map(|(_, result)| result.clone())
    }

    fn last_or_start<F: Future<Output = T> + 'static>(&self, check: impl FnOnce() -> F) -> Check<T> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.is_valid()) {
            return last.clone();
        }
        let previous = last.as_ref().and_then(|last| last.result.borrow().clone());
        let (sender, result) = watch::channel(None);
        let check = check();
        actix_web::rt::spawn(async move {
            let result = check.await;
            sender.send_replace(Some((Instant::now(), result)));
        });
        last.insert(Check { started_at: Instant::now(), result, previous }).clone()
    }
}

impl<T> Check<T> {
    /// Returns whether the check is running or its result is valid. A panicked check is invalid.
    fn is_valid(&self) -> bool {
        match &*self.result.borrow() {
            Some((completed_at, _)) => completed_at.elapsed() < TTL,
            None => self.result.has_changed().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use futures_util::FutureExt;
    use tokio::sync::Notify;

    use super::*;

    #[actix_web::test]
    async fn requests_share_a_check() {
        let (checks, runs, finish) = (CachedCheck::default(), Rc::new(Cell::new(0)), Rc::new(Notify::new()));
        let check = || {
            let (runs, finish) = (runs.clone(), finish.clone());
            move || async move {
                runs.set(runs.get() + 1);
                finish.notified().await;
                runs.get()
            }
        };
        // the request that started the check is cancelled
        assert!(checks.result(check()).now_or_never().is_none());
        let waiting = futures_util::future::join(checks.result(check()), checks.result(check()));
        let (results, ()) = futures_util::future::join(waiting, async { finish.notify_one() }).await;
        assert_eq!(results, (Some(1), Some(1)));
        assert_eq!((checks.result(check()).await, runs.get()), (Some(1), 1));
    }

    #[actix_web::test]
    async fn runs_again_after_a_panic() {
        let checks = CachedCheck::default();
        assert_eq!(checks.result(|| async { panic!("expected by the test") }).await, None::<u8>);
        assert_eq!(checks.result(|| async { 1 }).await, Some(1));
    }

    /// Sets a last check with the result 1 and this age.
    fn set_completed(checks: &CachedCheck<i32>, age: Duration) {
        let (sender, result) = watch::channel(None);
        let completed_at = Instant::now().checked_sub(age).expect("the uptime is longer than the age");
        sender.send_replace(Some((completed_at, 1)));
        *checks.last.lock().unwrap() = Some(Check { started_at: completed_at, result, previous: None });
    }

    #[actix_web::test]
    async fn does_not_return_an_old_result() {
        let checks = CachedCheck::default();
        set_completed(&checks, MAX_STALE_AGE);
        assert_eq!(checks.result(|| async { 2 }).await, Some(2));
    }

    #[actix_web::test]
    async fn returns_a_stale_result_while_the_next_check_runs() {
        let (checks, finish) = (CachedCheck::default(), Rc::new(Notify::new()));
        set_completed(&checks, TTL);
        let next = || {
            let finish = finish.clone();
            move || async move {
                finish.notified().await;
                2
            }
        };
        assert_eq!(checks.result(next()).now_or_never(), Some(Some(1)));
        assert_eq!(checks.result(next()).now_or_never(), Some(Some(1)));
        finish.notify_one();
        let mut result = checks.last.lock().unwrap().as_ref().unwrap().result.clone();
        result.wait_for(Option::is_some).await.unwrap();
        assert_eq!(checks.result(next()).now_or_never(), Some(Some(2)));
    }
}
