//! `shoal data import` and `export` of every kind of file: alone, faulty beside good ones, and as
//! a round trip.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, process::Output};

use alloy::primitives::{Address, address};
use serde_json::Value;
use shoal::{
    domain::{CandleSeries, KnownCandle, Observation, Post, Timeframe},
    io::{
        chain::TimedLog,
        clock::Clock,
        data::{LogRow, log_files, raw_logs},
        store::{DataStore, Place},
    },
    units::{BlockNumber, Timestamp},
};
use tempfile::TempDir;

use crate::{
    data::data,
    store::{json, rows, shoal},
};

pub(crate) const POOL: Address = address!("0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640");
const CANDLES: &str = "ts,open,high,low,close,volume\n3600,10,12,9,11,5\n7200,11,11,11,11,0\n";
const VIX: &str = "date,value\n2024-01-04,13.5\n2024-01-05,\n2024-01-08,13.25\n";

/// Three days ago: sentiment is derived of every hour since.
fn day() -> String {
    let time = Clock::system().now().minus(3 * 86_400).to_string();
    time.split_once('T').unwrap().0.to_owned()
}

fn news() -> String {
    let day = day();
    format!("date,text\n{day} 10:20:30,\"Bitcoin & \"\"ether\"\", up\"\n{day},Bitcoin falls\n")
}

fn titled() -> String {
    format!("timestamp,headline,description\n{}T00:00:11Z,Ethereum gains, on <news> &amp; hope\n", day())
}

pub(crate) fn put(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join("data").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    put(dir.path(), files);
    dir
}

pub(crate) fn import(dir: &Path, args: &[&str]) -> Output {
    shoal(dir, &[&["import", "--data=data", "--json"], args].concat()).output().unwrap()
}

/// Of an import with faulty files: what it brought, and what it said of them.
fn faulty(output: &Output) -> (Value, String) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

pub(crate) type Bars = BTreeMap<CandleSeries, Vec<KnownCandle>>;

/// What the store holds: bars, a series of numbers, posts, and the pool's logs.
pub(crate) fn held(dir: &Path, store: &str, series: &str) -> (Bars, Vec<Observation>, Vec<Post>, Vec<TimedLog>) {
    let place = Place::Sqlite(dir.join(store));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut store = DataStore::open_to_read(&place).await.unwrap();
        let always = Timestamp(0)..Timestamp(u64::MAX);
        let mut bars = Bars::new();
        for summary in store.candle_series().await.unwrap() {
            let candles = store.candle_revisions(&summary.series, always.clone()).await.unwrap();
            bars.insert(summary.series, candles);
        }
        let numbers = store.observation_revisions(series, always.clone()).await.unwrap();
        let logs = store.logs(1, POOL, BlockNumber(0)..=BlockNumber(u64::MAX)).await.unwrap();
        (bars, numbers, store.posts(always).await.unwrap(), logs)
    })
}

pub(crate) const STORE: &str = "data/shoal.sqlite";

#[test]
fn a_folder_of_one_kind_is_imported() {
    let dir = folder(&[("macro/fred_VIXCLS.csv", VIX)]);
    let imported = json(&import(dir.path(), &[]));
    assert_eq!(rows(&imported), [2, 0, 0]);
    assert_eq!(imported["left_out"]["empty values"], 1);
    let (_, values, ..) = held(dir.path(), STORE, "fred:VIXCLS");
    let told: Vec<_> = values.iter().map(|value| (value.ts, value.known_at.0, value.value)).collect();
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(told[0].0, day("2024-01-04"));
    assert!(told[0].1 > day("2024-01-05").0 && told[0].2 == 13.5, "{told:?}");

    let dir = folder(&[("news/wire.csv", &news()), ("news/titled.csv", &titled())]);
    let imported = json(&import(dir.path(), &[]));
    assert_eq!(rows(&imported), [3, 0, 0]);
    assert_eq!(
        (&imported["derived"][0]["job"], imported["derived"].as_array().unwrap().len()),
        (&"sentiment".into(), 1)
    );
    let (_, values, posts, _) = held(dir.path(), STORE, "sentiment:BTC:count");
    assert!(values.iter().any(|value| value.value > 0.0), "{values:?}");
    assert_eq!(posts[1].known_at, posts[1].published);
    assert_eq!(rows(&json(&import(dir.path(), &[]))), [0, 3, 0]);

    let dir = folder(&[("notes/a.csv", &news())]);
    let output = import(dir.path(), &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("candles, macro, news, dex; it holds notes"), "{said}");
}

