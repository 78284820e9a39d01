//! A real file.

use std::num::NonZeroUsize;

use shoal::{
    features::catalogue::{CatalogueStream, batch, columns, indicators},
    io::data::Candles,
};

use crate::support::data;

/// Needs the data folder: 37,000 hours of a perpetual.
#[test]
fn streaming_equals_batch_bit_for_bit() {
    let Some(path) = data("candles/binance_perp/ETHUSDT_1h.csv.gz") else { return };
    let candles: Vec<_> = Candles::open(&path).unwrap().collect::<Result<_, _>>().unwrap();
    let table = batch(indicators(), &candles, NonZeroUsize::new(2).unwrap()).unwrap();
    let mut stream = CatalogueStream::new();
    for (bar, candle) in candles.iter().enumerate() {
        for ((column, streamed), values) in columns().zip(stream.push(candle).unwrap()).zip(&table) {
            let value = values.at(bar);
            assert_eq!(streamed.to_bits(), value.to_bits(), "{} at {}: {streamed} {value}", column.name, candle.ts);
        }
    }
    let fired = columns().zip(&table).filter(|(column, _)| column.name.starts_with("cdl_"));
    let fired = fired.filter(|(_, values)| (0..candles.len()).any(|bar| values.at(bar).abs() > 0.0)).count();
    assert!(fired > 40, "{fired} patterns fired");
}
