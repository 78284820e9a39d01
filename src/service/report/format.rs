//! Numbers and times as people read them.

use crate::{
    domain::Reason,
    units::{Timestamp, TokenAmount},
};

/// What stands where a figure is not defined.
pub(super) const NONE: &str = "-";

/// With thousands separators: `-1,234.50`. A value that rounds to zero has no sign.
pub(in crate::service) fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        grouped.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// `+1,234.50`, `-0.10`, `0.00`.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    if value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { format!("+{text}") } else { text }
}

pub(super) fn money(amount: TokenAmount, decimals: u8) -> String {
    number(amount.to_f64(decimals), 2)
}

/// A price: two decimals, more below 10.
pub(super) fn price(value: f64) -> String {
    number(value, if value.abs() >= 10.0 { 2 } else { 6 })
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{}%", number(fraction * 100.0, 2))
}

pub(super) fn signed_percent(fraction: f64) -> String {
    format!("{}%", signed(fraction * 100.0, 2))
}

pub(super) fn or_none<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

/// `2024-01-05 13:00`, UTC.
pub(in crate::service) fn minute(ts: Timestamp) -> String {
    let text = ts.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) if text.ends_with('Z') => format!("{date} {time}"),
        _ => text,
    }
}

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Signal => "signal",
        Reason::StopLoss => "stop loss",
        Reason::TakeProfit => "take profit",
        Reason::Horizon => "horizon",
        Reason::Halt => "halt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_signs() {
        let cases = [(0.0, "0.00"), (-0.001, "0.00"), (999.999, "1,000.00"), (-1234567.891, "-1,234,567.89")];
        for (value, text) in cases {
            assert_eq!(number(value, 2), text);
        }
        assert_eq!(number(1e6, 0), "1,000,000");
        assert_eq!(number(f64::NAN, 2), "-");
        assert_eq!([signed(0.001, 2), signed(12.0, 1), signed(-12.0, 1)], ["0.00", "+12.0", "-12.0"]);
        assert_eq!([percent(0.12345), signed_percent(0.5)], ["12.35%", "+50.00%"]);
        assert_eq!(minute(Timestamp(1_704_459_600)), "2024-01-05 13:00");
    }
}
