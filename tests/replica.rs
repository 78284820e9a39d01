//! The offline mainnet replica on a real Anvil. The tests share one replica; each that writes
//! forks it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::{BlockId, eip2718::Encodable2718},
    network::TxSignerSync,
    primitives::{Address, B256, Bytes, U160, U256, address, b256},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolCall,
};
use shoal::{
    domain::{
        PoolKind,
        replica_plan::{self, PoolPlan, USDC, USDT, WBTC, WETH},
    },
    io::{
        advice::Advice,
        anvil::{Anvil, AnvilError, Control, control::Impersonated},
        chain::{Chain, ConnectError, Fault, Receipt},
        replica::{self, DRIVER, MOVER, Origin, Replica, ReplicaError, ReplicaOptions, abi::IMover, artifacts},
    },
    units::{BlockNumber, SqrtPriceX96, Tick, Timestamp, TokenAmount, Wei},
};
use tokio::sync::OnceCell;

sol! {
    interface IERC20 {
        function approve(address spender, uint256 value) external;
    }

    interface IQuoterV2 {
        struct Params {
            address tokenIn;
            address tokenOut;
            uint256 amountIn;
            uint24 fee;
            uint160 sqrtPriceLimitX96;
        }
        function quoteExactInputSingle(Params memory params)
            external
            returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate);
    }

    interface IRouter {
        struct Params {
            address tokenIn;
            address tokenOut;
            uint24 fee;
            address recipient;
            uint256 amountIn;
            uint256 amountOutMinimum;
            uint160 sqrtPriceLimitX96;
        }
        function exactInputSingle(Params calldata params) external payable returns (uint256 amountOut);
    }
}

const POOL: Address = address!("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640");
/// Anvil's published development key 0.
const DEV_KEY: B256 = b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const DEV: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

fn options() -> ReplicaOptions {
    ReplicaOptions {
        cache_dir: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replica-cache"),
        project_dir: env!("CARGO_MANIFEST_DIR").into(),
        ..ReplicaOptions::default()
    }
}

async fn shared() -> &'static Replica {
    static REPLICA: OnceCell<Replica> = OnceCell::const_new();
    REPLICA.get_or_init(async || replica::start(options()).await.unwrap()).await
}

async fn chain(url: &str) -> Chain {
    Chain::connect(url, Chain::DEFAULT_TIMEOUT, Some(1)).await.unwrap()
}

async fn forked() -> (Anvil, Control, Chain) {
    let anvil = replica::fork(shared().await.endpoint(), &options()).await.unwrap();
    let control = anvil.control().await.unwrap();
    let chain = chain(&anvil.endpoint).await;
    (anvil, control, chain)
}

fn root(price: &str) -> SqrtPriceX96 {
    SqrtPriceX96::from_price(price.parse().unwrap(), 18, 6, false).unwrap()
}

/// Signs and sends as the development account, mines at `ts`, and returns the receipt.
async fn transact(chain: &Chain, control: &Control, to: Address, input: Vec<u8>, ts: u64) -> Receipt {
    let fees = chain.fee().await.unwrap();
    let mut transaction = TxEip1559 {
        chain_id: 1,
        nonce: chain.nonce_pending(DEV).await.unwrap(),
        gas_limit: 1_000_000,
        max_fee_per_gas: fees.base_fee_per_gas.0.to::<u128>() * 2 + 1_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: to.into(),
        value: U256::ZERO,
        access_list: Default::default(),
        input: input.into(),
    };
    let signature = PrivateKeySigner::from_bytes(&DEV_KEY).unwrap().sign_transaction_sync(&mut transaction).unwrap();
    let raw: Bytes = transaction.into_signed(signature).encoded_2718().into();
    let hash = chain.send_raw(&raw).await.unwrap();
    assert_eq!(chain.send_raw(&raw).await.unwrap(), hash, "sending the same bytes again is no error");
    assert_eq!(chain.receipt(hash).await.unwrap(), None);
    control.mine_at(Timestamp(ts)).await.unwrap();
    chain.receipt(hash).await.unwrap().expect("mined")
}

async fn move_to(control: &Control, chain: &Chain, steps: &[(Address, SqrtPriceX96)], ts: u64) -> Receipt {
    let steps =
        steps.iter().map(|(pool, root)| IMover::Step { pool: *pool, sqrtPriceLimitX96: U160::from(root.0) }).collect();
    let transaction = Impersonated {
        from: DRIVER,
        to: Some(MOVER),
        input: IMover::moveCall { steps }.abi_encode().into(),
        value: Wei::ZERO,
        gas_limit: 25_000_000,
    };
    let hash = control.send(&transaction).await.unwrap();
    control.mine_at(Timestamp(ts)).await.unwrap();
    chain.receipt(hash).await.unwrap().expect("mined")
}

