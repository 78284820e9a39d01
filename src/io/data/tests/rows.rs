//! One case a fault, and what is accepted.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{Candle, KnownCandle},
    units::{Price, Timestamp},
};

/// The line, field and fault of a row error, whose text must name all three and the file.
fn row_fault(text: &str) -> (u64, String, RowFault) {
    let error = read(text).unwrap_err();
    let said = error.to_string();
    match error {
        DataError::Row { file, line, field, fault } => {
            assert!(file.ends_with("candles/v/ETHUSDT_1h.csv"), "{said}");
            for part in [file.display().to_string(), format!("line {line}"), format!("`{field}`"), fault.to_string()] {
                assert!(said.contains(&part), "{said} lacks {part}");
            }
            (line, field, fault)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn reads_a_good_file() {
    let bars = read(GOOD).unwrap();
    let price = |text: &str| text.parse::<Price>().unwrap();
    assert_eq!(bars.len(), 2);
    let expected = PriceBar {
        ts: Timestamp(3_600),
        open: price("10"),
        high: price("12"),
        low: price("9"),
        close: price("11"),
        volume: 5.0,
    };
    assert_eq!(bars[0], expected);
}

#[test]
fn the_same_bars_whatever_the_dress() {
    let plain = read(GOOD).unwrap();
    let crlf = GOOD.replace('\n', "\r\n");
    let marked = format!("\u{feff}{crlf}");
    let shuffled = "note,close,volume,ts,low,high,open\nx,11,5,3600,9,12,10\n\"a,b\",11,0,7200,11,11,11\n";
    for text in [&crlf, &marked, &format!("\u{feff}{GOOD}"), GOOD.trim_end(), crlf.trim_end(), shuffled] {
        assert_eq!(read(text).unwrap(), plain, "{text:?}");
        assert_eq!(read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())).unwrap(), plain, "{text:?}");
    }
    let (first, second) = GOOD.split_at(40);
    let two_members = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
    assert_eq!(read_as("ETHUSDT_1h.csv.gz", &two_members).unwrap(), plain);
}

#[test]
fn every_row_fault_names_its_place() {
    use RowFault as F;
    let text = |text: &str| text.to_owned();
    let cases: Vec<(&str, &str, RowFault)> = vec![
        ("7200,abc,12,9,11,5", "open", F::NotANumber(text("abc"))),
        ("7200,10,12,9, 11,5", "close", F::NotANumber(text(" 11"))),
        ("7200,10,12,9,,5", "close", F::NotANumber(text(""))),
        ("7200,10,NaN,9,11,5", "high", F::NotFinite(text("NaN"))),
        ("7200,10,inf,9,11,5", "high", F::NotFinite(text("inf"))),
        ("7200,0,12,9,11,5", "open", F::Price(crate::units::PriceError::NotPositive(text("0")))),
        ("7200,10,12,-9,11,5", "low", F::Price(crate::units::PriceError::NotPositive(text("-9")))),
        ("7200,10,1e30,9,11,5", "high", F::Price(crate::units::PriceError::TooLarge(text("1e30")))),
        ("7200,10,12,9,11,-5", "volume", F::Negative(text("-5"))),
        ("7200,10,12,9,11,nan", "volume", F::NotFinite(text("nan"))),
        ("7200,10,12,9,11,-inf", "volume", F::NotFinite(text("-inf"))),
        ("7200,10,12,9,11,1e999", "volume", F::NotFinite(text("1e999"))),
        ("7200,10,12,9,11,much", "volume", F::NotANumber(text("much"))),
        ("7200,10,10.9,9,11,5", "high", F::HighTooLow { high: text("10.9"), body: text("11") }),
        ("7200,10,12,10.1,11,5", "low", F::LowTooHigh { low: text("10.1"), body: text("10") }),
        ("7201,10,12,9,11,5", "ts", F::OffGrid { ts: 7_201, step: 3_600 }),
        ("3600,10,12,9,11,5", "ts", F::Duplicate { ts: 3_600 }),
        ("0,10,12,9,11,5", "ts", F::Unsorted { ts: 0, previous: 3_600 }),
        ("1704412800000,10,12,9,11,5", "ts", F::NotSecondsButFiner(1_704_412_800_000)),
        ("2024-01-05,10,12,9,11,5", "ts", F::NotSeconds(text("2024-01-05"))),
        ("-7200,10,12,9,11,5", "ts", F::NotSeconds(text("-7200"))),
        ("+7200,10,12,9,11,5", "ts", F::NotSeconds(text("+7200"))),
        ("7200,10,12,9,11", "volume", F::TooFewFields { have: 5 }),
        ("7200", "open", F::TooFewFields { have: 1 }),
    ];
    for (row, field, fault) in cases {
        for end in ["\n", "\r\n"] {
            let text = format!("{HEADER}3600,10,12,9,11,5\n{row}\n").replace('\n', end);
            assert_eq!(row_fault(&text), (3, field.to_owned(), fault.clone()), "{row}");
        }
    }
}

#[test]
fn blank_lines_count_as_lines() {
    let (line, ..) = row_fault(&format!("{HEADER}\n\n3600,10,12,9,11,x\n"));
    assert_eq!(line, 4);
}

#[test]
fn a_long_wrong_field_is_cut() {
    let long = "x".repeat(10_000);
    assert!(read(&format!("{HEADER}3600,10,12,9,11,{long}\n")).unwrap_err().to_string().len() < 300);
    assert!(read(&format!("{HEADER}3600,{long},12,9,11,1\n")).unwrap_err().to_string().len() < 300);
    assert!(read(&format!("{HEADER}3600,-1{},12,9,11,1\n", "0".repeat(5_000))).unwrap_err().to_string().len() < 300);
}

#[test]
fn text_that_is_not_utf8_is_placed() {
    let bytes = [GOOD.as_bytes(), b"10800,11,1\xff,11,11,0\n"].concat();
    for (name, bytes) in [("ETHUSDT_1h.csv", bytes.clone()), ("ETHUSDT_1h.csv.gz", gzip(&bytes))] {
        match read_as(name, &bytes).unwrap_err() {
            DataError::Row { line: 4, field, fault: RowFault::NotUtf8, .. } => assert_eq!(field, "high"),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn headers_must_name_every_column_once() {
    let lacking = "ts,open,high,low,close\n3600,1,1,1,1\n";
    assert!(matches!(read(lacking), Err(DataError::NoColumn { column: "volume", .. })));
    let headless = "3600,10,12,9,11,5\n";
    assert!(matches!(read(headless), Err(DataError::NoColumn { column: "ts", .. })));
    let twice = "ts,open,high,low,close,volume,open\n3600,1,1,1,1,1,2\n";
    assert!(matches!(read(twice), Err(DataError::TwoColumns { column: "open", .. })));
}

#[test]
fn empty_files_are_refused() {
    for text in ["", "\n", "\u{feff}", "\r\n\r\n"] {
        assert!(matches!(read(text), Err(DataError::Empty { .. })), "{text:?}");
        assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())), Err(DataError::Empty { .. })));
    }
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", b""), Err(DataError::Empty { .. })));
    assert!(matches!(read(HEADER), Err(DataError::NoRows { .. })));
}

