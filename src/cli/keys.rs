//! `shoal keys`: makes, imports and names the wallet's key.

use std::{
    io::{self, BufRead, IsTerminal},
    path::{Path, PathBuf},
};

use alloy::primitives::Address;
use eyre::WrapErr;

use super::{Context, Exit, Usage};
use crate::{
    domain::Secret,
    io::wallet::{KEY_VARIABLE, PASSWORD_VARIABLE, Wallet, WalletError},
};

/// Make or import a keystore, or show whose key is set
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys and passwords are never arguments: the key comes from SHOAL_PRIVATE_KEY or a hidden prompt,
the password from SHOAL_KEYSTORE_PASSWORD or a hidden prompt.

Example:
  shoal keys new --out bot.keystore
  SHOAL_KEYSTORE=bot.keystore shoal keys address")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a new key from the operating system's randomness, in a new keystore
    #[command(after_help = "Example:\n  shoal keys new --out bot.keystore")]
    New {
        /// The keystore to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Put the key of SHOAL_PRIVATE_KEY, or of standard input, into a new keystore
    #[command(after_help = "Example:\n  shoal keys import --out bot.keystore")]
    Import {
        /// The keystore to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show the address of the key in SHOAL_PRIVATE_KEY or in the keystore
    #[command(after_help = "Example:\n  SHOAL_KEYSTORE=bot.keystore shoal keys address")]
    Address,
}

/// Carries out the action.
///
/// # Errors
/// A key or password that is absent or malformed, or a keystore that cannot be read or written.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    match args.action {
        Action::New { out } => {
            refuse_taken(&out)?;
            let password = new_password(context, &out)?;
            write(context, &Wallet::random(), &out, &password)
        }
        Action::Import { out } => {
            refuse_taken(&out)?;
            let wallet = Wallet::from_hex(&private_key(context)?).map_err(WalletError::from)?;
            let password = new_password(context, &out)?;
            write(context, &wallet, &out, &password)
        }
        Action::Address => {
            let config = context.global.config.is_some().then(|| context.config()).transpose()?;
            let mut sources = context.key_sources(config.as_ref());
            if sources.private_key.is_none()
                && let Some(path) = &sources.keystore
                && sources.password.is_none()
                && has_terminal()
            {
                sources.password = Some(prompt(&format!("Password of {}: ", path.display()))?);
            }
            let wallet = Wallet::open(&sources)?;
            print(context, wallet.address(), sources.keystore.as_deref())
        }
    }
}

/// Said before a password is asked for; the writing itself checks again.
fn refuse_taken(out: &Path) -> Result<(), WalletError> {
    if out.symlink_metadata().is_ok() { Err(WalletError::Exists { path: out.to_owned() }) } else { Ok(()) }
}

fn write(context: &Context, wallet: &Wallet, out: &Path, password: &Secret) -> eyre::Result<Exit> {
    wallet.write_keystore(out, password)?;
    print(context, wallet.address(), Some(out))
}

fn print(context: &Context, address: Address, keystore: Option<&Path>) -> eyre::Result<Exit> {
    if context.global.json {
        let keystore = keystore.map(|path| path.display().to_string());
        context.stdout.json(&serde_json::json!({ "address": address.to_checksum(None), "keystore": keystore }))?;
    } else {
        context.stdout.line(address)?;
    }
    Ok(Exit::Done)
}

/// From the environment, a hidden prompt, or a line of standard input.
fn private_key(context: &Context) -> eyre::Result<Secret> {
    if let Some(key) = context.environment.get(KEY_VARIABLE) {
        return Ok(Secret::new(key));
    }
    if io::stdin().is_terminal() {
        return prompt("Private key: ");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).wrap_err("standard input cannot be read")?;
    if line.trim().is_empty() {
        return Err(Usage(format!("no private key: set {KEY_VARIABLE} or give it on standard input")).into());
    }
    Ok(Secret::new(line.trim()))
}

/// From the environment, or a hidden prompt, twice: a typing error would lock the key away.
fn new_password(context: &Context, out: &Path) -> eyre::Result<Secret> {
    if let Some(password) = context.environment.get(PASSWORD_VARIABLE) {
        return Ok(Secret::new(password));
    }
    if !has_terminal() {
        return Err(WalletError::NoPassword { path: out.to_owned() }.into());
    }
    let password = prompt("New password: ")?;
    if password.is_empty() {
        return Err(Usage("the password must not be empty".to_owned()).into());
    }
    if prompt("The same again: ")? != password {
        return Err(Usage("the two passwords differ".to_owned()).into());
    }
    Ok(password)
}

/// The prompt reads the terminal itself, so standard input may be a pipe.
fn has_terminal() -> bool {
    io::stdin().is_terminal() || io::stderr().is_terminal()
}

fn prompt(label: &str) -> eyre::Result<Secret> {
    rpassword::prompt_password(label).map(Secret::new).wrap_err("the terminal cannot be read")
}
