//! One JSON-RPC connection.

use std::{
    fmt::Debug,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy::{
    providers::{Provider, RootProvider, WsConnect},
    rpc::client::{BatchRequest, ClientBuilder, RpcClient},
    transports::TransportError,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{ConnectError, Fault, RpcError};
use crate::io::endpoint::Endpoint;
use crate::io::tls;

/// A connection over http or websocket, as the address's scheme says. Every request has a time
/// limit, and every error names the endpoint and the method.
///
/// A websocket over which a request found nobody, or no answer in time, is given up, and the next
/// request opens another: a socket that froze tells so by nothing else. All clones share it.
#[derive(Clone, Debug)]
pub struct Rpc {
    link: Arc<Mutex<Link>>,
    endpoint: Endpoint,
    timeout: Duration,
}

/// The connection in use, counted from the first.
#[derive(Debug)]
struct Link {
    provider: RootProvider,
    number: u64,
    given_up: bool,
}

impl Rpc {
    /// # Errors
    /// An unusable address, or a websocket that does not open. Http connects with the first
    /// request.
    pub async fn connect(url: &str, timeout: Duration) -> Result<Self, ConnectError> {
        tls::install();
        let endpoint = Endpoint::parse(url)?;
        let provider = open(&endpoint, timeout).await?;
        let link = Link { provider, number: 0, given_up: false };
        Ok(Self { link: Arc::new(Mutex::new(link)), endpoint, timeout })
    }

    /// The connection in use and its number; a new one where the last was given up.
    pub(super) async fn provider(&self) -> Result<(RootProvider, u64), RpcError> {
        let number = {
            let link = self.lock();
            if !link.given_up {
                return Ok((link.provider.clone(), link.number));
            }
            link.number
        };
        let provider = open(&self.endpoint, self.timeout).await?;
        let mut link = self.lock();
        // Of several that saw it given up, the first to be connected wins.
        if link.number == number {
            tracing::info!(endpoint = %self.endpoint, "connected anew");
            *link = Link { provider, number: number.saturating_add(1), given_up: false };
        }
        Ok((link.provider.clone(), link.number))
    }

    /// Gives a websocket up; http has no connection to give up.
    pub(super) fn give_up(&self, number: u64) {
        let mut link = self.lock();
        if self.endpoint.is_websocket() && link.number == number && !link.given_up {
            tracing::warn!(endpoint = %self.endpoint, "the websocket is silent or gone: given up");
            link.given_up = true;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Link> {
        // Nothing that is held under the lock can be left half done.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// # Errors
    /// [`RpcError`], as of every request.
    pub async fn request<P, R>(&self, method: &'static str, params: P) -> Result<R, RpcError>
    where
        P: Serialize + Clone + Debug + Send + Sync + Unpin,
        R: DeserializeOwned + Debug + Send + Sync + Unpin + 'static,
    {
        let (provider, number) = self.provider().await?;
        let request = async { provider.client().request::<P, R>(method, params).await };
        let answer = limited(&self.endpoint, method, self.timeout, request).await;
        if let Err(RpcError { fault: Fault::Timeout(_) | Fault::Unreachable(_), .. }) = &answer {
            self.give_up(number);
        }
        answer
    }

    /// Many requests of one method in one message, their answers in order.
    ///
    /// # Errors
    /// [`RpcError`], the first of any of them.
    pub(super) async fn batch<P, R>(&self, method: &'static str, params: Vec<P>) -> Result<Vec<R>, RpcError>
    where
        P: Serialize + Clone + Debug + Send + Sync + Unpin,
        R: DeserializeOwned + Debug + Send + Sync + Unpin + 'static,
    {
        let (provider, number) = self.provider().await?;
        let request = async {
            let mut batch = BatchRequest::new(provider.client());
            let waiting =
                params.iter().map(|params| batch.add_call::<P, R>(method, params)).collect::<Result<Vec<_>, _>>()?;
            batch.send().await?;
            let mut answers = Vec::with_capacity(waiting.len());
            for answer in waiting {
                answers.push(answer.await?);
            }
            Ok(answers)
        };
        let answers = limited(&self.endpoint, method, self.timeout, request).await;
        if let Err(RpcError { fault: Fault::Timeout(_) | Fault::Unreachable(_), .. }) = &answers {
            self.give_up(number);
        }
        answers
    }

    pub(in crate::io) fn error(&self, method: &str, fault: Fault) -> RpcError {
        RpcError { endpoint: self.endpoint.clone(), method: method.to_owned(), fault }
    }
}

async fn open(endpoint: &Endpoint, timeout: Duration) -> Result<RootProvider, RpcError> {
    let client: RpcClient = if endpoint.is_websocket() {
        // One attempt of its own: it would otherwise wait, unseen, for minutes.
        let connect = WsConnect::new(endpoint.url().as_str()).with_max_retries(1);
        limited(endpoint, "connect", timeout, ClientBuilder::default().ws(connect)).await?
    } else {
        ClientBuilder::default().http(endpoint.url().clone())
    };
    Ok(RootProvider::new(client))
}

async fn limited<T>(
    endpoint: &Endpoint,
    method: &str,
    timeout: Duration,
    request: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, RpcError> {
    match tokio::time::timeout(timeout, request).await {
        Ok(answer) => answer.map_err(|error| RpcError::from_transport(endpoint, method, error)),
        Err(_) => {
            Err(RpcError { endpoint: endpoint.clone(), method: method.to_owned(), fault: Fault::Timeout(timeout) })
        }
    }
}
