//! The hours that a request chooses.

use super::*;
use crate::{domain::Asset, units::Timestamp};

/// Hourly rows for the given hours since the epoch.
fn hourly(hours: impl IntoIterator<Item = u64>) -> String {
    let row = |hour: u64| format!("{},10,12,9,11,5\n", hour * 3_600);
    HEADER.to_owned() + &hours.into_iter().map(row).collect::<String>()
}

pub(super) fn request(assets: &[&str], hours: usize) -> Request {
    Request {
        assets: assets.iter().copied().map(Asset::new).collect(),
        venues: Vec::new(),
        from: None,
        to: None,
        hours,
        history_hours: 1_000,
        allow_gaps: false,
    }
}

fn at(hour: u64) -> Option<Timestamp> {
    Some(Timestamp(hour * 3_600))
}

fn span(hours: &[crate::domain::HourBars]) -> Vec<u64> {
    hours.iter().map(|hour| hour.ts.0 / 3_600).collect()
}

/// ETH in hours 100-199, BTC in hours 120-219 with hour 150 missing.
fn two_assets() -> (TempDir, Folder) {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", "ETHUSDT_1h.csv", hourly(100..200).as_bytes());
    let btc = hourly((120..220).filter(|hour| *hour != 150));
    put(dir.path(), "v", "BTCUSD_1h.csv.gz", &gzip(btc.as_bytes()));
    let folder = Folder::open(dir.path()).unwrap();
    (dir, folder)
}

#[test]
fn selects_the_last_shared_hours_and_the_unbroken_history() {
    let (_dir, folder) = two_assets();
    let chosen = folder.select(&request(&["ETH", "BTC"], 10)).unwrap();
    assert_eq!(span(&chosen.hours), (190..200).collect::<Vec<_>>());
    assert_eq!(span(&chosen.history), (151..190).collect::<Vec<_>>());
    assert!(chosen.hours.iter().chain(&chosen.history).all(|hour| hour.bars.iter().all(Option::is_some)));
    assert_eq!(chosen.notes.len(), 1);
    let note = &chosen.notes[0];
    assert!(note.contains("39 of 1000") && note.contains("BTCUSD_1h.csv.gz"), "{note}");
    assert!(note.contains(&Timestamp(150 * 3_600).to_string()), "{note}");

    let short = folder.select(&Request { history_hours: 39, ..request(&["ETH", "BTC"], 10) }).unwrap();
    assert_eq!((short.history.len(), short.notes.len()), (39, 0));
    let early = folder.select(&Request { to: at(110), ..request(&["ETH"], 5) }).unwrap();
    assert_eq!(span(&early.history), (100..105).collect::<Vec<_>>());
    assert!(early.notes[0].contains("begins at"), "{:?}", early.notes);
}

#[test]
fn from_and_to_say_the_range() {
    let (_dir, folder) = two_assets();
    let range = |from, to| {
        let chosen = folder.select(&Request { from, to, ..request(&["ETH", "BTC"], 5) }).unwrap();
        (chosen.from.0 / 3_600, chosen.to.0 / 3_600, chosen.hours.len())
    };
    assert_eq!(range(at(160), at(190)), (160, 190, 30));
    assert_eq!(range(at(160), None), (160, 165, 5));
    assert_eq!(range(None, at(160)), (155, 160, 5));
    assert_eq!(range(None, None), (195, 200, 5));
}

#[test]
fn a_gap_in_the_range_is_refused_or_left_out() {
    let (_dir, folder) = two_assets();
    let asked = Request { from: at(140), to: at(160), ..request(&["ETH", "BTC"], 1) };
    match folder.select(&asked).unwrap_err() {
        DataError::Gap { file, missing: 1, first, .. } => {
            assert!(file.ends_with("BTCUSD_1h.csv.gz"));
            assert_eq!(first, [Timestamp(150 * 3_600)]);
        }
        other => panic!("{other}"),
    }
    let chosen = folder.select(&Request { allow_gaps: true, ..asked.clone() }).unwrap();
    assert_eq!(chosen.hours.len(), 20);
    assert!(chosen.hours[10].bars[0].is_some() && chosen.hours[10].bars[1].is_none());
    assert!(chosen.notes[0].contains("1 hour"), "{:?}", chosen.notes);
    let btc = Request { assets: vec![Asset::new("BTC")], allow_gaps: true, ..asked };
    assert!(!span(&folder.select(&btc).unwrap().hours).contains(&150));
}

