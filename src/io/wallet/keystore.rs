//! Keystore files: Web3 Secret Storage v3.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use alloy::{
    hex,
    signers::{
        k256::elliptic_curve::rand_core::OsRng,
        local::{LocalSignerError, PrivateKeySigner},
    },
};
use serde_json::Value;

use super::{Wallet, WalletError};
use crate::domain::Secret;

/// More work than this is no keystore but an attack on memory (geth's own is 2^18).
const MAX_SCRYPT_N: u64 = 1 << 20;
const MAX_PBKDF2_ROUNDS: u64 = 10_000_000;

pub(super) fn read(path: &Path, password: &Secret) -> Result<Wallet, WalletError> {
    let text = fs::read_to_string(path).map_err(|source| WalletError::Read { path: path.to_owned(), source })?;
    let json = serde_json::from_str(&text).map_err(|_| malformed(path, "it is not JSON"))?;
    check(&json).map_err(|why| malformed(path, why))?;
    match PrivateKeySigner::decrypt_keystore(path, password.expose()) {
        Ok(signer) => Ok(Wallet { signer }),
        // After the check above the library's other errors are all about the file's form; they
        // are not passed on, because they may quote it.
        Err(error) if is_wrong_password(&error) => Err(WalletError::WrongPassword { path: path.to_owned() }),
        Err(_) => Err(malformed(path, "its fields do not fit together")),
    }
}

fn malformed(path: &Path, why: &'static str) -> WalletError {
    WalletError::Malformed { path: path.to_owned(), why }
}

/// The library's keystore error type is not reachable from here; its text is.
fn is_wrong_password(error: &LocalSignerError) -> bool {
    error.to_string().contains("Mac Mismatch")
}

/// What the library takes for granted: without these it panics or exhausts the memory.
fn check(json: &Value) -> Result<(), &'static str> {
    if json.get("version").and_then(Value::as_u64) != Some(3) {
        return Err("its version is not 3");
    }
    // Geth and Parity wrote `Crypto` too; the library reads the standard's spelling alone.
    let crypto = json.get("crypto").ok_or("it has no `crypto`")?;
    if crypto.get("cipher").and_then(Value::as_str) != Some("aes-128-ctr") {
        return Err("its cipher is not aes-128-ctr");
    }
    if bytes(crypto.pointer("/cipherparams/iv")) != Some(16) {
        return Err("its iv is not 16 bytes");
    }
    if bytes(crypto.get("ciphertext")) != Some(32) {
        return Err("its ciphertext is not 32 bytes");
    }
    if bytes(crypto.get("mac")) != Some(32) {
        return Err("its mac is not 32 bytes");
    }
    let parameter = |name: &str| crypto.get("kdfparams")?.get(name)?.as_u64();
    if parameter("dklen") != Some(32) {
        return Err("its derived key is not 32 bytes");
    }
    match crypto.get("kdf").and_then(Value::as_str) {
        Some("scrypt") => {
            let (n, r, p) = (parameter("n"), parameter("r"), parameter("p"));
            let n_fits = n.is_some_and(|n| (2..=MAX_SCRYPT_N).contains(&n) && n.is_power_of_two());
            let r_fits = r.is_some_and(|r| (1..=32).contains(&r));
            let p_fits = p.is_some_and(|p| (1..=16).contains(&p));
            if n_fits && r_fits && p_fits { Ok(()) } else { Err("its scrypt parameters are out of range") }
        }
        Some("pbkdf2") => {
            let rounds = parameter("c").is_some_and(|c| (1..=MAX_PBKDF2_ROUNDS).contains(&c));
            if rounds { Ok(()) } else { Err("its pbkdf2 rounds are out of range") }
        }
        _ => Err("its kdf is neither scrypt nor pbkdf2"),
    }
}

fn bytes(text: Option<&Value>) -> Option<usize> {
    hex::decode(text?.as_str()?).ok().map(|bytes| bytes.len())
}

/// The file appears complete or not at all, and never in the place of another: a key that was
/// half written, or written over, is money lost.
pub(super) fn write(wallet: &Wallet, path: &Path, password: &Secret) -> Result<(), WalletError> {
    if path.symlink_metadata().is_ok() {
        return Err(WalletError::Exists { path: path.to_owned() });
    }
    let failed = |why: String| WalletError::Write { path: path.to_owned(), why };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let text = encrypt(wallet, &folder, password).map_err(|error| failed(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(|error| failed(error.to_string()))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all());
    written.map_err(|error| failed(error.to_string()))?;
    let read_back = read(file.path(), password).map_err(|_| failed("it could not be read back".to_owned()))?;
    if read_back.address() != wallet.address() {
        return Err(failed("it read back another key".to_owned()));
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WalletError::Exists { path: path.to_owned() })
        }
        Err(error) => Err(failed(error.error.to_string())),
    }
}

/// The keystore's text. The library writes to a folder: one that only this user can enter.
fn encrypt(wallet: &Wallet, folder: &Path, password: &Secret) -> io::Result<String> {
    const NAME: &str = "keystore";
    let folder = tempfile::tempdir_in(folder)?;
    let key = wallet.signer.to_field_bytes();
    PrivateKeySigner::encrypt_keystore(folder.path(), &mut OsRng, key, password.expose(), Some(NAME))
        .map_err(|_| io::Error::other("it could not be encrypted"))?;
    let mut json: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(NAME))?)?;
    if let Some(fields) = json.as_object_mut() {
        // As geth writes it: wallets list accounts without asking for the password.
        fields.insert("address".to_owned(), Value::String(hex::encode(wallet.address())));
    }
    Ok(format!("{json:#}\n"))
}
