//! The one loop that plays a tape, on simulated pools or on a node.

use std::ops::ControlFlow;

use crate::{
    backtest::{Mined, TapeHour, Venue},
    domain::Record,
    journal::Journal,
    pipeline::{Alert, Effect, Halt, Input, Model, Pipeline},
    units::Timestamp,
};

/// Seconds between blocks, as on mainnet since the merge.
pub const SLOT: u64 = 12;

/// Where a run stands after an hour, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    pub done: usize,
    pub of: usize,
    pub ts: Timestamp,
    pub alerts: &'a [Alert],
}

/// How a run ended that met no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Finished,
    /// The watcher broke it off after this many hours.
    Interrupted {
        hours: usize,
    },
}

/// A run that could not go on. Everything up to it is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<V, J> {
    #[error("hour {ts}: {source}")]
    Venue { ts: Timestamp, source: V },
    #[error("hour {ts}: the journal: {source}")]
    Journal { ts: Timestamp, source: J },
    #[error("hour {ts}: {source}")]
    Halt { ts: Timestamp, source: Halt },
}

/// Plays the tape: in each hour a block that moves the pools along the hour's prices, stamped a
/// slot before its end; the frames that are known at the end; a block there, which closes the candle; and, when an order is on
/// its way, a slot later the block that includes it.
///
/// # Errors
/// [`DriveError`] with the hour in which the venue, the journal or the pipeline failed.
pub fn drive<M: Model, V: Venue, J: Journal>(
    pipeline: &mut Pipeline<M>,
    venue: &mut V,
    journal: &mut J,
    tape: &[TapeHour],
    mut watch: impl FnMut(&Progress<'_>) -> ControlFlow<()>,
) -> Result<Ended, DriveError<V::Error, J::Error>> {
    let mut alerts = Vec::new();
    for (index, hour) in tape.iter().enumerate() {
        let ts = hour.ts;
        let end = ts.plus(Timestamp::HOUR);
        let failed = |source| DriveError::Venue { ts, source };
        let moved = venue.mine(end.minus(SLOT), &hour.moves).map_err(failed)?;
        feed(pipeline, venue, journal, ts, moved, &mut alerts)?;
        for (asset, frame) in hour.frames.iter().cloned() {
            let effects =
                pipeline.step(Input::Frame { asset, frame }).map_err(|source| DriveError::Halt { ts, source })?;
            perform(venue, journal, ts, effects, &mut alerts)?;
        }
        let closed = venue.mine(end, &[]).map_err(failed)?;
        feed(pipeline, venue, journal, ts, closed, &mut alerts)?;
        if pipeline.pending().next().is_some() {
            let included = venue.mine(end.plus(SLOT), &[]).map_err(failed)?;
            let header = included.block.header;
            feed(pipeline, venue, journal, ts, included, &mut alerts)?;
            if index + 1 == tape.len() {
                // The hour's own mark came before this fill.
                let mark = pipeline.mark(&header).map_err(|source| DriveError::Halt { ts, source })?;
                journal.append(&[mark]).map_err(|source| DriveError::Journal { ts, source })?;
            }
        }
        let progress = Progress { done: index + 1, of: tape.len(), ts, alerts: &alerts };
        if watch(&progress).is_break() {
            return Ok(Ended::Interrupted { hours: index + 1 });
        }
        alerts.clear();
    }
    Ok(Ended::Finished)
}

/// Hands a block to the pipeline, settlements first, and does what it asks.
fn feed<M: Model, V: Venue, J: Journal>(
    pipeline: &mut Pipeline<M>,
    venue: &mut V,
    journal: &mut J,
    ts: Timestamp,
    mined: Mined,
    alerts: &mut Vec<Alert>,
) -> Result<(), DriveError<V::Error, J::Error>> {
    let inputs = mined.settlements.into_iter().map(Input::Settled).chain([Input::Block(mined.block)]);
    for input in inputs {
        let effects = pipeline.step(input).map_err(|source| DriveError::Halt { ts, source })?;
        perform(venue, journal, ts, effects, alerts)?;
    }
    Ok(())
}

/// Writes records in batches, always before the submission that they announce.
fn perform<V: Venue, J: Journal>(
    venue: &mut V,
    journal: &mut J,
    ts: Timestamp,
    effects: Vec<Effect>,
    alerts: &mut Vec<Alert>,
) -> Result<(), DriveError<V::Error, J::Error>> {
    let mut records: Vec<Record> = Vec::new();
    for effect in effects {
        match effect {
            Effect::Record(record) => records.push(record),
            Effect::Alert(alert) => alerts.push(alert),
            Effect::Submit(order) => {
                journal.append(&records).map_err(|source| DriveError::Journal { ts, source })?;
                records.clear();
                venue.submit(&order, journal).map_err(|source| DriveError::Venue { ts, source })?;
            }
        }
    }
    if records.is_empty() {
        return Ok(());
    }
    journal.append(&records).map_err(|source| DriveError::Journal { ts, source })
}
