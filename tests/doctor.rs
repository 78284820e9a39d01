//! `shoal doctor` as the binary runs it, against nodes that are sound and nodes that are not.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use alloy::primitives::{Address, address};
use serde_json::Value;
use shoal::{
    domain::replica_plan::USDC,
    io::{
        anvil::{Anvil, AnvilOptions},
        replica::{self, ReplicaOptions, TradingFork},
    },
    units::{TokenAmount, Wei},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Anvil's published development key 0.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const ACCOUNT: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// A key whose account nobody funds.
const POOR: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
const CONTRACTS: [&str; 8] = [
    "router",
    "quoter",
    "multicall",
    "token WETH",
    "token USDC",
    "token WBTC",
    "pool usdc-weth-005",
    "pool wbtc-usdc-005",
];

/// The node that the tests share; none of them changes it after the account is funded.
async fn endpoint() -> &'static str {
    static FORK: OnceCell<TradingFork> = OnceCell::const_new();
    let fork = FORK.get_or_init(async || {
        let fork = replica::trading_fork(ReplicaOptions::default()).await.unwrap();
        let control = fork.anvil.control().await.unwrap();
        control.set_ether(ACCOUNT, Wei::from(1_000_000_000_000_000_000u64)).await.unwrap();
        control.set_tokens(ACCOUNT, USDC, TokenAmount::from(10_000_000_000u64)).await.unwrap();
        fork
    });
    fork.await.endpoint()
}