#[tokio::test]
async fn every_contract_and_pool_stands_at_its_mainnet_address() {
    let chain = chain(shared().await.endpoint()).await;
    for (name, address) in artifacts::contracts() {
        assert!(!chain.code(address).await.unwrap().is_empty(), "{name}");
    }
    for pool in replica_plan::plan() {
        assert!(!chain.code(pool.address).await.unwrap().is_empty(), "{}", pool.address);
        for token in [&pool.token0, &pool.token1] {
            assert!(!chain.code(token.address).await.unwrap().is_empty(), "{}", token.symbol);
        }
    }
    let head = chain.header(chain.head().await.unwrap()).await.unwrap();
    assert!(head.timestamp.since(replica::GENESIS) < 3_600, "{}", head.timestamp);
}

#[tokio::test]
async fn the_pools_hold_the_plan_to_the_unit() {
    let replica = shared().await;
    let chain = chain(replica.endpoint()).await;
    for pool in &replica.plan {
        let PoolPlan { address, initial, .. } = *pool;
        if pool.kind == PoolKind::V2 {
            assert_eq!(Some(chain.pool_state_v2(address, BlockId::latest()).await.unwrap()), pool.reserves);
            continue;
        }
        let state = chain.pool_state_v3(&pool.spec(), Tick::MIN..=Tick::MAX, BlockId::latest()).await.unwrap();
        assert_eq!(state.sqrt_price_x96, initial, "{address}");
        assert_eq!(state.liquidity, pool.liquidity_at(state.tick), "{address}");
        let planned: Vec<_> = pool.ticks().into_iter().map(|(tick, (gross, net))| (tick, gross, net)).collect();
        assert_eq!(state.ticks, planned, "{address}");
        let near = state.tick.get() / 600 * 600;
        let range = Tick::new(near - 1_000).unwrap()..=Tick::new(near + 1_000).unwrap();
        let some = chain.pool_state_v3(&pool.spec(), range.clone(), BlockId::latest()).await.unwrap().ticks;
        assert_eq!(some, planned.into_iter().filter(|(tick, ..)| range.contains(tick)).collect::<Vec<_>>());
        assert!(some.len() >= 4, "{}", some.len());
    }
}

#[tokio::test]
async fn a_swap_through_the_router_returns_what_the_quoter_says() {
    let (_anvil, control, chain) = forked().await;
    let amount = U256::from(10_000_000_000u64);
    control.set_tokens(DEV, USDC, TokenAmount(amount * U256::from(1_000_000))).await.unwrap();
    let mut ts = 1_483_228_800; // 2017: years after the replica's head
    let mut approve = async |token| {
        ts += 3_600;
        let input = IERC20::approveCall { spender: artifacts::SWAP_ROUTER_02, value: U256::MAX }.abi_encode();
        transact(&chain, &control, token, input, ts).await
    };
    for (token, name) in [(USDC, "USDC"), (WETH, "WETH"), (USDT, "USDT"), (WBTC, "WBTC")] {
        let receipt = approve(token).await;
        assert!(receipt.status, "{name}");
        println!("gas: approve {name} {}", receipt.gas_used);
    }
    // Small: no tick crossed; large: about 5% of price.
    for (token_in, token_out, amount) in [
        (USDC, WETH, amount),
        (WETH, USDC, U256::from(10).pow(U256::from(18))),
        (USDC, WETH, amount),
        (USDC, WETH, amount * U256::from(2_500)),
        (WETH, USDC, U256::from(10_000) * U256::from(10).pow(U256::from(18))),
    ] {
        ts += 365 * 24 * 3_600;
        let fee = 500u16.try_into().unwrap();
        let quote = IQuoterV2::quoteExactInputSingleCall {
            params: IQuoterV2::Params {
                tokenIn: token_in,
                tokenOut: token_out,
                amountIn: amount,
                fee,
                sqrtPriceLimitX96: U160::ZERO,
            },
        };
        let answer = chain
            .call(
                DEV,
                artifacts::QUOTER_V2,
                quote.abi_encode().into(),
                Wei::ZERO,
                BlockId::latest(),
                Default::default(),
            )
            .await
            .unwrap();
        let quoted = IQuoterV2::quoteExactInputSingleCall::abi_decode_returns(&answer).unwrap();
        let swap = IRouter::exactInputSingleCall {
            params: IRouter::Params {
                tokenIn: token_in,
                tokenOut: token_out,
                fee,
                recipient: DEV,
                amountIn: amount,
                amountOutMinimum: quoted.amountOut,
                sqrtPriceLimitX96: U160::ZERO,
            },
        };
        let before = chain.erc20_balance(token_out, DEV).await.unwrap();
        let receipt = transact(&chain, &control, artifacts::SWAP_ROUTER_02, swap.abi_encode(), ts).await;
        assert!(receipt.status);
        let got = chain.erc20_balance(token_out, DEV).await.unwrap().checked_sub(before).unwrap();
        assert_eq!(got.0, quoted.amountOut);
        let header = chain.header(receipt.block).await.unwrap();
        assert_eq!((header.timestamp, header.hash), (Timestamp(ts), receipt.block_hash));
        let logs = chain.logs(&[POOL], receipt.block, receipt.block).await.unwrap();
        assert_eq!(logs.len(), 1);
        assert!(receipt.logs.contains(&logs[0]));
        assert_eq!(chain.logs_of_block(&[POOL], receipt.block_hash).await.unwrap(), logs);
        println!(
            "gas: exactInputSingle crossing {} ticks {} (estimate {})",
            quoted.initializedTicksCrossed, receipt.gas_used, quoted.gasEstimate
        );
    }
}

