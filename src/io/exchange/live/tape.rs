//! The live tape of trades: which bars are whole.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    domain::{Candle, Timeframe},
    io::exchange::trades::{Trade, TradeBars},
    units::Timestamp,
};

/// Bars that are kept after they closed, for trades that come late.
pub(super) const KEPT: u64 = 3;
/// A number further than this from the one that is due, in either direction, is no gap but
/// another count: the venue's began anew, or the number is wrong. Also the most numbers that are
/// remembered beyond a missing one.
const LEAP: u64 = 10_000;

/// A trade's number that cannot follow the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trade number {id} where {due} was due")]
pub(super) struct Leap {
    pub id: u64,
    pub due: u64,
}

/// Makes candles of trades. A bar is whole only if we listened from its open on, no trade's
/// number is missing, and something later than its close was heard.
#[derive(Debug)]
pub(super) struct Tape {
    timeframe: Timeframe,
    is_numbered: bool,
    bars: TradeBars,
    /// The first bar that is whole; `None` until the subscription stands.
    from: Option<Timestamp>,
    /// Bars before this were closed.
    closed: Timestamp,
    /// The latest time that the venue has shown.
    heard: Timestamp,
    /// The number that comes next.
    next: Option<u64>,
    /// Numbers beyond a missing one, and when they were.
    ahead: BTreeMap<u64, Timestamp>,
    /// The last trade by a heartbeat, and when it said so.
    announced: Option<(u64, Timestamp)>,
}

impl Tape {
    pub(super) fn new(timeframe: Timeframe, is_numbered: bool) -> Self {
        Self {
            timeframe,
            is_numbered,
            bars: TradeBars::new(timeframe),
            from: None,
            closed: Timestamp(0),
            heard: Timestamp(0),
            next: None,
            ahead: BTreeMap::new(),
            announced: None,
        }
    }

    /// Forgets everything: the connection is gone.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.timeframe, self.is_numbered);
    }

    /// Every trade from `from` on will come; the numbers that were heard stand.
    pub(super) fn begin(&mut self, from: Timestamp) {
        self.from = Some(from);
        self.closed = self.closed.max(from);
    }

    /// Takes the number of a trade that was made at `at`; after an error it counts from there on,
    /// and whether trades were lost is not known: bars up to the present one are not whole.
    pub(super) fn count(&mut self, trade: &Trade, at: Timestamp) -> Result<(), Leap> {
        let Some(id) = trade.id else { return Ok(()) };
        match self.next {
            Some(due) if id.abs_diff(due) > LEAP => {
                self.next = Some(id.saturating_add(1));
                self.ahead.clear();
                self.announced = None;
                return Err(Leap { id, due });
            }
            Some(next) if id > next => {
                self.ahead.insert(id, at);
            }
            Some(next) if id < next => {}
            _ => {
                self.next = Some(id.saturating_add(1));
                self.catch_up();
            }
        }
        Ok(())
    }

    /// Takes a trade into its bar; gives the new state of a bar that was closed already.
    pub(super) fn add(&mut self, trade: &Trade) -> Option<Candle> {
        let at = trade.at();
        self.heard = self.heard.max(at);
        let open = self.timeframe.open(at);
        // Before the subscription stands, a bar that is ours later may already be hearing trades:
        // `begin` names a bar that has not begun, so none is lost here.
        if self.from.is_none_or(|from| open < from) {
            return None;
        }
        self.bars.add(trade)?;
        if open < self.closed { self.bars.candle(open) } else { None }
    }

    fn catch_up(&mut self) {
        while let Some(next) = self.next {
            if self.ahead.remove(&next).is_none() {
                break;
            }
            self.next = Some(next.saturating_add(1));
        }
    }

    /// A heartbeat. Nothing of one that tells an impossible number is believed; the trades' own
    /// numbers stand.
    pub(super) fn hear(&mut self, now: Timestamp, last_trade: Option<u64>) -> Result<(), Leap> {
        // Without a number to hold against, silence proves nothing.
        let Some(due) = self.next else { return Ok(()) };
        if let Some(id) = last_trade {
            if id.saturating_sub(due) > LEAP {
                return Err(Leap { id, due });
            }
            // One that comes late tells less than was heard.
            self.announced = self.announced.max(Some((id, now)));
        }
        self.heard = self.heard.max(now);
        Ok(())
    }

    /// Whether a lost trade would go unnoticed.
    pub(super) fn is_blind(&self) -> bool {
        !self.is_numbered || self.next.is_none()
    }

    fn is_whole(&self) -> bool {
        let announced = self.announced.is_none_or(|(id, _)| self.next.is_some_and(|next| id < next));
        !self.is_numbered || (self.ahead.is_empty() && announced)
    }

    /// The bars that are whole and over by both the venue's word and `now`; `None` for one
    /// without a trade.
    pub(super) fn close(&mut self, now: Timestamp) -> Vec<(Timestamp, Option<Candle>)> {
        let end = self.timeframe.open(self.heard.min(now));
        let mut closed = Vec::new();
        if self.from.is_none() || !self.is_whole() {
            return closed;
        }
        while self.closed < end {
            closed.push((self.closed, self.bars.candle(self.closed)));
            self.closed = self.timeframe.close(self.closed);
        }
        let oldest = self.closed.minus(KEPT * self.timeframe.seconds());
        if !self.bars.take_before(oldest).is_empty() {
            self.from = self.from.max(Some(oldest));
        }
        closed
    }

    /// The bars before `until` were had elsewhere: what is missing in them is no loss.
    pub(super) fn skip(&mut self, until: Timestamp) {
        if self.from.is_none() || until <= self.closed {
            return;
        }
        self.begin(until);
        self.bars.take_before(until);
        while let Some((id, at)) = self.ahead.first_key_value().map(|(id, at)| (*id, *at)) {
            if at >= until {
                break;
            }
            self.ahead.remove(&id);
            self.next = Some(id.saturating_add(1));
            self.catch_up();
        }
        if let Some((id, at)) = self.announced
            && at < until
        {
            self.announced = None;
            self.next = self.next.max(Some(id.saturating_add(1)));
            self.ahead = self.ahead.split_off(&id.saturating_add(1));
            self.catch_up();
        }
    }
}
