//! Which bar comes next, and from where: nothing twice, nothing left out.

use std::collections::BTreeMap;

use crate::{
    domain::{Candle, KnownCandle, Timeframe},
    units::Timestamp,
};

/// Bars that are remembered after they were delivered, to recognise a changed one.
const REMEMBERED: usize = 64;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Due {
    Deliver(Candle),
    /// Ask REST for the bars that open in `[from, to)`.
    Fill {
        from: Timestamp,
        to: Timestamp,
    },
    Wait,
}

#[derive(Debug)]
pub(super) struct Ledger {
    timeframe: Timeframe,
    /// Seconds after a bar's close from which on REST has it for certain.
    settle: u64,
    /// The first of all.
    first: Timestamp,
    /// The bar that is to be delivered next.
    next: Timestamp,
    /// Bars before this are REST's: they were not followed from their open on.
    rest_until: Timestamp,
    /// Final bars that wait for earlier ones; `None` where no trade was made.
    held: BTreeMap<Timestamp, Option<Candle>>,
    delivered: BTreeMap<Timestamp, KnownCandle>,
}

impl Ledger {
    pub(super) fn new(timeframe: Timeframe, settle: u64, from: Timestamp) -> Self {
        let next = timeframe.open(from.plus(timeframe.seconds() - 1));
        Self {
            timeframe,
            settle,
            first: next,
            next,
            rest_until: next,
            held: BTreeMap::new(),
            delivered: BTreeMap::new(),
        }
    }

    /// Bars before `until` were not followed whole.
    pub(super) fn rest_before(&mut self, until: Timestamp) {
        self.rest_until = self.rest_until.max(until);
    }

    /// Takes a bar that is final by the venue's word. Gives it back if it changes one that was
    /// delivered, or was passed over as one without trades.
    pub(super) fn offer(&mut self, open: Timestamp, candle: Option<Candle>, now: Timestamp) -> Option<KnownCandle> {
        if open >= self.next {
            self.held.insert(open, candle);
            return None;
        }
        let candle = candle?;
        let Some(before) = self.delivered.get_mut(&open) else {
            // Of those further back it is no longer known whether they were delivered.
            let is_known = open >= self.first && open.plus(REMEMBERED as u64 * self.timeframe.seconds()) >= self.next;
            return is_known.then(|| self.deliver(candle, now));
        };
        if before.candle == candle {
            return None;
        }
        // A revision is known later than what it revises, be it within the same second.
        *before = KnownCandle { candle, known_at: now.max(before.known_at.plus(1)) };
        Some(*before)
    }

    /// Notes that a bar was delivered.
    pub(super) fn deliver(&mut self, candle: Candle, now: Timestamp) -> KnownCandle {
        let known = KnownCandle { candle, known_at: now.max(self.timeframe.close(candle.ts)) };
        self.delivered.insert(candle.ts, known);
        while self.delivered.len() > REMEMBERED {
            self.delivered.pop_first();
        }
        known
    }

    /// REST gave what it has of the bars before `to`. Gives what is to be delivered: that, and
    /// bars that were heard where REST has none.
    pub(super) fn filled(&mut self, candles: impl IntoIterator<Item = Candle>, to: Timestamp) -> Vec<Candle> {
        let later = self.held.split_off(&to);
        let heard = std::mem::replace(&mut self.held, later).into_values().flatten();
        let given = heard.chain(candles).filter(|candle| candle.ts >= self.next);
        let given: BTreeMap<Timestamp, Candle> = given.map(|candle| (candle.ts, candle)).collect();
        self.next = self.next.max(to);
        given.into_values().collect()
    }

    pub(super) fn next(&self) -> Timestamp {
        self.next
    }

