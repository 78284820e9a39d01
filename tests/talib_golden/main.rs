//! Every indicator against Python's TA-Lib (see generate.py): an implementation we did not choose.

use shoal::{
    domain::Candle,
    features::indicators::{IndicatorStream, Indicators, WARMUP_BARS},
    units::Timestamp,
};

/// Relative, and for a value near zero relative to the size the column usually has: both sides
/// lose the same digits when two prices cancel.
const TOLERANCE: f64 = 1e-9;

#[test]
fn every_indicator_equals_python_ta_lib() {
    let mut lines = include_str!("golden.csv").lines().skip(1);
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(&header[6..], Indicators::NAMES, "the golden file's columns");
    let mut stream = IndicatorStream::new();
    let mut compared = Vec::new();
    for (bar, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |index: usize| cells[index].parse::<f64>().unwrap();
        let candle = Candle {
            ts: Timestamp(cells[0].parse().unwrap()),
            open: number(1),
            high: number(2),
            low: number(3),
            close: number(4),
            volume: number(5),
        };
        let row = stream.push(&candle).unwrap();
        assert_eq!(row.is_some(), bar + 1 >= WARMUP_BARS, "bar {bar}");
        if let Some(row) = row {
            let golden: Vec<f64> = (6..cells.len()).map(number).collect();
            compared.push((candle.ts, row.values(), golden));
        }
    }
    assert_eq!(compared.len(), 121);
    for (column, name) in Indicators::NAMES.iter().enumerate() {
        let scale = compared.iter().map(|(_, _, golden)| golden[column].abs()).sum::<f64>() / compared.len() as f64;
        for (ts, ours, golden) in &compared {
            let (ours, golden) = (ours[column], golden[column]);
            let allowed = TOLERANCE * golden.abs().max(scale);
            assert!((ours - golden).abs() <= allowed, "{name} at {ts}: {ours} against {golden}");
        }
    }
}
