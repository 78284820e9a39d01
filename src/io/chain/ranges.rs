//! Which blocks to ask a provider's `eth_getLogs` for next, and what it means when it refuses.

use super::{Fault, RpcError};
use crate::{io::advice::Advice, units::BlockNumber};

/// Ranges of blocks, one after another from the first to the last. A range that is refused is
/// halved, or cut to what the provider suggests; each that is answered lets the next grow by an
/// eighth, so that a provider's limit is felt for now and then and not at every step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges {
    next: u64,
    last: u64,
    size: u64,
    largest: u64,
}

impl Ranges {
    /// From `from` to `to`, both included, at most `largest` blocks at once.
    pub fn new(from: BlockNumber, to: BlockNumber, largest: u64) -> Self {
        let largest = largest.max(1);
        Self { next: from.0, last: to.0, size: largest, largest }
    }

    /// The blocks to ask for, both included; `None` when all are done.
    pub fn current(&self) -> Option<(BlockNumber, BlockNumber)> {
        let end = self.next.saturating_add(self.size.saturating_sub(1)).min(self.last);
        (self.next <= self.last).then_some((BlockNumber(self.next), BlockNumber(end)))
    }

    /// The current range was answered.
    pub fn answered(&mut self) {
        if let Some((_, BlockNumber(end))) = self.current() {
            self.next = end.saturating_add(1);
            self.size = self.size.saturating_add((self.size / 8).max(1)).min(self.largest);
            // Past the highest number there is nothing.
            if end == u64::MAX {
                (self.next, self.last) = (1, 0);
            }
        }
    }

    /// The current range was too large; `suggested` is how many blocks the provider would take.
    /// `Err` with the block where it was a single one: no range is smaller.
    pub fn refused(&mut self, suggested: Option<u64>) -> Result<(), BlockNumber> {
        let Some((BlockNumber(from), BlockNumber(to))) = self.current() else { return Ok(()) };
        let asked = to.saturating_sub(from).saturating_add(1);
        if asked <= 1 {
            return Err(BlockNumber(from));
        }
        self.size = suggested.filter(|blocks| (1..asked).contains(blocks)).unwrap_or(asked / 2);
        Ok(())
    }
}

/// Whether an answer says that the range held too much, and how many blocks it says would do.
///
/// There is no standard for it: the words are those of Alchemy, Ankr, Chainstack, Cloudflare,
/// dRPC, Erigon, Infura, publicnode, QuickNode and Reth. Too many *requests* is something else.
pub fn too_large(error: &RpcError) -> Option<Option<u64>> {
    const WORDS: [&str; 20] = [
        "results",
        "block range",
        "blocks range",
        "range limit",
        "range is too",
        "range too",
        "max range",
        "maximum range",
        "ranges over",
        "limited to a",
        "limited to 0",
        "response size",
        "response too",
        "response is too",
        "too large",
        "too many logs",
        "too many blocks",
        "timeout",
        "timed out",
        "took too long",
    ];
    const OTHERWISE: [&str; 4] = ["too many requests", "request rate", "rate limit", "requests per"];
    match &error.fault {
        // 524: Cloudflare's, of a provider that took too long.
        Fault::Timeout(_) | Fault::Http { status: 413 | 504 | 524, .. } => Some(None),
        Fault::Refused { message: text, .. } | Fault::Http { body: text, .. } => {
            let text = text.to_ascii_lowercase();
            let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
            (holds(&WORDS) && !holds(&OTHERWISE)).then(|| suggested(&text))
        }
        _ => None,
    }
}

/// Whether an answer may say so in words that nobody knows: a refusal that asking the same again
/// does not mend. Whether a smaller range is answered tells; it costs a few requests where none is.
pub fn may_be_too_large(error: &RpcError) -> bool {
    match &error.fault {
        Fault::Refused { .. } => error.advice() == Advice::Drop,
        Fault::Http { status, .. } => *status == 400,
        _ => false,
    }
}

/// Whether a provider ran out of time, which may be of the moment.
pub fn speaks_of_time(error: &RpcError) -> bool {
    match &error.fault {
        Fault::Timeout(_) | Fault::Http { status: 504 | 524, .. } => true,
        Fault::Refused { message, .. } => {
            let message = message.to_ascii_lowercase();
            ["timeout", "timed out", "took too long"].iter().any(|words| message.contains(words))
        }
        _ => false,
    }
}

