//! How orders become transactions.

use crate::units::{Bps, Wei};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// The least output is the local quote less this share.
    pub slippage_tolerance: Bps,
    /// The router refuses the swap this many seconds after the decision's block.
    pub deadline_seconds: u64,
    /// `max_priority_fee_per_gas`, in wei per gas.
    pub priority_fee: Wei,
    pub gas: GasModel,
}

/// What approval and swap are expected to burn, in gas, as measured on the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasModel {
    pub approve: u64,
    pub swap: u64,
    pub tick_crossed: u64,
    /// The gas limit is the expectation plus this share.
    pub margin: Bps,
}