/// A folder with the shipped configuration, changed as `edit` says.
fn folder(edit: impl Fn(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["fork.toml", "tokens.toml", "pools.toml"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap();
        fs::write(folder.path().join(name), edit(text)).unwrap();
    }
    folder
}

struct Output {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn shoal(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SHOAL_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(["doctor", "--config", "fork.toml"]).args(args);
    let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    for (name, value) in variables.iter().filter(|(name, _)| *name == "SHOAL_PRIVATE_KEY") {
        let digits = value.trim_start_matches("0x");
        assert!(!output.stdout.contains(digits) && !output.stderr.contains(digits), "{name} is shown");
    }
    output
}

/// The findings by name, after checks that hold for every run.
fn examine(folder: &Path, url: &str, key: Option<&str>) -> (Option<i32>, BTreeMap<String, Value>) {
    let mut variables = vec![("SHOAL_RPC_URL", url)];
    variables.extend(key.map(|key| ("SHOAL_PRIVATE_KEY", key)));
    let output = shoal(folder, &variables, &["--json"]);
    assert_eq!(output.stderr, "");
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    for finding in findings {
        let state = finding["state"].as_str().unwrap();
        assert!(["ok", "note", "problem", "skipped"].contains(&state), "{finding}");
        assert_eq!(finding["mend"].is_string(), state == "problem", "{finding}");
    }
    let sound = findings.iter().all(|finding| finding["state"] != "problem");
    assert_eq!((json["sound"].as_bool(), output.code), (Some(sound), Some(i32::from(!sound))), "{json}");
    let named = findings.iter().map(|finding| (finding["name"].as_str().unwrap().to_owned(), finding.clone()));
    let named: BTreeMap<_, _> = named.collect();
    assert_eq!(named.len(), findings.len(), "a name stands twice: {json}");
    (output.code, named)
}

/// The names of the findings in a state, sorted.
fn in_state<'a>(findings: &'a BTreeMap<String, Value>, state: &str) -> Vec<&'a str> {
    findings.iter().filter(|(_, finding)| finding["state"] == state).map(|(name, _)| name.as_str()).collect()
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    names
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_sound_fork_has_no_problems() {
    let folder = folder(|text| text);
    let (code, findings) = examine(folder.path(), endpoint().await, Some(KEY));
    assert_eq!((code, in_state(&findings, "problem"), in_state(&findings, "skipped")), (Some(0), vec![], vec![]));
    let ok = ["balance USDC", "chain id", "configuration", "ether", "journal", "key", "node"];
    let sources = ["source alternative.me", "source fred", "source rss", "source yahoo"];
    assert_eq!(in_state(&findings, "ok"), sorted(ok.into_iter().chain(CONTRACTS).chain(sources)));
    let off = ["source newsapi", "source reddit", "source telegram", "source x"];
    let notes = ["head", "history", "new blocks", "paper"].into_iter().chain(off);
    assert_eq!(in_state(&findings, "note"), sorted(notes));
    assert_eq!(findings["source x"]["found"], "off: SHOAL_X_BEARER_TOKEN is not set");
    assert!(findings["key"]["found"].as_str().unwrap().contains(&ACCOUNT.to_string()));
    assert!(findings["balance USDC"]["found"].as_str().unwrap().ends_with("holds 10000 USDC"));

    let output = shoal(folder.path(), &[("SHOAL_RPC_URL", endpoint().await), ("SHOAL_PRIVATE_KEY", KEY)], &[]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert!(output.stdout.ends_with("\nNo problems.\n"), "{}", output.stdout);
    assert!(output.stdout.contains(&format!("{} answers", endpoint().await)), "{}", output.stdout);
    assert!(!folder.path().join("out").exists(), "the journal's folder was made");
}

#[tokio::test]
async fn over_a_websocket_the_blocks_are_pushed() {
    let folder = folder(|text| text);
    let url = endpoint().await.replace("http://", "ws://");
    let (code, findings) = examine(folder.path(), &url, Some(KEY));
    assert_eq!((code, &findings["new blocks"]["state"]), (Some(0), &Value::from("ok")));
}

#[test]
fn a_node_that_is_not_there_leaves_the_other_checks() {
    let folder = folder(|text| text);
    let address = format!("127.0.0.1:{}", free_port());
    for scheme in ["http", "ws"] {
        let url = format!("{scheme}://{address}/v3/s3cretT0ken");
        let (code, findings) = examine(folder.path(), &url, Some(KEY));
        assert_eq!((code, in_state(&findings, "problem")), (Some(1), vec!["node"]));
        let skipped = ["balance USDC", "chain id", "ether", "head", "new blocks"];
        assert_eq!(in_state(&findings, "skipped"), sorted(skipped.into_iter().chain(CONTRACTS)));
        let node = findings["node"].to_string();
        assert!(node.contains(&format!("{scheme}://{address}/[redacted]")) && !node.contains("s3cretT0ken"), "{node}");
        assert!(findings["node"]["mend"].as_str().unwrap().contains("SHOAL_RPC_URL"), "{node}");
    }
    let url = format!("http://{address}");
    let output = shoal(folder.path(), &[("SHOAL_RPC_URL", &url), ("SHOAL_PRIVATE_KEY", KEY)], &[]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(1), ""));
    assert!(output.stdout.contains(&format!("at {url}: not reachable")), "{}", output.stdout);
    assert!(output.stdout.contains("\n1 problem:\n  node: start the node"), "{}", output.stdout);
}

#[tokio::test]
async fn another_chain_is_a_problem_and_its_contracts_are_not_asked() {
    let folder = folder(|text| text.replace("\nid = 1\n", "\nid = 5\n"));
    let (code, findings) = examine(folder.path(), endpoint().await, Some(KEY));
    assert_eq!((code, in_state(&findings, "problem")), (Some(1), vec!["chain id"]));
    assert_eq!(findings["chain id"]["found"], "the node's chain is 1, chain.id is 5");
    assert_eq!(in_state(&findings, "skipped"), sorted(["balance USDC", "ether"].into_iter().chain(CONTRACTS)));
}

#[tokio::test]
async fn without_a_usable_key_only_the_balances_are_not_checked() {
    let folder = folder(|text| text);
    for (key, found) in [
        (None, "no key is set"),
        (Some(&KEY[..40]), "the private key must have 64 hex digits, has 38"),
        (Some("0xnot-a-key"), "the private key must be hex digits alone (0x in front is allowed)"),
    ] {
        let (code, findings) = examine(folder.path(), endpoint().await, key);
        assert_eq!((code, in_state(&findings, "problem")), (Some(1), vec!["key"]));
        assert_eq!(findings["key"]["found"], found);
        assert!(findings["key"]["mend"].as_str().unwrap().contains("shoal keys new"), "{}", findings["key"]);
        assert_eq!(in_state(&findings, "skipped"), ["balance USDC", "ether"]);
    }
}

#[tokio::test]
async fn an_account_without_funds_is_told_what_it_lacks() {
    let folder = folder(|text| text);
    let (code, findings) = examine(folder.path(), endpoint().await, Some(POOR));
    assert_eq!((code, in_state(&findings, "problem")), (Some(1), vec!["balance USDC", "ether"]));
    assert_eq!(in_state(&findings, "skipped"), [""; 0]);
    for (name, mend) in [("ether", "send ether to 0x"), ("balance USDC", "send USDC to 0x")] {
        let text = findings[name]["mend"].as_str().unwrap();
        assert!(text.starts_with(mend) && text.contains("[paper]"), "{text}");
    }
}

#[tokio::test]
async fn a_node_without_contracts_lacks_each_of_them() {
    let folder = folder(|text| text);
    let options = AnvilOptions { project_dir: env!("CARGO_MANIFEST_DIR").into(), ..AnvilOptions::default() };
    let anvil = Anvil::start(&options).await.unwrap();
    let (code, findings) = examine(folder.path(), &anvil.endpoint, Some(KEY));
    assert_eq!((code, in_state(&findings, "problem")), (Some(1), sorted(CONTRACTS)));
    assert_eq!(in_state(&findings, "skipped"), ["balance USDC"]);
    assert_eq!(findings["head"]["state"], "ok", "{}", findings["head"]);
    for name in CONTRACTS {
        assert!(findings[name]["found"].as_str().unwrap().starts_with("no contract at 0x"), "{}", findings[name]);
    }
    anvil.stop().await;
}

#[tokio::test]
async fn what_the_chain_says_otherwise_than_the_configuration_is_named() {
    let folder = folder(|text| {
        // The real 0.3% pool's address under the name and fee of the 0.05% pool, and the reverse.
        let (a, b) = ("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640", "0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8");
        text.replace(a, "SWAP").replace(b, a).replace("SWAP", b).replace("decimals = 8", "decimals = 9")
    });
    let (code, findings) = examine(folder.path(), endpoint().await, Some(KEY));
    assert_eq!((code, in_state(&findings, "problem")), (Some(1), vec!["pool usdc-weth-005", "token WBTC"]));
    let pool = findings["pool usdc-weth-005"]["found"].as_str().unwrap();
    assert!(pool.ends_with("fee_pips is 3000, not 500; tick_spacing is 60, not 10"), "{pool}");
    let token = findings["token WBTC"]["found"].as_str().unwrap();
    assert!(token.ends_with("has 8 decimals on the chain, 9 in the configuration"), "{token}");
}

#[test]
fn a_faulty_configuration_exits_with_two() {
    let broken = folder(|text| text.replace("\nid = 1\n", "\nid = \"one\"\n").replace("seed = 7", "sed = 7"));
    let output = shoal(broken.path(), &[], &[]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    for fault in [
        "fork.toml: chain.id: must be an integer",
        "fork.toml: model.seed: missing",
        "fork.toml: model.sed: unknown key",
    ] {
        assert!(output.stderr.contains(fault), "{}", output.stderr);
    }
}
