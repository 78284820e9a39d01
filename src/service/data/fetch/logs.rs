//! Event logs of pools.

use std::ops::RangeInclusive;

use alloy::primitives::B256;
use tokio::sync::OnceCell;

use super::{
    Context, Event, Node, NodeError, OtherChain, Report,
    one_chain::{ChainError, claim},
    report::{LOGS, of_pool},
    seam::{KEEP, Seam, hash},
    stretches::unread,
};
use crate::{
    domain::Asset,
    io::{
        advice::Advice,
        chain::{Chain, HEADERS_AT_ONCE, LogPage, LogPages, PagesError, RpcError},
        endpoint::Endpoint,
        store::data::{DataStore, DataStoreError, ScannedRange},
    },
    service::{
        data::derive::{DeriveError, PoolSeries},
        search::{First, first_since},
    },
    units::{BlockNumber, Timestamp},
};

/// The most blocks asked for at once.
const RANGE: u64 = 2_000;

/// One pool's logs since a time, up to blocks that no reorganisation should reach any more.
///
/// Where one did, or the node is another, what is stored is told from what is read, and taken back.
#[derive(Debug)]
pub struct LogJob<'a> {
    pub node: &'a Node<'a>,
    pub pool: PoolSeries<'a>,
    pub from: Timestamp,
    /// Blocks below the head that are left for later.
    pub confirmations: u64,
    /// Whether to ask also for blocks that are known: their logs must be as they are stored.
    pub again: bool,
    /// Where the logs begin, once that is known.
    pub first: OnceCell<First>,
}

/// What a fetch reads: it goes on as long as this is the chain's, for then all of it is.
struct Branch {
    last: BlockNumber,
    /// The hash of `last`, as it was before anything was compared or read.
    end: B256,
    /// The hashes of the last blocks, to be kept.
    tip: Vec<(BlockNumber, B256)>,
}

/// Why a pool's logs cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("{pool}: {source}")]
    Pages { pool: String, source: PagesError },
    #[error(transparent)]
    Derive(#[from] DeriveError),
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error("where it goes on cannot be written down: {0}")]
    Position(#[from] serde_json::Error),
    #[error(transparent)]
    OtherChain(Box<OtherChain>),
    #[error("interrupted")]
    Interrupted,
    #[error(
        "{pool}: block {block} has the hash {kept} in the store and {chain} on the chain of {endpoint}, which parted \
         before any block whose hash is kept; `shoal data fetch dex --asset {asset} --undo-from {from}`, with the same \
         --config, takes back what is stored of {asset}'s pools from there on, and fetches it again"
    )]
    TooDeep {
        pool: String,
        asset: Asset,
        endpoint: Endpoint,
        block: BlockNumber,
        kept: B256,
        chain: B256,
        from: BlockNumber,
    },
    #[error(
        "{pool}: the node at {endpoint} has no block {block}, which is known already: it is behind, or its chain is \
         another; check the node"
    )]
    Behind { pool: String, endpoint: Endpoint, block: BlockNumber },
}

impl From<ChainError> for LogError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Other(error) => Self::OtherChain(error),
            ChainError::Store(error) => Self::Store(error),
        }
    }
}

impl From<RpcError> for LogError {
    fn from(error: RpcError) -> Self {
        Self::Node(error.into())
    }
}

