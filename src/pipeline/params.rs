//! What the composition needs to know.

use crate::{domain::Asset, execution, risk};

#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// The market whose price values gas: its base token is wrapped ether.
    pub native: Asset,
    pub risk: risk::Params,
    pub execution: execution::Params,
}
