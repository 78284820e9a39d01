//! Our transactions against those of ethers, byte for byte, on generated inputs.
//!
//! The oracle is `tests/ethers-oracle`, a package of its own; `make test` builds it and names
//! its binary in `SHOAL_ETHERS_ORACLE`. Where that is unset these tests say so and pass.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Lines, Write, stderr},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use alloy::primitives::{Address, B256, Bytes, U256};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use shoal::{
    domain::{Secret, Transaction},
    execution::calldata::{self, V2Swap, V3Swap},
    io::wallet::Wallet,
    units::{FeePips, Timestamp, TokenAmount, Wei},
};

const CASES: u32 = 256;

/// Anvil's published development keys.
const KEYS: [&str; 3] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];

/// The oracle's process: one line in, one line out.
struct Oracle {
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Oracle {
    fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the test's own set-up")]
        let Ok(path) = std::env::var("SHOAL_ETHERS_ORACLE") else {
            // Not `eprintln!`, which the harness hides where a test passes.
            let skipped = "skipped: SHOAL_ETHERS_ORACLE names no oracle; `make test` builds and sets it\n";
            stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        };
        let mut process = Command::new(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("SHOAL_ETHERS_ORACLE={path}: {error}"));
        let requests = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap()).lines();
        Some(Self { process, requests, answers })
    }

    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        let answer = self.answers.next().expect("the oracle ended").unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// The calldata that ethers makes of `request`.
    fn data(&mut self, request: &Value) -> Bytes {
        let answer = self.ask(request);
        let data = answer["data"].as_str().unwrap_or_else(|| panic!("{request} got {answer}"));
        data.parse().unwrap()
    }

    /// `multicall(deadline, [call])`.
    fn until(&mut self, deadline: Timestamp, call: &Bytes) -> Bytes {
        self.data(&json!({ "op": "multicall", "deadline": deadline, "data": [call] }))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `test` on generated values with one oracle; skips where there is none.
fn check<S: Strategy>(strategy: &S, test: impl Fn(&mut Oracle, S::Value)) {
    let Some(oracle) = Oracle::start() else { return };
    let oracle = RefCell::new(oracle);
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let result = runner.run(strategy, |value| {
        test(&mut oracle.borrow_mut(), value);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

/// Of every length from nothing to 256 bits: a uniform one would hardly ever be short.
fn amount() -> impl Strategy<Value = TokenAmount> {
    (any::<[u64; 4]>(), 0usize..=256).prop_map(|(limbs, bits)| {
        let value = U256::from_limbs(limbs);
        TokenAmount(value.checked_shr(256 - bits).unwrap_or(U256::ZERO))
    })
}

/// A gas price: ethers and alloy agree on 128 bits.
fn wei() -> impl Strategy<Value = Wei> {
    (any::<u128>(), 0u32..128).prop_map(|(value, shift)| Wei::from(value >> shift))
}

fn deadline() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp)
}

#[test]
fn approvals_are_those_of_ethers() {
    check(&(address(), amount()), |oracle, (spender, amount)| {
        let theirs = oracle.data(&json!({ "op": "approve", "spender": spender, "amount": amount }));
        assert_eq!(calldata::approve(spender, amount), theirs);
    });
}

#[test]
fn v3_swaps_are_those_of_ethers() {
    let swaps = (address(), address(), 0u32..1 << 24, address(), amount(), amount(), deadline());
    check(&swaps, |oracle, (token_in, token_out, fee, recipient, amount_in, amount_out_min, deadline)| {
        let call = oracle.data(&json!({
            "op": "exact_input_single",
            "token_in": token_in,
            "token_out": token_out,
            "fee": fee,
            "recipient": recipient,
            "amount_in": amount_in,
            "amount_out_minimum": amount_out_min,
            "sqrt_price_limit_x96": 0,
        }));
        let fee = FeePips(fee);
        let ours =
            calldata::v3_swap(V3Swap { token_in, token_out, fee, recipient, amount_in, amount_out_min, deadline });
        assert_eq!(ours, oracle.until(deadline, &call));
    });
}

#[test]
fn v2_swaps_are_those_of_ethers() {
    let swaps = (address(), address(), address(), amount(), amount(), deadline());
    check(&swaps, |oracle, (token_in, token_out, recipient, amount_in, amount_out_min, deadline)| {
        let call = oracle.data(&json!({
            "op": "v2_swap",
            "amount_in": amount_in,
            "amount_out_min": amount_out_min,
            "path": [token_in, token_out],
            "to": recipient,
        }));
        let ours = calldata::v2_swap(V2Swap { token_in, token_out, recipient, amount_in, amount_out_min, deadline });
        assert_eq!(ours, oracle.until(deadline, &call));
    });
}

#[test]
fn signed_transactions_are_those_of_ethers() {
    let transactions = (
        (0usize..KEYS.len(), 1u64..1 << 53, any::<u64>(), address(), amount()),
        (any::<u64>(), wei(), wei(), vec(any::<u8>(), 0..600)),
    );
    check(&transactions, |oracle, ((key, chain_id, nonce, to, value), (gas_limit, one, other, input))| {
        // The wallet refuses a tip above the cap, as nodes do.
        let (fee, tip) = (one.max(other), one.min(other));
        let transaction = Transaction {
            chain_id,
            nonce,
            to,
            value: Wei(value.0),
            gas_limit,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: tip,
            input: input.into(),
        };
        let theirs = oracle.ask(&json!({ "op": "sign", "key": KEYS[key], "tx": transaction }));
        let (raw, hash, address) = sign(KEYS[key], &transaction);
        assert_eq!(theirs, json!({ "raw": raw, "hash": hash, "address": address }));
    });
}

fn sign(key: &str, transaction: &Transaction) -> (Bytes, B256, Address) {
    let wallet = Wallet::from_hex(&Secret::new(key)).unwrap();
    let signed = wallet.sign(transaction).unwrap();
    assert_eq!(signed.nonce, transaction.nonce);
    (signed.raw, signed.hash, wallet.address())
}
