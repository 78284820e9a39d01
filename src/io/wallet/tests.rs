use alloy::{
    consensus::{Transaction as _, TxEnvelope},
    eips::Decodable2718,
    hex,
    primitives::{Address, address, b256},
};
use proptest::prelude::*;

use super::*;

/// The first of Anvil's published development keys.
const ANVIL_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ANVIL_ADDRESS: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const ROUTER: Address = address!("0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45");

fn anvil() -> Wallet {
    Wallet::from_hex(&Secret::new(ANVIL_KEY)).unwrap()
}

fn approval() -> Transaction {
    let input = format!("095ea7b3{:0>64}{}", hex::encode(ROUTER), "f".repeat(64));
    Transaction {
        chain_id: 1,
        nonce: 7,
        to: ROUTER,
        value: Wei::ZERO,
        gas_limit: 195_000,
        max_fee_per_gas: Wei::from(40_100_000_000u64),
        max_priority_fee_per_gas: Wei::from(100_000_000u64),
        input: hex::decode(input).unwrap().into(),
    }
}

fn transfer() -> Transaction {
    Transaction {
        chain_id: 31_337,
        nonce: 0,
        to: ROUTER,
        value: Wei::from(1_000_000_000_000_000_000u64),
        gas_limit: 21_000,
        max_fee_per_gas: Wei::from(1u64),
        max_priority_fee_per_gas: Wei::ZERO,
        input: Default::default(),
    }
}

/// The expected bytes were made apart from this library: secp256k1, RFC 6979, RLP and
/// keccak-256 written out from their specifications.
#[test]
fn signatures_equal_those_of_an_independent_implementation() {
    let signed = anvil().sign(&approval()).unwrap();
    let raw = "02f8b101078405f5e1008509562571008302f9b89468b3465833fb72a70ecdf485e0e4c7bd8665fc4580b844095ea7b3\
               00000000000000000000000068b3465833fb72a70ecdf485e0e4c7bd8665fc45\
               ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
               c080a0f4dda572f279af97ebb46b08c0b62e81d00ac632c098fd0f05c42c810673284a\
               a0713b6562103ae1387940dbf1a561bdbbc4afaa5889db0474270533f8a94c919d";
    assert_eq!(hex::encode(&signed.raw), raw);
    assert_eq!(signed.hash, b256!("0xb5b6be6a876d762b40216aba85504e211709fa05698db4963e8968a2985ad125"));
    assert_eq!(signed.nonce, 7);

    let signed = anvil().sign(&transfer()).unwrap();
    let raw = "02f86c827a698080018252089468b3465833fb72a70ecdf485e0e4c7bd8665fc45880de0b6b3a764000080c0\
               80a05694377a33e0e50dad801e90abfbcf5cd1acdc70f68dc73b412cd5ce65e4a80a\
               a00c1381089874c3547046389cf057b33f882fd90adf1c1d8e75b90776a7f85647";
    assert_eq!(hex::encode(&signed.raw), raw);
    assert_eq!(signed.hash, b256!("0x4a3ddc7bab6c3e40933289e7d15324cdf3ba01b992aa4af551c5eabf48a5fbb5"));
}

#[test]
fn a_key_is_read_in_every_spelling() {
    let digits = &ANVIL_KEY[2..];
    for text in [digits.to_owned(), ANVIL_KEY.to_uppercase(), format!(" {ANVIL_KEY}\n"), digits.to_uppercase()] {
        assert_eq!(Wallet::from_hex(&Secret::new(text)).unwrap().address(), ANVIL_ADDRESS);
    }
}

