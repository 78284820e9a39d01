//! Volume, and price moves weighted by it. Volumes are in base units.

use ta_lib::MAType;

use super::entry::{Indicator, talib};

pub(super) const VOLUME: &[Indicator] = talib! {
    obv(close, volume) {
        obv: "base volume", "on-balance volume, summed from the first bar: only its changes have a meaning";
    }
    ad(high, low, close, volume) {
        ad: "base volume", "accumulation and distribution, summed from the first bar: only its changes have a meaning";
    }
    adosc(high, low, close, volume; 3, 10) {
        adosc: "base volume", "Chaikin's oscillator: EMA 3 less EMA 10 of that line";
    }
    efi(close, volume; 13) {
        efi_13: "price * base volume", "Elder's force index: EMA 13 of move times volume";
    }
    pvt(close, volume) {
        pvt: "base volume", "price-volume trend, summed from the first bar: only its changes have a meaning";
    }
    sma(volume; 20) {
        volume_sma_20: "base volume", "mean volume of 20 bars";
    }
    pvo(volume; 12, 26, MAType::EMA) {
        pvo: "percent", "EMA 12 of volume above its EMA 26, of the latter";
    }
};
