//! A pool's state from its events alone, where they tell all of it.

use super::{Depth, PoolTracker, chain_state::DEPTH_BPS};
use crate::{
    amm::{AmmError, Pool, V2Pool, V3Pool},
    domain::{Market, PoolEvent, PoolEventKind, PoolKind},
};

/// Why a pool's events do not tell its state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    #[error("the logs do not begin with the pool's Initialize, so that not all of its ticks are known")]
    Beginning,
    /// Logs are left out, or the pool is not what the configuration says.
    #[error("the logs contradict each other: {0}")]
    Contradicted(String),
    /// The same; of one moment.
    #[error("the logs contradict each other: {0}")]
    Ticks(AmmError),
}

/// Follows a pool from its first event on. V2 tells its reserves with each `Sync`, whatever came
/// before; V3 tells what each position adds to a tick, so that one log that is missing, be it years
/// old, leaves the ticks unknown, and nothing is guessed.
#[derive(Clone, Debug)]
pub struct Rebuilt<'a> {
    market: &'a Market,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// No event yet; in V2, none that tells the reserves.
    Nothing,
    Known(PoolTracker),
    Untold(Untold),
}

impl<'a> Rebuilt<'a> {
    /// Before the pool's first event.
    pub fn new(market: &'a Market) -> Self {
        Self { market, state: State::Nothing }
    }

    /// As it was followed to by [`Rebuilt::ticks`]: all ticks are known.
    pub fn of(market: &'a Market, pool: V3Pool) -> Self {
        Self { market, state: State::Known(PoolTracker::new(market.clone(), Pool::V3(pool))) }
    }

    /// Takes in the next event.
    pub fn take(&mut self, event: &PoolEvent) {
        let spec = self.market.pool;
        let begun = |pool: Result<Pool, AmmError>| match pool {
            Ok(pool) => State::Known(PoolTracker::new(self.market.clone(), pool)),
            Err(error) => State::Untold(Untold::Contradicted(error.to_string())),
        };
        match (&mut self.state, spec.kind, &event.kind) {
            (State::Nothing, PoolKind::V2, PoolEventKind::V2Sync { reserve0, reserve1 }) => {
                self.state = begun(V2Pool::new(*reserve0, *reserve1, spec.fee).map(Pool::V2));
            }
            (State::Nothing, PoolKind::V2, _) | (State::Untold(_), ..) => {}
            (State::Nothing, PoolKind::V3, PoolEventKind::V3Initialize { sqrt_price_x96, .. }) => {
                self.state = begun(V3Pool::new(spec.fee, spec.tick_spacing, *sqrt_price_x96).map(Pool::V3));
            }
            (State::Nothing, PoolKind::V3, _) => self.state = State::Untold(Untold::Beginning),
            (State::Known(tracker), ..) => {
                if let Err(error) = tracker.apply(event) {
                    self.state = State::Untold(Untold::Contradicted(error.to_string()));
                }
            }
        }
    }

    /// Depth within 1% as the pool stands; none before its first event.
    ///
    /// # Errors
    /// [`Untold`] where the state is not known, or the ticks do not add up to the liquidity in range.
    pub fn depth(&self) -> Result<Option<Depth>, Untold> {
        match &self.state {
            State::Nothing => Ok(None),
            State::Untold(why) => Err(why.clone()),
            State::Known(tracker) => {
                if let Pool::V3(pool) = tracker.pool() {
                    pool.check().map_err(Untold::Ticks)?;
                }
                Ok(Some(tracker.depth(DEPTH_BPS)))
            }
        }
    }

    /// A V3 pool whose ticks are all known: each depends on every log before.
    pub fn ticks(&self) -> Option<&V3Pool> {
        match &self.state {
            State::Known(tracker) => match tracker.pool() {
                Pool::V3(pool) => Some(pool),
                Pool::V2(_) => None,
            },
            State::Nothing | State::Untold(_) => None,
        }
    }

    /// Whether no later event makes it known.
    pub fn is_untold(&self) -> bool {
        matches!(self.state, State::Untold(_))
    }
}

#[cfg(test)]
mod tests;
