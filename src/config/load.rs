//! Files to a `Config`.

use std::{io, path::Path};

use toml::Table;

use super::{
    Config, ConfigError, Environment, Mode, Pool,
    fault::Faults,
    read::{
        catalog::{self, Named},
        chain, stages,
    },
    section::Section,
};
use crate::domain::Token;

/// How a file's text is had.
pub(super) type Reader<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// The files that the binary carries.
pub(super) fn embedded(path: &Path) -> io::Result<String> {
    let text = match path.to_str() {
        Some("config/demo.toml") => include_str!("../../config/demo.toml"),
        Some("config/tokens.toml") => include_str!("../../config/tokens.toml"),
        Some("config/sources.toml") => include_str!("../../config/sources.toml"),
        Some("config/pools.toml") => include_str!("../../config/pools.toml"),
        _ => return Err(io::ErrorKind::NotFound.into()),
    };
    Ok(text.to_owned())
}

pub(super) fn read(path: &Path, reader: Reader<'_>, environment: &Environment) -> Result<Config, ConfigError> {
    let faults = Faults::default();
    let file = path.display().to_string();
    let config = table(path, reader, &faults).and_then(|table| {
        let mut root = Section::new(file, "", table, &faults);
        assemble(path, &mut root, reader, environment, &faults)
    });
    faults.settle(config)
}

/// A file's table; what cannot be read or parsed is reported, without quoting the file, whose
/// line may hold an RPC URL.
pub(super) fn table(path: &Path, reader: Reader<'_>, faults: &Faults) -> Option<Table> {
    let file = path.display().to_string();
    let text = match reader(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            faults.push(&file, "", "no such file");
            return None;
        }
        Err(error) => {
            faults.push(&file, "", format!("cannot be read: {error}"));
            return None;
        }
    };
    match text.parse::<Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
            faults.push(&file, "", format!("line {line}, column {column}: {}", error.message()));
            None
        }
    }
}

/// Line and column of a byte, both counted from one, columns in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (line, column)
}

fn assemble(
    path: &Path,
    root: &mut Section<'_>,
    reader: Reader<'_>,
    environment: &Environment,
    faults: &Faults,
) -> Option<Config> {
    let mode = root.choice("mode", &[("mainnet", Mode::Mainnet), ("fork", Mode::Fork)]);
    let (tokens, pools) = catalog(path, root, reader, faults);
    let chain = chain::chain(root, mode, environment, faults);
    let markets = catalog::markets(root, &tokens, &pools);
    let native_market = catalog::native_market(root, markets.as_deref());
    let quote = markets.as_ref().and_then(|markets| markets.first()).map(|market| market.quote.clone());
    let decimals = quote.as_ref().map(|quote| quote.decimals);
    let model = stages::model(root);
    let history = stages::history(root, model.as_ref());
    let risk = stages::risk(root, decimals);
    let execution = stages::execution(root, chain.block_seconds);
    let journal = root.section("journal").and_then(|mut section| section.name("path"));
    let demo = stages::demo(root, decimals, risk.as_ref());
    let paper = optional(root, "paper", |root| stages::paper(root, decimals, risk.as_ref()));
    let keystore = optional(root, "keys", |root| keystore(&mut root.section("keys")?));
    let keystore = environment.get("SHOAL_KEYSTORE").map(str::to_owned).or(keystore?.flatten());
    Some(Config {
        file: path.display().to_string(),
        mode: mode?,
        chain: chain.settings?,
        tokens: tokens.into_map()?,
        pools: pools.into_map()?,
        markets: markets?,
        quote: quote?,
        native_market: native_market?,
        history: history?,
        model: model?,
        risk: risk?,
        execution: execution?,
        journal: journal?.into(),
        demo: demo?,
        keystore: keystore.map(Into::into),
        paper: paper?,
    })
}

/// `Some(None)` where the key is absent, `None` where it is faulty.
fn optional<'a, T>(
    root: &mut Section<'a>,
    key: &str,
    read: impl FnOnce(&mut Section<'a>) -> Option<T>,
) -> Option<Option<T>> {
    if root.has(key) { read(root).map(Some) } else { Some(None) }
}

fn keystore(section: &mut Section<'_>) -> Option<Option<String>> {
    optional(section, "keystore", |section| section.name("keystore"))
}

/// The tokens and pools of the file and of those it includes: all tokens before the first pool,
/// so that the order of the files does not matter.
fn catalog(path: &Path, root: &mut Section<'_>, reader: Reader<'_>, faults: &Faults) -> (Named<Token>, Named<Pool>) {
    let (mut tokens, mut pools) = (Named::new("token"), Named::new("pool"));
    let includes = optional(root, "include", |root| root.names("include"));
    let mut files = Vec::new();
    for name in includes.clone().flatten().unwrap_or_default() {
        let path = path.parent().unwrap_or(Path::new("")).join(name);
        files.push((path.display().to_string(), table(&path, reader, faults)));
    }
    let incomplete = includes.is_none() || files.iter().any(|(_, table)| table.is_none());
    tokens.incomplete = incomplete;
    pools.incomplete = incomplete;
    let mut included = Vec::new();
    for (file, table) in files {
        included.extend(table.map(|table| Section::new(file, "", table, faults)));
    }
    for section in &mut included {
        tokens.extend(section, "tokens", catalog::token);
    }
    tokens.extend(root, "tokens", catalog::token);
    for section in &mut included {
        pools.extend(section, "pools", |name, section| catalog::pool(name, section, &tokens));
    }
    pools.extend(root, "pools", |name, section| catalog::pool(name, section, &tokens));
    catalog::no_two_alike(root, "tokens", tokens.entries().map(|(name, token)| (name, token.address)));
    catalog::no_two_alike(root, "pools", pools.entries().map(|(name, pool)| (name, pool.spec.address)));
    (tokens, pools)
}
