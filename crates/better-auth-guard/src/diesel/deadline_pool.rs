//! Runs blocking queries on a pool's connections, with a deadline.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

/// The default limit of a query, from waiting for a connection to the last row.
const TIMEOUT: Duration = Duration::from_millis(2500);

/// A pool whose queries have a deadline.
///
/// A query that exceeds it continues on its thread, but the caller does not wait for it. The number of threads is at most the
/// number of the pool's connections.
pub(super) struct DeadlinePool<C: R2D2Connection + 'static> {
    pool: Pool<ConnectionManager<C>>,
    permits: Arc<Semaphore>,
    pub(super) timeout: Duration,
}

impl<C: R2D2Connection> Clone for DeadlinePool<C> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), permits: self.permits.clone(), timeout: self.timeout }
    }
}

impl<C: R2D2Connection + Send + 'static> DeadlinePool<C> {
    pub(super) fn new(pool: Pool<ConnectionManager<C>>) -> Self {
        let permits = usize::try_from(pool.max_size()).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { pool, permits: Arc::new(Semaphore::new(permits)), timeout: TIMEOUT }
    }

    /// Runs `work` with a connection.
    ///
    /// # Errors
    /// The error of `work`, or no connection is available in time. The text contains no secret.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut C) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let deadline = Instant::now() + self.timeout;
        let query = async {
            let permit = self.permits.clone().acquire_owned().await.map_err(|error| error.to_string())?;
            let pool = self.pool.clone();
            let job = spawn_blocking(move || {
                let _permit = permit;
                // ends before the deadline, so that the caller gets the cause
                let wait = deadline.saturating_duration_since(Instant::now()).mul_f32(0.8);
                let mut connection = pool.get_timeout(wait).map_err(|error| redact(&error.to_string()))?;
                work(&mut connection)
            });
            job.await.map_err(|_| "the query did not complete".to_owned())?
        };
        timeout_at(deadline, query).await.unwrap_or_else(|_| Err("the query timed out".to_owned()))
    }
}

/// Returns the cause of a failed connection in one line, without text that may be a part of the URL.
///
/// libpq and SQLite quote the URL if they cannot parse it.
fn redact(error: &str) -> String {
    const SAFE: [&str; 2] = ["connection to server", "unable to open"];
    const CAUSE: &str = "no connection is available";
    let lower = error.to_ascii_lowercase();
    match SAFE.into_iter().find_map(|text| lower.find(text)) {
        Some(start) => format!("{CAUSE}: {}", error[start..].split_whitespace().collect::<Vec<_>>().join(" ")),
        None => format!("{CAUSE} (the pool logs the cause)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_contain_no_url() {
        let refused = "timed out waiting for connection: connection to server at \"127.0.0.1\", port 1 failed: \
                       Connection refused\n\tIs the server running on that host?\n";
        assert_eq!(
            redact(refused),
            "no connection is available: connection to server at \"127.0.0.1\", port 1 failed: Connection refused Is the \
             server running on that host?"
        );
        let malformed = "timed out waiting for connection: missing \"=\" after \"postgres//me:hunter2@db\" in connection \
                         info string";
        assert_eq!(redact(malformed), "no connection is available (the pool logs the cause)");
    }
}
