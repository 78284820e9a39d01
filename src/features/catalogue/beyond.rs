//! What TA-Lib does not have, or not under that definition: by the crate `ta`, which only streams,
//! so that a batch is a stream over all bars. Its averages begin at the first bar.

use ta::{
    Close, High, Low, Next,
    indicators::{ChandelierExit, EfficiencyRatio, KeltnerChannel},
};
use ta_lib::RetCode;

use super::{
    entry::{Column, Indicator, Library},
    live::{Live, boxed},
    outputs::{MISSING, Values},
};
use crate::{domain::Candle, features::window::Columns};

pub(super) const BEYOND: &[Indicator] = &[
    Indicator {
        library: Library::Ta,
        columns: &[
            Column {
                name: "chandelier_long_22",
                unit: "price",
                meaning: "Chandelier exit of a long: highest high of 22 bars less 3 ATRs",
            },
            Column {
                name: "chandelier_short_22",
                unit: "price",
                meaning: "Chandelier exit of a short: lowest low of 22 bars plus 3 ATRs",
            },
        ],
        function: "ChandelierExit",
        inputs: &["high", "low", "close"],
        parameters: &["22", "3.0"],
        lookback: |_| Ok(21),
        open: |_, bars, out| warmed(chandelier()?, bars, out),
        batch: |_, bars| run(chandelier()?, bars, 21, 2),
    },
    Indicator {
        library: Library::Ta,
        columns: &[
            Column { name: "keltner_upper_20", unit: "price", meaning: "Keltner channel: its middle plus 2 ATRs" },
            Column { name: "keltner_middle_20", unit: "price", meaning: "EMA 20 of the typical price" },
            Column { name: "keltner_lower_20", unit: "price", meaning: "Keltner channel: its middle minus 2 ATRs" },
        ],
        function: "KeltnerChannel",
        inputs: &["high", "low", "close"],
        parameters: &["20", "2.0"],
        lookback: |_| Ok(19),
        open: |_, bars, out| warmed(keltner()?, bars, out),
        batch: |_, bars| run(keltner()?, bars, 19, 3),
    },
    Indicator {
        library: Library::Ta,
        columns: &[Column {
            name: "efficiency_ratio_14",
            unit: "0..1",
            meaning: "Kaufman's efficiency ratio: net move of the path over 14 bars; missing on a flat one",
        }],
        function: "EfficiencyRatio",
        inputs: &["close"],
        parameters: &["14"],
        lookback: |_| Ok(14),
        open: |_, bars, out| warmed(efficiency()?, bars, out),
        batch: |_, bars| run(efficiency()?, bars, 14, 1),
    },
];

/// A bar as `ta` takes it.
struct Bar<'a>(&'a Candle);

impl High for Bar<'_> {
    fn high(&self) -> f64 {
        self.0.high
    }
}

impl Low for Bar<'_> {
    fn low(&self) -> f64 {
        self.0.low
    }
}

impl Close for Bar<'_> {
    fn close(&self) -> f64 {
        self.0.close
    }
}

fn chandelier() -> Result<Box<dyn Live>, RetCode> {
    let stream = ChandelierExit::new(22, 3.0).map_err(refused)?;
    Ok(boxed(stream, |stream, bar| {
        let exit = stream.next(&Bar(bar));
        Ok((exit.long, exit.short))
    }))
}

fn keltner() -> Result<Box<dyn Live>, RetCode> {
    let stream = KeltnerChannel::new(20, 2.0).map_err(refused)?;
    Ok(boxed(stream, |stream, bar| {
        let channel = stream.next(&Bar(bar));
        Ok((channel.upper, channel.average, channel.lower))
    }))
}

fn efficiency() -> Result<Box<dyn Live>, RetCode> {
    let stream = EfficiencyRatio::new(14).map_err(refused)?;
    Ok(boxed(stream, |stream, bar| Ok(stream.next(&Bar(bar)))))
}

/// `ta` refuses a period of zero and nothing else.
fn refused(_: ta::errors::TaError) -> RetCode {
    RetCode::BadParam
}

/// Runs a stream over the history.
fn warmed(mut stream: Box<dyn Live>, bars: &Columns, out: &mut [f64]) -> Result<Box<dyn Live>, RetCode> {
    for bar in bars.candles() {
        stream.update(&bar, out)?;
    }
    Ok(stream)
}

fn run(mut stream: Box<dyn Live>, bars: &Columns, before: usize, columns: usize) -> Result<Vec<Values>, RetCode> {
    let mut table = vec![vec![MISSING; bars.len()]; columns];
    let mut row = vec![MISSING; columns];
    for (index, bar) in bars.candles().enumerate() {
        stream.update(&bar, &mut row)?;
        if index >= before {
            for (column, value) in table.iter_mut().zip(&row) {
                column[index] = *value;
            }
        }
    }
    Ok(table.into_iter().map(Values::Numbers).collect())
}
