//! One JSON-RPC connection.

use std::{fmt::Debug, future::Future, time::Duration};

use alloy::{
    providers::{Provider, RootProvider, WsConnect},
    rpc::client::{ClientBuilder, RpcClient},
    transports::TransportError,
};

use serde::{Serialize, de::DeserializeOwned};

use super::{ConnectError, Fault, RpcError};
use crate::io::endpoint::Endpoint;
use crate::io::tls;

/// A connection over http or websocket, as the address's scheme says. Every request has a time
/// limit, and every error names the endpoint and the method.
#[derive(Clone, Debug)]
pub struct Rpc {
    provider: RootProvider,
    endpoint: Endpoint,
    timeout: Duration,
}

impl Rpc {
    /// # Errors
    /// An unusable address, or a websocket that does not open. Http connects with the first
    /// request.
    pub async fn connect(url: &str, timeout: Duration) -> Result<Self, ConnectError> {
        tls::install();
        let endpoint = Endpoint::parse(url)?;
        let client: RpcClient = if endpoint.is_websocket() {
            let connect = ClientBuilder::default().ws(WsConnect::new(endpoint.url().as_str()));
            limited(&endpoint, "connect", timeout, connect).await?
        } else {
            ClientBuilder::default().http(endpoint.url().clone())
        };
        Ok(Self { provider: RootProvider::new(client), endpoint, timeout })
    }

    pub(super) fn provider(&self) -> &RootProvider {
        &self.provider
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
        let request = async { self.provider.client().request::<P, R>(method, params).await };
        limited(&self.endpoint, method, self.timeout, request).await
    }

    pub(in crate::io) fn error(&self, method: &str, fault: Fault) -> RpcError {
        RpcError { endpoint: self.endpoint.clone(), method: method.to_owned(), fault }
    }
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