#[test]
fn a_text_too_long_to_be_held_is_checked_and_read_too() {
    let (header, rows) = GOOD.split_at(HEADER.len());
    let mut long = gzip(format!("{header}{}{rows}", "\n".repeat(64 << 20)).as_bytes());
    assert_eq!(read_as("ETHUSDT_1h.csv.gz", &long).unwrap(), read(GOOD).unwrap());
    let checksum = long.len() - 8;
    long[checksum] ^= 1;
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &long), Err(DataError::Gzip { .. })));
}

#[test]
fn gzip_cut_or_flipped_anywhere_is_detected() {
    let whole = gzip(GOOD.as_bytes());
    for length in 1..whole.len() {
        let cut = read_as("ETHUSDT_1h.csv.gz", &whole[..length]);
        assert!(matches!(cut, Err(DataError::Gzip { .. })), "cut to {length}");
    }
    let mut flipped = whole.clone();
    let checksum = whole.len() - 8;
    flipped[checksum] ^= 1;
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &flipped), Err(DataError::Gzip { .. })));
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", GOOD.as_bytes()), Err(DataError::Gzip { .. })));
    let trailing = [whole.as_slice(), b"rubbish"].concat();
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &trailing), Err(DataError::Gzip { .. })));
}

proptest! {
    #[test]
    fn what_was_written_is_read(rows in prop::collection::vec(
        (1u64..5, prop::array::uniform4(1u64..u64::MAX), 0.0f64..1e12), 1..60), packed in any::<bool>()
    ) {
        let mut ts = 0;
        let bars: Vec<PriceBar> = rows.into_iter().map(|(step, mut raw, volume)| {
            ts += step * 3_600;
            raw.sort_unstable();
            let [low, open, close, high] = raw.map(|raw| Price::from_raw(u128::from(raw)).unwrap());
            PriceBar { ts: Timestamp(ts), open, high, low, close, volume }
        }).collect();
        let mut text = HEADER.to_owned();
        for bar in &bars {
            let PriceBar { ts, open, high, low, close, volume } = bar;
            text += &format!("{},{open},{high},{low},{close},{volume}\n", ts.0);
        }
        let read = if packed { read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())) } else { read(&text) };
        prop_assert_eq!(read.unwrap(), bars);
    }

    #[test]
    fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), packed in any::<bool>()) {
        let name = if packed { "ETHUSDT_1h.csv.gz" } else { "ETHUSDT_1h.csv" };
        prop_assert!(read_as(name, &bytes).is_err());
    }
}

