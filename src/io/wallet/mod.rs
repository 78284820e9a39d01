//! The key: where it comes from, and what it signs.
//!
//! Neither the key nor a password, nor any part of them, appears in a `Debug`, a `Display` or
//! an error of this module.

mod error;
mod keystore;
#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::{Encodable2718, eip2930::AccessList},
    primitives::{Address, TxKind, U256},
    signers::{SignerSync, k256::elliptic_curve::rand_core::OsRng, local::PrivateKeySigner},
};

pub use error::{KeyError, WalletError};

use crate::{
    domain::{Secret, SignedTransaction, Transaction},
    units::Wei,
};

/// The variable of the private key.
pub const KEY_VARIABLE: &str = "SHOAL_PRIVATE_KEY";
/// The variable of the keystore's path.
pub const KEYSTORE_VARIABLE: &str = "SHOAL_KEYSTORE";
/// The variable of the keystore's password.
pub const PASSWORD_VARIABLE: &str = "SHOAL_KEYSTORE_PASSWORD";

/// Where a key may come from: one of the two, not both.
#[derive(Clone, Debug, Default)]
pub struct KeySources {
    pub private_key: Option<Secret>,
    pub keystore: Option<PathBuf>,
    /// Of the keystore.
    pub password: Option<Secret>,
}

/// A key that signs. Its `Debug` shows the address alone.
#[derive(Clone)]
pub struct Wallet {
    signer: PrivateKeySigner,
}

impl Wallet {
    /// The key that the sources give.
    ///
    /// # Errors
    /// [`WalletError::Absent`] without a source, [`WalletError::Ambiguous`] with two, and
    /// whatever is wrong with the one. Halt: the user must mend the setting.
    pub fn open(sources: &KeySources) -> Result<Self, WalletError> {
        match (&sources.private_key, &sources.keystore) {
            (Some(_), Some(path)) => Err(WalletError::Ambiguous { keystore: path.clone() }),
            (Some(key), None) => Ok(Self::from_hex(key)?),
            (None, Some(path)) => match &sources.password {
                Some(password) => keystore::read(path, password),
                None => Err(WalletError::NoPassword { path: path.clone() }),
            },
            (None, None) => Err(WalletError::Absent),
        }
    }

    /// From 64 hex digits, with or without `0x`, surrounding white space ignored.
    ///
    /// # Errors
    /// [`KeyError`], which never echoes the text.
    pub fn from_hex(key: &Secret) -> Result<Self, KeyError> {
        let text = key.expose().trim();
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(KeyError::NotHex);
        }
        let length = digits.len();
        let bytes: [u8; 32] = alloy::hex::decode_to_array(digits).map_err(|_| KeyError::Length { digits: length })?;
        Self::from_bytes(&bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let signer = PrivateKeySigner::from_slice(bytes).map_err(|_| KeyError::OutOfRange)?;
        Ok(Self { signer })
    }

    /// A new key from the operating system's randomness.
    pub fn random() -> Self {
        Self { signer: PrivateKeySigner::random_with(&mut OsRng) }
    }

    /// Writes the key to a new keystore (Web3 Secret Storage v3, scrypt), readable by its owner
    /// alone, after reading it back.
    ///
    /// # Errors
    /// [`WalletError::Exists`] where `path` is taken: no key is ever overwritten.
    pub fn write_keystore(&self, path: &std::path::Path, password: &Secret) -> Result<(), WalletError> {
        keystore::write(self, path, password)
    }

    /// The account that the key controls.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs a transaction: EIP-1559 content in its EIP-2718 envelope. The same transaction
    /// always gives the same bytes (RFC 6979).
    ///
    /// # Errors
    /// [`WalletError::Fee`] for fees that no transaction can carry. Drop the transaction.
    pub fn sign(&self, transaction: &Transaction) -> Result<SignedTransaction, WalletError> {
        let content = TxEip1559 {
            chain_id: transaction.chain_id,
            nonce: transaction.nonce,
            gas_limit: transaction.gas_limit,
            max_fee_per_gas: fee(transaction.max_fee_per_gas)?,
            max_priority_fee_per_gas: fee(transaction.max_priority_fee_per_gas)?,
            to: TxKind::Call(transaction.to),
            value: transaction.value.0,
            access_list: AccessList::default(),
            input: transaction.input.clone(),
        };
        if content.max_priority_fee_per_gas > content.max_fee_per_gas {
            return Err(WalletError::Fee("max_priority_fee_per_gas exceeds max_fee_per_gas"));
        }
        let signature = self.signer.sign_hash_sync(&content.signature_hash()).map_err(|_| WalletError::Sign)?;
        let envelope = TxEnvelope::from(content.into_signed(signature));
        Ok(SignedTransaction {
            hash: *envelope.tx_hash(),
            nonce: transaction.nonce,
            raw: envelope.encoded_2718().into(),
        })
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").field("address", &self.address()).finish_non_exhaustive()
    }
}

fn fee(fee: Wei) -> Result<u128, WalletError> {
    let limit = U256::from(u128::MAX);
    if fee.0 > limit { Err(WalletError::Fee("a fee exceeds 128 bits")) } else { Ok(fee.0.to::<u128>()) }
}
