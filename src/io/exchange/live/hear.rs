//! What a feed makes of the venue's messages, and of those that make no sense.

use super::{
    Feed, FeedEvent,
    message::Message,
    tape::{KEPT, Tape},
};
use crate::{
    io::exchange::{Skew, error::ExchangeError, trades::Trade},
    units::Timestamp,
};

/// Of a message that is quoted in an event.
const QUOTED: usize = 200;

impl Feed {
    pub(super) fn take_message(&mut self, message: Message) {
        let now = self.now();
        match message {
            Message::Other => {}
            Message::Subscribed => self.subscribed(),
            Message::Refused(answer) => {
                self.events
                    .push_back(FeedEvent::Failed(ExchangeError::Refused { series: self.series.clone(), answer }));
                let retry_in = self.link.drop_link();
                self.lose("the subscription was refused".to_owned(), retry_in);
            }
            Message::Kline { candle, is_final, sent_at } => {
                if let Some(why) = self.misdated(sent_at, Timestamp(0)) {
                    return self.doubt_clock(why, &format!("bar {}", candle.ts));
                }
                self.heard_data = now;
                self.hear_clock(sent_at);
                if !is_final {
                    return;
                }
                if sent_at < self.series.timeframe.close(candle.ts) {
                    let why = "final before its close by the venue's own clock".to_owned();
                    self.malformed(why, &format!("bar {} sent at {sent_at}", candle.ts));
                } else if let Some(revised) = self.ledger.offer(candle.ts, Some(candle), now) {
                    self.events.push_back(FeedEvent::Revised(revised));
                }
            }
            Message::Trades(trades) => {
                self.heard_data = now;
                for trade in &trades {
                    self.take_trade(trade, now);
                }
            }
            Message::Last(trade) => {
                if let Some(tape) = &mut self.tape
                    && let Err(leap) = tape.count(&trade, now)
                {
                    self.refuse(leap.to_string(), &trade, now);
                }
            }
            Message::Heartbeat { now: venues, last_trade } => {
                let said = format!("a heartbeat of {venues}");
                if let Some(why) = self.misdated(venues, Timestamp(0)) {
                    return self.doubt_clock(why, &said);
                }
                self.hear_clock(venues);
                if let Some(tape) = &mut self.tape
                    && let Err(leap) = tape.hear(venues, last_trade)
                {
                    self.malformed(leap.to_string(), &said);
                    self.leave_to_rest(venues);
                }
            }
        }
    }

    /// The venue's clock may have been set since both were read together: the connection is made
    /// anew, and they are read again.
    fn doubt_clock(&mut self, why: String, said: &str) {
        self.malformed(why, said);
        let retry_in = self.link.drop_link();
        self.lose("the venue's clock is in doubt".to_owned(), retry_in);
    }

    fn take_trade(&mut self, trade: &Trade, now: Timestamp) {
        let oldest = KEPT * self.series.timeframe.seconds();
        let misdated = self.misdated(trade.at(), now.minus(oldest));
        let Some(tape) = &mut self.tape else { return };
        // Its number counts in any case, or it would be missed where nothing is missing.
        let at = if misdated.is_none() { trade.at() } else { now };
        if let Err(leap) = tape.count(trade, at) {
            self.refuse(leap.to_string(), trade, at);
        } else if let Some(why) = misdated {
            self.refuse(why, trade, now);
        } else if let Some(candle) = tape.add(trade)
            && let Some(revised) = self.ledger.offer(candle.ts, Some(candle), now)
        {
            self.events.push_back(FeedEvent::Revised(revised));
        }
    }

    /// Leaves a trade out. Of which bar it truly was is not known.
    fn refuse(&mut self, why: String, trade: &Trade, at: Timestamp) {
        self.malformed(why, &format!("a trade of {}, {} at {}", trade.at(), trade.key, trade.price));
        self.leave_to_rest(at);
    }

    /// Leaves the bar that holds `at`, the one in the making and those before to REST.
    fn leave_to_rest(&mut self, at: Timestamp) {
        if let Some(skew) = self.skew.filter(|_| self.is_subscribed) {
            let from = self.follow_from(skew.bold(self.now()).max(at));
            self.ledger.rest_before(from);
        }
    }

    /// What is wrong with a time that the venue tells, if it lies before `oldest` or after now, by
    /// either clock and with what the clocks may differ by besides.
    fn misdated(&self, at: Timestamp, oldest: Timestamp) -> Option<String> {
        let (now, skew, allowed) = (self.now(), self.skew?, self.exchange.venue.max_skew_seconds);
        let earliest = oldest.minus(now.since(skew.cautious(now))).minus(allowed);
        let latest = skew.bold(now).plus(allowed);
        (at < earliest || at > latest).then(|| format!("dated {at}, which is not from {earliest} to {latest}"))
    }

    /// A message that comes out of order tells an earlier time than was heard already.
    fn hear_clock(&mut self, venues: Timestamp) {
        if self.skew.is_none_or(|skew| venues >= skew.venues) {
            self.take_skew(Skew { ours: self.now(), venues });
        }
    }

    pub(super) fn take_skew(&mut self, skew: Skew) {
        let is_wide = skew.seconds() > self.exchange.venue.max_skew_seconds;
        if is_wide && !self.is_skew_told {
            tracing::warn!(series = %self.series, %skew, "the clocks differ: the more cautious decides");
            self.events.push_back(FeedEvent::Skew(skew));
        } else if self.is_skew_told && !is_wide {
            self.events.push_back(FeedEvent::Agreed(skew));
        }
        self.is_skew_told = is_wide;
        self.skew = Some(skew);
    }

    pub(super) fn malformed(&mut self, why: String, message: &str) {
        let message: String = message.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
        tracing::warn!(series = %self.series, %why, %message, "a message makes no sense");
        self.events.push_back(FeedEvent::Malformed { why, message });
        // It may have been a trade. Where its loss would not show by a missing number, the bar in
        // the making is left to REST.
        if self.tape.as_ref().is_some_and(Tape::is_blind) {
            self.leave_to_rest(self.now());
        }
    }
}