#[tokio::test]
async fn the_mover_lands_on_its_target_exactly() {
    let (_anvil, control, chain) = forked().await;
    let pools: Vec<_> = replica_plan::plan().into_iter().filter(|p| p.kind == PoolKind::V3 && p.fee.0 == 500).collect();
    let wbtc = |price: &str| SqrtPriceX96::from_price(price.parse().unwrap(), 8, 6, true).unwrap();
    let mut ts = 1_500_000_000;
    for (ether, bitcoin) in [
        ("2000.01", "40000"),
        ("8.3", "1000"),
        ("8.3", "1000"),
        ("1", "250.5"),
        ("99999", "999999"),
        ("3339.88", "64000"),
    ] {
        let steps = [(pools[0].address, root(ether)), (pools[1].address, wbtc(bitcoin))];
        // A jump over half the ladder crosses hundreds of ticks: a transaction a pool.
        for step in steps {
            ts += 3_600;
            let receipt = move_to(&control, &chain, &[step], ts).await;
            assert!(receipt.status, "{ether}: {} gas", receipt.gas_used);
            println!("gas: move one of {ether} and {bitcoin}: {}", receipt.gas_used);
        }
        for (pool, (_, wanted)) in pools.iter().zip(steps) {
            let state = chain.pool_state_v3(&pool.spec(), Tick::MIN..=Tick::MIN, BlockId::latest()).await.unwrap();
            assert_eq!(state.sqrt_price_x96, wanted);
            assert_eq!(state.liquidity, pool.liquidity_at(state.tick));
        }
    }
}

#[tokio::test]
async fn the_base_fee_and_the_time_are_ours() {
    let (_anvil, control, chain) = forked().await;
    control.set_next_base_fee(Wei::from(25_000_000_000u64)).await.unwrap();
    control.set_next_timestamp(Timestamp(1_600_000_000)).await.unwrap();
    control.mine().await.unwrap();
    let header = chain.header(chain.head().await.unwrap()).await.unwrap();
    assert_eq!(header.base_fee_per_gas, Wei::from(25_000_000_000u64));
    assert_eq!(header.timestamp, Timestamp(1_600_000_000));
    let error = chain.header(BlockNumber(u64::from(u32::MAX))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Unknown(_)), "{error}");
    assert_eq!(error.advice(), Advice::Retry);
}

#[tokio::test]
async fn a_revert_carries_its_data_and_is_dropped() {
    let chain = chain(shared().await.endpoint()).await;
    let data: Bytes = IMover::mintCall {
        pool: POOL,
        tickLower: 10u16.try_into().unwrap(),
        tickUpper: 0u16.try_into().unwrap(),
        liquidity: 1,
    }
    .abi_encode()
    .into();
    let error = chain.call(DEV, MOVER, data, Wei::ZERO, BlockId::latest(), Default::default()).await.unwrap_err();
    assert_eq!(error.advice(), Advice::Drop, "{error}");
    // Error(string) of the pool: "TLU".
    assert!(error.revert_data().unwrap().windows(3).any(|w| w == b"TLU"), "{error}");
}

#[tokio::test]
async fn a_node_that_is_not_there_is_worth_a_retry() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/v3/0123456789abcdef");
    let chain = Chain::connect(&url, Duration::from_secs(5), None).await.unwrap();
    let error = chain.head().await.unwrap_err();
    assert_eq!(error.advice(), Advice::Retry);
    let text = format!("{error} {error:?}");
    assert!(text.contains(&port.to_string()) && !text.contains("0123456789abcdef"), "{text}");
    let websocket = Chain::connect(&url.replace("http", "ws"), Duration::from_secs(5), None).await.unwrap_err();
    assert_eq!(websocket.advice(), Advice::Retry);
    assert!(!format!("{websocket} {websocket:?}").contains("0123456789abcdef"));
}