/// The folder's one file as candles, up to the first fault.
fn candles_as(name: &str, bytes: &[u8]) -> Result<Vec<KnownCandle>, DataError> {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", name, bytes);
    Folder::open(dir.path())?.candle_files().remove(0)?.candles()?.collect()
}

#[test]
fn candles_are_the_bars_known_at_their_close() {
    let noise = "ts,open,high,low,close,volume\n3600,0.30000000000000004,0.3,0.1,2e-1,1e-3\n";
    let candles = candles_as("ETHUSDT_1h.csv", noise.as_bytes()).unwrap();
    let candle = Candle { ts: Timestamp(3_600), open: 0.1 + 0.2, high: 0.3, low: 0.1, close: 0.2, volume: 0.001 };
    assert_eq!(candles, [KnownCandle { candle, known_at: Timestamp(7_200) }]);
    assert_eq!(read(noise).unwrap().len(), 1);
}

proptest! {
    /// Whatever stands in a file: both readers take it, or refuse it in the same words.
    #[test]
    fn candles_and_bars_have_the_same_faults(
        fields in prop::array::uniform6("[0-9]{1,4}0|36000|-?[0-9.e+]{1,5}|nan|\u{e9}|0.30000000000000004|"),
        cut in 1usize..8, blank in any::<bool>(), packed in any::<bool>(),
    ) {
        let row = fields[..cut.min(6)].join(",");
        let text = format!("{GOOD}{}{row}\n", if blank { "\r\n\n" } else { "" });
        let (name, bytes) =
            if packed { ("ETHUSDT_1h.csv.gz", gzip(text.as_bytes())) } else { ("ETHUSDT_1h.csv", text.into_bytes()) };
        let without_dir = |error: DataError| {
            let said = error.to_string();
            said.split_once("/candles/").map_or(said.clone(), |(_, rest)| rest.to_owned())
        };
        let bars = read_as(name, &bytes).map_err(without_dir);
        let candles = candles_as(name, &bytes).map_err(without_dir);
        prop_assert_eq!(bars.as_ref().map(Vec::len), candles.as_ref().map(Vec::len));
        for (bar, known) in bars.iter().flatten().zip(candles.iter().flatten()) {
            prop_assert_eq!((bar.ts, bar.volume), (known.candle.ts, known.candle.volume));
            prop_assert!((bar.close.to_f64() - known.candle.close).abs() <= 1e-12 * known.candle.close.max(1.0));
        }
    }
}