#[test]
fn faulty_files_are_all_named_and_hide_no_other() {
    let dir = folder(&[
        ("candles/a/ETHUSDT_1h.csv", &CANDLES.replace("7200,11", "7200,x")),
        ("candles/b/ETHUSDT_1h.csv", CANDLES),
        ("candles/b/BTCUSDT_1h.csv", CANDLES),
        ("candles/b/BTCUSDT_1h.csv.gz", CANDLES),
        ("macro/fred_VIXCLS.csv", VIX),
        ("macro/fred_NEW.csv", VIX),
        ("news/a.csv", &news().replace(&format!("{},", day()), "soon,")),
        ("news/b.csv", &news()),
    ]);
    let path = dir.path();
    let (imported, said) = faulty(&import(path, &[]));
    assert_eq!(rows(&imported), [2 + 2 + 2, 0, 0]);
    assert_eq!((&imported["files"], &imported["of_files"]), (&3.into(), &7.into()));
    assert_eq!(imported["faults"].as_array().unwrap().len(), 4);
    for part in [
        "4 faulty files",
        "a/ETHUSDT_1h.csv: line 3, field `open`: `x`",
        "b/BTCUSDT_1h.csv and data/candles/b/BTCUSDT_1h.csv.gz are there",
        "macro/fred_NEW.csv: no [[macro.series]] of sources.toml has file = \"fred_NEW\"",
        "news/a.csv: line 3, field `date`: `soon`",
    ] {
        assert!(said.contains(part), "{said} lacks {part}");
    }

    // A row that was stored and changed in its file since: that file's fault alone.
    put(
        path,
        &[
            ("candles/a/ETHUSDT_1h.csv", CANDLES),
            ("candles/b/ETHUSDT_1h.csv", &CANDLES.replace("12,9", "12.5,9")),
            ("macro/fred_VIXCLS.csv", &VIX.replace("13.5", "-13.5")),
            ("news/a.csv", &news()),
        ],
    );
    fs::remove_file(path.join("data/candles/b/BTCUSDT_1h.csv.gz")).unwrap();
    fs::remove_file(path.join("data/macro/fred_NEW.csv")).unwrap();
    let (imported, said) = faulty(&import(path, &[]));
    assert_eq!(rows(&imported), [2 + 2 + 2, 2, 0]);
    for part in ["2 faulty files", "b/ETHUSDT_1h.csv: store", "1970-01-01T01:00:00Z", "fred_VIXCLS.csv: store"] {
        assert!(said.contains(part), "{said} lacks {part}");
    }
    let (_, values, ..) = held(path, STORE, "fred:VIXCLS");
    assert_eq!(values[0].value, 13.5, "what was stored stays");
}

