//! The live tape of trades: which bars are whole.

use std::collections::BTreeMap;

use crate::{
    domain::{Candle, Timeframe},
    io::exchange::trades::{Trade, TradeBars},
    units::Timestamp,
};

/// Bars that are kept after they closed, for trades that come late.
const KEPT: u64 = 3;

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

    /// Takes a trade; gives the new state of a bar that was closed already.
    pub(super) fn add(&mut self, trade: &Trade) -> Option<Candle> {
        let at = trade.at();
        if let Some(id) = trade.id {
            self.number(id, at);
        }
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

    fn number(&mut self, id: u64, at: Timestamp) {
        match self.next {
            Some(next) if id > next => {
                self.ahead.insert(id, at);
            }
            Some(next) if id < next => {}
            _ => {
                self.next = Some(id.saturating_add(1));
                self.catch_up();
            }
        }
    }

    fn catch_up(&mut self) {
        while let Some(next) = self.next {
            if self.ahead.remove(&next).is_none() {
                break;
            }
            self.next = Some(next.saturating_add(1));
        }
    }

    /// A heartbeat.
    pub(super) fn hear(&mut self, now: Timestamp, last_trade: Option<u64>) {
        // Without a number to hold against, silence proves nothing.
        if self.next.is_none() {
            return;
        }
        self.heard = self.heard.max(now);
        if let Some(id) = last_trade {
            self.announced = Some((id, now));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::exchange::trades::{Size, TradeKey};

    fn trade(id: u64, at: u64) -> Trade {
        let size = Size::parse("1").unwrap();
        Trade { key: TradeKey(id, 0), id: Some(id), at_ns: at * 1_000_000_000, price: id as f64, size }
    }

    fn tape() -> Tape {
        let mut tape = Tape::new(Timeframe::M1, true);
        tape.add(&trade(9, 50));
        tape.begin(Timestamp(60));
        tape
    }

    fn closed(tape: &mut Tape, now: u64) -> Vec<(u64, Option<f64>)> {
        tape.close(Timestamp(now)).into_iter().map(|(open, candle)| (open.0, candle.map(|c| c.volume))).collect()
    }

    #[test]
    fn a_bar_closes_by_a_later_trade_and_by_both_clocks() {
        let mut tape = tape();
        tape.add(&trade(10, 60));
        assert_eq!(closed(&mut tape, 500), []);
        tape.add(&trade(11, 200));
        // Our clock is behind.
        assert_eq!(closed(&mut tape, 100), []);
        assert_eq!(closed(&mut tape, 125), [(60, Some(1.0))]);
        assert_eq!(closed(&mut tape, 500), [(120, None)]);
    }

    #[test]
    fn a_bar_that_began_before_is_not_ours() {
        let mut tape = Tape::new(Timeframe::M1, true);
        tape.add(&trade(9, 61));
        tape.begin(Timestamp(120));
        tape.add(&trade(10, 119));
        tape.add(&trade(11, 180));
        assert_eq!(closed(&mut tape, 500), [(120, None)]);
    }

    #[test]
    fn a_missing_number_keeps_its_bar_open_until_it_comes() {
        let mut tape = tape();
        for trade in [trade(10, 60), trade(12, 100), trade(13, 130)] {
            tape.add(&trade);
        }
        assert_eq!(closed(&mut tape, 500), []);
        tape.add(&trade(11, 80));
        assert_eq!(closed(&mut tape, 500), [(60, Some(3.0))]);
    }

    #[test]
    fn a_missing_number_in_a_bar_had_elsewhere_is_no_loss() {
        let mut tape = tape();
        for trade in [trade(10, 60), trade(12, 100), trade(13, 130)] {
            tape.add(&trade);
        }
        tape.skip(Timestamp(120));
        tape.add(&trade(14, 190));
        assert_eq!(closed(&mut tape, 500), [(120, Some(1.0))]);
    }

    #[test]
    fn a_heartbeat_closes_a_bar_only_if_it_knows_of_no_other_trade() {
        let mut tape = tape();
        tape.add(&trade(10, 60));
        tape.hear(Timestamp(121), Some(11));
        assert_eq!(closed(&mut tape, 500), []);
        tape.add(&trade(11, 119));
        assert_eq!(closed(&mut tape, 500), [(60, Some(2.0))]);
    }

    #[test]
    fn a_late_trade_revises_its_bar() {
        let mut tape = tape();
        tape.add(&trade(10, 60));
        tape.add(&trade(11, 120));
        assert_eq!(closed(&mut tape, 500), [(60, Some(1.0))]);
        assert_eq!(tape.add(&trade(12, 119)).unwrap().volume, 2.0);
        assert_eq!(tape.add(&trade(12, 119)), None);
    }
}
