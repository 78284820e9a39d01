//! Frames to the rows of a range, with what followed.

use crate::{
    domain::{Frame, Timeframe},
    features::{
        AverageTrueRange, CandleError, Engine,
        ahead::{ahead, known_at},
        engine::catalogue,
    },
    models::{
        learn::{LearnError, Matrix},
        specialist::Rows,
    },
    units::Timestamp,
};

/// Rows, and the bars' opens and average true ranges beside them.
#[derive(Clone, Debug)]
pub struct Table {
    pub opens: Vec<Timestamp>,
    /// As fractions of the closes; not a number while there were too few bars.
    pub atr: Vec<f64>,
    pub rows: Rows,
}

impl Table {
    /// How far the price went over the horizon after a row, and its average true range, both as
    /// fractions of the close; `None` where one of them is not known.
    pub fn moved(&self, row: usize) -> Option<(f64, f64)> {
        let (forward, atr) = (self.rows.ahead.get(row)?.log_return.exp_m1(), *self.atr.get(row)?);
        (forward.is_finite() && atr.is_finite()).then_some((forward, atr))
    }
}

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    #[error(transparent)]
    Candle(#[from] CandleError),
    #[error(transparent)]
    Matrix(#[from] LearnError),
}

/// The rows of the bars that open at or after `from` and have closed by `to`. Earlier frames warm
/// the features up; answers that were known only after `to` are left out, so that nothing reaches
/// over the end.
///
/// # Errors
/// [`RowsError`]: a candle that cannot be.
pub fn table(
    frames: &[Frame],
    timeframe: Timeframe,
    horizon: u32,
    from: Timestamp,
    to: Timestamp,
) -> Result<Table, RowsError> {
    let end = frames.partition_point(|frame| timeframe.close(frame.ts()) <= to);
    let frames = frames.get(..end).unwrap_or_default();
    let width = catalogue().len();
    let mut engine = Engine::new(timeframe, frames.first().map_or(0, |frame| frame.peers.len()));
    let mut ranges = AverageTrueRange::default();
    let bars: Vec<_> = frames.iter().map(|frame| frame.bar).collect();
    let followed = ahead(&bars, timeframe, horizon);
    let (mut row, mut values) = (Vec::with_capacity(width), Vec::new());
    let mut table = Table {
        opens: Vec::new(),
        atr: Vec::new(),
        rows: Rows {
            made_at: Vec::new(),
            known_at: Vec::new(),
            x: Matrix::new(0, width, Vec::new())?,
            ahead: Vec::new(),
        },
    };
    for (frame, ahead) in frames.iter().zip(followed) {
        engine.push(frame, &mut row)?;
        let atr = ranges.push(&frame.bar)?;
        if frame.ts() < from {
            continue;
        }
        values.extend_from_slice(&row);
        table.opens.push(frame.ts());
        table.atr.push(atr);
        table.rows.made_at.push(timeframe.close(frame.ts()));
        table.rows.known_at.push(known_at(frame.ts(), timeframe, horizon));
        table.rows.ahead.push(ahead);
    }
    table.rows.x = Matrix::from_rows(values.chunks_exact(width))?;
    Ok(table)
}