#[test]
fn a_malformed_key_is_described_and_not_echoed() {
    let check = |text: &str, expected: KeyError| {
        assert_eq!(Wallet::from_hex(&Secret::new(text)).unwrap_err(), expected, "{text}");
    };
    check("", KeyError::Length { digits: 0 });
    check(&ANVIL_KEY[..65], KeyError::Length { digits: 63 });
    check(&format!("{ANVIL_KEY}0"), KeyError::Length { digits: 65 });
    check(&format!("0x{ANVIL_KEY}"), KeyError::NotHex);
    check(&ANVIL_KEY.replace("ac0", "zc0"), KeyError::NotHex);
    check(&"0".repeat(64), KeyError::OutOfRange);
    check(&"f".repeat(64), KeyError::OutOfRange);
    // The curve's order itself, and the largest key below it.
    check("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", KeyError::OutOfRange);
    let largest = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
    assert!(Wallet::from_hex(&Secret::new(largest)).is_ok());
}

#[test]
fn fees_that_no_transaction_can_carry_are_refused() {
    let mut wide = transfer();
    wide.max_fee_per_gas = Wei(U256::from(u128::MAX) + U256::from(1));
    assert!(matches!(anvil().sign(&wide), Err(WalletError::Fee(_))));
    let mut inverted = transfer();
    inverted.max_priority_fee_per_gas = Wei::from(2u64);
    assert!(matches!(anvil().sign(&inverted), Err(WalletError::Fee(_))));
}

#[test]
fn one_source_is_wanted_and_two_are_ambiguous() {
    let key = Some(Secret::new(ANVIL_KEY));
    let keystore = Some(PathBuf::from("bot.keystore"));
    let both = KeySources { private_key: key.clone(), keystore: keystore.clone(), password: None };
    let text = Wallet::open(&both).unwrap_err().to_string();
    assert!(text.contains("SHOAL_PRIVATE_KEY") && text.contains("SHOAL_KEYSTORE"), "{text}");
    assert!(matches!(Wallet::open(&KeySources::default()), Err(WalletError::Absent)));
    let locked = KeySources { keystore, ..Default::default() };
    assert!(matches!(Wallet::open(&locked), Err(WalletError::NoPassword { .. })));
    let open = KeySources { private_key: key, ..Default::default() };
    assert_eq!(Wallet::open(&open).unwrap().address(), ANVIL_ADDRESS);
}

/// Anvil's key, encrypted apart from this library (PBKDF2 and AES of a system's own tools).
const FOREIGN: &str = r#"{
    "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": {
        "cipher": "aes-128-ctr", "cipherparams": { "iv": "000102030405060708090a0b0c0d0e0f" },
        "ciphertext": "0aef9f3e9c8bb19f8101daad64d831b568edb4e35aaf4852adcd7ad750881136",
        "kdf": "pbkdf2", "kdfparams": { "c": 2048, "dklen": 32, "prf": "hmac-sha256",
            "salt": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
        "mac": "39732a5274db9943f543a865f8c91028dbb8a5fae85ec6ee686748e5c7ac6df5" } }"#;

fn open(folder: &tempfile::TempDir, text: &str, password: &str) -> Result<Wallet, WalletError> {
    let path = folder.path().join("key");
    std::fs::write(&path, text).unwrap();
    Wallet::open(&KeySources { private_key: None, keystore: Some(path), password: Some(Secret::new(password)) })
}

#[test]
fn a_keystore_of_another_tool_opens() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&folder, FOREIGN, "correct horse").unwrap().address(), ANVIL_ADDRESS);
    assert!(matches!(open(&folder, FOREIGN, "correct hors"), Err(WalletError::WrongPassword { .. })));
}

