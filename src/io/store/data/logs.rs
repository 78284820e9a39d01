//! Event logs of pools, and which blocks are known in full.

use std::ops::RangeInclusive;

use alloy::primitives::{Address, B256, Bytes};

use super::{
    Cursor, DataStore, DataStoreError, Fault, Link, Written, execute, failed, link::on, put_cursor, seconds, timestamp,
    topics,
};
use crate::{
    io::chain::{RawLog, TimedLog},
    units::BlockNumber,
};

/// Blocks of which every log of these pools was asked for and given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedRange {
    pub pools: Vec<Address>,
    /// Both ends included.
    pub blocks: RangeInclusive<BlockNumber>,
}

type Row = (i64, i64, i64, Option<Vec<u8>>, Vec<u8>, Vec<u8>, Vec<u8>);

impl DataStore {
    /// Stores all logs of a range of blocks, and that it is known, in one transaction with the
    /// cursor.
    ///
    /// A block that is known already is settled: where another answer comes for it the chain was
    /// reorganised, which is an error until [`DataStore::undo_logs`] has taken those blocks back.
    ///
    /// # Errors
    /// A log outside of the range, another answer for a known block; or where the store cannot be
    /// written.
    pub async fn put_logs(
        &mut self,
        chain_id: u64,
        logs: &[TimedLog],
        scanned: &ScannedRange,
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        let (first, last) = (scanned.blocks.start(), scanned.blocks.end());
        let subject = format!("logs of chain {chain_id}, blocks {first} to {last}");
        let put = async {
            let chain = integer("chain", chain_id)?;
            let blocks = (integer("block", first.0)?, integer("block", last.0)?);
            if blocks.0 > blocks.1 {
                return Err(Fault::Refused { item: "the range".to_owned(), why: "it ends before it begins" });
            }
            for TimedLog { log, .. } in logs {
                if !scanned.blocks.contains(&log.block_number) || !scanned.pools.contains(&log.address) {
                    return Err(Fault::Refused { item: name(log), why: "it is outside of the range" });
                }
            }
            let mut write = self.write().await?;
            let mut link = write.link();
            let mut written = Written::default();
            for pool in &scanned.pools {
                let mut of_pool: Vec<_> = logs.iter().filter(|dated| dated.log.address == *pool).collect();
                of_pool.sort_by_key(|dated| (dated.log.block_number, dated.log.log_index));
                let (of_pool, is_news) = put_pool(&mut link, chain, pool, blocks, &of_pool).await?;
                written += of_pool;
                if is_news {
                    topics::changed(&mut link, &topics::logs_topic(chain_id, *pool), blocks).await?;
                }
            }
            put_cursor(&mut link, cursor).await?;
            write.commit().await?;
            Ok(written)
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, &subject, fault))
    }

    /// A pool's logs within blocks, both ends included, in the chain's order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn logs(
        &mut self,
        chain_id: u64,
        pool: Address,
        blocks: RangeInclusive<BlockNumber>,
    ) -> Result<Vec<TimedLog>, DataStoreError> {
        self.read_logs(chain_id, pool, (*blocks.start(), 0), *blocks.end(), i64::MAX).await
    }

    /// The first `most` of a pool's logs from a log of a block on, up to a block, in the chain's order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn some_logs(
        &mut self,
        chain_id: u64,
        pool: Address,
        from: (BlockNumber, u64),
        to: BlockNumber,
        most: u32,
    ) -> Result<Vec<TimedLog>, DataStoreError> {
        self.read_logs(chain_id, pool, from, to, i64::from(most)).await
    }

    async fn read_logs(
        &mut self,
        chain_id: u64,
        pool: Address,
        (block, log_index): (BlockNumber, u64),
        to: BlockNumber,
        most: i64,
    ) -> Result<Vec<TimedLog>, DataStoreError> {
        let read = async {
            let end = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            let (from, to) = ((end(block.0), end(log_index)), end(to.0));
            let rows = rows(&mut self.connection.link(), integer("chain", chain_id)?, &pool, from, to, most).await?;
            rows.into_iter().map(|row| dated(pool, row)).collect::<Result<Vec<_>, Fault>>()
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, &format!("logs of {pool} on chain {chain_id}"), fault))
    }

    /// The pools of which blocks are known, each with its chain, in order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn scanned_pools(&mut self) -> Result<Vec<(u64, Address)>, DataStoreError> {
        let read = async {
            let sql = "SELECT DISTINCT chain, pool FROM scanned";
            let rows: Vec<(i64, Vec<u8>)> = on!(self.connection.link(), c => sqlx::query_as(sql).fetch_all(c))?;
            let damaged = |_| Fault::Damaged("the address of a pool is not 20 bytes long".to_owned());
            let pool = |(chain, pool): (i64, Vec<u8>)| {
                Ok((chain.unsigned_abs(), Address::try_from(pool.as_slice()).map_err(damaged)?))
            };
            let mut pools = rows.into_iter().map(pool).collect::<Result<Vec<_>, Fault>>()?;
            pools.sort_unstable();
            Ok(pools)
        };
        read.await.map_err(|fault| failed(&self.place, "pools of which blocks are known", fault))
    }

    /// The blocks that are known of a pool, both ends included, ascending and apart.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn scanned(
        &mut self,
        chain_id: u64,
        pool: Address,
    ) -> Result<Vec<RangeInclusive<BlockNumber>>, DataStoreError> {
        let read = async {
            let ranges = ranges(&mut self.connection.link(), integer("chain", chain_id)?, &pool).await?;
            let block = |number: i64| BlockNumber(number.unsigned_abs());
            Ok(ranges.into_iter().map(|(first, last)| block(first)..=block(last)).collect())
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, &format!("scanned blocks of {pool} on chain {chain_id}"), fault))
    }
}

