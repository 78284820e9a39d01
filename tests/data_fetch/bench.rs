//! A folder with a store and sources of its own, and the binary to run in it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use shoal::{
    domain::{CandleSeries, KnownCandle, Observation, Secret, Timeframe},
    io::{
        clock::Clock,
        store::{DataStore, Place},
    },
    units::Timestamp,
};
use tempfile::TempDir;

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    sources: toml::Table,
    /// A PostgreSQL server instead of the SQLite file.
    pub(crate) database: Option<String>,
    environment: Vec<(String, String)>,
}

pub(crate) fn now() -> Timestamp {
    Clock::system().now()
}

pub(crate) fn all() -> std::ops::Range<Timestamp> {
    Timestamp(0)..Timestamp(u64::MAX)
}

impl Bench {
    /// The shipped sources, of which none can be reached and no feed and macro series is left.
    pub(crate) fn new() -> Self {
        let sources = include_str!("../../config/sources.toml").parse().unwrap();
        let mut bench = Self { dir: TempDir::new().unwrap(), sources, database: None, environment: Vec::new() };
        for venue in ["binance_spot", "binance_perp", "coinbase_spot", "kraken_spot"] {
            bench.set(&["exchanges", venue, "rest"], NOWHERE);
            bench.set(&["exchanges", venue, "websocket"], NOWHERE.replace("http", "ws"));
            bench.set(&["exchanges", venue, "quota_units"], 100_000);
        }
        for host in ["alternative_me_url", "yahoo_url", "fred_url", "fred_download_url"] {
            bench.set(&["macro", host], NOWHERE);
        }
        for source in ["newsapi", "reddit", "telegram", "x"] {
            bench.set(&["news", source, "url"], NOWHERE);
        }
        bench.set(&["news", "feeds", "urls"], toml::Table::new());
        bench
    }

    /// A value of `sources.toml`.
    pub(crate) fn set(&mut self, path: &[&str], value: impl Into<toml::Value>) {
        let (last, above) = path.split_last().unwrap();
        let mut table = &mut self.sources;
        for key in above {
            table = table[*key].as_table_mut().unwrap();
        }
        table.insert((*last).to_owned(), value.into());
    }

    /// Takes every instrument from a venue.
    pub(crate) fn unlist(&mut self, venue: &str) {
        for instrument in self.sources["instruments"].as_array_mut().unwrap() {
            instrument.as_table_mut().unwrap().retain(|key, _| !key.starts_with(venue));
        }
    }

    /// Keeps these macro series alone.
    pub(crate) fn series(&mut self, names: &[&str]) {
        let series = self.sources["macro"]["series"].as_array_mut().unwrap();
        let name = |series: &toml::Value| {
            format!(
                "{}:{}",
                series["source"].as_str().unwrap(),
                series.get("code").map_or("", |code| code.as_str().unwrap())
            )
        };
        series.retain(|one| names.contains(&name(one).as_str()));
        assert_eq!(series.len(), names.len());
    }

    pub(crate) fn key(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Writes the sources down.
    pub(crate) fn sources(&self) -> PathBuf {
        let path = self.dir.path().join("sources.toml");
        std::fs::write(&path, toml::to_string(&self.sources).unwrap()).unwrap();
        path
    }

    /// A shipped configuration, changed, under a name of its own.
    pub(crate) fn config(&self, shipped: &str, name: &str, change: impl FnOnce(String) -> String) -> String {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let mut text = std::fs::read_to_string(project.join(shipped)).unwrap();
        for included in ["tokens.toml", "pools.toml"] {
            let path = project.join(included).display().to_string();
            text = text.replace(&format!("\"{included}\""), &format!("{path:?}"));
        }
        let file = self.dir.path().join(name);
        std::fs::write(&file, change(text)).unwrap();
        file.display().to_string()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
        command.env_clear().envs(self.environment()).current_dir(self.dir.path());
        command.args(["data", args[0], "--sources"]).arg(self.sources()).args(&args[1..]);
        match &self.database {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.args(["--store", "store.sqlite"]),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the binary beside the servers of the test.
    pub(crate) async fn run(&self, args: &[&str]) -> Done {
        let mut command = self.command(args);
        Done(tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
    }

    pub(crate) fn place(&self) -> Place {
        match &self.database {
            Some(url) => Place::Postgres(Secret::new(url)),
            None => Place::Sqlite(self.dir.path().join("store.sqlite")),
        }
    }

    pub(crate) async fn open(&self) -> DataStore {
        DataStore::open_to_read(&self.place()).await.unwrap()
    }

    pub(crate) async fn candles(&self, venue: &str, symbol: &str, timeframe: Timeframe) -> Vec<KnownCandle> {
        self.open().await.candle_revisions(&series(venue, symbol, timeframe), all()).await.unwrap()
    }

    /// Every revision of a series of numbers.
    pub(crate) async fn numbers(&self, series: &str) -> Vec<Observation> {
        self.open().await.observation_revisions(series, all()).await.unwrap()
    }
}

pub(crate) fn series(venue: &str, symbol: &str, timeframe: Timeframe) -> CandleSeries {
    CandleSeries { venue: venue.to_owned(), symbol: symbol.to_owned(), timeframe }
}

/// A process that ended.
#[derive(Debug)]
pub(crate) struct Done(pub(crate) Output);

impl Done {
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}\n{}", self.stdout(), self.stderr());
        self
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap()
    }

    /// The report of a job.
    #[track_caller]
    pub(crate) fn job(&self, name: &str) -> Value {
        let json = self.json();
        let jobs = json["jobs"].as_array().unwrap();
        jobs.iter().find(|job| job["job"] == name).unwrap_or_else(|| panic!("no {name} in {json:#}")).clone()
    }

    /// What a job added, found there, and revised.
    #[track_caller]
    pub(crate) fn counts(&self, name: &str) -> [u64; 3] {
        let job = self.job(name);
        ["new", "same", "revised"].map(|count| job[count].as_u64().unwrap())
    }
}