#[test]
fn logs_are_of_the_pool_in_their_file_s_name() {
    let hash = "ab".repeat(32);
    let line = |block: u64| format!("{block},2024-01-05 00:00:{block},0x{hash},3,4,[],0x0102\n");
    let header = "block_number,block_timestamp,transaction_hash,transaction_index,log_index,topics,data\n";
    let text = format!("{header}{}{}", line(10), line(19));
    let dir = folder(&[
        (&format!("dex/a_{POOL:?}_2024.raw_logs.csv"), &text),
        ("dex/manager_2024.raw_logs.csv", &text),
        ("dex/other.csv", "not, logs"),
    ]);
    let imported = json(&import(dir.path(), &[]));
    assert_eq!((rows(&imported), &imported["of_files"]), ([2, 0, 0], &1.into()));
    assert_eq!(imported["nameless"][0], "data/dex/manager_2024.raw_logs.csv");
    let (.., logs) = held(dir.path(), STORE, "");
    assert_eq!((logs.len(), logs[0].log.block_hash, logs[1].log.block_number), (2, None, BlockNumber(19)));
    assert_eq!(rows(&json(&import(dir.path(), &[]))), [0, 2, 0]);
    let text = shoal(dir.path(), &["import", "--data=data"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("manager_2024.raw_logs.csv: passed over: its name says no contract's address"), "{text}");

    // Blocks between count as known: a log in them is a contradiction.
    let more = format!("{header}{}{}{}", line(10), line(15), line(19));
    put(dir.path(), &[(&format!("dex/a_{POOL:?}_2024.raw_logs.csv"), &more)]);
    let (_, said) = faulty(&import(dir.path(), &[]));
    assert!(said.contains("log 4 of block 15") && said.contains("block 15 is known already"), "{said}");
}

#[test]
fn an_export_says_only_what_its_reader_will_believe() {
    let dir = folder(&[("news/wire.csv", &news()), ("news/titled.csv", &titled()), ("macro/fred_VIXCLS.csv", VIX)]);
    let path = dir.path();
    put(path, &[("candles/b/ETHUSDT_1h.csv", CANDLES)]);
    assert_eq!(rows(&json(&import(path, &[]))), [7, 0, 0]);
    let place = Place::Sqlite(path.join(STORE));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut store = DataStore::open(&place).await.unwrap();
        let series = CandleSeries { venue: "b".into(), symbol: "ETHUSDT".into(), timeframe: Timeframe::H1 };
        let mut bars = store.candles(&series, Timestamp(0)..Timestamp(9_999), None).await.unwrap();
        bars[0].candle.close = 10.5;
        bars[0].known_at = Timestamp(99_999);
        store.put_candles(&series, &bars[..1], None).await.unwrap();
        let fetched = Post {
            author: None,
            source: "rss:x".into(),
            id: "1".into(),
            link: None,
            text: "Bitcoin".into(),
            published: Timestamp(5),
            known_at: Timestamp(6),
        };
        store.put_posts(&[fetched], None).await.unwrap();
        store.close().await.unwrap();
    });
    let exported = json(&shoal(path, &["export", "--out=out", "--json"]).output().unwrap());
    let count = |name: &str| exported[name].as_u64().unwrap();
    assert_eq!((count("bars"), count("values"), count("posts")), (2, 2, 3));
    assert_eq!(exported["known_later"], serde_json::json!({ "bars": 1, "values": 0, "posts": 1 }));
    assert!(count("series_without_file") > 0, "sentiment");
    same(path);
}

/// Every file beneath a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_export_never_mixes_with_another() {
    let dir = folder(&[("news/wire.csv", &news()), ("macro/fred_VIXCLS.csv", VIX)]);
    let path = dir.path();
    put(path, &[("candles/b/ETHUSDT_1h.csv", CANDLES)]);
    json(&import(path, &[]));
    let export = |args: &[&str]| shoal(path, &[&["export", "--json"], args].concat()).output().unwrap();
    json(&export(&["--out=out"]));
    let all = ["candles/b/ETHUSDT_1h.csv.gz", "export.json", "macro/fred_VIXCLS.csv.gz", "news/wire.csv.gz"];
    assert_eq!(files(&path.join("out")), all);
    let whole = fs::read(path.join("out").join(all[0])).unwrap();

    // As of a time at which some series had no value yet, and then none had.
    let early = json(&export(&["--out=out", "--as-of=1970-01-01T03:00:00Z"]));
    assert!(early["bars"].as_u64().unwrap() > 0 && early["posts"] == 0, "{early}");
    assert_eq!(files(&path.join("out")), all[..2]);
    json(&export(&["--out=out", "--as-of=0"]));
    assert_eq!(files(&path.join("out")), ["export.json"]);
    // Another store.
    json(&shoal(path, &["import", "--data=data", "--store=other.sqlite", "--json"]).output().unwrap());
    json(&export(&["--out=./out/", "--store=other.sqlite"]));
    assert_eq!(files(&path.join("out")), all);
    assert_eq!(fs::read(path.join("out").join(all[0])).unwrap(), whole);

    // What is of no export is neither mixed with one nor taken away by one.
    for place in ["out", "data", "notes"] {
        let own = path.join(place).join("candles/b/NOTES_1h.csv");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "mine").unwrap();
        let before = files(&path.join(place));
        let refused = export(&["--out", place, "--as-of=0"]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(1) && said.contains("is of no export"), "{said}");
        assert_eq!(files(&path.join(place)), before);
    }
    let left: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".export")), "{left:?}");
}

