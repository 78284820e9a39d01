//! The fork, and an account that trades on it as the bot does.

use std::{
    io::{Write, stderr},
    path::{Path, PathBuf},
};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
    rpc::types::TransactionRequest,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use shoal::{
    amm::{Pool, Quote},
    config::{self, Config, Environment},
    domain::{
        Approved, Asset, Bracket, Market, Order, OrderId, PoolEvent, PoolKind, Reason, Secret, Side, replica_plan,
    },
    execution::{self, Account, fees},
    io::{
        anvil::{Control, control::Impersonated},
        chain::{Chain, RawLog, Receipt, RpcError},
        replica::{self, ReplicaOptions, TradingFork, artifacts, mover},
        wallet::Wallet,
    },
    market::{PoolTracker, decode},
    risk::{self, gate::Bounds},
    service::snapshot,
    units::{BlockNumber, Bps, SqrtPriceX96, Timestamp, TokenAmount, Wei},
};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// The first of Anvil's published development keys.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/// Jumps over hundreds of ticks, and quotes over all of them, in one transaction or call.
const GAS: u64 = 4_000_000_000;

/// The fork, and the snapshot of the state it started with.
struct Shared {
    fork: TradingFork,
    start: Mutex<Option<U256>>,
}

/// A fork of one's own until dropped.
pub(super) struct Host {
    pub(super) chain: Chain,
    pub(super) control: Control,
    pub(super) wallet: Wallet,
    pub(super) config: Config,
    /// False on a fork of another node than the replica.
    pub(super) planned: bool,
    /// The head's time.
    pub(super) now: Timestamp,
    _turn: MutexGuard<'static, Option<U256>>,
}

impl Host {
    pub(super) async fn take() -> Self {
        static SHARED: OnceCell<Shared> = OnceCell::const_new();
        let shared = SHARED
            .get_or_init(async || {
                let cache_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replica-cache");
                let options = ReplicaOptions { cache_dir, ..ReplicaOptions::default() };
                Shared { fork: replica::trading_fork(options).await.unwrap(), start: Mutex::default() }
            })
            .await;
        let mut turn = shared.start.lock().await;
        let control = shared.fork.anvil.control().await.unwrap();
        if let Some(start) = *turn {
            assert!(control.rpc().request::<_, bool>("evm_revert", (start,)).await.unwrap());
        }
        // A snapshot is good for one return.
        *turn = Some(control.rpc().request("evm_snapshot", ()).await.unwrap());
        control.set_block_gas_limit(GAS).await.unwrap();
        let chain = Chain::connect(shared.fork.endpoint(), Chain::DEFAULT_TIMEOUT, Some(1)).await.unwrap();
        let wallet = Wallet::from_hex(&Secret::new(KEY)).unwrap();
        control.set_ether(wallet.address(), Wei::from(10u128.pow(24))).await.unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
        let config = config::load(&path, &Environment::default()).unwrap();
        let now = chain.header(chain.head().await.unwrap()).await.unwrap().timestamp;
        Self { chain, control, wallet, config, planned: shared.fork.replica.is_some(), now, _turn: turn }
    }

    pub(super) async fn head(&self) -> BlockNumber {
        self.chain.head().await.unwrap()
    }

    pub(super) async fn pool(&self, market: &Market) -> Pool {
        snapshot::pool(&self.chain, market, self.head().await).await.unwrap()
    }

    pub(super) async fn tracker(&self, market: &Market) -> PoolTracker {
        PoolTracker::new(market.clone(), self.pool(market).await)
    }

    /// Mines the next block, a slot after the head.
    pub(super) async fn mine(&mut self) {
        self.mine_at(self.now.plus(12)).await;
    }

    pub(super) async fn mine_at(&mut self, ts: Timestamp) {
        self.control.mine_at(ts).await.unwrap();
        self.now = ts;
    }

    pub(super) async fn impersonate(&mut self, transaction: Impersonated) -> Receipt {
        let hash = self.control.send(&Impersonated { gas_limit: GAS / 4, ..transaction }).await.unwrap();
        self.mine().await;
        let receipt = self.receipt(hash).await;
        assert!(receipt.status, "it reverted after {} gas", receipt.gas_used);
        receipt
    }

    pub(super) async fn receipt(&self, hash: B256) -> Receipt {
        self.chain.receipt(hash).await.unwrap().expect("mined")
    }

    /// The mover takes the pools to these prices.
    pub(super) async fn move_to(&mut self, steps: &[(Address, SqrtPriceX96)]) -> Receipt {
        self.impersonate(mover::moves(steps.iter().copied()).unwrap()).await
    }

    /// `eth_call` with gas for anything.
    pub(super) async fn call(&self, to: Address, data: Bytes) -> Result<Bytes, RpcError> {
        let request = TransactionRequest::default().to(to).input(data.into()).gas_limit(GAS);
        self.chain.rpc().request("eth_call", (request, BlockId::latest())).await
    }

    pub(super) async fn held(&self, token: Address) -> TokenAmount {
        self.chain.erc20_balance(token, self.wallet.address()).await.unwrap()
    }

    pub(super) async fn allowance(&self, token: Address) -> TokenAmount {
        self.chain.allowance(token, self.wallet.address(), artifacts::SWAP_ROUTER_02).await.unwrap()
    }

    pub(super) async fn fund(&self, token: Address, amount: TokenAmount) {
        self.control.set_tokens(self.wallet.address(), token, amount).await.unwrap();
    }

