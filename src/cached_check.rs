//! A check that runs once at a time, and at most once a second, however many requests ask for its result.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How long a result is valid.
const VALID_FOR: Duration = Duration::from_secs(1);
/// How long a result is given while the next check runs. A check of a busy machine then delays no request.
const SERVED_FOR: Duration = Duration::from_secs(2);
/// How long a request waits for a check, from the start of the check.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last check, or the one that runs.
pub struct CachedCheck<T> {
    last: Mutex<Option<Check<T>>>,
}

#[derive(Clone)]
struct Check<T> {
    began: Instant,
    result: watch::Receiver<Option<(Instant, T)>>,
    /// The result of the check before.
    before: Option<(Instant, T)>,
}

impl<T> Default for CachedCheck<T> {
    fn default() -> Self {
        Self { last: Mutex::default() }
    }
}

impl<T: Clone + 'static> CachedCheck<T> {
    /// Gives the valid result, or one of less than two seconds while the next check runs, or the result of that check. `None`: the
    /// check takes too long. It goes on when its request is gone.
    pub async fn result<F: Future<Output = T> + 'static>(&self, check: impl FnOnce() -> F) -> Option<T> {
        let Check { began, mut result, before } = self.last_or(check);
        if result.borrow().is_none()
            && let Some((ended, before)) = before
            && ended.elapsed() < SERVED_FOR
        {
            return Some(before);
        }
        let result = timeout_at(began + PATIENCE, result.wait_for(Option::is_some)).await;
        result.ok()?.ok()?.as_ref().map(|(_, result)| result.clone())
    }

    fn last_or<F: Future<Output = T> + 'static>(&self, check: impl FnOnce() -> F) -> Check<T> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.is_valid()) {
            return last.clone();
        }
        let before = last.as_ref().and_then(|last| last.result.borrow().clone());
        let (sender, result) = watch::channel(None);
        let check = check();
        actix_web::rt::spawn(async move {
            let result = check.await;
            sender.send_replace(Some((Instant::now(), result)));
        });
        last.insert(Check { began: Instant::now(), result, before }).clone()
    }
}

impl<T> Check<T> {
    /// Whether it runs, or its result is still valid. A check that panicked is neither.
    fn is_valid(&self) -> bool {
        match &*self.result.borrow() {
            Some((ended, _)) => ended.elapsed() < VALID_FOR,
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
    async fn requests_share_a_check_and_its_result() {
        let (checks, runs, finish) = (CachedCheck::default(), Rc::new(Cell::new(0)), Rc::new(Notify::new()));
        let check = || {
            let (runs, finish) = (runs.clone(), finish.clone());
            move || async move {
                runs.set(runs.get() + 1);
                finish.notified().await;
                runs.get()
            }
        };
        // the request that started it goes away
        assert!(checks.result(check()).now_or_never().is_none());
        let waiting = futures_util::future::join(checks.result(check()), checks.result(check()));
        let (results, ()) = futures_util::future::join(waiting, async { finish.notify_one() }).await;
        assert_eq!(results, (Some(1), Some(1)));
        assert_eq!((checks.result(check()).await, runs.get()), (Some(1), 1));
    }

    #[actix_web::test]
    async fn a_check_that_panics_is_run_again() {
        let checks = CachedCheck::default();
        assert_eq!(checks.result(|| async { panic!("of the test") }).await, None::<u8>);
        assert_eq!(checks.result(|| async { 1 }).await, Some(1));
    }

    /// Makes the last check end so long ago, with the result 1.
    fn ended(checks: &CachedCheck<i32>, ago: Duration) {
        let (sender, result) = watch::channel(None);
        let old = Instant::now().checked_sub(ago).expect("the machine runs longer");
        sender.send_replace(Some((old, 1)));
        *checks.last.lock().unwrap() = Some(Check { began: old, result, before: None });
    }

    #[actix_web::test]
    async fn a_result_that_is_old_is_not_given() {
        let checks = CachedCheck::default();
        ended(&checks, SERVED_FOR);
        assert_eq!(checks.result(|| async { 2 }).await, Some(2));
    }

    #[actix_web::test]
    async fn a_result_that_has_just_run_out_is_given_while_the_next_check_runs() {
        let (checks, finish) = (CachedCheck::default(), Rc::new(Notify::new()));
        ended(&checks, VALID_FOR);
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
