//! Decentralised exchanges.

use crate::config::section::Section;

/// What is known of pools' logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DexSettings {
    /// The chain that the data folder's logs are of, which they do not tell.
    pub chain_id: u64,
}

pub(super) fn read(root: &mut Section<'_>) -> Option<DexSettings> {
    let chain_id = root.section("dex").and_then(|mut section| section.integer("chain_id", 1..=u64::MAX));
    Some(DexSettings { chain_id: chain_id? })
}