    /// The order of a quote, to be undercut by nothing and due a block after the next.
    pub(super) fn order(&self, market: &Market, pool: &Pool, side: Side, quote: &Quote) -> Order {
        let (token_in, token_out) = match side {
            Side::Buy => (market.quote.address, market.base.address),
            Side::Sell => (market.base.address, market.quote.address),
        };
        let mut order = Order {
            id: OrderId(B256::ZERO),
            asset: market.asset.clone(),
            side,
            reason: Reason::Signal,
            pool: market.pool,
            token_in,
            token_out,
            amount_in: quote.amount_in,
            amount_out_quoted: quote.amount_out,
            fee_quoted: quote.fee,
            amount_out_min: quote.amount_out,
            sqrt_price_x96: pool.sqrt_price_x96(),
            decided_at: self.now,
            deadline: self.now.plus(24),
            gas_expected: self.config.execution.gas.expected(quote.ticks_crossed),
            gas_price_expected: Wei::from(1u64),
            gas_quote_expected: TokenAmount::ZERO,
            bracket: (side == Side::Buy).then_some(Bracket {
                stop: TokenAmount::from(1u64),
                target: TokenAmount::from(2u64),
                expires: self.now.plus(3_600),
            }),
        };
        order.id = order.content_id();
        order
    }

    /// Approval and swap, as `execution::plan` makes them and the wallet signs them, handed to the
    /// node. Their hashes.
    pub(super) async fn send(&self, order: Order) -> [B256; 2] {
        let account = Account {
            chain_id: 1,
            address: self.wallet.address(),
            router: artifacts::SWAP_ROUTER_02,
            nonce: self.chain.nonce_pending(self.wallet.address()).await.unwrap(),
        };
        let base_fee = self.chain.fee().await.unwrap().base_fee_per_gas;
        let approved = self.approved(order, base_fee).await;
        let plan = execution::plan(&approved, &account, &self.config.execution, base_fee).unwrap();
        let mut hashes = [B256::ZERO; 2];
        for (hash, transaction) in hashes.iter_mut().zip(plan) {
            let signed = self.wallet.sign(&transaction).unwrap();
            *hash = self.chain.send_raw(&signed.raw).await.unwrap();
            assert_eq!(*hash, signed.hash);
        }
        hashes
    }

    /// Through the gate, with the real balances and bounds that only these tests would want.
    async fn approved(&self, order: Order, base_fee: Wei) -> Approved<Order> {
        let config = &self.config;
        let whole = Bps(Bps::ONE);
        let wide = risk::Params {
            max_position: whole,
            max_impact: Bps(u32::MAX),
            min_order: 1u64.into(),
            ..config.risk.clone()
        };
        let max_fee = fees::max_fee_per_gas(base_fee, config.execution.priority_fee).unwrap();
        let available = self.held(order.token_in).await;
        let bounds = Bounds {
            equity: available,
            available,
            impact: Bps(0),
            least_out: order.amount_out_quoted.saturating_sub(1u64.into()),
            ether: self.chain.balance(self.wallet.address()).await.unwrap(),
            gas_worst: fees::worst_gas_cost(&config.execution.gas, order.gas_expected, max_fee).unwrap(),
            halted: false,
        };
        risk::gate::gate(&wide, order, &bounds).unwrap()
    }

    /// Sends the order, mines, and returns both receipts; the approval has succeeded.
    pub(super) async fn execute(&mut self, order: Order) -> [Receipt; 2] {
        let [approve, swap] = self.send(order).await;
        self.mine().await;
        let receipts = [self.receipt(approve).await, self.receipt(swap).await];
        assert!(receipts[0].status);
        receipts
    }
}

/// The pool's events among the logs, as the bot decodes them.
pub(super) fn events(pool: Address, logs: &[RawLog]) -> Vec<PoolEvent> {
    let of_pool = logs.iter().filter(|log| log.address == pool);
    of_pool.filter_map(|log| decode(pool, &log.topics, &log.data, log.log_index).unwrap()).collect()
}

/// The markets of the replica's pools of a kind: token0 against token1.
pub(super) fn markets(kind: PoolKind) -> Vec<Market> {
    let planned = replica_plan::plan().into_iter().filter(|pool| pool.kind == kind);
    let market = |pool: replica_plan::PoolPlan| Market {
        asset: Asset::new(&pool.token0.symbol),
        pool: pool.spec(),
        base: pool.token0,
        quote: pool.token1,
    };
    planned.map(market).collect()
}

/// The V3 pools that the tests trade in.
pub(super) fn v3_markets() -> Vec<Market> {
    let wanted = [
        ("USDC", "WETH", 500),
        ("USDC", "WETH", 3_000),
        ("WBTC", "USDC", 500),
        ("WBTC", "WETH", 3_000),
        ("DAI", "WETH", 3_000),
    ];
    let is_wanted = |m: &Market| wanted.contains(&(m.base.symbol.as_str(), m.quote.symbol.as_str(), m.pool.fee.0));
    let markets: Vec<_> = markets(PoolKind::V3).into_iter().filter(is_wanted).collect();
    assert_eq!(markets.len(), wanted.len());
    markets
}

/// Selling token0 is the contracts' `zeroForOne`.
pub(super) fn side(zero_for_one: bool) -> Side {
    if zero_for_one { Side::Sell } else { Side::Buy }
}

/// The next value of a strategy.
pub(super) fn draw<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Log-uniform from 1 to below `2^bits`.
pub(super) fn amounts(bits: usize) -> impl Strategy<Value = TokenAmount> {
    (proptest::num::u64::ANY, proptest::num::u64::ANY, proptest::num::u64::ANY, 1..=bits).prop_map(|(a, b, c, bits)| {
        let value = U256::from_limbs([a, b, c, 0]) | (U256::from(1) << 191);
        TokenAmount(value >> (192 - bits))
    })
}

/// Not `println!`, which the harness hides where a test passes.
pub(super) fn say(text: &str) {
    stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}
