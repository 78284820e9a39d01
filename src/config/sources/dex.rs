//! Decentralised exchanges.

use super::fields::duration;
use crate::config::section::Section;

/// What is read of pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DexSettings {
    /// The chain that the data folder's logs are of, which they do not tell.
    pub chain_id: u64,
    /// Seconds that pools' average prices are taken over.
    pub twap_window: u32,
    /// Seconds that the newest block of a node of mainnet may be old.
    pub max_head_age: u64,
}

pub(super) fn read(root: &mut Section<'_>) -> Option<DexSettings> {
    let mut section = root.section("dex")?;
    let chain_id = section.integer("chain_id", 1..=u64::MAX);
    let seconds = duration(&mut section, "twap_window");
    let twap_window = seconds.and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
    if seconds.is_some() && twap_window.is_none() {
        section.fault("twap_window", "must be above zero and below 2^32 seconds");
    }
    let max_head_age = duration(&mut section, "max_head_age");
    if max_head_age == Some(0) {
        section.fault("max_head_age", "must be above zero");
        return None;
    }
    Some(DexSettings { chain_id: chain_id?, twap_window: twap_window?, max_head_age: max_head_age? })
}
