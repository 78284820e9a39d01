//! New heads: by subscription where the node has one, else by polling.

use std::time::Duration;

use alloy::{providers::Provider, pubsub::Subscription, rpc::types::Header};
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use super::{Chain, RpcError};
use crate::units::BlockNumber;

/// Tells the height of the chain as it grows. It only ever says "at least this high": whoever
/// asks reads every block up to it, so a head that a subscription lost is not a block lost.
#[derive(Debug)]
pub struct Heads {
    chain: Chain,
    poll: Duration,
    subscription: Option<Subscription<Header>>,
}

impl Heads {
    /// Subscribes over a websocket; polls where that is refused and over http.
    pub async fn follow(chain: Chain, poll: Duration) -> Self {
        let subscription = if chain.rpc().endpoint().is_websocket() {
            match chain.rpc().provider().subscribe_blocks().await {
                Ok(subscription) => Some(subscription),
                Err(error) => {
                    tracing::warn!(endpoint = %chain.rpc().endpoint(), %error, "no subscription to new heads: polling");
                    None
                }
            }
        } else {
            None
        };
        Self { chain, poll, subscription }
    }

    /// Whether heads are being pushed rather than asked for.
    pub fn is_subscribed(&self) -> bool {
        self.subscription.is_some()
    }

    /// Waits for a head above `last`. A subscription that says nothing for several polls is
    /// checked against the node, and one that has ended is replaced by polling.
    ///
    /// # Errors
    /// [`RpcError`] when the node does not answer.
    pub async fn after(&mut self, last: BlockNumber) -> Result<BlockNumber, RpcError> {
        const SILENCE: u32 = 5;
        loop {
            let Some(subscription) = &mut self.subscription else {
                let head = self.chain.head().await?;
                if head > last {
                    return Ok(head);
                }
                tokio::time::sleep(self.poll).await;
                continue;
            };
            match timeout(self.poll * SILENCE, subscription.recv()).await {
                Ok(Ok(header)) if header.number > last.0 => return Ok(BlockNumber(header.number)),
                Ok(Ok(_)) => {}
                // Lagged or silent: the height is asked for, and no block is passed over.
                Ok(Err(RecvError::Lagged(_))) | Err(_) => {
                    let head = self.chain.head().await?;
                    if head > last {
                        return Ok(head);
                    }
                }
                Ok(Err(RecvError::Closed)) => {
                    tracing::warn!(endpoint = %self.chain.rpc().endpoint(), "the subscription to new heads ended: polling");
                    self.subscription = None;
                }
            }
        }
    }
}