fn name(log: &RawLog) -> String {
    format!("log {} of block {} of {}", log.log_index, log.block_number, log.address)
}

pub(super) fn integer(what: &str, number: u64) -> Result<i64, Fault> {
    let why = "beyond what can be stored";
    i64::try_from(number).map_err(|_| Fault::Refused { item: format!("{what} {number}"), why })
}

/// One pool's part of a scan, and whether it tells of blocks that were not known; `logs` are in
/// the chain's order.
async fn put_pool(
    link: &mut Link<'_>,
    chain: i64,
    pool: &Address,
    blocks: (i64, i64),
    logs: &[&TimedLog],
) -> Result<(Written, bool), Fault> {
    let known = ranges(link, chain, pool).await?;
    let mut stored = rows(link, chain, pool, (blocks.0, 0), blocks.1, i64::MAX).await?.into_iter().peekable();
    let mut written = Written::default();
    for dated in logs {
        let row = row(dated)?;
        if stored.peek().is_some_and(|stored| same(stored, &row)) {
            stored.next();
            written.same += 1;
        } else if known.iter().any(|(first, last)| (*first..=*last).contains(&row.0)) {
            return Err(Fault::Contradicted { item: name(&dated.log), block: dated.log.block_number });
        } else {
            insert(link, chain, pool, row).await?;
            written.new += 1;
        }
    }
    if let Some((block, index, ..)) = stored.next() {
        let item = format!("log {index} of block {block} of {pool}, which is stored and missing here");
        return Err(Fault::Contradicted { item, block: BlockNumber(block.unsigned_abs()) });
    }
    let is_news = !known.iter().any(|(first, last)| *first <= blocks.0 && blocks.1 <= *last);
    put_range(link, chain, pool, known, blocks).await?;
    Ok((written, is_news))
}

/// Whether both speak of the same log; one that does not tell its block's hash may be of any.
fn same(a: &Row, b: &Row) -> bool {
    let hashes = a.3.is_none() || b.3.is_none() || a.3 == b.3;
    hashes && (a.0, a.1, a.2, &a.4, &a.5, &a.6) == (b.0, b.1, b.2, &b.4, &b.5, &b.6)
}

