//! Forecasts as a table: `ts,model,probability,lower,target`.

use std::io::{self, Write};

use crate::validation::evaluate::Prediction;

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
