//! What an indicator is: a function of a library, its parameters and the columns it yields.

use std::fmt;

use ta_lib::{Core, RetCode};

use super::{live::Live, outputs::Values};
use crate::features::window::Columns;

/// One column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
}

/// The indicators of one kind, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    pub title: &'static str,
    pub indicators: &'static [Indicator],
}

/// Which library computes an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    TaLib,
    /// What TA-Lib lacks.
    Ta,
}

type Open = fn(&Core, &Columns, &mut [f64]) -> Result<Box<dyn Live>, RetCode>;

/// A function with every parameter, and the columns it yields in the order of its outputs.
pub struct Indicator {
    pub library: Library,
    pub columns: &'static [Column],
    pub(super) function: &'static str,
    pub(super) inputs: &'static [&'static str],
    pub(super) parameters: &'static [&'static str],
    /// Bars before the first that has a value.
    pub(super) lookback: fn(&Core) -> Result<usize, RetCode>,
    /// Takes a history of at least lookback + 1 bars and writes the last one's values.
    pub(super) open: Open,
    /// Each column at every bar.
    pub(super) batch: fn(&Core, &Columns) -> Result<Vec<Values>, RetCode>,
}

impl Indicator {
    /// Bars until the first value, that bar included.
    ///
    /// # Errors
    /// A parameter that the library refuses.
    pub fn bars(&self) -> Result<usize, RetCode> {
        Ok((self.lookback)(&Core::new())? + 1)
    }

    /// The function with its input series and parameters, as `SMA(close, 20)`.
    pub fn call(&self) -> String {
        let function = match self.library {
            Library::TaLib => self.function.to_uppercase(),
            Library::Ta => format!("ta::{}", self.function),
        };
        let parameters = self.parameters.iter().map(|parameter| parameter.trim_start_matches("MAType::"));
        let given: Vec<_> = self.inputs.iter().copied().chain(parameters).collect();
        format!("{function}({})", given.join(", "))
    }
}

impl fmt::Debug for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call())
    }
}

/// Declares TA-Lib's functions: input series, parameters, then a line for each output with its
/// unit and meaning.
macro_rules! talib {
    ($(
        $function:ident($($series:ident),+ $(; $($parameter:expr),+)?) {
            $($column:ident: $unit:literal, $meaning:literal;)+
        }
    )+) => {
        &[$(pastey::paste! {
            $crate::features::catalogue::entry::Indicator {
                library: $crate::features::catalogue::entry::Library::TaLib,
                columns: &[$($crate::features::catalogue::entry::Column {
                    name: stringify!($column), unit: $unit, meaning: $meaning,
                }),+],
                function: stringify!($function),
                inputs: &[$(stringify!($series)),+],
                parameters: &[$($(stringify!($parameter)),+)?],
                lookback: |core| core.[<$function _lookback>]($($($parameter),+)?),
                open: |core, bars, out| {
                    let (stream, first) = core.[<$function _open>]($(&bars.$series,)+ $($($parameter),+)?)?;
                    $crate::features::catalogue::outputs::Outputs::write(first, out);
                    Ok($crate::features::catalogue::live::boxed(stream, |stream, bar| stream.update($(bar.$series),+)))
                },
                batch: |core, bars| {
                    let before = core.[<$function _lookback>]($($($parameter),+)?)?;
                    let count = bars.close.len();
                    $(let mut $column = $crate::features::catalogue::outputs::Series::new(count, before);)+
                    if before < count {
                        let end = count - 1;
                        core.$function(0, end, $(&bars.$series,)+ $($($parameter,)+)? $($column.room()),+)?;
                    }
                    Ok(vec![$($column.finish()),+])
                },
            }
        }),+]
    };
}
pub(super) use talib;
