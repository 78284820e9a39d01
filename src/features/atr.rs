//! The unit of targets and stops: how far a price usually goes in a bar.

use super::{CandleError, catalogue::CatalogueStream};
use crate::domain::Candle;

/// Average true range over 14 bars by TA-Lib, one candle at a time. A clone is an independent
/// stream.
#[derive(Clone, Debug)]
pub struct AverageTrueRange {
    stream: CatalogueStream,
    place: Option<usize>,
}

impl Default for AverageTrueRange {
    fn default() -> Self {
        let (stream, [place]) = CatalogueStream::select(&["atr_14"]);
        Self { stream, place }
    }
}

impl AverageTrueRange {
    /// As a fraction of this candle's close; not a number while there are too few.
    ///
    /// # Errors
    /// A candle that is none, or not later than the last one; nothing is taken in then.
    pub fn push(&mut self, candle: &Candle) -> Result<f64, CandleError> {
        let row = self.stream.push(candle)?;
        Ok(self.place.and_then(|place| row.get(place)).map_or(f64::NAN, |range| range / candle.close))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{FeatureStream, stream::WARMUP_BARS, synthetic};

    #[test]
    fn is_that_of_the_feature_rows() {
        let (mut rows, mut ranges) = (FeatureStream::new(), AverageTrueRange::default());
        let mut compared = 0;
        for (bar, candle) in synthetic::walk(WARMUP_BARS + 50, 3).iter().enumerate() {
            let (row, range) = (rows.push(candle).unwrap(), ranges.push(candle).unwrap());
            assert_eq!(range.is_nan(), bar < 14, "bar {bar}");
            if let Some(row) = row {
                assert_eq!(row.atr.to_bits(), range.to_bits());
                compared += 1;
            }
        }
        assert_eq!(compared, 51);
    }
}
