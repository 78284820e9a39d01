//! Signs and encodes with ethers: a second opinion on every byte that Shoal sends.
//!
//! Reads one JSON request a line on standard input and answers each with one JSON line:
//! `{"raw", "hash", "address"}` to `sign`, `{"data"}` to the encodings, `{"error"}` to anything
//! that it cannot answer. Integers are decimal strings or numbers, bytes are `0x` hex.

use std::{
    error::Error,
    io::{BufRead, Write},
};

use ethers_core::{
    abi::{Function, Param, ParamType, StateMutability, Token},
    types::{Address, Bytes, Eip1559TransactionRequest, Signature, U256, transaction::eip2718::TypedTransaction},
    utils::keccak256,
};
use ethers_signers::{LocalWallet, Signer};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    Sign { key: String, tx: Transaction },
    Approve { spender: Address, amount: Uint },
    ExactInputSingle(ExactInputSingle),
    Multicall { deadline: Uint, data: Vec<Bytes> },
    V2Swap { amount_in: Uint, amount_out_min: Uint, path: Vec<Address>, to: Address },
}

#[derive(Deserialize)]
struct Transaction {
    chain_id: u64,
    nonce: Uint,
    to: Address,
    value: Uint,
    gas_limit: Uint,
    max_fee_per_gas: Uint,
    max_priority_fee_per_gas: Uint,
    input: Bytes,
}

/// The arguments of SwapRouter02's `exactInputSingle`, which has no deadline of its own.
#[derive(Deserialize)]
struct ExactInputSingle {
    token_in: Address,
    token_out: Address,
    fee: Uint,
    recipient: Address,
    amount_in: Uint,
    amount_out_minimum: Uint,
    sqrt_price_limit_x96: Uint,
}

/// An integer as a decimal string or a JSON number.
struct Uint(U256);

impl<'de> Deserialize<'de> for Uint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        U256::from_dec_str(&text).map(Self).map_err(|error| D::Error::custom(format!("`{text}`: {error}")))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, Box<dyn Error>> {
    let data = match serde_json::from_str(line)? {
        Request::Sign { key, tx } => return sign(&key, tx),
        Request::Approve { spender, amount } => {
            let types = [ParamType::Address, ParamType::Uint(256)];
            encode("approve", &types, &[Token::Address(spender), amount.token()])?
        }
        Request::ExactInputSingle(call) => exact_input_single(&call)?,
        Request::Multicall { deadline, data } => {
            let types = [ParamType::Uint(256), ParamType::Array(Box::new(ParamType::Bytes))];
            let calls = data.into_iter().map(|call| Token::Bytes(call.to_vec())).collect();
            encode("multicall", &types, &[deadline.token(), Token::Array(calls)])?
        }
        Request::V2Swap { amount_in, amount_out_min, path, to } => {
            let path_type = ParamType::Array(Box::new(ParamType::Address));
            let types = [ParamType::Uint(256), ParamType::Uint(256), path_type, ParamType::Address];
            let path = Token::Array(path.into_iter().map(Token::Address).collect());
            let arguments = [amount_in.token(), amount_out_min.token(), path, Token::Address(to)];
            encode("swapExactTokensForTokens", &types, &arguments)?
        }
    };
    Ok(json!({ "data": Bytes::from(data) }))
}

fn sign(key: &str, tx: Transaction) -> Result<Value, Box<dyn Error>> {
    let wallet = key.parse::<LocalWallet>()?.with_chain_id(tx.chain_id);
    let request: TypedTransaction = Eip1559TransactionRequest::new()
        .chain_id(tx.chain_id)
        .nonce(tx.nonce.0)
        .to(tx.to)
        .value(tx.value.0)
        .gas(tx.gas_limit.0)
        .max_fee_per_gas(tx.max_fee_per_gas.0)
        .max_priority_fee_per_gas(tx.max_priority_fee_per_gas.0)
        .data(tx.input)
        .into();
    let signature: Signature = wallet.sign_transaction_sync(&request)?;
    let raw = request.rlp_signed(&signature);
    let hash = keccak256(&raw);
    Ok(json!({ "raw": raw, "hash": Bytes::from(hash), "address": wallet.address() }))
}

fn exact_input_single(call: &ExactInputSingle) -> Result<Vec<u8>, Box<dyn Error>> {
    let params = ParamType::Tuple(vec![
        ParamType::Address,
        ParamType::Address,
        ParamType::Uint(24),
        ParamType::Address,
        ParamType::Uint(256),
        ParamType::Uint(256),
        ParamType::Uint(160),
    ]);
    let arguments = Token::Tuple(vec![
        Token::Address(call.token_in),
        Token::Address(call.token_out),
        call.fee.token(),
        Token::Address(call.recipient),
        call.amount_in.token(),
        call.amount_out_minimum.token(),
        call.sqrt_price_limit_x96.token(),
    ]);
    encode("exactInputSingle", &[params], &[arguments])
}

impl Uint {
    fn token(&self) -> Token {
        Token::Uint(self.0)
    }
}

/// Selector and arguments, by ethers' own encoder.
fn encode(name: &str, types: &[ParamType], arguments: &[Token]) -> Result<Vec<u8>, Box<dyn Error>> {
    let inputs =
        types.iter().map(|kind| Param { name: String::new(), kind: kind.clone(), internal_type: None }).collect();
    #[allow(deprecated)]
    let function = Function {
        name: name.to_owned(),
        inputs,
        outputs: Vec::new(),
        constant: None,
        state_mutability: StateMutability::NonPayable,
    };
    Ok(function.encode_input(arguments)?)
}
