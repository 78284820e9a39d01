//! The basis by the hour of the funding cycle: perpetuals pay it at 0, 8 and 16 o'clock UTC.

use super::super::{
    past::Ewm,
    side::Side,
    sink::{Group, Sink},
};
use crate::units::Timestamp;

/// Hours from one payment to the next.
const CYCLE: u64 = 8;

#[derive(Clone, Debug)]
pub(in super::super) struct Funding {
    basis: Ewm,
}

impl Funding {
    pub(in super::super) fn new() -> Self {
        Self { basis: Ewm::new(4) }
    }

    /// `other` is this asset's other venue, `coming` the coming bar's open.
    pub(in super::super) fn push(&mut self, me: &Side, other: &Side, coming: Timestamp, out: &mut impl Sink) {
        out.group(Group::Funding);
        let now = me.log_close.lag(0) - other.log_close.lag(0);
        let mean = self.basis.push(now) / me.scale;
        // Where this bar has no basis the mean would stay what it was.
        let basis = if now.is_nan() { now } else { mean };
        let since = coming.0 / Timestamp::HOUR % CYCLE;
        for hours in 0..CYCLE {
            let due = (CYCLE - since) % CYCLE == hours;
            let value = if due || basis.is_nan() { basis } else { 0.0 };
            let about = format_args!(
                "mean log price here over the other venue's, half-life 4, where the coming bar opens in the hour \
                 that begins {hours} hours before funding is paid, else 0"
            );
            out.put(format_args!("fund_{hours}"), about, "deviations of the return", value);
        }
    }
}