#[test]
fn what_cannot_be_had_is_named() {
    let (_dir, folder) = two_assets();
    let ask = |change: &dyn Fn(&mut Request)| {
        let mut asked = request(&["ETH", "BTC"], 5);
        change(&mut asked);
        folder.select(&asked).unwrap_err()
    };
    let outside = ask(&|asked| asked.to = at(205));
    assert!(matches!(outside, DataError::NotCovered { .. }));
    for part in ["ETHUSDT_1h.csv", "BTCUSD_1h.csv.gz", &Timestamp(200 * 3_600).to_string()] {
        assert!(outside.to_string().contains(part), "{outside}");
    }
    assert!(matches!(ask(&|asked| asked.hours = 81), DataError::NotCovered { .. }));
    assert!(matches!(ask(&|asked| asked.hours = usize::MAX), DataError::NotCovered { .. }));
    assert!(matches!(
        ask(&|asked| asked.from = Some(Timestamp(u64::MAX / 3_600 * 3_600))),
        DataError::NotCovered { .. }
    ));
    assert!(matches!(ask(&|asked| asked.hours = 0), DataError::NothingAsked(_)));
    assert!(matches!(ask(&|asked| asked.assets.clear()), DataError::NothingAsked(_)));
    assert!(matches!(ask(&|asked| asked.from = Some(Timestamp(3_601))), DataError::OffHour { name: "from", .. }));
    let turned = ask(&|asked| (asked.from, asked.to) = (at(160), at(160)));
    assert!(matches!(turned, DataError::EmptyRange { .. }));
    let unknown = ask(&|asked| asked.venues = vec!["w".to_owned()]);
    assert!(matches!(unknown, DataError::UnknownVenue { .. }) && unknown.to_string().contains("it holds v"));
    let lacking = ask(&|asked| asked.assets.push(Asset::new("SOL")));
    assert!(matches!(lacking, DataError::NoVenue { .. }) && lacking.to_string().contains("v has no SOL"), "{lacking}");
}

#[test]
fn venues_are_tried_in_order_until_one_covers() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "kraken_spot", "ETHUSD_1h.csv", hourly(0..300).as_bytes());
    put(dir.path(), "binance_spot", "ETHUSDT_1h.csv", hourly(200..300).as_bytes());
    put(dir.path(), "aaa", "ETHUSDT_1h.csv", hourly(0..300).as_bytes());
    let folder = Folder::open(dir.path()).unwrap();
    let venue = |from, venues: &[&str]| {
        let venues = venues.iter().map(ToString::to_string).collect();
        folder.select(&Request { from: at(from), venues, ..request(&["ETH"], 5) }).unwrap().venue
    };
    assert_eq!(venue(250, &[]), "binance_spot");
    assert_eq!(venue(150, &[]), "kraken_spot");
    assert_eq!(venue(250, &["aaa", "binance_spot"]), "aaa");
}

#[test]
fn selects_from_real_data() {
    let Some(folder) = real_folder() else { return };
    #[allow(clippy::disallowed_methods, reason = "a measurement")]
    let start = std::time::Instant::now();
    let chosen = folder.select(&Request { history_hours: 20_000, ..request(&["ETH", "BTC"], 720) }).unwrap();
    println!("{}: {:?} in {:?}", chosen.venue, chosen.notes, start.elapsed());
    assert_eq!((chosen.hours.len(), chosen.notes.len()), (720, 1));
}
