//! Forecasts as tables.

use std::io::{self, Write};

use crate::{
    pipeline::forecaster::Reason,
    validation::forecast::{Explained, Prediction},
};

/// Writes a row a model and bar; `ts` is the bar's open, in unix seconds UTC.
///
/// # Errors
/// What the writer says.
pub fn write(mut out: impl Write, predictions: &[Prediction]) -> io::Result<()> {
    writeln!(out, "ts,model,probability,lower,target")?;
    for Prediction { ts, told } in predictions {
        writeln!(out, "{},{},{},{},{}", ts.0, told.model, told.probability, told.lower, told.target.as_str())?;
    }
    out.flush()
}

/// Writes `ts,model,part,value,log_odds`: why each forecast of a bar is what it is.
///
/// # Errors
/// What the writer says.
pub fn write_reasons(mut out: impl Write, explained: &[Explained]) -> io::Result<()> {
    writeln!(out, "ts,model,part,value,log_odds")?;
    for Explained { ts, reasons, .. } in explained {
        for Reason { model, part, value, log_odds } in reasons {
            writeln!(out, "{},{model},{part},{value},{log_odds}", ts.0)?;
        }
    }
    out.flush()
}
