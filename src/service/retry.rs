//! Asking again.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    io::{
        advice::{Advice, Advised},
        backoff::Backoff,
        chain::{Fault, RpcError},
    },
    service::interrupt::Interrupt,
};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long to keep asking, and who may end it early.
#[derive(Clone, Debug)]
pub struct Patience {
    pub give_up_after: Duration,
    pub interrupt: Interrupt,
}

impl Patience {
    /// Asks until there is an answer, an error whose advice is not to retry, an interrupt, or
    /// no patience left; waits twice as long each time. For what may be repeated.
    ///
    /// # Errors
    /// The last error.
    pub async fn ask<T, E: Advised>(&self, request: impl AsyncFnMut() -> Result<T, E>) -> Result<T, E> {
        self.repeat(request, |error| error.advice() == Advice::Retry).await
    }

    /// The same for requests that must not be repeated once they may have arrived: asks again
    /// only where nobody listened.
    ///
    /// # Errors
    /// The last error.
    pub async fn reach<T>(&self, request: impl AsyncFnMut() -> Result<T, RpcError>) -> Result<T, RpcError> {
        self.repeat(request, |error| matches!(error.fault, Fault::Unreachable(_))).await
    }

    #[allow(clippy::disallowed_methods, reason = "waiting is what this is for")]
    async fn repeat<T, E: Advised>(
        &self,
        mut request: impl AsyncFnMut() -> Result<T, E>,
        again: impl Fn(&E) -> bool,
    ) -> Result<T, E> {
        // Patience is for faults: a request may wait long for an answer without one.
        let mut began = None;
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let error = match request().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = backoff.bound();
            let began = *began.get_or_insert_with(Instant::now);
            if !again(&error) || self.interrupt.requested() || began.elapsed() + wait > self.give_up_after {
                return Err(error);
            }
            tracing::warn!(%error, retry_in_ms = wait.as_millis() as u64, "asking again");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.interrupt.wait() => return Err(error),
            }
        }
    }
}
