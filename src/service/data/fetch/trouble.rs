//! What is wrong with a live feed, as monitoring should see it.

use crate::io::exchange::FeedEvent;

/// Each trouble lasts until the feed says that it is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    connection: Option<String>,
    clocks: Option<String>,
    /// Over with the next candle.
    pub(super) data: Option<String>,
}

impl Trouble {
    pub(super) fn hear(&mut self, event: &FeedEvent) {
        match event {
            FeedEvent::Connected => self.connection = None,
            FeedEvent::Lost { since, why, .. } => {
                self.connection = Some(format!("the live feed is lost since {since}: {why}"));
            }
            FeedEvent::Stale { since, why } => {
                self.connection = Some(format!("the live feed is stale since {since}: {why}"));
            }
            FeedEvent::Gap { from, to } => {
                self.data = Some(format!("the bars from {from} to {to} were not heard whole and are asked for"));
            }
            FeedEvent::Candle(_) => self.data = None,
            FeedEvent::Revised(_) => {}
            FeedEvent::Skew(skew) => self.clocks = Some(skew.to_string()),
            FeedEvent::Agreed(_) => self.clocks = None,
            FeedEvent::Malformed { why, .. } => self.data = Some(format!("a message makes no sense: {why}")),
            FeedEvent::Failed(error) => self.data = Some(error.to_string()),
        }
    }

    /// All of it, where there is any.
    pub(super) fn text(&self) -> Option<String> {
        let all: Vec<&str> =
            [&self.connection, &self.clocks, &self.data].into_iter().flatten().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{Candle, KnownCandle},
        io::exchange::Skew,
        units::Timestamp,
    };

    #[test]
    fn each_trouble_ends_with_its_own_cure() {
        let at = Timestamp(0);
        let candle = Candle { ts: at, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
        let candle = || FeedEvent::Candle(KnownCandle { candle, known_at: at });
        let skew = Skew { ours: at, venues: Timestamp(3_600) };
        let lost = FeedEvent::Lost { since: at, why: "reset".to_owned(), retry_in: Duration::ZERO };
        let mut trouble = Trouble::default();
        let mut after = |event: &FeedEvent| {
            trouble.hear(event);
            trouble.text()
        };
        assert!(after(&lost).unwrap().contains("lost since 1970-01-01T00:00:00Z: reset"));
        // From REST meanwhile: the connection is still lost.
        assert!(after(&candle()).unwrap().contains("lost"));
        assert!(after(&FeedEvent::Skew(skew)).unwrap().contains("; the venue's clock"));
        assert!(!after(&FeedEvent::Connected).unwrap().contains("lost"));
        let malformed = FeedEvent::Malformed { why: "`x`".to_owned(), message: String::new() };
        assert!(after(&malformed).unwrap().ends_with("makes no sense: `x`"));
        assert!(after(&FeedEvent::Agreed(skew)).unwrap().starts_with("a message"));
        assert_eq!(after(&candle()), None);
    }
}