/// The length of the range in `.. this block range should work: [0x1, 0x2]`, `try with this block
/// range [0x1, 0x2]` or `retry with the range 1-2`.
fn suggested(text: &str) -> Option<u64> {
    let number = |text: &str| {
        let text = text.trim();
        match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    };
    let bracketed = || {
        let (_, rest) = text.rsplit_once('[')?;
        rest.split_once(']')?.0.split_once(',')
    };
    let dashed = || {
        let (_, rest) = text.rsplit_once("with the range ")?;
        rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.split_once('-')
    };
    let (from, to) = bracketed().or_else(dashed)?;
    number(to)?.checked_sub(number(from)?)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::io::endpoint::Endpoint;

    fn refused(code: i64, message: &str) -> Option<Option<u64>> {
        let fault = Fault::Refused { code, message: message.to_owned() };
        too_large(&RpcError { endpoint: Endpoint::parse("http://node").unwrap(), method: "eth_getLogs".into(), fault })
    }

    #[test]
    fn the_words_of_the_providers() {
        let alchemy = "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x11a9440, 0x11a9bbf]";
        let infura = "query returned more than 10000 results. Try with this block range [0x11A9440, 0x11A9443].";
        for (code, message, suggested) in [
            (-32602, alchemy, Some(0x780)),
            (-32005, infura, Some(4)),
            (-32005, "query returned more than 10000 results", None),
            (-32614, "eth_getLogs is limited to a 10,000 range", None),
            (-32701, "exceed maximum block range: 50000", None),
            (-32600, "block range is too wide", None),
            (-32062, "Block range is too large", None),
            (-32602, "query exceeds max results 20000, retry with the range 100-149", Some(50)),
            (-32602, "query exceeds max block range 100000", None),
            (-32000, "Block range limit exceeded. See more details at ...", None),
            (-32047, "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800", None),
            (35, "ranges over 10000 blocks are not supported on freetier", None),
            (-32000, "query timeout exceeded", None),
            (-32000, "backend response too large", None),
        ] {
            assert_eq!(refused(code, message), Some(suggested), "{message}");
        }
        for (code, message) in [
            (-32005, "daily request count exceeded, request rate limited"),
            (429, "Too Many Requests"),
            (-32000, "header not found"),
            (-32601, "the method eth_getLogs does not exist"),
        ] {
            assert_eq!(refused(code, message), None, "{message}");
        }
    }

    proptest! {
        /// Whatever is refused, every block is asked for once and in order, and it ends.
        #[test]
        fn ranges_tile_the_blocks(
            from in 0u64..1_000, blocks in 0u64..5_000, largest in 0u64..3_000, limit in 1u64..500,
            suggests: bool,
        ) {
            let to = (from + blocks).checked_sub(1);
            let Some(to) = to else { return Ok(()) };
            let mut ranges = Ranges::new(BlockNumber(from), BlockNumber(to), largest);
            let (mut next, mut asked) = (from, 0);
            while let Some((BlockNumber(first), BlockNumber(last))) = ranges.current() {
                asked += 1;
                prop_assert!(asked < 20_000, "it does not end");
                prop_assert_eq!(first, next);
                prop_assert!(first <= last && last <= to);
                if last - first + 1 > limit {
                    prop_assert_eq!(ranges.refused(suggests.then_some(limit)), Ok(()));
                } else {
                    ranges.answered();
                    next = last + 1;
                }
            }
            prop_assert_eq!(next, to + 1);
        }
    }

    #[test]
    fn a_single_block_that_is_too_large_ends_it() {
        let mut ranges = Ranges::new(BlockNumber(7), BlockNumber(8), 2);
        assert_eq!(ranges.refused(None), Ok(()));
        assert_eq!(ranges.current(), Some((BlockNumber(7), BlockNumber(7))));
        assert_eq!(ranges.refused(Some(5)), Err(BlockNumber(7)));
        // Suggestions that are no help are not taken.
        let mut ranges = Ranges::new(BlockNumber(0), BlockNumber(99), 100);
        assert_eq!(ranges.refused(Some(100)), Ok(()));
        assert_eq!(ranges.refused(Some(0)), Ok(()));
        assert_eq!(ranges.current(), Some((BlockNumber(0), BlockNumber(24))));
        let mut end = Ranges::new(BlockNumber(u64::MAX), BlockNumber(u64::MAX), 10);
        end.answered();
        assert_eq!(end.current(), None);
    }
}
