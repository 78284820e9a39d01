//! What can go wrong with a node, and what to do about it.

use std::{error::Error, time::Duration};

use alloy::{
    primitives::Bytes,
    transports::{RpcError as Transport, TransportError, TransportErrorKind},
};

use crate::io::{
    advice::{Advice, Advised},
    endpoint::{Endpoint, EndpointError},
};

/// A request that brought no answer. It names the endpoint (without its secrets) and the method.
#[derive(Debug, thiserror::Error)]
#[error("{method} at {endpoint}: {fault}")]
pub struct RpcError {
    pub endpoint: Endpoint,
    pub method: String,
    pub fault: Fault,
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("not reachable: {0}")]
    Unreachable(String),
    #[error("HTTP status {status}: {body}")]
    Http { status: u16, body: String },
    /// The EVM reverted; `data` is what the contract returned.
    #[error("reverted: {message}")]
    Reverted { message: String, data: Bytes },
    #[error("refused with code {code}: {message}")]
    Refused { code: i64, message: String },
    #[error("the answer is not what Ethereum nodes answer: {0}")]
    Malformed(String),
    /// A page for people where JSON was wanted: a proxy or a maintenance notice.
    #[error("the answer is a page and no JSON: {0}")]
    Page(String),
    /// The node answered `null`: it does not know the subject, or not yet.
    #[error("the node does not know {0}")]
    Unknown(String),
    #[error("the node's chain is {actual}, not {expected}")]
    WrongChain { actual: u64, expected: u64 },
}

/// Why there is no connection at all.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

impl ConnectError {
    pub fn advice(&self) -> Advice {
        match self {
            Self::Endpoint(_) => Advice::Halt,
            Self::Rpc(error) => error.advice(),
        }
    }
}

impl RpcError {
    pub fn advice(&self) -> Advice {
        match &self.fault {
            Fault::Timeout(_) | Fault::Unreachable(_) | Fault::Unknown(_) | Fault::Page(_) => Advice::Retry,
            Fault::Http { status: 408 | 425 | 429 | 500..=599, .. } => Advice::Retry,
            Fault::Http { .. } | Fault::Malformed(_) | Fault::WrongChain { .. } => Advice::Halt,
            Fault::Reverted { .. } => Advice::Drop,
            // -32005: limit exceeded (EIP-1474); -32603: internal; 429 as some providers nest it.
            Fault::Refused { code: -32005 | -32603 | 429, .. } => Advice::Retry,
            Fault::Refused { code: -32601, .. } => Advice::Halt,
            Fault::Refused { message, .. } => {
                let message = message.to_ascii_lowercase();
                let passing = [
                    "rate limit",
                    "too many requests",
                    "timeout",
                    "timed out",
                    "header not found",
                    "unknown block",
                    "block not found",
                ];
                if passing.iter().any(|text| message.contains(text)) { Advice::Retry } else { Advice::Drop }
            }
        }
    }

    /// The contract's revert data, where the EVM reverted.
    pub fn revert_data(&self) -> Option<&Bytes> {
        match &self.fault {
            Fault::Reverted { data, .. } => Some(data),
            _ => None,
        }
    }

    pub(super) fn from_transport(endpoint: &Endpoint, method: &str, error: TransportError) -> Self {
        let fault = match error {
            Transport::ErrorResp(payload) => {
                let message = endpoint.scrub(&payload.message);
                if payload.code == 3 || message.to_ascii_lowercase().contains("revert") {
                    Fault::Reverted { data: payload.as_revert_data().unwrap_or_default(), message }
                } else {
                    Fault::Refused { code: payload.code, message }
                }
            }
            Transport::NullResp => Fault::Unknown("what was asked for".to_owned()),
            Transport::Transport(
                TransportErrorKind::HttpError(error) | TransportErrorKind::HttpErrorWithRetryAfter { error, .. },
            ) => Fault::Http { status: error.status, body: endpoint.scrub(error.body.trim()) },
            Transport::Transport(error) => Fault::Unreachable(endpoint.scrub(&chain_text(&error))),
            Transport::DeserError { text, .. } if text.trim_start().starts_with('<') => {
                Fault::Page(endpoint.scrub(text.trim()))
            }
            error @ (Transport::SerError(_) | Transport::DeserError { .. }) => {
                Fault::Malformed(endpoint.scrub(&error.to_string()))
            }
            error => Fault::Malformed(endpoint.scrub(&chain_text(&error))),
        };
        Self { endpoint: endpoint.clone(), method: method.to_owned(), fault }
    }
}

impl Advised for RpcError {
    fn advice(&self) -> Advice {
        Self::advice(self)
    }
}

impl Advised for ConnectError {
    fn advice(&self) -> Advice {
        Self::advice(self)
    }
}

/// An error with its causes: the outer text of an HTTP client says little.
fn chain_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(fault: Fault) -> Advice {
        RpcError { endpoint: Endpoint::parse("http://node").unwrap(), method: "eth_x".into(), fault }.advice()
    }

    #[test]
    fn each_fault_says_what_to_do() {
        let http = |status| Fault::Http { status, body: String::new() };
        let refused = |code, message: &str| Fault::Refused { code, message: message.into() };
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(advice(http(status)), Advice::Retry);
        }
        for status in [400, 401, 403, 404] {
            assert_eq!(advice(http(status)), Advice::Halt);
        }
        assert_eq!(advice(Fault::Timeout(Duration::from_secs(1))), Advice::Retry);
        assert_eq!(advice(Fault::Unreachable("refused".into())), Advice::Retry);
        assert_eq!(advice(refused(-32005, "limit")), Advice::Retry);
        assert_eq!(advice(refused(-32000, "Rate limit reached")), Advice::Retry);
        assert_eq!(advice(refused(-32000, "nonce too low")), Advice::Drop);
        assert_eq!(advice(refused(-32601, "method not found")), Advice::Halt);
        assert_eq!(advice(Fault::Reverted { message: String::new(), data: Bytes::new() }), Advice::Drop);
        assert_eq!(advice(Fault::WrongChain { actual: 5, expected: 1 }), Advice::Halt);
    }
}
