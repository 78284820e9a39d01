//! Which series speak of the same thing.

use crate::{
    domain::{CandleSeries, KnownCandle},
    units::Timestamp,
};

/// What prices are counted in, longer names before those that they end in.
const UNITS: [&str; 8] = ["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "DAI", "USD", "EUR"];

/// Open time, close price and volume of each bar's newest revision, ascending.
pub(super) type Closes = Vec<(Timestamp, f64, f64)>;

pub(super) fn closes(candles: &[KnownCandle]) -> Closes {
    let sound = candles.iter().filter(|known| known.candle.close > 0.0 && known.candle.close.is_finite());
    let mut bars: Vec<&KnownCandle> = sound.collect();
    bars.sort_by_key(|known| (known.candle.ts, known.known_at));
    let mut closes: Closes = Vec::with_capacity(bars.len());
    for KnownCandle { candle, .. } in bars {
        let close = (candle.ts, candle.close, candle.volume);
        match closes.last_mut().filter(|last| last.0 == candle.ts) {
            Some(last) => *last = close,
            None => closes.push(close),
        }
    }
    closes
}

/// The series of other venues with the same asset and timeframe as the one at `place`: those in
/// the same unit, and those in another.
pub(super) fn peers(all: &[&CandleSeries], place: usize) -> (Vec<usize>, Vec<usize>) {
    let Some((own, (asset, unit))) = all.get(place).and_then(|own| Some((own, split(&own.symbol)?))) else {
        return (Vec::new(), Vec::new());
    };
    let others =
        all.iter().enumerate().filter(|(_, other)| other.venue != own.venue && other.timeframe == own.timeframe);
    let same_asset = others.filter_map(|(place, other)| {
        let (other_asset, other_unit) = split(&other.symbol)?;
        (other_asset == asset).then_some((place, other_unit == unit))
    });
    let (same, other): (Vec<_>, Vec<_>) = same_asset.partition(|(_, same)| *same);
    let places = |pairs: Vec<(usize, bool)>| pairs.into_iter().map(|(place, _)| place).collect();
    (places(same), places(other))
}

/// `ETHUSDT` as asset and unit.
fn split(symbol: &str) -> Option<(&str, &str)> {
    let parts = |unit: &&'static str| Some((symbol.strip_suffix(*unit).filter(|asset| !asset.is_empty())?, *unit));
    UNITS.iter().find_map(parts)
}
