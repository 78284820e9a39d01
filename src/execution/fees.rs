//! Gas and what it may cost (EIP-1559).

use alloy::primitives::U256;

use super::GasModel;
use crate::units::{TokenAmount, Wei};

impl GasModel {
    /// Gas expected for approval and swap together.
    pub fn expected(&self, ticks_crossed: u32) -> u64 {
        self.approve.saturating_add(self.expected_swap(ticks_crossed))
    }

    fn expected_swap(&self, ticks_crossed: u32) -> u64 {
        self.swap.saturating_add(self.tick_crossed.saturating_mul(u64::from(ticks_crossed)))
    }

    /// The gas limits of approval and swap: what is expected plus the margin.
    pub fn limits(&self, expected: u64) -> (u64, u64) {
        (self.with_margin(self.approve), self.with_margin(expected.saturating_sub(self.approve)))
    }

    fn with_margin(&self, gas: u64) -> u64 {
        let margin = self.margin.of(TokenAmount::from(gas)).and_then(|margin| u64::try_from(margin.0).ok());
        gas.saturating_add(margin.unwrap_or(u64::MAX))
    }
}

/// `max_fee_per_gas`: twice the base fee plus the tip. The base fee rises by at most an eighth
/// a block (EIP-1559), so a transaction stays includable for five full blocks.
pub fn max_fee_per_gas(base_fee: Wei, priority_fee: Wei) -> Option<Wei> {
    base_fee.checked_add(base_fee)?.checked_add(priority_fee)
}

/// What a unit of gas will cost in the next block if the base fee stays as it is.
pub fn gas_price_expected(base_fee: Wei, priority_fee: Wei) -> Option<Wei> {
    base_fee.checked_add(priority_fee)
}

/// `gas * price` in wei.
pub fn gas_cost(gas: u64, price: Wei) -> Option<Wei> {
    price.0.checked_mul(U256::from(gas)).map(Wei)
}

/// The most that an order's gas can cost: both limits at the fee cap.
pub fn worst_gas_cost(gas: &GasModel, expected: u64, max_fee: Wei) -> Option<Wei> {
    let (approve, swap) = gas.limits(expected);
    gas_cost(approve.checked_add(swap)?, max_fee)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bps;

    const GAS: GasModel = GasModel { approve: 50_000, swap: 150_000, tick_crossed: 20_000, margin: Bps(2_000) };

    #[test]
    fn limits_leave_the_margin() {
        assert_eq!(GAS.expected(0), 200_000);
        assert_eq!(GAS.expected(3), 260_000);
        assert_eq!(GAS.limits(260_000), (60_000, 252_000));
        assert_eq!(worst_gas_cost(&GAS, 200_000, Wei::from(2u64)), Some(Wei::from(480_000u64)));
        let endless = GasModel { margin: Bps(u32::MAX), swap: u64::MAX, ..GAS };
        assert_eq!(endless.limits(u64::MAX).1, u64::MAX);
    }

    #[test]
    fn the_cap_outlives_five_full_blocks() {
        let base = Wei::from(20_000_000_000u64);
        let cap = max_fee_per_gas(base, Wei::from(1u64)).unwrap();
        let mut rising = 20_000_000_000u64;
        for _ in 0..5 {
            rising += rising / 8;
        }
        assert!(cap.0 >= U256::from(rising));
        assert_eq!(max_fee_per_gas(Wei(U256::MAX), Wei::ZERO), None);
    }
}