    /// What is due when the more cautious clock shows `now`.
    pub(super) fn due(&mut self, now: Timestamp) -> Due {
        loop {
            let close = self.timeframe.close(self.next);
            if let Some((open, candle)) = self.held.pop_first() {
                if open < self.next {
                    continue;
                }
                if open == self.next && close <= now {
                    self.next = close;
                    match candle {
                        Some(candle) => return Due::Deliver(candle),
                        None => continue,
                    }
                }
                self.held.insert(open, candle);
                // A bar before one that is final was missed.
                if open > self.next {
                    self.rest_until = self.rest_until.max(open);
                }
            }
            let overdue = close.plus(2 * self.settle) <= now;
            if overdue {
                self.rest_until = self.rest_until.max(close);
            }
            let to = self.rest_until.min(self.timeframe.open(now.minus(self.settle)));
            return if self.next < to { Due::Fill { from: self.next, to } } else { Due::Wait };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(ts: u64) -> Candle {
        Candle { ts: Timestamp(ts), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 }
    }

    fn offer(ledger: &mut Ledger, ts: u64) {
        assert_eq!(ledger.offer(Timestamp(ts), Some(candle(ts)), Timestamp(ts + 60)), None);
    }

    #[test]
    fn bars_come_in_order_and_never_before_both_clocks() {
        let mut ledger = Ledger::new(Timeframe::M1, 5, Timestamp(30));
        offer(&mut ledger, 60);
        offer(&mut ledger, 60);
        assert_eq!(ledger.due(Timestamp(119)), Due::Wait);
        assert_eq!(ledger.due(Timestamp(120)), Due::Deliver(candle(60)));
        assert_eq!(ledger.due(Timestamp(120)), Due::Wait);
    }

    #[test]
    fn a_missed_bar_is_asked_for_before_the_next_one_is_given() {
        let mut ledger = Ledger::new(Timeframe::M1, 5, Timestamp(60));
        offer(&mut ledger, 120);
        assert_eq!(ledger.due(Timestamp(124)), Due::Wait);
        assert_eq!(ledger.due(Timestamp(125)), Due::Fill { from: Timestamp(60), to: Timestamp(120) });
        assert_eq!(ledger.filled([candle(60)], Timestamp(120)), [candle(60)]);
        assert_eq!(ledger.due(Timestamp(180)), Due::Deliver(candle(120)));
        // Nobody tells of the next one.
        assert_eq!(ledger.due(Timestamp(249)), Due::Wait);
        assert_eq!(ledger.due(Timestamp(250)), Due::Fill { from: Timestamp(180), to: Timestamp(240) });
    }

    #[test]
    fn a_bar_without_trades_is_passed_over() {
        let mut ledger = Ledger::new(Timeframe::M1, 5, Timestamp(60));
        ledger.offer(Timestamp(60), None, Timestamp(120));
        offer(&mut ledger, 120);
        assert_eq!(ledger.due(Timestamp(180)), Due::Deliver(candle(120)));
    }

    #[test]
    fn a_bar_that_was_passed_over_and_then_heard_is_not_lost() {
        let mut ledger = Ledger::new(Timeframe::M1, 5, Timestamp(60));
        ledger.offer(Timestamp(60), None, Timestamp(120));
        offer(&mut ledger, 120);
        assert_eq!(ledger.due(Timestamp(180)), Due::Deliver(candle(120)));
        ledger.deliver(candle(120), Timestamp(180));
        let late = ledger.offer(Timestamp(60), Some(candle(60)), Timestamp(181)).unwrap();
        assert_eq!((late.candle, late.known_at), (candle(60), Timestamp(181)));
        assert_eq!(ledger.offer(Timestamp(60), Some(candle(60)), Timestamp(182)), None);
        // From before the beginning.
        assert_eq!(ledger.offer(Timestamp(0), Some(candle(0)), Timestamp(182)), None);
        // Heard while REST was asked, which has nothing of it.
        offer(&mut ledger, 240);
        assert_eq!(ledger.filled([candle(180)], Timestamp(300)), [candle(180), candle(240)]);
        assert_eq!(ledger.next(), Timestamp(300));
    }

    #[test]
    fn a_changed_bar_is_a_revision_known_later() {
        let mut ledger = Ledger::new(Timeframe::M1, 5, Timestamp(60));
        offer(&mut ledger, 60);
        assert_eq!(ledger.due(Timestamp(120)), Due::Deliver(candle(60)));
        assert_eq!(ledger.deliver(candle(60), Timestamp(120)).known_at, Timestamp(120));
        offer(&mut ledger, 60);
        let changed = Candle { volume: 2.0, ..candle(60) };
        let revised = ledger.offer(Timestamp(60), Some(changed), Timestamp(120)).unwrap();
        assert_eq!((revised.candle, revised.known_at), (changed, Timestamp(121)));
    }
}
