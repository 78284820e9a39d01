//! The way a price takes through an hour, for replaying candles on pools.

use crate::{
    domain::{Market, PriceBar},
    units::{Price, SqrtPriceX96},
};

/// Open, then the extremes, then close. A rising hour visits its low first and a falling hour
/// its high: the shorter way, which moves the least volume.
pub fn hour_path(bar: &PriceBar) -> [Price; 4] {
    if bar.close >= bar.open {
        [bar.open, bar.low, bar.high, bar.close]
    } else {
        [bar.open, bar.high, bar.low, bar.close]
    }
}

/// That way as the root prices of the market's pool; `None` where a price is out of the
/// pool's range.
pub fn targets(market: &Market, bar: &PriceBar) -> Option<Vec<SqrtPriceX96>> {
    hour_path(bar).into_iter().map(|price| target(market, price)).collect()
}

/// The root price at which the market's pool quotes `price`.
pub fn target(market: &Market, price: Price) -> Option<SqrtPriceX96> {
    SqrtPriceX96::from_price(price, market.base.decimals, market.quote.decimals, market.base_is_token0())
}
