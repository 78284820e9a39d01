//! The feature engine against an independent writing of it in pandas (`generate.py`).

use std::{collections::HashMap, fs, path::Path};

use shoal::{
    domain::{Asset, Candle, Frame, Timeframe},
    features::engine::{self, Engine},
    units::Timestamp,
};

const BARS: u64 = 1_500;
const START: u64 = 1_646_956_800;

type Missing = fn(u64) -> bool;

/// As in `generate.py`: venue, asset, first price, which bars are missing.
const SERIES: [(&str, &str, f64, Missing); 7] = [
    ("binance_perp", "ETH", 2_000.0, |_| false),
    ("binance_perp", "BTC", 40_000.0, |bar| bar % 97 == 13),
    ("binance_perp", "SOL", 90.0, |bar| bar < 700),
    ("binance_perp", "LINK", 14.0, |_| false),
    ("binance_perp", "DOGE", 0.12, |bar| (900..930).contains(&bar)),
    ("binance_spot", "ETH", 2_001.0, |bar| bar % 211 == 5),
    ("binance_spot", "BTC", 40_010.0, |_| false),
];

fn candles(number: u64, mut price: f64, missing: Missing) -> Vec<Option<Candle>> {
    let mut state: u64 = 12_345 + 1_000_003 * number;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / 2f64.powi(31)
    };
    let mut bar_of = |bar: u64| {
        let draws = [draw(), draw(), draw(), draw()];
        let open = price;
        let quiet = (1_000..1_006).contains(&bar);
        if !quiet {
            price = open * (1.0 + (draws[0] - 0.5) * 0.02);
        }
        let candle = Candle {
            ts: Timestamp(START + 3_600 * bar),
            open,
            high: open.max(price) * if quiet { 1.0 } else { 1.0 + draws[1] * 0.004 },
            low: open.min(price) * if quiet { 1.0 } else { 1.0 - draws[2] * 0.004 },
            close: price,
            volume: if bar % 401 == 400 { 0.0 } else { 1_000.0 * (0.1 + draws[3]) * (1.0 + (bar % 24) as f64 / 12.0) },
        };
        (!missing(bar)).then_some(candle)
    };
    (0..BARS).map(&mut bar_of).collect()
}

fn frames() -> Vec<Frame> {
    let mut series: HashMap<(&str, &str), Vec<Option<Candle>>> = HashMap::new();
    for (number, (venue, asset, price, missing)) in SERIES.into_iter().enumerate() {
        series.insert((venue, asset), candles(number as u64, price, missing));
    }
    let own = &series[&("binance_perp", "ETH")];
    let peers = engine::peers("binance_perp", &Asset::new("ETH"));
    let frame = |bar: usize| Frame {
        bar: own[bar].expect("the own series is whole"),
        peers: peers
            .iter()
            .map(|peer| series.get(&(peer.venue.as_str(), peer.asset.as_str())).and_then(|bars| bars[bar]))
            .collect(),
        readings: Vec::new(),
    };
    (0..BARS as usize).map(frame).collect()
}

#[test]
fn every_column_is_pandas() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/features_golden/golden.csv");
    let golden = fs::read_to_string(path).unwrap();
    let mut lines = golden.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').skip(1).collect();
    let catalogue = engine::catalogue();
    let place: HashMap<&str, usize> =
        catalogue.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
    assert_eq!(place.len(), catalogue.len(), "names are unique");
    let lacking: Vec<&&str> = names.iter().filter(|name| !place.contains_key(**name)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    let frames = frames();
    let mut engine = Engine::new(Timeframe::H1, frames[0].peers.len());
    let mut rows = Vec::new();
    for frame in &frames {
        let mut row = Vec::new();
        engine.push(frame, &mut row).unwrap();
        assert_eq!(row.len(), catalogue.len());
        rows.push(row);
    }
    let (mut compared, mut faults) = (0, Vec::new());
    for line in lines {
        let mut fields = line.split(',');
        let bar: usize = fields.next().unwrap().parse().unwrap();
        for (name, field) in names.iter().zip(fields) {
            let ours = rows[bar][place[name]];
            let theirs: f64 = if field.is_empty() { f64::NAN } else { field.parse().unwrap() };
            compared += 1;
            let same = ours.is_nan() && theirs.is_nan() || (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0);
            if !same {
                faults.push(format!("bar {bar}, {name}: {ours} instead of {theirs}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {compared} differ:\n{}", faults.len(), faults[..faults.len().min(40)].join("\n"));
    assert!(compared > 5_000);
}
