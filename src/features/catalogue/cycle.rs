//! Ehlers' Hilbert transform of the close.

use super::entry::{Indicator, talib};

pub(super) const CYCLE: &[Indicator] = talib! {
    ht_dcperiod(close) {
        ht_dcperiod: "bars", "period of the dominant cycle";
    }
    ht_dcphase(close) {
        ht_dcphase: "degrees", "phase of the dominant cycle";
    }
    ht_phasor(close) {
        ht_inphase: "price", "in-phase component";
        ht_quadrature: "price", "quadrature component";
    }
    ht_sine(close) {
        ht_sine: "-1..1", "sine of the phase";
        ht_leadsine: "-1..1", "sine of the phase and 45 degrees";
    }
    ht_trendmode(close) {
        ht_trendmode: "0 or 1", "1 in a trend, 0 in a cycle";
    }
};
