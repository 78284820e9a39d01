//! Which rows came in: whoever adds rows of a topic widens, in the same transaction, what each
//! derivation of it has yet to take in.

use alloy::primitives::Address;

use super::{Fault, Link, execute};
use crate::domain::CandleSeries;

/// The topic of posts; its changes are told by `known_at`, in seconds.
pub const POSTS: &str = "posts";

/// The topic of a pool's logs; its changes are told by block.
pub fn logs_topic(chain_id: u64, pool: Address) -> String {
    format!("logs {chain_id} {pool}")
}

/// The topic of a series of candles; its changes are told by their opening, in seconds.
pub fn candles_topic(series: &CandleSeries) -> String {
    format!("candles {series}")
}

/// Notes for every derivation of `topic` that rows came in or went, both ends included.
pub(super) async fn changed(link: &mut Link<'_>, topic: &str, (from, to): (i64, i64)) -> Result<(), Fault> {
    let sql = "UPDATE derived SET changes = changes + 1, \
               changed_from = CASE WHEN changed_from <= $2 THEN changed_from ELSE $2 END, \
               changed_to = CASE WHEN changed_to >= $3 THEN changed_to ELSE $3 END \
               WHERE topic = $1";
    execute!(link, sqlx::query(sql).bind(topic).bind(from).bind(to))?;
    Ok(())
}
