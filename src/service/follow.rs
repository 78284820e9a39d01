//! The chain as it grows: every block once and in order, whatever the connection does.
//!
//! Nothing that is pushed is trusted to be complete. A head, pushed or asked for, says only that
//! there is more; each block is then read by number, tied to the one before by its parent hash,
//! and its logs are asked for by its own hash. A socket that is dropped, loses frames or freezes
//! can therefore delay a log, and never lose, repeat or reorder one.

use std::{collections::VecDeque, time::Duration};

use alloy::primitives::{Address, B256};

use crate::{
    domain::{Block, BlockHeader},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, Fault, Heads, RpcError},
    },
    market::{Link, Tail},
    service::{
        blocks::{self, BlockError},
        retry::Patience,
    },
    units::BlockNumber,
};

#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error(transparent)]
    Block(#[from] BlockError),
    /// Halt: more blocks were replaced than can be undone. Read everything from the chain anew.
    #[error(
        "block {block} has the parent {parent}, which parts from our branch below block {root}, the oldest of the {keep} blocks that can be undone: stop and read anew"
    )]
    TooDeep { block: BlockNumber, parent: B256, root: BlockNumber, keep: usize },
}

impl From<RpcError> for FollowError {
    fn from(error: RpcError) -> Self {
        Self::Block(BlockError::Rpc(error))
    }
}

impl Advised for FollowError {
    fn advice(&self) -> Advice {
        match self {
            Self::Block(error) => error.advice(),
            Self::TooDeep { .. } => Advice::Halt,
        }
    }
}

/// Reads what comes after a [`Tail`], by subscription or polling.
#[derive(Debug)]
pub struct Follower {
    chain: Chain,
    heads: Heads,
    poll: Duration,
    pools: Vec<Address>,
    /// Headers of one branch that tie on to the tail, oldest first.
    pending: VecDeque<BlockHeader>,
    head: BlockNumber,
}

impl Follower {
    /// Follows the events of `pools`; looks for new blocks every `poll` where none are pushed.
    pub async fn new(chain: Chain, poll: Duration, pools: Vec<Address>) -> Self {
        let heads = Heads::follow(chain.clone(), poll).await;
        Self { chain, heads, poll, pools, pending: VecDeque::new(), head: BlockNumber(0) }
    }

    /// The head as last heard of.
    pub fn head(&self) -> BlockNumber {
        self.head
    }

    /// Waits for the next block that ties on to the tail: the child of its head or, after a
    /// reorganisation, of a block below. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`FollowError`]; when the patience is at its end, the node's last error. Asking again
    /// goes on.
    pub async fn next(&mut self, patience: &Patience, tail: &Tail) -> Result<Block, FollowError> {
        loop {
            while let Some(header) = self.pending.front().copied() {
                match tail.link(&header) {
                    Link::Next | Link::Fork { .. } => {
                        match blocks::with_events(&self.chain, patience, &self.pools, header).await {
                            Ok(block) => {
                                self.pending.pop_front();
                                return Ok(block);
                            }
                            // The branch is no more: another is looked for.
                            Err(BlockError::Replaced { .. }) => self.pending.clear(),
                            Err(error) => return Err(error.into()),
                        }
                    }
                    Link::Known => {
                        self.pending.pop_front();
                    }
                    Link::Orphan | Link::TooDeep => self.pending.clear(),
                }
            }
            self.pending = self.branch(patience, tail).await?;
            if self.pending.is_empty() {
                // A node that lags, or a branch that went while it was read.
                tokio::time::sleep(self.poll).await;
            }
        }
    }

    /// Waits for news and walks from them back to the tail. Empty where they are no news or the
    /// way back is gone.
    async fn branch(&mut self, patience: &Patience, tail: &Tail) -> Result<VecDeque<BlockHeader>, FollowError> {
        let last = tail.head();
        let next = BlockNumber(last.number.0.saturating_add(1));
        let mut wanted = next;
        if self.head <= last.number {
            let head = patience.ask(async || self.heads.other_than(last.hash).await).await?;
            self.head = head.number;
            if head.parent_hash == last.hash {
                return Ok(VecDeque::from([head]));
            }
            // What is pushed may be old, and a node may lag: only its block at our own height
            // tells whether we are on its branch.
            wanted = next.min(BlockNumber(head.number.0.max(last.number.0)));
        }
        let first = patience.ask(async || known(self.chain.header(wanted).await)).await?;
        let Some(first) = first else {
            // The chain has become shorter than was heard.
            self.head = BlockNumber(0);
            return Ok(VecDeque::new());
        };
        let mut branch = VecDeque::from([first]);
        while let Some(oldest) = branch.front() {
            match tail.link(oldest) {
                Link::Next | Link::Fork { .. } => break,
                Link::Known => {
                    branch.pop_front();
                    break;
                }
                Link::TooDeep => {
                    return Err(FollowError::TooDeep {
                        block: oldest.number,
                        parent: oldest.parent_hash,
                        root: tail.root().number,
                        keep: tail.keep(),
                    });
                }
                Link::Orphan => {
                    let parent = oldest.parent_hash;
                    match patience.ask(async || known(self.chain.header_of(parent).await)).await? {
                        Some(header) => branch.push_front(header),
                        None => branch.clear(),
                    }
                }
            }
        }
        Ok(branch)
    }
}

/// `None` for a block that the node has not, or not yet.
pub(super) fn known(answer: Result<BlockHeader, RpcError>) -> Result<Option<BlockHeader>, RpcError> {
    match answer {
        Ok(header) => Ok(Some(header)),
        Err(RpcError { fault: Fault::Unknown(_), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
