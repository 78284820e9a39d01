//! What is checked without a node.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use alloy::primitives::Address;

use super::Finding;
use crate::{
    config::{Config, HistorySource},
    io::{
        data::{DataError, Folder, Request, Selection},
        store::{JournalStore, StoreError},
        wallet::{KeySources, Wallet, WalletError},
    },
};

/// The key, and the account that it controls.
pub(super) fn key(sources: &KeySources) -> (Finding, Option<Address>) {
    match Wallet::open(sources) {
        Ok(wallet) => {
            let account = wallet.address();
            let source = match &sources.keystore {
                Some(path) => path.display().to_string(),
                None => "SHOAL_PRIVATE_KEY".to_owned(),
            };
            (Finding::ok("key", format!("{account}, from {source}")), Some(account))
        }
        Err(error) => {
            let found = match &error {
                WalletError::Absent => "no key is set".to_owned(),
                WalletError::NoPassword { path } => format!("the keystore {} needs a password", path.display()),
                other => other.to_string(),
            };
            (Finding::problem("key", found, mend_key(&error)), None)
        }
    }
}

fn mend_key(error: &WalletError) -> String {
    const NEW: &str = "`shoal keys new --out bot.keystore` makes one";
    match error {
        WalletError::Ambiguous { .. } => "unset SHOAL_PRIVATE_KEY, or else SHOAL_KEYSTORE and keys.keystore".to_owned(),
        WalletError::Key(_) => format!("set SHOAL_PRIVATE_KEY to 64 hex digits; or unset it for a keystore: {NEW}"),
        WalletError::NoPassword { .. } => "set SHOAL_KEYSTORE_PASSWORD".to_owned(),
        WalletError::WrongPassword { .. } => {
            "set SHOAL_KEYSTORE_PASSWORD to the password that the keystore was made with".to_owned()
        }
        WalletError::Read { .. } | WalletError::Malformed { .. } => {
            format!("name a keystore in SHOAL_KEYSTORE or keys.keystore; {NEW}")
        }
        _ => format!("{NEW}; then set SHOAL_KEYSTORE and SHOAL_KEYSTORE_PASSWORD (or set SHOAL_PRIVATE_KEY)"),
    }
}

/// Whether a run could write its journal. One that is not there yet is not made.
pub(super) async fn journal(path: &Path) -> Finding {
    const NAME: &str = "journal";
    let shown = path.display();
    if let Err((folder, error)) = writable(path) {
        let mend = format!("make {folder} a folder that this user may write, or set journal.path");
        return Finding::problem(NAME, format!("{shown}: {folder} cannot be written: {error}"), mend);
    }
    if is_locked(path) {
        return locked(path);
    }
    if !path.exists() {
        return Finding::ok(NAME, format!("{shown}: not there yet, can be made"));
    }
    let records = async {
        let mut store = JournalStore::open(path).await?;
        let records = store.records().await?.len();
        store.close().await.map(|()| records)
    };
    match records.await {
        Ok(records) => Finding::ok(NAME, format!("{shown}: {records} records, not locked")),
        Err(StoreError::Locked { .. }) => locked(path),
        Err(error) => {
            let mend = "move the file away and keep it, or set journal.path to another";
            Finding::problem(NAME, error.to_string(), mend)
        }
    }
}

fn locked(path: &Path) -> Finding {
    let mend = "stop the other process, or give this one its own journal.path";
    Finding::problem("journal", format!("{}: another process is writing it", path.display()), mend)
}

/// Whether files can be made in the journal's folder, or in the nearest one above it that is
/// there; else that folder.
fn writable(path: &Path) -> Result<(), (String, io::Error)> {
    let above =
        path.ancestors().skip(1).map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = above.into_iter().find(|folder| folder.symlink_metadata().is_ok()).unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".shoal-doctor").tempfile_in(folder);
    made.map(drop).map_err(|error| (folder.display().to_string(), without_path(error)))
}

/// The bare reason: `tempfile` adds the path of a file that nobody knows.
fn without_path(error: io::Error) -> io::Error {
    error.kind().into()
}

fn is_locked(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    File::open(name).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Where the candles come from that a model is trained on.
pub(super) fn history(config: &Config) -> Finding {
    const NAME: &str = "history";
    let history = &config.history;
    match history.source {
        HistorySource::Simulated => {
            Finding::note(NAME, "simulated: a random walk, good for trying out and for nothing else")
        }
        HistorySource::Chain => {
            let found = format!("read from the pools' swaps: the node must serve logs {} hours back", history.hours);
            Finding::note(NAME, found)
        }
        HistorySource::Data => match selection(config) {
            Ok(selection) => data(config, &selection),
            Err(error) => {
                Finding::problem(NAME, error.to_string(), "correct history.data and history.venues, or the folder")
            }
        },
    }
}

fn selection(config: &Config) -> Result<Selection, DataError> {
    let history = &config.history;
    Folder::open(history.data.clone().unwrap_or_default())?.select(&Request {
        assets: config.markets.iter().map(|market| market.asset.clone()).collect(),
        venues: history.venues.clone(),
        from: None,
        to: None,
        hours: 1,
        history_hours: history.hours as usize,
        allow_gaps: true,
    })
}

fn data(config: &Config, selection: &Selection) -> Finding {
    let (hours, least) = (selection.history.len(), config.model.min_train_hours);
    let found = format!("{}: {hours} unbroken hours up to {}", selection.venue, selection.to);
    if hours >= least as usize {
        return Finding::ok("history", found);
    }
    let why = selection.notes.join("; ");
    let mend = "give a data folder that reaches further back without gaps, or lower model.min_train_hours";
    Finding::problem("history", format!("{found}; model.min_train_hours is {least} ({why})"), mend)
}
