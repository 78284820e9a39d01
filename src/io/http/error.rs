//! A request without a usable answer.

use std::time::Duration;

use crate::io::{
    advice::{Advice, Advised},
    endpoint::Endpoint,
};

/// Names the host (without its secrets) and what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{subject} from {endpoint}: {fault}")]
pub struct HttpError {
    pub endpoint: Endpoint,
    pub subject: String,
    pub fault: HttpFault,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpFault {
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    #[error("not reachable: {0}")]
    Unreachable(String),
    #[error("no whole answer in time: {0}")]
    Timeout(String),
    /// The body ended before its announced length, or the connection broke within it.
    #[error("the answer broke off: {0}")]
    Truncated(String),
    #[error("the answer is longer than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("HTTP status {status}{}: {body}", retry_after.map(|wait| format!(" (asks to wait {} s)", wait.as_secs())).unwrap_or_default())]
    Status { status: u16, retry_after: Option<Duration>, body: String },
    /// Not even asked: the host has asked for a longer wait than anyone here has patience for.
    #[error("not asked: the host asked to wait, {} s are left", left.as_secs())]
    Paused { left: Duration },
    /// A page for people where JSON was wanted: a proxy or a maintenance notice.
    #[error("the answer is no JSON ({content_type}): {body}")]
    NotJson { content_type: String, body: String },
    /// JSON, but not what the interface promises.
    #[error("the answer is not what this interface gives, at `{field}`: {why}")]
    Malformed { field: String, why: String },
    #[error("the answer is not UTF-8 text from byte {at} on")]
    NotText { at: usize },
    /// An answer that is well-formed and says no, in the source's own words.
    #[error("refused: {0}")]
    Refused(String),
}

impl HttpError {
    pub fn advice(&self) -> Advice {
        match &self.fault {
            HttpFault::Unreachable(_) | HttpFault::Timeout(_) | HttpFault::Truncated(_) => Advice::Retry,
            // 418: Binance's word for an address banned for too many requests.
            HttpFault::Status { status: 408 | 418 | 425 | 429 | 500..=599, .. } => Advice::Retry,
            HttpFault::NotJson { .. } | HttpFault::Paused { .. } => Advice::Retry,
            HttpFault::Status { status: 401 | 403 | 407, .. } | HttpFault::Unsendable(_) => Advice::Halt,
            HttpFault::Status { .. }
            | HttpFault::TooLarge { .. }
            | HttpFault::Malformed { .. }
            | HttpFault::NotText { .. }
            | HttpFault::Refused(_) => Advice::Drop,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.fault {
            HttpFault::Status { retry_after, .. } => retry_after,
            HttpFault::Paused { left } => Some(left),
            _ => None,
        }
    }
}

impl Advised for HttpError {
    fn advice(&self) -> Advice {
        Self::advice(self)
    }
}
