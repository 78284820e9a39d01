//! What every subcommand is given.

use std::{cell::RefCell, future::Future};

use tracing_subscriber::EnvFilter;

use super::{Exit, Global, Stdout, Usage};
use crate::{
    config::{self, Config, ConfigError, Environment},
    domain::Secret,
    io::{
        endpoint::Endpoint,
        wallet::{KEY_VARIABLE, KEYSTORE_VARIABLE, KeySources, PASSWORD_VARIABLE},
    },
};

/// The filter of the logs, as `tracing-subscriber` reads it: `debug`, `shoal::io=trace`.
const LOG_VARIABLE: &str = "SHOAL_LOG";

/// The global options, the environment, and what follows from them.
#[derive(Debug)]
pub struct Context {
    pub global: Global,
    pub environment: Environment,
    pub stdout: Stdout,
    /// Text that no error may show, whoever wrote the error.
    secrets: RefCell<Vec<String>>,
}

impl Context {
    /// Reads the environment and starts the logs.
    pub(super) fn new(global: Global) -> Result<Self, ConfigError> {
        let environment = Environment::from_process()?;
        start_logs(&global, &environment)?;
        let context = Self { global, environment, stdout: Stdout, secrets: RefCell::default() };
        for secret in context.environment.secrets() {
            context.hide(secret);
        }
        for name in ["SHOAL_RPC_URL", "DATABASE_URL"] {
            if let Some(url) = context.environment.get(name) {
                context.hide_url(url);
            }
        }
        Ok(context)
    }

    /// The configuration that `--config` names.
    ///
    /// # Errors
    /// Without `--config`, and all faults of the file.
    pub fn config(&self) -> eyre::Result<Config> {
        match &self.global.config {
            Some(path) => Ok(self.keep(config::load(path, &self.environment)?)),
            None => Err(Usage("name a configuration: --config config/fork.toml".to_owned()).into()),
        }
    }

    /// The configuration that `--config` names, or else the one that the binary carries.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn config_or_demo(&self) -> eyre::Result<Config> {
        match self.global.config {
            Some(_) => self.config(),
            None => Ok(self.keep(Config::embedded_demo(&self.environment)?)),
        }
    }

    /// Where the wallet's key comes from; `config` adds its keystore.
    pub fn key_sources(&self, config: Option<&Config>) -> KeySources {
        let secret = |name| self.environment.get(name).map(Secret::new);
        let keystore = self.environment.get(KEYSTORE_VARIABLE).map(Into::into);
        KeySources {
            private_key: secret(KEY_VARIABLE),
            keystore: keystore.or_else(|| config.and_then(|config| config.keystore.clone())),
            password: secret(PASSWORD_VARIABLE),
        }
    }

    /// Runs an async command to its end.
    ///
    /// # Errors
    /// The command's own, and where the operating system grants no threads.
    pub fn block_on<F: Future<Output = eyre::Result<Exit>>>(&self, command: F) -> eyre::Result<Exit> {
        self.block_on_value(command)?
    }

    /// Waits for any future on a runtime of its own.
    ///
    /// # Errors
    /// Where the operating system grants no threads.
    pub fn block_on_value<F: Future>(&self, future: F) -> eyre::Result<F::Output> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        Ok(runtime.block_on(future))
    }

    fn keep(&self, config: Config) -> Config {
        self.hide_url(config.chain.rpc.expose().as_str());
        config
    }

    /// A URL of scheme, host and port alone holds no secret, and an error must name the node.
    fn hide_url(&self, url: &str) {
        let bare = Endpoint::parse(url).is_ok_and(|endpoint| endpoint.to_string() == url.trim_end_matches('/'));
        if !bare {
            self.hide(url);
        }
    }

    /// Too short a text would blot out innocent words.
    fn hide(&self, secret: &str) {
        if secret.len() >= 8 {
            self.secrets.borrow_mut().push(secret.to_owned());
        }
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        self.secrets.borrow().clone()
    }
}

/// Runs `command` until it ends or Ctrl-C is pressed, which drops it. Not for a command that
/// must put something in order first: that one listens to Ctrl-C itself.
///
/// # Errors
/// The command's own.
pub async fn interruptible<F: Future<Output = eyre::Result<Exit>>>(command: F) -> eyre::Result<Exit> {
    tokio::select! {
        result = command => result,
        signal = tokio::signal::ctrl_c() => {
            signal?;
            Ok(Exit::Interrupted)
        }
    }
}

fn start_logs(global: &Global, environment: &Environment) -> Result<(), ConfigError> {
    let level = match global.verbose {
        0 => "warn",
        // Other crates log whole URLs, tokens and all, below their warnings.
        1 => "warn,shoal=info",
        2 => "warn,shoal=debug",
        _ => "warn,shoal=trace",
    };
    let filter = match environment.get(LOG_VARIABLE) {
        Some(text) => EnvFilter::try_new(text).map_err(|_| {
            ConfigError::one("environment", LOG_VARIABLE, "must be a filter such as debug or shoal=trace")
        })?,
        None => EnvFilter::new(level),
    };
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    // A second call in one process (a test) finds the logs started.
    let _ = if global.json { logs.json().try_init() } else { logs.with_ansi(false).try_init() };
    Ok(())
}