/// `out` says nothing new, and brings another store to the same rows.
fn same(path: &Path) {
    let again = json(&shoal(path, &["import", "--data=out", "--json"]).output().unwrap());
    let [new, stored, revised] = rows(&again);
    assert!(new == 0 && revised == 0 && stored > 0, "{again}");
    let other = json(&shoal(path, &["import", "--data=out", "--store=other.sqlite", "--json"]).output().unwrap());
    assert_eq!(rows(&other), [stored, 0, 0]);
    let (bars, values, posts, _) = held(path, STORE, "fred:VIXCLS");
    let (other_bars, other_values, other_posts, _) = held(path, "other.sqlite", "fred:VIXCLS");
    assert!(values == other_values);
    assert!(posts.into_iter().filter(|post| post.source.starts_with("file:")).eq(other_posts));
    assert!(!other_bars.is_empty());
    for (series, candles) in other_bars {
        let closes = bars[&series].iter().filter(|known| known.known_at == series.timeframe.close(known.candle.ts));
        assert!(closes.eq(&candles), "{series}");
    }
}

#[test]
fn the_real_folder_makes_the_round_trip() {
    let Some(real) = data("") else { return };
    let real = real.canonicalize().unwrap();
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    fs::create_dir_all(path.join("data/candles")).unwrap();
    fs::create_dir_all(path.join("data/news")).unwrap();
    for name in ["macro", "dex", "news/reddit_posts.csv.gz", "candles/coinbase_spot"] {
        symlink(real.join(name), path.join("data").join(name)).unwrap();
    }
    let config = concat!("--config=", env!("CARGO_MANIFEST_DIR"), "/config/mainnet.toml");
    let imported = json(&import(path, &[config]));
    assert_eq!(imported["files"], imported["of_files"]);
    assert_eq!(imported["nameless"].as_array().unwrap().len(), 1);
    let derived: Vec<_> = imported["derived"].as_array().unwrap().iter().collect();
    assert!(derived.iter().any(|report| report["job"].as_str().unwrap().starts_with("bars") && report["new"] == 22));
    let [new, ..] = rows(&imported);
    assert_eq!(rows(&json(&import(path, &[config]))), [0, new, 0]);
    let (.., logs) = held(path, STORE, "");
    assert_eq!(logs.len(), 6_234);
    let exported = json(&shoal(path, &["export", "--out=out", "--json"]).output().unwrap());
    let count = |name: &str| exported[name].as_u64().unwrap();
    assert_eq!(count("bars") + count("values") + count("posts") + count("logs"), new);
    // Of two pools.
    assert_eq!((count("bars"), count("logs")), (27_149, 6_234 + 44));
    same(path);
    // The logs are those of the real files, but for what no store keeps.
    for file in log_files(&path.join("data")).into_iter().map(Result::unwrap) {
        let Some(address) = file.address else { continue };
        let unplaced = |row| LogRow { transaction_index: None, ..row };
        let real: Vec<_> = raw_logs(&file.path).unwrap().into_iter().map(unplaced).collect();
        let out = log_files(&path.join("out")).into_iter().map(Result::unwrap);
        let [out] = out.filter(|file| file.address == Some(address)).collect::<Vec<_>>().try_into().unwrap();
        assert!(raw_logs(&out.path).unwrap() == real, "{}", out.path.display());
    }
}
