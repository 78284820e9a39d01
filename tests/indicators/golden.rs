//! Every column against Python's TA-Lib, and for what TA-Lib lacks against the definitions written
//! anew in Python (see generate.py): implementations we did not choose.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
};

use shoal::{
    domain::Candle,
    features::catalogue::{Values, batch, columns, indicators},
    units::Timestamp,
};

/// Relative.
const TOLERANCE: f64 = 1e-9;
/// What cancels to near zero has lost its digits on both sides: of the column's usual size.
const NEAR_ZERO: f64 = 1e-12;

struct Golden {
    candles: Vec<Candle>,
    /// From which bar on each column has values.
    first: BTreeMap<String, usize>,
    /// Bar by bar, those that are not zero.
    patterns: Vec<BTreeMap<String, f64>>,
    /// Of a bar and a column; `None` is missing.
    numbers: Vec<(usize, String, Option<f64>)>,
}

fn pairs(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.split_whitespace().map(|pair| {
        let (name, value) = pair.split_once(':').unwrap();
        (name.to_owned(), value)
    })
}

fn read() -> Golden {
    let mut lines = include_str!("golden.csv").lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    assert_eq!(header[..7], ["ts", "open", "high", "low", "close", "volume", "patterns"]);
    let begin = lines.next().unwrap();
    let mut first: BTreeMap<_, usize> = pairs(begin[6]).map(|(name, bar)| (name, bar.parse().unwrap())).collect();
    first.extend(header.iter().zip(&begin).skip(7).map(|(name, bar)| ((*name).to_owned(), bar.parse().unwrap())));
    let mut golden = Golden { candles: Vec::new(), first, patterns: Vec::new(), numbers: Vec::new() };
    for (bar, cells) in lines.enumerate() {
        let number = |index: usize| cells[index].parse::<f64>().unwrap();
        let (ts, open, high) = (Timestamp(cells[0].parse().unwrap()), number(1), number(2));
        let (low, close, volume) = (number(3), number(4), number(5));
        golden.candles.push(Candle { ts, open, high, low, close, volume });
        golden.patterns.push(pairs(cells[6]).map(|(name, signal)| (name, signal.parse().unwrap())).collect());
        for (name, text) in header.iter().zip(&cells).skip(7) {
            golden.numbers.push((bar, (*name).to_owned(), (!text.is_empty()).then(|| text.parse().unwrap())));
        }
    }
    golden
}

fn ours(candles: &[Candle]) -> BTreeMap<&'static str, Vec<f64>> {
    let table = batch(indicators(), candles, NonZeroUsize::MIN).unwrap();
    let values = |column: &Values| (0..candles.len()).map(|bar| column.at(bar)).collect();
    columns().map(|column| column.name).zip(table.iter().map(values)).collect()
}

#[test]
fn the_columns_and_their_first_bars_are_the_same() {
    let golden = read();
    let begins = indicators().flat_map(|indicator| {
        let first = indicator.bars().unwrap() - 1;
        indicator.columns.iter().map(move |column| (column.name.to_owned(), first))
    });
    assert_eq!(begins.collect::<BTreeMap<_, _>>(), golden.first);
}

#[test]
fn every_number_is_the_same_to_one_part_in_a_billion() {
    let golden = read();
    let table = ours(&golden.candles);
    let mut compared = BTreeMap::<_, usize>::new();
    let mut wrong = Vec::new();
    for (bar, name, expected) in &golden.numbers {
        let (values, ours) = (&table[name.as_str()], table[name.as_str()][*bar]);
        let Some(expected) = expected else {
            if !ours.is_nan() {
                wrong.push(format!("{name} at bar {bar} is {ours}, and missing in Python"));
            }
            continue;
        };
        let known = values.iter().filter(|value| !value.is_nan());
        let size = known.clone().map(|value| value.abs()).sum::<f64>() / known.count() as f64;
        let allowed = (TOLERANCE * expected.abs()).max(NEAR_ZERO * size);
        if ours.is_nan() || (ours - expected).abs() > allowed {
            wrong.push(format!("{name} at bar {bar}: {ours} against {expected}"));
        }
        *compared.entry(name).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared.len(), 116);
    assert!(compared.values().all(|count| *count >= 50), "{compared:?}");
}

/// All 61 occur among these bars.
#[test]
fn every_pattern_fires_where_it_does_in_python() {
    let golden = read();
    let table = ours(&golden.candles);
    let patterns: Vec<_> = table.iter().filter(|(name, _)| name.starts_with("cdl_")).collect();
    let mut seen = BTreeSet::new();
    for (bar, expected) in golden.patterns.iter().enumerate() {
        let fired = patterns.iter().filter(|(_, values)| values[bar].abs() > 0.0);
        let fired: BTreeMap<_, _> = fired.map(|(name, values)| ((**name).to_owned(), values[bar])).collect();
        assert_eq!(&fired, expected, "bar {bar}");
        seen.extend(fired.into_keys());
    }
    assert_eq!(seen.len(), 61);
}
