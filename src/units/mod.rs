//! Newtypes for everything that is counted: money, prices, fees, ticks, blocks and time.
//!
//! Arithmetic on money is integer and checked: an operation that cannot be represented
//! returns `None` and never wraps. `f64` does not appear in a signature here except in the
//! `to_f64` readers, which are for statistics only and have no way back.

pub mod amount;
pub mod block;
pub mod bps;
pub mod fee;
pub mod price;
pub mod sqrt_price;
pub mod tick;
pub mod time;

pub use amount::{TokenAmount, Wei};
pub use block::BlockNumber;
pub use bps::Bps;
pub use fee::FeePips;
pub use price::{Price, PriceError};
pub use sqrt_price::SqrtPriceX96;
pub use tick::{Tick, TickError};
pub use time::{TimeError, Timestamp};
