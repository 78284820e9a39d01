//! Plots as SVG to stand inside a page. Colours are fixed here so that a plot reads without the
//! page's style sheet, which maps each of them to one for light and one for dark.

use std::ops::Range;

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{PriceSeries, RunReport, axis::TimeAxis, format, metrics};
use crate::{domain::Side, units::Timestamp};

/// Drawn at twice the size shown, so that lines are smooth: coordinates are whole numbers.
const SIZE: (u32, u32) = (2_160, 640);
const LETTER: u32 = 27;
/// Buckets of a curve; each keeps its lowest and highest point.
const BUCKETS: usize = 900;

const STRATEGY: RGBColor = RGBColor(0x1D, 0x5F, 0xD1);
const HOLD: RGBColor = RGBColor(0x7A, 0x82, 0x8C);
const PRICE: RGBColor = RGBColor(0x5A, 0x63, 0x70);
const BUY: RGBColor = RGBColor(0x1A, 0x7F, 0x37);
const SELL: RGBColor = RGBColor(0xCF, 0x22, 0x2E);
const GRID: RGBColor = RGBColor(0xE4, 0xE7, 0xEB);
const LETTERS: RGBColor = RGBColor(0x59, 0x63, 0x6E);

type Points = Vec<(i64, f64)>;
/// A plot that could not be drawn: never for finite values.
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Equity and buy-and-hold.
pub(super) fn equity(report: &RunReport) -> Option<String> {
    let decimals = report.quote.decimals;
    let curve = |hold: bool| {
        let value = |point: &super::EquityPoint| if hold { point.hold_quote } else { point.equity_quote };
        thin(report.equity.iter().map(|point| (seconds(point.ts), value(point).to_f64(decimals))).collect())
    };
    let (strategy, hold) = (curve(false), curve(true));
    svg("Equity of the strategy and of buy and hold", |area| {
        let y = bounds([&strategy, &hold]);
        let digits = digits(&y);
        let mut chart = frame(area, times([&strategy, &hold])?, y, &|value| format::number(*value, digits))?;
        chart.draw_series(LineSeries::new(hold.iter().copied(), HOLD.stroke_width(3))).ok()?;
        chart.draw_series(LineSeries::new(strategy.iter().copied(), STRATEGY.stroke_width(4))).ok()?;
        Some(())
    })
}

/// The fall from the peak, of both.
pub(super) fn drawdown(report: &RunReport) -> Option<String> {
    let decimals = report.quote.decimals;
    let curve = |hold: bool| {
        let value = |point: &super::EquityPoint| if hold { point.hold_quote } else { point.equity_quote };
        let capital = std::iter::once(report.summary.capital);
        let values: Vec<f64> =
            capital.chain(report.equity.iter().map(value)).map(|amount| amount.to_f64(decimals)).collect();
        let falls = metrics::drawdowns(&values);
        thin(report.equity.iter().zip(falls.iter().skip(1)).map(|(point, fall)| (seconds(point.ts), -fall)).collect())
    };
    let (strategy, hold) = (curve(false), curve(true));
    svg("Drawdown of the strategy and of buy and hold", |area| {
        let lowest = strategy.iter().chain(&hold).map(|(_, fall)| *fall).fold(-0.01, f64::min);
        let digits = if lowest > -0.04 { 1 } else { 0 };
        let show = |value: &f64| format!("{}%", format::number(value * 100.0, digits));
        let mut chart = frame(area, times([&strategy, &hold])?, lowest * 1.05..0.0, &show)?;
        chart.draw_series(AreaSeries::new(strategy.iter().copied(), 0.0, STRATEGY.mix(0.18))).ok()?;
        chart.draw_series(LineSeries::new(hold.iter().copied(), HOLD.stroke_width(3))).ok()?;
        chart.draw_series(LineSeries::new(strategy.iter().copied(), STRATEGY.stroke_width(4))).ok()?;
        Some(())
    })
}

