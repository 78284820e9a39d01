//! One chain a store: the names of pools' series say the pool and no chain, so that another
//! chain's pool of the same name would be mixed with it.

use std::collections::BTreeSet;

use super::{Context, Node, report::LOGS};
use crate::{
    config::RpcUrl,
    io::store::{Place, data::DataStoreError},
};

/// A node of another chain than the store's pools are of.
#[derive(Debug, thiserror::Error)]
#[error(
    "store {place}: its pools are of chain {stored}, and the configured node at {endpoint} is of chain {configured}: \
     series of pools say no chain, so give each chain a store of its own (--store, or DATABASE_URL)"
)]
pub struct OtherChain {
    pub place: Place,
    pub stored: u64,
    pub endpoint: RpcUrl,
    pub configured: u64,
}

/// Why nothing of a node may be stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainError {
    #[error(transparent)]
    Other(#[from] Box<OtherChain>),
    #[error(transparent)]
    Store(#[from] DataStoreError),
}

/// Whether the store's pools are of the node's chain, or of none yet. Asks no node, for none is
/// read from that is not of the configured chain.
pub(super) async fn check(context: &Context<'_>, node: &Node<'_>) -> Result<(), ChainError> {
    let noted = context.keeper.ask(async |store| store.chain().await).await?;
    let stored = match noted {
        Some(noted) => Some(noted),
        None => fetched(context, node.chain_id()).await?,
    };
    agree(context, node, stored.unwrap_or(node.chain_id()))
}

/// Notes the node's chain as the store's, where none is noted. To be called once the node has said
/// its chain, and before anything of it is stored.
pub(super) async fn claim(context: &Context<'_>, node: &Node<'_>) -> Result<(), ChainError> {
    let stored = context.keeper.ask(async |store| store.note_chain(node.chain_id()).await).await?;
    agree(context, node, stored)
}

fn agree(context: &Context<'_>, node: &Node<'_>, stored: u64) -> Result<(), ChainError> {
    let configured = node.chain_id();
    if stored == configured {
        return Ok(());
    }
    let (place, endpoint) = (context.keeper.place().clone(), node.endpoint().clone());
    Err(Box::new(OtherChain { place, stored, endpoint, configured }).into())
}

/// The chain of a store whose fetches did not note it yet, by their positions; where it was written
/// to from several, it counts as the one's of them that comes first.
async fn fetched(context: &Context<'_>, configured: u64) -> Result<Option<u64>, DataStoreError> {
    let positions = context.keeper.ask(async |store| store.cursors(LOGS).await).await?;
    let chain = |(name, _): &(String, String)| name.strip_prefix(LOGS)?.split_once('/')?.0.parse().ok();
    let chains: BTreeSet<u64> = positions.iter().filter_map(chain).collect();
    Ok(chains.get(&configured).or(chains.first()).copied())
}
