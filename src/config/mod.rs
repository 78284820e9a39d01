//! TOML and environment to checked settings and each stage's own `Params`.
//!
//! Every fault of every file is reported at once, each with its path; nothing is guessed, and
//! no key is ignored. Paths within a file are relative to the working directory, except those
//! of `include`, which are relative to the file that names them.

mod environment;
mod fault;
mod load;
mod read;
mod section;
mod settings;
pub mod sources;
mod value;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use environment::Environment;
pub use fault::{ConfigError, Fault};
pub use settings::{
    ChainSettings, DemoSettings, HistorySettings, HistorySource, Mode, ModelSettings, PaperSettings, Pool,
};
pub use value::RpcUrl;

use crate::{
    domain::{Asset, Market, Token},
    execution,
    models::direction,
    risk,
};

/// Everything that a command needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file it came from, for messages.
    pub file: String,
    pub mode: Mode,
    pub chain: ChainSettings,
    /// By symbol: all that the included files define, traded or not.
    pub tokens: BTreeMap<String, Token>,
    /// By name: all that the included files define, traded or not.
    pub pools: BTreeMap<String, Pool>,
    /// In the file's order; at least one; assets and pools occur once.
    pub markets: Vec<Market>,
    /// The quote token that all markets share.
    pub quote: Token,
    /// The market that prices gas; it trades wrapped ether.
    pub native_market: Asset,
    pub history: HistorySettings,
    pub model: ModelSettings,
    pub risk: risk::Params,
    pub execution: execution::Params,
    /// The journal's file, relative to the working directory.
    pub journal: PathBuf,
    pub demo: DemoSettings,
    /// `SHOAL_KEYSTORE`, or else `keys.keystore`.
    pub keystore: Option<PathBuf>,
    pub paper: Option<PaperSettings>,
}

impl ModelSettings {
    /// The direction model's own parameters.
    pub fn direction(&self) -> direction::Params {
        direction::Params { seed: self.seed, ..direction::Params::for_horizon(self.horizon_hours) }
    }
}

impl Config {
    /// The configuration of `demo` and `backtest` that the binary carries, so that both work
    /// from any folder.
    ///
    /// # Errors
    /// Only where the environment overrides a setting by a faulty one.
    pub fn embedded_demo(environment: &Environment) -> Result<Self, ConfigError> {
        load::read(Path::new("config/demo.toml"), &load::embedded, environment)
    }
}

/// Reads the file at `path`, the files that it includes, and what `environment` overrides.
///
/// # Errors
/// All faults at once.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, ConfigError> {
    load::read(path, &|path| std::fs::read_to_string(path), environment)
}