#[tokio::test]
async fn websockets_and_the_wrong_chain() {
    let replica = shared().await;
    let url = replica.endpoint().replace("http", "ws");
    assert_eq!(chain(&url).await.chain_id().await.unwrap(), 1);
    let error = Chain::connect(&url, Chain::DEFAULT_TIMEOUT, Some(5)).await.unwrap_err();
    assert!(matches!(&error, ConnectError::Rpc(error) if matches!(error.fault, Fault::WrongChain { actual: 1, .. })));
    assert_eq!(error.advice(), Advice::Halt);
}

#[tokio::test]
async fn the_cache_serves_the_second_start_and_damage_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let options = ReplicaOptions { cache_dir: dir.path().to_owned(), ..options() };
    let (first, second) = tokio::join!(replica::start(options.clone()), replica::start(options.clone()));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.origin, second.origin), (Origin::Built, Origin::Built), "two at once do no harm");
    let file = first.cache_file.clone();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    let third = replica::start(options.clone()).await.unwrap();
    assert_eq!(third.origin, Origin::Cached);
    // The loaded node goes on in its own time, and mines.
    let (built, loaded) = (chain(first.endpoint()).await, chain(third.endpoint()).await);
    third.anvil().control().await.unwrap().mine().await.unwrap();
    let head = loaded.header(loaded.head().await.unwrap()).await.unwrap();
    assert!(head.timestamp.since(replica::GENESIS) < 3_600, "{}", head.timestamp);
    assert_eq!(loaded.head().await.unwrap().0, built.head().await.unwrap().0 + 1);

    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, &good[..good.len() / 2]).unwrap();
    assert_eq!(replica::start(options.clone()).await.unwrap().origin, Origin::Built);
    assert_eq!(replica::start(options).await.unwrap().origin, Origin::Cached);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = replica::start(ReplicaOptions { port: Some(port), ..options() }).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Anvil(AnvilError::PortTaken(_))), "{error}");
    assert!(error.to_string().starts_with(&format!("port {port} on 127.0.0.1 is taken")), "{error}");
    let output = shoal().args(["--port", &port.to_string()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is taken"));
}

#[tokio::test]
async fn a_missing_anvil_says_where_it_was_sought_and_the_remedy() {
    let output = shoal().env("SHOAL_ANVIL", "/nowhere/anvil").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    for part in ["SHOAL_ANVIL=/nowhere/anvil", "make anvil", "npm ci"] {
        assert!(error.contains(part), "{error}");
    }
    let gone = ReplicaOptions { project_dir: "/nowhere".into(), anvil_bin: Some("/nowhere/a".into()), ..options() };
    assert!(matches!(replica::start(gone).await, Err(ReplicaError::Anvil(AnvilError::NotFound { .. }))));
}

fn shoal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    command.args(["replica", "up", "--json", "--cache"]).arg(options().cache_dir);
    command.env("SHOAL_PROJECT", env!("CARGO_MANIFEST_DIR"));
    command
}

/// Whether the process runs, as the kernel says.
fn runs(pid: u64) -> bool {
    Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

/// Starts `shoal replica up`, sends it `signal`, and returns its exit code once both it and its
/// node are gone.
async fn up_and_signal(signal: &str) -> Option<i32> {
    let mut child = shoal().stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    let node = json["pid"].as_u64().unwrap();
    assert!(runs(node));
    assert!(json["pools"].as_array().unwrap().len() >= 13);
    Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    let gone = async {
        while runs(node) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the node outlived us");
    status.code()
}

#[tokio::test]
async fn ctrl_c_ends_the_node_with_exit_code_130() {
    assert_eq!(up_and_signal("-INT").await, Some(130));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn even_a_killed_process_leaves_no_node() {
    assert_eq!(up_and_signal("-KILL").await, None);
}

#[tokio::test]
async fn dropping_and_stopping_end_the_node() {
    let (anvil, ..) = forked().await;
    let pid = u64::from(anvil.pid());
    drop(anvil);
    assert!(!runs(pid));
    let (anvil, ..) = forked().await;
    let pid = u64::from(anvil.pid());
    anvil.stop().await;
    assert!(!runs(pid));
}

#[test]
fn the_committed_artifacts_equal_a_fresh_compile() {
    let anvil = Path::new(env!("CARGO_MANIFEST_DIR")).join("anvil");
    let output = Command::new("node").args(["compile.js", "--check"]).current_dir(anvil).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
