//! A data folder as something to judge.

use std::collections::BTreeMap;

use super::{Input, Numbers};
use crate::{
    domain::{Candle, CandleSeries, KnownCandle, PriceBar, SeriesRule},
    io::data::{DataError, Folder, MacroValues, macro_files},
};

/// Reads every file of a folder. A file that cannot be read, or of which no rule says when its
/// values were public, is part of the judgement and not the end of it. A bar counts as known from
/// its close on. `rules` are those of the macro files, by file name; `done` is told how many files
/// of how many are read.
///
/// # Errors
/// A macro file that is there twice.
pub fn load(
    folder: &Folder,
    rules: &BTreeMap<String, SeriesRule>,
    mut done: impl FnMut(usize, usize),
) -> Result<Input, DataError> {
    let (candles, numbers) = (folder.files(), macro_files(folder.dir(), rules)?);
    let (mut read, all) = (0, candles.len() + numbers.len());
    let mut next = || {
        read += 1;
        done(read, all);
    };
    let mut input = Input::default();
    for file in candles {
        let (venue, symbol, timeframe) = (file.venue, file.symbol, file.timeframe);
        let bars = folder.bars(&venue, &symbol, timeframe);
        let series = CandleSeries { venue, symbol, timeframe };
        match bars {
            Ok(bars) => {
                let known = |bar: &PriceBar| KnownCandle { candle: candle(bar), known_at: timeframe.close(bar.ts) };
                input.candles.push((series, bars.iter().map(known).collect()));
            }
            Err(error) => input.unreadable.push((series.to_string(), error.to_string())),
        }
        next();
    }
    for file in numbers {
        match file.and_then(|file| Ok((file.read()?, file.rule))) {
            Ok((found, rule)) => input.numbers.push(judged(found, &rule)),
            Err(error) => input.unreadable.push(("macro".to_owned(), error.to_string())),
        }
        next();
    }
    Ok(input)
}

fn judged(found: MacroValues, rule: &SeriesRule) -> Numbers {
    let mut notes = Vec::new();
    if found.empty > 0 {
        notes.push(format!("{} dates without a value", found.empty));
    }
    if found.before_1970 > 0 {
        notes.push(format!("{} rows before 1970 are left out", found.before_1970));
    }
    Numbers { name: rule.name.clone(), values: found.observations, max_age: Some(rule.stale_after), notes }
}

fn candle(bar: &PriceBar) -> Candle {
    Candle {
        ts: bar.ts,
        open: bar.open.to_f64(),
        high: bar.high.to_f64(),
        low: bar.low.to_f64(),
        close: bar.close.to_f64(),
        volume: bar.volume,
    }
}
