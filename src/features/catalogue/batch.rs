//! The catalogue over a whole history at once.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use ta_lib::{Core, RetCode};

use super::{entry::Indicator, outputs::Values};
use crate::{
    domain::Candle,
    features::{CandleError, check::check, window::Columns},
    units::Timestamp,
};

/// Every column of these indicators at every candle, in their order: the bits that the stream
/// gives, whatever the number of threads.
///
/// # Errors
/// As [`CatalogueStream::push`](super::CatalogueStream::push), of the first such candle.
pub fn batch(
    indicators: impl IntoIterator<Item = &'static Indicator>,
    candles: &[Candle],
    threads: NonZeroUsize,
) -> Result<Vec<Values>, CandleError> {
    let mut bars = Columns::with_capacity(candles.len());
    let mut last = None;
    for candle in candles {
        check(candle, last)?;
        last = Some(candle.ts);
        bars.push(candle);
    }
    let ts = last.unwrap_or(Timestamp(0));
    let indicators: Vec<_> = indicators.into_iter().collect();
    columns(&indicators, &bars, threads).map_err(|code| CandleError::Indicator { ts, code })
}

/// Some indicators cost a hundred times what others do, so each thread takes the next one when it
/// has done the last.
fn columns(indicators: &[&Indicator], bars: &Columns, threads: NonZeroUsize) -> Result<Vec<Values>, RetCode> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(indicators.len()));
    let work = || {
        let core = Core::new();
        while let Some((index, indicator)) = take(indicators, &next) {
            let columns = (indicator.batch)(&core, bars);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, columns));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    let mut table = Vec::new();
    for (_, columns) in done {
        table.extend(columns?);
    }
    Ok(table)
}

fn take<'a>(indicators: &[&'a Indicator], next: &AtomicUsize) -> Option<(usize, &'a Indicator)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    indicators.get(index).map(|indicator| (index, *indicator))
}