impl LogJob<'_> {
    pub(super) fn name(&self) -> String {
        of_pool(LOGS, self.node.chain_id(), self.pool.name)
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let mut report = Report::new(self.name());
        match self.fetch(context, &mut report).await {
            Ok(()) => Ok(report),
            Err(LogError::Store(error) | LogError::Derive(DeriveError::Store(error)))
                if error.advice() != Advice::Drop =>
            {
                Err(error)
            }
            // Patience ends with an interrupt.
            Err(_) if context.interrupt.requested() => Ok(report.interrupted()),
            Err(error) => Ok(report.failed(&error)),
        }
    }

    async fn fetch(&self, context: &Context<'_>, report: &mut Report) -> Result<(), LogError> {
        let (chain, patience) = (self.node.chain().await.map_err(NodeError::from)?, self.node.patience());
        let head = patience.ask(async || chain.head_header().await).await?;
        let keeps_up = self.node.keeps_up(&head, context.clock.now());
        let wanted = self.wanted(chain, head.number).await?;
        self.fetch_all(context, chain, &wanted, report).await?;
        Ok(keeps_up?)
    }

    /// Reads what is wanted and not known, and what is owed.
    async fn fetch_all(
        &self,
        context: &Context<'_>,
        chain: &Chain,
        wanted: &RangeInclusive<BlockNumber>,
        report: &mut Report,
    ) -> Result<(), LogError> {
        let (patience, last) = (self.node.patience(), *wanted.end());
        let end = hash(chain, patience, last).await?;
        let mut seam = self.fitted(context, chain, report).await?;
        let Some(end) = end else {
            report.notes.push(format!("the node holds no block {last}, the last that is deep enough: nothing is read"));
            return Ok(());
        };
        if let Some(First { cut: true, block }) = self.first.get() {
            report.notes.push(format!("the node holds no block before {block}: earlier logs are missing"));
        }
        let owed = self.held(chain, &seam.owed).await?;
        let known = if self.again { Vec::new() } else { self.scanned(context).await? };
        let stretches = unread(&owed, wanted, &known);
        let blocks = |range: &RangeInclusive<BlockNumber>| range.end().0.saturating_sub(range.start().0) + 1;
        let (name, total) = (self.name(), stretches.iter().map(blocks).sum());
        context.tell(Event::Began { job: &name, total: Some(total), unit: "blocks" });
        if !stretches.is_empty() {
            let since = *wanted.start().min(stretches[0].start());
            let branch = Branch { last, end, tip: self.tip(chain, &seam, &(since..=last)).await? };
            for stretch in stretches {
                self.read(context, chain, &stretch, &branch, &mut seam, report).await?;
            }
        }
        if seam.settle(&self.scanned(context).await?) {
            let position = seam.text()?;
            context.keeper.ask(async |store| store.put_cursor(&name, &position).await).await?;
        }
        if !seam.owed.is_empty() {
            report
                .notes
                .push("not all blocks that were taken back are read again: the next fetch asks for them".to_owned());
        }
        Ok(())
    }

    /// Of blocks that are owed those that the node holds: a pruned one has not the first, and to wait
    /// for it would keep what comes after from being read.
    async fn held(
        &self,
        chain: &Chain,
        owed: &[RangeInclusive<BlockNumber>],
    ) -> Result<Vec<RangeInclusive<BlockNumber>>, RpcError> {
        let mut held = Vec::new();
        for range in owed {
            if hash(chain, self.node.patience(), *range.start()).await?.is_some() {
                held.push(range.clone());
            }
        }
        Ok(held)
    }

    /// Reads blocks and stores them, page by page, each with the seam after it.
    async fn read(
        &self,
        context: &Context<'_>,
        chain: &Chain,
        stretch: &RangeInclusive<BlockNumber>,
        branch: &Branch,
        seam: &mut Seam,
        report: &mut Report,
    ) -> Result<(), LogError> {
        let (name, patience) = (self.name(), self.node.patience());
        let failed = |source| LogError::Pages { pool: self.pool.name.to_owned(), source };
        let pools = vec![self.pool.market.pool.address];
        let mut pages = LogPages::new(chain.clone(), pools, *stretch.start(), *stretch.end(), RANGE);
        loop {
            let page = tokio::select! {
                page = patience.ask(async || pages.next().await) => page.map_err(failed)?,
                () = context.interrupt.wait() => return Err(LogError::Interrupted),
            };
            let Some(page) = page else { return Ok(()) };
            let ends = patience.ask(async || chain.headers(&[page.to, branch.last]).await).await?;
            if seam.ends().is_none_or(|(_, newest)| newest < page.to) {
                seam.keep(branch.tip.iter().filter(|(block, _)| *block <= page.to).copied());
                seam.keep([(page.to, ends[0].hash)]);
            }
            let other = page.logs.iter().find(|log| seam.contradicts(log)).map(|log| log.log.block_number);
            if let Some(block) = other.or((ends[1].hash != branch.end).then_some(branch.last)) {
                return Err(failed(PagesError::Replaced { block, endpoint: chain.rpc().endpoint().clone() }));
            }
            self.put(context, &page, seam, report).await?;
            context.tell(Event::Advanced { job: &name, by: page.to.0 - page.from.0 + 1 });
        }
    }

    /// The blocks since `from` that are deep enough.
    async fn wanted(&self, chain: &Chain, head: BlockNumber) -> Result<RangeInclusive<BlockNumber>, LogError> {
        let patience = self.node.patience();
        let last = BlockNumber(head.0.saturating_sub(self.confirmations));
        let first = self.first.get_or_try_init(async || first_since(chain, patience, self.from, last).await).await?;
        Ok(first.block..=last)
    }

    pub(super) async fn scanned(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<RangeInclusive<BlockNumber>>, DataStoreError> {
        let (chain_id, pool) = (self.pool.chain_id, self.pool.market.pool.address);
        context.keeper.ask(async |store| store.scanned(chain_id, pool).await).await
    }

    /// The hashes of the last wanted blocks that the seam does not have.
    async fn tip(
        &self,
        chain: &Chain,
        seam: &Seam,
        wanted: &RangeInclusive<BlockNumber>,
    ) -> Result<Vec<(BlockNumber, B256)>, LogError> {
        let deepest = (wanted.end().0 + 1).saturating_sub(KEEP).max(wanted.start().0);
        let first = seam.ends().map_or(deepest, |(_, newest)| deepest.max(newest.0 + 1));
        let blocks: Vec<BlockNumber> = (first..=wanted.end().0).map(BlockNumber).collect();
        let mut tip = Vec::new();
        for some in blocks.chunks(HEADERS_AT_ONCE) {
            let headers = self.node.patience().ask(async || chain.headers(some).await).await?;
            tip.extend(headers.into_iter().map(|header| (header.number, header.hash)));
        }
        Ok(tip)
    }

    async fn put(
        &self,
        context: &Context<'_>,
        page: &LogPage,
        seam: &Seam,
        report: &mut Report,
    ) -> Result<(), LogError> {
        claim(context, self.node).await?;
        let (name, position) = (self.name(), seam.text()?);
        let range = ScannedRange { pools: vec![self.pool.market.pool.address], blocks: page.from..=page.to };
        let cursor = Some((name.as_str(), position.as_str()));
        let put = async |store: &mut DataStore| store.put_logs(self.pool.chain_id, &page.logs, &range, cursor).await;
        report.add(context.keeper.ask(put).await?);
        Ok(())
    }
}
