//! Blocks with their pool events decoded.

use alloy::primitives::{Address, B256};

use crate::{
    domain::{Block, BlockHeader},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, RawLog, RpcError},
    },
    market::{DecodeError, decode},
    service::retry::Patience,
    units::BlockNumber,
};

#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("block {block}: {source}")]
    Decode { block: BlockNumber, source: DecodeError },
    #[error("block {block} was replaced while it was read")]
    Replaced { block: BlockNumber, expected: B256, found: B256 },
}

impl Advised for BlockError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            Self::Decode { .. } | Self::Replaced { .. } => Advice::Halt,
        }
    }
}

/// Reads the block at a height with the events of `pools` in it. The logs are asked for by the
/// block's hash, so that header and logs are of the same block whatever the chain does meanwhile.
///
/// # Errors
/// [`BlockError`] when the node does not answer, or a log is not what it claims.
pub async fn read(
    chain: &Chain,
    patience: &Patience,
    pools: &[Address],
    number: BlockNumber,
) -> Result<Block, BlockError> {
    let header = patience.ask(async || chain.header(number).await).await?;
    with_events(chain, patience, pools, header).await
}

/// The same for a header at hand.
///
/// # Errors
/// As [`read`].
pub async fn with_events(
    chain: &Chain,
    patience: &Patience,
    pools: &[Address],
    header: BlockHeader,
) -> Result<Block, BlockError> {
    let ask = async || match chain.logs_of_block(pools, header.hash).await {
        Ok(logs) => Ok(logs),
        // A node that no longer has the block says so in words of its own: the height tells.
        Err(error) => match chain.header(header.number).await {
            Ok(now) if now.hash != header.hash => {
                Err(BlockError::Replaced { block: header.number, expected: header.hash, found: now.hash })
            }
            _ => Err(BlockError::Rpc(error)),
        },
    };
    let logs = patience.ask(ask).await?;
    let event = |log: &RawLog| {
        decode(log.address, &log.topics, &log.data, log.log_index)
            .map_err(|source| BlockError::Decode { block: header.number, source })
            .transpose()
    };
    let events = logs.iter().filter_map(event).collect::<Result<_, _>>()?;
    Ok(Block { header, events })
}