/// The first `most` rows from a log of a block on, up to a block.
async fn rows(
    link: &mut Link<'_>,
    chain: i64,
    pool: &Address,
    (block, log_index): (i64, i64),
    to: i64,
    most: i64,
) -> Result<Vec<Row>, Fault> {
    let sql = "SELECT block, log_index, ts, block_hash, transaction_hash, topics, data FROM logs \
               WHERE chain = $1 AND pool = $2 AND (block, log_index) >= ($3, $4) AND block <= $5 \
               ORDER BY block, log_index LIMIT $6";
    let pool = pool.as_slice();
    on!(link, c => sqlx::query_as(sql)
        .bind(chain).bind(pool).bind(block).bind(log_index).bind(to).bind(most).fetch_all(&mut **c))
}

async fn insert(link: &mut Link<'_>, chain: i64, pool: &Address, row: Row) -> Result<(), Fault> {
    let sql = "INSERT INTO logs (chain, pool, block, log_index, ts, block_hash, transaction_hash, topics, data) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (block, index, ts, block_hash, transaction_hash, topics, data) = row;
    let pool = pool.as_slice();
    execute!(
        link,
        sqlx::query(sql)
            .bind(chain)
            .bind(pool)
            .bind(block)
            .bind(index)
            .bind(ts)
            .bind(block_hash)
            .bind(transaction_hash)
            .bind(topics)
            .bind(data)
    )?;
    Ok(())
}

async fn ranges(link: &mut Link<'_>, chain: i64, pool: &Address) -> Result<Vec<(i64, i64)>, Fault> {
    let sql = "SELECT first_block, last_block FROM scanned WHERE chain = $1 AND pool = $2 ORDER BY first_block";
    on!(link, c => sqlx::query_as(sql).bind(chain).bind(pool.as_slice()).fetch_all(&mut **c))
}

/// Stores that `blocks` are known, as one range with those of `known` that it meets.
async fn put_range(
    link: &mut Link<'_>,
    chain: i64,
    pool: &Address,
    known: Vec<(i64, i64)>,
    blocks: (i64, i64),
) -> Result<(), Fault> {
    let meets = |range: &(i64, i64)| range.0 <= blocks.1.saturating_add(1) && blocks.0 <= range.1.saturating_add(1);
    let (mut first, mut last) = blocks;
    for range in known.into_iter().filter(meets) {
        (first, last) = (first.min(range.0), last.max(range.1));
        let sql = "DELETE FROM scanned WHERE chain = $1 AND pool = $2 AND first_block = $3";
        let start = range.0;
        execute!(link, sqlx::query(sql).bind(chain).bind(pool.as_slice()).bind(start))?;
    }
    let sql = "INSERT INTO scanned (chain, pool, first_block, last_block) VALUES ($1, $2, $3, $4)";
    execute!(link, sqlx::query(sql).bind(chain).bind(pool.as_slice()).bind(first).bind(last))?;
    Ok(())
}

fn row(dated: &TimedLog) -> Result<Row, Fault> {
    let TimedLog { log, timestamp } = dated;
    Ok((
        integer("block", log.block_number.0)?,
        integer("log", log.log_index)?,
        seconds(|| name(log), *timestamp)?,
        log.block_hash.map(|hash| hash.to_vec()),
        log.transaction_hash.to_vec(),
        log.topics.concat(),
        log.data.to_vec(),
    ))
}

fn dated(
    pool: Address,
    (block, index, ts, block_hash, transaction_hash, topics, data): Row,
) -> Result<TimedLog, Fault> {
    let damaged = |_| Fault::Damaged(format!("log {index} of block {block} of {pool}: a hash is not 32 bytes long"));
    let hash = |bytes: &[u8]| B256::try_from(bytes).map_err(damaged);
    let log = RawLog {
        address: pool,
        topics: topics.chunks(32).map(hash).collect::<Result<_, _>>()?,
        data: Bytes::from(data),
        block_number: BlockNumber(block.unsigned_abs()),
        block_hash: block_hash.as_deref().map(hash).transpose()?,
        transaction_hash: hash(&transaction_hash)?,
        log_index: index.unsigned_abs(),
    };
    Ok(TimedLog { log, timestamp: timestamp(ts)? })
}
