//! Taking back blocks of a pool that are not the chain's.

use alloy::primitives::{Address, B256};

use super::{
    Cursor, DataStore, DataStoreError, Fault, candles, execute, failed, link::on, logs::integer, observations,
    put_cursor, seconds, timestamp, topics,
};
use crate::{
    domain::CandleSeries,
    units::{BlockNumber, Timestamp},
};

/// What was made of blocks: series, each from a time on, and positions that are good no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeSince {
    pub candles: Vec<(CandleSeries, Timestamp)>,
    pub numbers: Vec<(String, Timestamp)>,
    pub positions: Vec<String>,
}

/// How much was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub logs: u64,
    /// Rows of candles and numbers, every revision counted.
    pub values: u64,
}

impl DataStore {
    /// Takes back a pool's logs of `from` and later, that those blocks were known, and what was
    /// made of them, with every revision: such a block never was. Notes it for every derivation of
    /// the pool's logs. In one transaction with the cursor.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn undo_logs(
        &mut self,
        chain_id: u64,
        pool: Address,
        from: BlockNumber,
        made: &MadeSince,
        cursor: Cursor<'_>,
    ) -> Result<Undone, DataStoreError> {
        let undo = async {
            let (chain, from) = (integer("chain", chain_id)?, integer("block", from.0)?);
            let mut write = self.write().await?;
            let mut link = write.link();
            let address = pool.as_slice();
            let sql = "DELETE FROM logs WHERE chain = $1 AND pool = $2 AND block >= $3";
            let logs = execute!(&mut link, sqlx::query(sql).bind(chain).bind(address).bind(from))?;
            let sql = "DELETE FROM scanned WHERE chain = $1 AND pool = $2 AND first_block >= $3";
            execute!(&mut link, sqlx::query(sql).bind(chain).bind(address).bind(from))?;
            let sql = "UPDATE scanned SET last_block = $3 - 1 WHERE chain = $1 AND pool = $2 AND last_block >= $3";
            execute!(&mut link, sqlx::query(sql).bind(chain).bind(address).bind(from))?;
            let mut values = 0;
            for (series, since) in &made.candles {
                if let Some(id) = candles::find_series(&mut link, series).await? {
                    let sql = "DELETE FROM candles WHERE series = $1 AND ts >= $2";
                    let since = seconds(|| series.to_string(), *since)?;
                    values += execute!(&mut link, sqlx::query(sql).bind(id).bind(since))?;
                }
            }
            for (series, since) in &made.numbers {
                if let Some(id) = observations::find_series(&mut link, series).await? {
                    let sql = "DELETE FROM observations WHERE series = $1 AND ts >= $2";
                    let since = seconds(|| series.clone(), *since)?;
                    values += execute!(&mut link, sqlx::query(sql).bind(id).bind(since))?;
                }
            }
            for name in &made.positions {
                execute!(&mut link, sqlx::query("DELETE FROM cursors WHERE name = $1").bind(name))?;
            }
            // The block before too: where no other comes after it, what it told is to be made of it again.
            topics::changed(&mut link, &topics::logs_topic(chain_id, pool), ((from - 1).max(0), i64::MAX)).await?;
            put_cursor(&mut link, cursor).await?;
            write.commit().await?;
            Ok(Undone { logs, values })
        };
        let undo = undo.await;
        undo.map_err(|fault| {
            failed(&self.place, &format!("logs of {pool} on chain {chain_id} from block {from}"), fault)
        })
    }

    /// The last block before `end` of which a log of the pool is stored with its block's hash.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn last_block_hash(
        &mut self,
        chain_id: u64,
        pool: Address,
        end: BlockNumber,
    ) -> Result<Option<(BlockNumber, B256)>, DataStoreError> {
        let read = async {
            let sql = "SELECT block, block_hash FROM logs WHERE chain = $1 AND pool = $2 AND block < $3 \
                       AND block_hash IS NOT NULL ORDER BY block DESC LIMIT 1";
            let (chain, end) = (integer("chain", chain_id)?, i64::try_from(end.0).unwrap_or(i64::MAX));
            let row: Option<(i64, Vec<u8>)> = on!(self.connection.link(), c =>
                sqlx::query_as(sql).bind(chain).bind(pool.as_slice()).bind(end).fetch_optional(c))?;
            row.map(|(block, hash)| {
                let damaged = |_| Fault::Damaged(format!("the hash of block {block} is not 32 bytes long"));
                Ok((BlockNumber(block.unsigned_abs()), B256::try_from(hash.as_slice()).map_err(damaged)?))
            })
            .transpose()
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, &format!("block hashes of {pool} on chain {chain_id}"), fault))
    }

    /// The time of a pool's first stored log in `from` or later.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn first_log_time(
        &mut self,
        chain_id: u64,
        pool: Address,
        from: BlockNumber,
    ) -> Result<Option<Timestamp>, DataStoreError> {
        let read = async {
            let sql = "SELECT ts FROM logs WHERE chain = $1 AND pool = $2 AND block >= $3 ORDER BY block LIMIT 1";
            let (chain, from) = (integer("chain", chain_id)?, integer("block", from.0)?);
            let ts: Option<i64> = on!(self.connection.link(), c =>
                sqlx::query_scalar(sql).bind(chain).bind(pool.as_slice()).bind(from).fetch_optional(c))?;
            ts.map(timestamp).transpose()
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, &format!("logs of {pool} on chain {chain_id}"), fault))
    }
}
