//! The configuration: what ships loads, and what is wrong is said, all of it and where.

use std::{fs, path::Path};

use alloy::primitives::{Address, B256, address, b256, keccak256};
use shoal::{
    config::{self, Config, ConfigError, Environment, HistorySource, Mode},
    domain::{Dex, PoolKind},
    units::{Bps, TokenAmount, Wei},
};

fn none() -> Environment {
    Environment::default()
}

fn shipped(name: &str) -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    config::load(&path, &none()).unwrap_or_else(|error| panic!("{error}"))
}

/// Loads a folder of the shipped files, `fork.toml` first passed through `edit`.
fn edited(edit: impl FnOnce(String) -> String) -> Result<Config, ConfigError> {
    edited_with(&none(), "fork.toml", edit)
}

fn edited_with(
    environment: &Environment,
    name: &str,
    edit: impl FnOnce(String) -> String,
) -> Result<Config, ConfigError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let folder = tempfile::tempdir().unwrap();
    for file in ["fork.toml", "tokens.toml", "pools.toml"] {
        fs::copy(source.join(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join(name);
    let text = fs::read_to_string(&path).unwrap();
    let changed = edit(text.clone());
    assert_ne!(text, changed, "the edit changed nothing");
    fs::write(&path, changed).unwrap();
    config::load(&folder.path().join("fork.toml"), environment)
}

/// The faults without their folder, which differs from run to run.
fn faults(result: Result<Config, ConfigError>) -> Vec<String> {
    let error = result.expect_err("the configuration is faulty");
    let name = |file: &str| Path::new(file).file_name().unwrap().to_str().unwrap().to_owned();
    error
        .faults()
        .iter()
        .map(|fault| {
            let mut fault = fault.clone();
            fault.file = name(&fault.file);
            fault.to_string()
        })
        .collect()
}

/// One edit of `fork.toml`, one fault.
fn check(from: &str, to: &str, expected: &str) {
    check_in("fork.toml", from, to, &[expected]);
}

fn check_in(name: &str, from: &str, to: &str, expected: &[&str]) {
    let found = faults(edited_with(&none(), name, |text| text.replacen(from, to, 1)));
    assert_eq!(found, expected, "{from} -> {to}");
}

#[test]
fn what_ships_loads() {
    let mainnet = shipped("mainnet.toml");
    assert_eq!((mainnet.mode, mainnet.chain.id), (Mode::Mainnet, 1));
    assert_eq!(mainnet.history.source, HistorySource::Chain);
    let fork = shipped("fork.toml");
    assert_eq!(fork.mode, Mode::Fork);
    assert_eq!(fork.chain.rpc.to_string(), "http://127.0.0.1:8545");
    let demo = shipped("demo.toml");
    for config in [&mainnet, &fork, &demo] {
        let assets: Vec<_> = config.markets.iter().map(|market| market.asset.as_str()).collect();
        assert_eq!(assets, ["ETH", "BTC"]);
        assert_eq!((config.quote.symbol.as_str(), config.native_market.as_str()), ("USDC", "ETH"));
        assert!(!config.markets[0].base_is_token0());
        assert!(config.markets[1].base_is_token0());
        assert_eq!((config.tokens.len(), config.pools.len()), (7, 6));
        assert_eq!(config.risk.kelly_fraction, 0.25);
        assert_eq!(config.risk.max_drawdown, Bps(1_500));
        assert_eq!(config.risk.min_order, TokenAmount::from(50_000_000u64));
        assert_eq!(config.execution.priority_fee, Wei::from(100_000_000u64));
        assert_eq!(config.demo.capital, TokenAmount::from(10_000_000_000u64));
        assert_eq!(config.demo.ether, Wei::from(1_000_000_000_000_000_000u64));
        assert_eq!(config.demo.base_fee, Wei::from(1_000_000_000u64));
        assert_eq!((config.model.horizon_hours, config.model.seed, config.demo.hours), (12, 7, 720));
    }
    let mut embedded = Config::embedded_demo(&none()).unwrap();
    embedded.file = demo.file.clone();
    assert_eq!(embedded, demo);
}

/// Forks by configuration: their own V2 fee, and V3 as Uniswap's.
#[test]
fn pools_of_forks_are_read() {
    let pancake = "\n[pools.pancake-v2]\nkind = \"v2\"\ndex = \"pancake\"\naddress = \"0x2E8135bE71230c6B1B4045696d41C09Db0414226\"\ntoken0 = \"USDC\"\ntoken1 = \"WETH\"\nfee_pips = 2500\n";
    let sushi = "\n[pools.sushi-v2]\nkind = \"v2\"\ndex = \"sushi\"\naddress = \"0x397FF1542f962076d0BFE58eA045FfA2d347ACa0\"\ntoken0 = \"USDC\"\ntoken1 = \"WETH\"\nfee_pips = 3000\n";
    let config = edited_with(&none(), "pools.toml", |text| text + pancake + sushi).unwrap();
    let pool = |name: &str| (config.pools[name].dex, config.pools[name].spec.fee.0);
    assert_eq!(pool("pancake-v2"), (Dex::Pancake, 2_500));
    assert_eq!(pool("sushi-v2"), (Dex::Sushi, 3_000));
    assert_eq!(pool("usdc-weth-v2"), (Dex::Uniswap, 3_000));
}

/// Uniswap deploys pools by CREATE2, so that a pool's address follows from its tokens and fee.
#[test]
fn the_shipped_pools_stand_where_the_factories_put_them() {
    const V3_FACTORY: Address = address!("0x1F98431c8aD98523631AE4a59f267346ea31F984");
    const V3_HASH: B256 = b256!("0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");
    const V2_FACTORY: Address = address!("0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f");
    const V2_HASH: B256 = b256!("0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f");
    for (name, pool) in &shipped("fork.toml").pools {
        let (token0, token1) = (pool.token0.address, pool.token1.address);
        let address = match pool.spec.kind {
            PoolKind::V3 => {
                let words =
                    [token0.into_word(), token1.into_word(), B256::left_padding_from(&pool.spec.fee.0.to_be_bytes())];
                V3_FACTORY.create2(keccak256(words.concat()), V3_HASH)
            }
            PoolKind::V2 => V2_FACTORY.create2(keccak256([token0, token1].concat()), V2_HASH),
        };
        assert_eq!(pool.spec.address, address, "{name}");
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    let found = faults(edited(|text| {
        text.replace("mode = \"fork\"", "mode = \"test\"")
            .replace("http://127.0.0.1:8545", "ftp://127.0.0.1/t0ken")
            .replace("router = \"0x68b3", "router = \"0x68B3")
            .replace("poll_seconds = 1\n", "poll_seconds = \"1\"\n")
            .replace("kelly_fraction = 0.25", "kelly_fraction = 3.0\nkely_fraction = 0.2")
            .replace("max_impact_bps = 50", "")
            .replace("min_order = \"50\"", "min_order = 50.0")
            .replace("deadline_seconds = 120", "deadline_seconds = 12")
            .replace("train_hours = 8760", "train_hours = 100")
            .replace("pool = \"wbtc-usdc-005\"", "pool = \"wbtc-usdc-003\"")
            .replace("[journal]\n", "[journal]\nfile = \"x\"\n")
    }));
    let expected = "\
fork.toml: mode: must be one of \"mainnet\", \"fork\", is \"test\"
fork.toml: chain.rpc: must be an http, https, ws or wss URL
fork.toml: chain.router: has a wrong checksum: \"0x68B3465833fb72A70ecDF485E0e4C7bD8665Fc45\" \
(a digit mistyped, or 0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 is meant)
fork.toml: chain.poll_seconds: must be an integer, is a string
fork.toml: markets[1].pool: unknown pool \"wbtc-usdc-003\"; did you mean wbtc-usdc-005?
fork.toml: model.train_hours: must be at least min_train_hours (1500), is 100
fork.toml: risk.kelly_fraction: must be within (0, 1], is 3.0
fork.toml: risk.max_impact_bps: missing
fork.toml: risk.min_order: must be a decimal in quotes (\"12.5\"), is a float
fork.toml: risk.kely_fraction: unknown key; did you mean kelly_fraction?
fork.toml: execution.deadline_seconds: must be at least two blocks (2 x chain.block_seconds = 24), is 12
fork.toml: journal.file: unknown key";
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn each_kind_of_fault() {
    check("seed = 7", "seed = -7", "fork.toml: model.seed: must be within [0, 18446744073709551615], is -7");
    check(
        "kelly_fraction = 0.25",
        "kelly_fraction = nan",
        "fork.toml: risk.kelly_fraction: must be within (0, 1], is NaN",
    );
    check(
        "kelly_fraction = 0.25",
        "kelly_fraction = 0",
        "fork.toml: risk.kelly_fraction: must be within (0, 1], is 0.0",
    );
    check(
        "edge_over_cost = 1.0",
        "edge_over_cost = 0.9",
        "fork.toml: risk.edge_over_cost: must be within [1, 100], is 0.9",
    );
    check(
        "reward_to_risk = 2.0",
        "reward_to_risk = 0",
        "fork.toml: risk.reward_to_risk: must be within (0, 100], is 0.0",
    );
    check(
        "slippage_tolerance_bps = 50",
        "slippage_tolerance_bps = 5000",
        "fork.toml: execution.slippage_tolerance_bps: must be within [0, 1000], is 5000",
    );
    check("min_order = \"50\"", "min_order = \"0\"", "fork.toml: risk.min_order: must be above zero");
    check(
        "min_order = \"50\"",
        "min_order = \"0.0000001\"",
        "fork.toml: risk.min_order: has more than 6 decimals: \"0.0000001\"",
    );
    check(
        "priority_fee_gwei = \"0.1\"",
        "priority_fee_gwei = \"1e3\"",
        "fork.toml: execution.priority_fee_gwei: must be a plain decimal such as \"12.5\", is \"1e3\"",
    );
    check(
        "give_up_after_seconds = 60",
        "give_up_after_seconds = 5",
        "fork.toml: chain.give_up_after_seconds: must be at least request_timeout_seconds (20), is 5",
    );
    check("mode = \"fork\"\n", "mode = \"mainnet\"\nmod = 1\n", "fork.toml: mod: unknown key; did you mean mode?");
    check(
        "quote = \"USDC\"",
        "quote = \"USDX\"",
        "fork.toml: markets[0].quote: unknown token \"USDX\"; did you mean USDC?",
    );
    check(
        "quote = \"USDC\"",
        "quote = \"DAI\"",
        "fork.toml: markets[0].quote: DAI is not in pool usdc-weth-005 (USDC, WETH)",
    );
    check("quote = \"USDC\"", "quote = \"WETH\"", "fork.toml: markets[0].quote: must differ from base");
    check("asset = \"BTC\"", "asset = \"ETH\"", "fork.toml: markets[1].asset: a second market of ETH");
    check(
        "native_market = \"ETH\"",
        "native_market = \"SOL\"",
        "fork.toml: native_market: no market of the asset \"SOL\"",
    );
    check(
        "native_market = \"ETH\"",
        "native_market = \"BTC\"",
        "fork.toml: native_market: must trade wrapped ether (18 decimals); WBTC has 8",
    );
    check(
        "hours = 8760 #",
        "hours = 900 #",
        "fork.toml: history.hours: must be at least model.min_train_hours + model.horizon_hours (1512), is 900",
    );
    check(
        "min_train_hours = 1500",
        "min_train_hours = 12",
        "fork.toml: model.min_train_hours: must exceed horizon_hours (12), is 12",
    );
    check("hours = 720", "hours = 0", "fork.toml: demo.hours: must be within [1, 100000], is 0");
    check("[journal]", "[keys]\nkeystore = 1\n[journal]", "fork.toml: keys.keystore: must be a string, is an integer");
    check(
        "capital = \"10000\" # quote units\nether = \"1\"\nbase",
        "capital = \"1\"\nether = \"1\"\nbase",
        "fork.toml: demo.capital: too little: risk.max_position_bps of it is below risk.min_order (50)",
    );
}

#[test]
fn data_files_want_a_folder_and_venues() {
    let source = "source = \"simulated\"";
    check_in(
        "fork.toml",
        source,
        "source = \"data\"",
        &["fork.toml: history.data: missing", "fork.toml: history.venues: missing"],
    );
    check_in(
        "fork.toml",
        source,
        "source = \"data\"\ndata = \"data\"\nvenues = [\"binance\", 7, \"\"]",
        &[
            "fork.toml: history.venues[1]: must be a string, is an integer",
            "fork.toml: history.venues[2]: must not be empty",
        ],
    );
    let config =
        edited(|text| text.replace(source, "source = \"data\"\ndata = \"d\"\nvenues = [\"binance\"]")).unwrap();
    assert_eq!((config.history.data, config.history.venues), (Some("d".into()), vec!["binance".to_owned()]));
}

#[test]
fn faults_of_included_files_name_those_files_and_no_others() {
    check_in(
        "tokens.toml",
        "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
        "0xA0b86991",
        &["tokens.toml: tokens.USDC.address: must be an address (0x and 40 hex digits), is \"0xA0b86991\""],
    );
    check_in(
        "tokens.toml",
        "decimals = 6",
        "decimals = 60",
        &["tokens.toml: tokens.USDC.decimals: must be within [0, 36], is 60"],
    );
    check_in(
        "tokens.toml",
        "[tokens.USDC]",
        "[tokens.USDC",
        &["tokens.toml: line 3, column 13: unclosed table, expected `]`"],
    );
    check_in("tokens.toml", "[tokens.USDC]", "mode = 1\n[tokens.USDC]", &["tokens.toml: mode: unknown key"]);
    check_in(
        "pools.toml",
        "token0 = \"USDC\"",
        "token0 = \"USDD\"",
        &["pools.toml: pools.usdc-weth-005.token0: unknown token \"USDD\"; did you mean USDC?"],
    );
    check_in(
        "pools.toml",
        "token0 = \"USDC\"\ntoken1 = \"WETH\"",
        "token0 = \"WETH\"\ntoken1 = \"USDC\"",
        &["pools.toml: pools.usdc-weth-005.token0: must have a lower address than token1: WETH and USDC are swapped"],
    );
    check_in(
        "pools.toml",
        "kind = \"v2\"",
        "kind = \"v2\"\ntick_spacing = 60",
        &["pools.toml: pools.usdc-weth-v2.tick_spacing: must be within [0, 0], is 60"],
    );
    check_in(
        "pools.toml",
        "kind = \"v2\"",
        "kind = \"v2\"\ndex = \"pancake\"",
        &["pools.toml: pools.usdc-weth-v2.fee_pips: must be 2500: a V2 pair of pancake knows no other fee"],
    );
    check_in(
        "pools.toml",
        "address = \"0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc\"",
        "address = \"0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc\"\ndex = \"uniswop\"",
        &["pools.toml: pools.usdc-weth-v2.dex: must be one of \"uniswap\", \"sushi\", \"pancake\", is \"uniswop\""],
    );
    // A fork's pool may be watched, not traded in: Uniswap's router would trade in another pool.
    check_in(
        "pools.toml",
        "[pools.usdc-weth-005]\n",
        "[pools.usdc-weth-005]\ndex = \"pancake\"\n",
        &[
            "fork.toml: markets[0].pool: usdc-weth-005 is a pool of pancake: orders go through Uniswap's router, which cannot reach it",
        ],
    );
    check_in("pools.toml", "tick_spacing = 10\n", "", &["pools.toml: pools.usdc-weth-005.tick_spacing: missing"]);
    check_in(
        "pools.toml",
        "0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8",
        "0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640",
        &[
            "fork.toml: pools: usdc-weth-005 and usdc-weth-030 have the same address 0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640",
        ],
    );
    check(
        "[[markets]]",
        "[tokens.UNI]\naddress = \"0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984\"\ndecimals = 18\n[[markets]]",
        "fork.toml: tokens.UNI: this token is defined twice",
    );
}

#[test]
fn files_that_are_missing_or_no_toml() {
    let error = config::load(Path::new("config/none.toml"), &none()).unwrap_err();
    assert_eq!(error.to_string(), "config/none.toml: no such file");
    check("\"pools.toml\"", "\"pool.toml\"", "pool.toml: no such file");
    let found = faults(edited(|text| text.replace("rpc = \"http", "rpc = = \"http")));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("fork.toml: line 23, column 7: "), "{found:?}");
    assert!(!found[0].contains("8545"), "a faulty line is not quoted: {found:?}");
}

#[test]
fn the_environment_overrides_and_its_url_is_not_shown() {
    let secret = "wss://user:pa55@node.example/v3/t0ken?k=t0ken";
    let environment = Environment::new([("SHOAL_RPC_URL", secret), ("SHOAL_KEYSTORE", "bot.keystore"), ("HOME", "x")]);
    let config =
        edited_with(&environment, "fork.toml", |text| text.replace("rpc = \"http://127.0.0.1:8545\"\n", "")).unwrap();
    assert_eq!(config.chain.rpc.expose().as_str(), secret);
    assert_eq!(config.keystore, Some("bot.keystore".into()));
    let shown = format!("{} {config:?} {environment:?}", config.chain.rpc);
    assert!(shown.starts_with("wss://node.example "), "{shown}");
    assert!(!shown.contains("t0ken") && !shown.contains("pa55"), "{shown}");

    let environment = Environment::new([("SHOAL_RPC_URL", "t0ken@node")]);
    let error = Config::embedded_demo(&environment).unwrap_err().to_string();
    assert_eq!(error, "environment: SHOAL_RPC_URL: must be an http, https, ws or wss URL: relative URL without a base");
    let found = faults(edited(|text| text.replace("rpc = \"http://127.0.0.1:8545\"\n", "")));
    assert_eq!(found, ["fork.toml: chain.rpc: missing: give it here or in SHOAL_RPC_URL"]);
}

#[test]
fn model_files_are_named_or_none() {
    assert!(shipped("fork.toml").model.files.is_empty());
    let with = |files: &str| edited(|text| text.replace("[model]", &format!("[model]\nfiles = {files}")));
    assert_eq!(with("[\"a.model\", \"b.model\"]").unwrap().model.files, ["a.model", "b.model"].map(Path::new));
    assert_eq!(faults(with("\"a.model\"")), ["fork.toml: model.files: must be a list of strings, is a string"]);
    assert_eq!(faults(with("[\"\"]")), ["fork.toml: model.files[0]: must not be empty"]);
}
