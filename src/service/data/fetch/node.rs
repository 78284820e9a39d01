//! The node of a chain.

use tokio::sync::OnceCell;

use crate::{
    config::{ChainSettings, RpcUrl},
    domain::BlockHeader,
    io::chain::{Chain, ConnectError, RpcError},
    service::retry::Patience,
    units::{BlockNumber, Timestamp},
};

/// A node that is connected to when it is first needed: one that is away is no other source's
/// trouble.
#[derive(Debug)]
pub struct Node<'a> {
    settings: &'a ChainSettings,
    patience: Patience,
    /// Seconds that its newest block may be old; any age is right of a fork, which keeps a time of
    /// its own.
    max_head_age: Option<u64>,
    chain: OnceCell<Chain>,
}

/// Why a node is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// What it holds is right all the same, and is stored.
    #[error(
        "the node at {endpoint} does not keep up with the chain: its newest block, {head} of {time}, is {age} s old, \
         and max_head_age of [dex] allows {allowed} s; wait until it has caught up, use another, or set this host's \
         clock"
    )]
    Stalled { endpoint: RpcUrl, head: BlockNumber, time: Timestamp, age: u64, allowed: u64 },
}

impl<'a> Node<'a> {
    /// Nothing is sent yet. Where `max_head_age` is given, a newest block that is older by so many
    /// seconds fails the jobs that read it.
    pub fn new(settings: &'a ChainSettings, patience: Patience, max_head_age: Option<u64>) -> Self {
        Self { settings, patience, max_head_age, chain: OnceCell::new() }
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

    /// Whether the node keeps up with the chain, by its newest block at `now`. To be asked when the
    /// block is read, and told when what the node holds is stored.
    pub(super) fn keeps_up(&self, newest: &BlockHeader, now: Timestamp) -> Result<(), NodeError> {
        let (head, time, age) = (newest.number, newest.timestamp, now.since(newest.timestamp));
        match self.max_head_age {
            Some(allowed) if age > allowed => {
                Err(NodeError::Stalled { endpoint: self.endpoint().clone(), head, time, age, allowed })
            }
            _ => Ok(()),
        }
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
