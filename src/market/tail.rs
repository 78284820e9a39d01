//! The last blocks of the branch that is believed.

use std::collections::VecDeque;

use alloy::primitives::B256;

use crate::domain::BlockHeader;

/// How a block stands to the blocks that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The child of the head.
    Next,
    /// One that is in already: a repeated message, or a node that lags behind.
    Known,
    /// The child of a block below the head: that many blocks must be undone first.
    Fork { undo: usize },
    /// Its parent is not known: it must come first.
    Orphan,
    /// It parts from our branch below the oldest block kept.
    TooDeep,
}

/// A chain of headers by parent hash, of which the newest can be undone and the oldest, the root,
/// is taken for final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    root: BlockHeader,
    blocks: VecDeque<BlockHeader>,
    keep: usize,
}

impl Tail {
    /// A tail that begins with `root` and can undo `keep` blocks.
    pub fn new(root: BlockHeader, keep: usize) -> Self {
        Self { root, blocks: VecDeque::new(), keep }
    }

    pub fn head(&self) -> &BlockHeader {
        self.blocks.back().unwrap_or(&self.root)
    }

    /// The newest block that no reorganisation can undo here.
    pub fn root(&self) -> &BlockHeader {
        &self.root
    }

    /// How many blocks can be undone at most.
    pub fn keep(&self) -> usize {
        self.keep
    }

    pub fn link(&self, header: &BlockHeader) -> Link {
        if self.undo_to(header.hash).is_some() {
            return Link::Known;
        }
        match self.undo_to(header.parent_hash) {
            Some(0) => Link::Next,
            Some(undo) => Link::Fork { undo },
            None if header.number.0 <= self.root.number.0.saturating_add(1) => Link::TooDeep,
            None => Link::Orphan,
        }
    }

    /// Takes in the child of the head, which `link` has told it is; the oldest block above `keep` becomes the root.
    pub fn push(&mut self, header: BlockHeader) {
        self.blocks.push_back(header);
        if self.blocks.len() > self.keep
            && let Some(oldest) = self.blocks.pop_front()
        {
            self.root = oldest;
        }
    }

    pub(super) fn pop(&mut self) -> Option<BlockHeader> {
        self.blocks.pop_back()
    }

    /// How many blocks stand above the one with this hash.
    fn undo_to(&self, hash: B256) -> Option<usize> {
        let above = self.blocks.iter().rev().position(|header| header.hash == hash);
        above.or_else(|| (self.root.hash == hash).then_some(self.blocks.len()))
    }
}