#[test]
fn a_malformed_keystore_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let scrypt = |n: u64| {
        let parameters = format!("\"n\": {n}, \"r\": 8, \"p\": 1, \"dklen\"");
        FOREIGN.replace("pbkdf2", "scrypt").replace("\"c\": 2048, \"dklen\"", &parameters)
    };
    for text in [
        String::new(),
        "[]".to_owned(),
        "{\"version\": 3}".to_owned(),
        FOREIGN.replace("\"version\": 3", "\"version\": 1"),
        FOREIGN.replace("0c0d0e0f\" }", "\" }"),
        FOREIGN.replace("\"dklen\": 32", "\"dklen\": 16"),
        FOREIGN.replace("750881136", "7"),
        FOREIGN.replace("aes-128-ctr", "aes-256-ctr"),
        FOREIGN.replace("2048", "0"),
        scrypt(0),
        scrypt(3),
        scrypt(1 << 31),
        FOREIGN.replace("3198bc9c", "x"),
    ] {
        let error = open(&folder, &text, "correct horse").unwrap_err();
        assert!(matches!(error, WalletError::Malformed { .. }), "{error}");
    }
    let missing = KeySources {
        keystore: Some(folder.path().join("none")),
        password: Some(Secret::new("x")),
        ..Default::default()
    };
    assert!(matches!(Wallet::open(&missing), Err(WalletError::Read { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_signer_of_any_transaction_is_the_wallet(bytes in any::<[u8; 32]>(), nonce in any::<u64>(), tip in any::<u64>()) {
        prop_assume!(Wallet::from_bytes(&bytes).is_ok());
        let wallet = Wallet::from_bytes(&bytes).unwrap();
        let mut transaction = approval();
        (transaction.nonce, transaction.max_priority_fee_per_gas) = (nonce, Wei::from(tip));
        transaction.max_fee_per_gas = Wei::from(u128::from(tip) + 1);
        let signed = wallet.sign(&transaction).unwrap();
        let envelope = TxEnvelope::decode_2718(&mut signed.raw.as_ref()).unwrap();
        prop_assert_eq!(envelope.signature().recover_address_from_prehash(&envelope.signature_hash()).unwrap(), wallet.address());
        prop_assert_eq!(envelope.nonce(), nonce);
        prop_assert_eq!(*envelope.tx_hash(), signed.hash);
    }

    #[test]
    fn no_text_shows_a_secret(bytes in any::<[u8; 32]>(), spoil in 0..64usize, password in "[!-~]{12,24}") {
        let digits = hex::encode(bytes);
        let mut shown = String::new();
        let mut show = |error: WalletError| {
            shown.push_str(&format!("{error} {error:?}\n"));
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                shown.push_str(&format!("{cause} {cause:?}\n"));
                source = cause.source();
            }
        };
        let mut spoilt = digits.clone();
        spoilt.replace_range(spoil..=spoil, "g");
        for text in [spoilt, digits[..63].to_owned(), format!("{digits}a"), format!("0x0x{digits}")] {
            show(Wallet::from_hex(&Secret::new(text)).unwrap_err().into());
        }
        let folder = tempfile::tempdir().unwrap();
        show(open(&folder, FOREIGN, &password).unwrap_err());
        show(open(&folder, &digits, &password).unwrap_err());
        let sources = KeySources {
            private_key: Some(Secret::new(&digits)),
            keystore: Some("bot.keystore".into()),
            password: Some(Secret::new(&password)),
        };
        show(Wallet::open(&sources).unwrap_err());
        shown.push_str(&format!("{sources:?}"));
        if let Ok(wallet) = Wallet::from_bytes(&bytes) {
            shown.push_str(&format!("{wallet:?}"));
        }
        prop_assert!(!shown.contains(&password), "{}", shown);
        // Eight digits of a row occur by chance once in 2^32.
        let shown = shown.to_lowercase();
        for start in 0..=digits.len() - 8 {
            prop_assert!(!shown.contains(&digits[start..start + 8]), "{}", shown);
        }
    }
}

#[test]
fn a_written_keystore_reads_back_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.keystore");
    let password = Secret::new("correct horse");
    let wallet = Wallet::random();
    wallet.write_keystore(&path, &password).unwrap();
    let sources = KeySources { private_key: None, keystore: Some(path.clone()), password: Some(password.clone()) };
    assert_eq!(Wallet::open(&sources).unwrap().address(), wallet.address());
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(anvil().write_keystore(&path, &password), Err(WalletError::Exists { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    let nowhere = folder.path().join("none/bot.keystore");
    assert!(matches!(wallet.write_keystore(&nowhere, &password), Err(WalletError::Write { .. })));
    assert_ne!(Wallet::random().address(), wallet.address());
}
