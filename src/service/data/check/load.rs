//! A data folder as something to judge.

use super::{Input, Numbers};
use crate::{
    domain::{Candle, CandleSeries, KnownCandle, Observation, PriceBar},
    io::data::Folder,
};

/// Reads every file of a folder. A file that cannot be read is part of the judgement, not the
/// end of it. A bar counts as known from its close on. Numbers count as known from their date
/// on: a folder does not say when they were published, and no check here depends on it. `done`
/// is told how many files of how many are read.
pub fn load(folder: &Folder, mut done: impl FnMut(usize, usize)) -> Input {
    let (candles, numbers) = (folder.files(), folder.number_files());
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
        let name = format!("macro/{}", file.series);
        match folder.numbers(&file) {
            Ok(found) => {
                let values =
                    found.values.iter().map(|(ts, value)| Observation { ts: *ts, known_at: *ts, value: *value });
                let mut notes = Vec::new();
                if found.empty > 0 {
                    notes.push(format!("{} dates without a value", found.empty));
                }
                if found.before_1970 > 0 {
                    notes.push(format!("{} rows before 1970 are left out", found.before_1970));
                }
                input.numbers.push(Numbers { name, values: values.collect(), max_age: None, notes });
            }
            Err(error) => input.unreadable.push((name, error.to_string())),
        }
        next();
    }
    input
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