/// An asset's closes with every fill at its own price.
pub(super) fn price(report: &RunReport, series: &PriceSeries) -> Option<String> {
    let closes = thin(series.points.iter().map(|point| (seconds(point.ts), point.close)).collect());
    let decimals = report.assets.iter().find(|unit| unit.asset == series.asset).map_or(18, |unit| unit.decimals);
    let fills = |side: Side| -> Points {
        let fills = report.fills.iter().filter(|fill| fill.asset == series.asset && fill.side == side);
        let price = |fill: &crate::domain::Fill| {
            let (quote, base) = match side {
                Side::Buy => (fill.amount_in, fill.amount_out),
                Side::Sell => (fill.amount_out, fill.amount_in),
            };
            quote.to_f64(report.quote.decimals) / base.to_f64(decimals)
        };
        fills.map(|fill| (seconds(fill.ts), price(fill))).filter(|(_, price)| price.is_finite()).collect()
    };
    let (buys, sells) = (fills(Side::Buy), fills(Side::Sell));
    svg(&format!("Price of {} with trades", series.asset), |area| {
        let y = bounds([&closes, &buys, &sells]);
        let digits = digits(&y);
        let mut chart = frame(area, times([&closes])?, y, &|value| format::number(*value, digits))?;
        chart.draw_series(LineSeries::new(closes.iter().copied(), PRICE.stroke_width(3))).ok()?;
        // Marks shrink where there are many, and point at the price from below and from above.
        let size = if buys.len() + sells.len() > 80 { 8 } else { 12 };
        let mark = |points: &Points, colour: RGBColor, down: i32| {
            let shape = vec![(0, down * 6), (-size, down * (6 + 2 * size)), (size, down * (6 + 2 * size))];
            let element = move |at: &(i64, f64)| EmptyElement::at(*at) + Polygon::new(shape.clone(), colour.filled());
            points.iter().map(element).collect::<Vec<_>>()
        };
        chart.draw_series(mark(&buys, BUY, 1)).ok()?;
        chart.draw_series(mark(&sells, SELL, -1)).ok()?;
        Some(())
    })
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<TimeAxis, plotters::coord::types::RangedCoordf64>>;

/// The SVG of what `draw` draws, scaling with the page; `None` where there is nothing to draw.
fn svg(label: &str, draw: impl FnOnce(&Area<'_>) -> Option<()>) -> Option<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        draw(&area)?;
        let presented: Drawn = area.present();
        presented.ok()?;
    }
    let (_, body) = text.split_once('>')?;
    let (width, height) = SIZE;
    let label = crate::service::page::escape(label);
    Some(format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">{}", body.trim_start()))
}

fn frame<'a, 'b>(
    area: &'a Area<'b>,
    x: TimeAxis,
    y: Range<f64>,
    show: &dyn Fn(&f64) -> String,
) -> Option<Chart<'a, 'b>> {
    let labels = x.clone();
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_top(22)
        .margin_right(56)
        .x_label_area_size(48)
        .y_label_area_size(132)
        .build_cartesian_2d(x, y)
        .ok()?;
    let letters =
        |horizontal, vertical| ("sans-serif", LETTER).into_font().color(&LETTERS).pos(Pos::new(horizontal, vertical));
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID.stroke_width(2))
        .light_line_style(TRANSPARENT)
        .axis_style(GRID.stroke_width(2))
        .x_label_style(letters(HPos::Center, VPos::Top))
        .y_label_style(letters(HPos::Right, VPos::Center))
        .y_labels(8)
        .x_label_formatter(&|at| labels.label(*at))
        .y_label_formatter(&|value| show(value))
        .draw()
        .ok()?;
    Some(chart)
}

fn seconds(ts: Timestamp) -> i64 {
    i64::try_from(ts.0).unwrap_or(i64::MAX)
}

fn times<const N: usize>(curves: [&Points; N]) -> Option<TimeAxis> {
    let all = || curves.iter().flat_map(|curve| curve.iter().map(|(at, _)| *at));
    let (first, last) = (all().min()?, all().max()?);
    Some(TimeAxis(first..last.max(first.saturating_add(3_600))))
}

/// From the lowest to the highest value with a little room.
fn bounds<const N: usize>(curves: [&Points; N]) -> Range<f64> {
    let all = || curves.iter().flat_map(|curve| curve.iter().map(|(_, value)| *value));
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return 0.0..1.0;
    }
    let room = ((high - low) * 0.08).max(high.abs() * 1e-4).max(1e-9);
    low - room..high + room
}

/// Decimals that tell the marks of an axis apart.
fn digits(range: &Range<f64>) -> usize {
    let step = (range.end - range.start) / 6.0;
    if step >= 1.0 { 0 } else { (-step.log10()).ceil().clamp(0.0, 9.0) as usize }
}

/// A curve that looks the same with far fewer points.
fn thin(points: Points) -> Points {
    if points.len() <= 2 * BUCKETS {
        return points;
    }
    let mut thinned = Points::with_capacity(2 * BUCKETS + 2);
    for bucket in points.chunks(points.len().div_ceil(BUCKETS)) {
        let lowest = bucket.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let highest = bucket.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut kept: Points = lowest.into_iter().chain(highest).chain(bucket.last().copied()).collect();
        kept.sort_by_key(|point| point.0);
        kept.dedup_by_key(|point| point.0);
        thinned.extend(kept);
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes_and_the_order() {
        let points: Points =
            (0..50_000).map(|n| (n, if n == 31_337 { 9.0 } else { (n as f64 / 900.0).sin() })).collect();
        let thinned = thin(points);
        assert!(thinned.len() <= 3 * BUCKETS);
        assert!(thinned.contains(&(31_337, 9.0)) && thinned.last().unwrap().0 == 49_999);
        assert!(thinned.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn axes_tell_their_marks_apart() {
        assert_eq!([digits(&(0.0..1_000.0)), digits(&(0.0..1.0)), digits(&(10_000.0..10_000.2))], [0, 1, 2]);
        let flat = bounds([&vec![(0, 5.0), (1, 5.0)]]);
        assert!(flat.start < 5.0 && flat.end > 5.0);
    }
}
