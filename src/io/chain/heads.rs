//! New heads: by subscription where the node has one, else by polling.

use std::time::Duration;

use alloy::{primitives::B256, providers::Provider, pubsub::Subscription, rpc::types::Header};
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use super::{Chain, RpcError, client::header};
use crate::domain::BlockHeader;

/// A subscription that says nothing for this many polls is checked against the node.
const SILENCE: u32 = 5;

/// Tells where the chain ends as it grows. It never tells of every block: whoever asks reads all
/// up to the head by number and parent hash, so that a head lost in between is no block lost.
#[derive(Debug)]
pub struct Heads {
    chain: Chain,
    poll: Duration,
    subscription: Option<Subscribed>,
    /// The connection on which a subscription was refused: not asked again there.
    refused_on: Option<u64>,
}

#[derive(Debug)]
struct Subscribed {
    heads: Subscription<Header>,
    /// The connection that it is of.
    number: u64,
}

impl Heads {
    /// Subscribes over a websocket; polls where that is refused and over http.
    pub async fn follow(chain: Chain, poll: Duration) -> Self {
        let mut heads = Self { chain, poll, subscription: None, refused_on: None };
        heads.subscribe().await;
        heads
    }

    /// Whether heads are being pushed rather than asked for.
    pub fn is_subscribed(&self) -> bool {
        self.subscription.is_some()
    }

    /// Waits for a head other than `known`: higher, or of another branch, or lower than what was
    /// the head before.
    ///
    /// # Errors
    /// [`RpcError`] when the node does not answer; asking again goes on, over a new connection
    /// where the old one is gone or silent.
    pub async fn other_than(&mut self, known: B256) -> Result<BlockHeader, RpcError> {
        let wanted = |head: &BlockHeader| head.hash != known;
        // What came before the subscription, or between two, is told by nobody.
        let head = self.chain.head_header().await?;
        if wanted(&head) {
            return Ok(head);
        }
        loop {
            self.subscribe().await;
            let Some(subscribed) = &mut self.subscription else {
                tokio::time::sleep(self.poll).await;
                let head = self.chain.head_header().await?;
                if wanted(&head) {
                    return Ok(head);
                }
                continue;
            };
            match timeout(self.poll * SILENCE, subscribed.heads.recv()).await {
                Ok(Ok(pushed)) => {
                    let head = header(&pushed);
                    if wanted(&head) {
                        return Ok(head);
                    }
                }
                // Lagged or silent: the node is asked. A frozen socket does not answer, and is
                // given up by that.
                Ok(Err(RecvError::Lagged(_))) | Err(_) => {
                    let head = self.chain.head_header().await?;
                    if wanted(&head) {
                        return Ok(head);
                    }
                }
                Ok(Err(RecvError::Closed)) => {
                    tracing::warn!(endpoint = %self.chain.rpc().endpoint(), "the subscription to new heads ended");
                    self.chain.rpc().give_up(subscribed.number);
                    self.subscription = None;
                    let head = self.chain.head_header().await?;
                    if wanted(&head) {
                        return Ok(head);
                    }
                }
            }
        }
    }

    /// Subscribes on the connection in use, unless that is done or was refused there.
    async fn subscribe(&mut self) {
        let rpc = self.chain.rpc();
        if !rpc.endpoint().is_websocket() {
            return;
        }
        let Ok((provider, number)) = rpc.provider().await else { return };
        if self.subscription.as_ref().is_some_and(|subscribed| subscribed.number == number)
            || self.refused_on == Some(number)
        {
            return;
        }
        self.subscription = None;
        match timeout(rpc.timeout(), provider.subscribe_blocks()).await {
            Ok(Ok(heads)) => self.subscription = Some(Subscribed { heads, number }),
            Ok(Err(error)) => {
                tracing::warn!(endpoint = %rpc.endpoint(), error = %rpc.endpoint().scrub(&error.to_string()), "no subscription to new heads: polling");
                self.refused_on = Some(number);
            }
            Err(_) => rpc.give_up(number),
        }
    }
}
