//! The node of a chain.

use tokio::sync::OnceCell;

use crate::{
    config::{ChainSettings, RpcUrl},
    io::chain::{Chain, ConnectError, RpcError},
    service::retry::Patience,
};

/// A node that is connected to when it is first needed: one that is away is no other source's
/// trouble.
#[derive(Debug)]
pub struct Node<'a> {
    settings: &'a ChainSettings,
    patience: Patience,
    chain: OnceCell<Chain>,
}

/// Why a node is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

impl<'a> Node<'a> {
    /// Nothing is sent yet.
    pub fn new(settings: &'a ChainSettings, patience: Patience) -> Self {
        Self { settings, patience, chain: OnceCell::new() }
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.settings.id
    }

    /// Shown without its secrets.
    pub(super) fn endpoint(&self) -> &'a RpcUrl {
        &self.settings.rpc
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(super) async fn chain(&self) -> Result<&Chain, ConnectError> {
        let connect = async || {
            let ChainSettings { rpc, request_timeout, id, .. } = self.settings;
            let url = rpc.expose().as_str();
            self.patience.ask(async || Chain::connect(url, *request_timeout, Some(*id)).await).await
        };
        self.chain.get_or_try_init(connect).await
    }
}
