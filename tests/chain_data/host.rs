//! A fork of the offline replica for each test, and the pools on it.

use std::{path::PathBuf, time::Duration};

use alloy::primitives::{Address, U256};
use shoal::{
    domain::{Asset, Market, PoolKind, Token, replica_plan},
    io::{
        anvil::{Anvil, Control},
        chain::Chain,
        replica::{self, Replica, ReplicaOptions, mover},
    },
    service::{interrupt::Interrupt, retry::Patience},
    units::{BlockNumber, SqrtPriceX96, Timestamp},
};
use tokio::sync::OnceCell;

/// Short, for what is frozen to be noticed soon; a busy machine only asks once more.
pub(super) const TIMEOUT: Duration = Duration::from_millis(700);
pub(super) const POLL: Duration = Duration::from_millis(20);

pub(super) struct Host {
    pub(super) anvil: Anvil,
    pub(super) control: Control,
    /// Straight to the node.
    pub(super) chain: Chain,
    now: Timestamp,
}

pub(super) fn options() -> ReplicaOptions {
    let cache_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replica-cache");
    ReplicaOptions { cache_dir, project_dir: env!("CARGO_MANIFEST_DIR").into(), ..ReplicaOptions::default() }
}

impl Host {
    pub(super) async fn start() -> Self {
        static REPLICA: OnceCell<Replica> = OnceCell::const_new();
        let replica = REPLICA.get_or_init(async || replica::start(options()).await.unwrap()).await;
        Self::on(replica.endpoint()).await
    }

    /// A fork of the node at `url`.
    pub(super) async fn on(url: &str) -> Self {
        let anvil = replica::fork(url, &options()).await.unwrap();
        let control = anvil.control().await.unwrap();
        control.set_block_gas_limit(mover::BLOCK_GAS_LIMIT).await.unwrap();
        let chain = Chain::connect(&anvil.endpoint, Chain::DEFAULT_TIMEOUT, Some(1)).await.unwrap();
        let now = chain.head_header().await.unwrap().timestamp;
        Self { anvil, control, chain, now }
    }

    pub(super) async fn mine_after(&mut self, seconds: u64) -> BlockNumber {
        self.now = self.now.plus(seconds);
        self.control.mine_at(self.now).await.unwrap();
        self.chain.head().await.unwrap()
    }

    /// A block in which each pool moves to a price of its own, a few percent around the start.
    pub(super) async fn swaps(&mut self, markets: &[Market], round: u64) -> BlockNumber {
        for (index, market) in markets.iter().filter(|market| market.pool.kind == PoolKind::V3).enumerate() {
            let start = initial(market);
            let share = 970_000 + (round * 7_919 + index as u64 * 104_729) % 60_000;
            let target = SqrtPriceX96(start.0 * U256::from(share) / U256::from(1_000_000));
            self.control.send(&mover::moves([(market.pool.address, target)]).unwrap()).await.unwrap();
        }
        self.mine_after(12).await
    }
}

fn initial(market: &Market) -> SqrtPriceX96 {
    replica_plan::plan().into_iter().find(|pool| pool.address == market.pool.address).unwrap().initial
}

/// Every pool of the replica as a market of its own.
pub(super) fn markets() -> Vec<Market> {
    let token = |token: &Token| token.clone();
    let market = |pool: replica_plan::PoolPlan| Market {
        asset: Asset::new(&pool.token0.symbol),
        base: token(&pool.token0),
        quote: token(&pool.token1),
        pool: pool.spec(),
    };
    replica_plan::plan().into_iter().map(market).collect()
}

pub(super) fn addresses(markets: &[Market]) -> Vec<Address> {
    markets.iter().map(|market| market.pool.address).collect()
}

pub(super) fn patience() -> Patience {
    Patience { give_up_after: Duration::from_secs(60), interrupt: Interrupt::default() }
}
