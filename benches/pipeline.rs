//! From a decoded block to signed bytes: what stands between a block's arrival and the broadcast,
//! without the network and the journal.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use shoal::{
    backtest::{SimulatedVenue, Venue, drive::SLOT, history, planned, simulator, tape, tape::alignment},
    config::{Config, Environment},
    domain::{Approved, Asset, Block, FeatureRow, Forecast, Order, SignedTransaction},
    execution::{self, Account, plan},
    io::wallet::Wallet,
    pipeline::{Effect, Input, MarketSetup, Model, Pipeline, training},
    service::prepare,
    units::Timestamp,
};

/// Hours of simulated market to train on and to warm the features with.
const WARM: usize = 3_000;
const FROM: Timestamp = Timestamp(1_704_067_200);

/// The trained forest is asked, and ETH's answer then raised to one that is sure to be traded.
fn model(training: &training::Training) -> impl Model + Clone + use<> {
    let trained = training.model.clone();
    move |asset: &Asset, row: &FeatureRow| {
        let forecast = trained.predict(row).unwrap();
        let probability_up = if asset.as_str() == "ETH" { 0.8 } else { 0.5 };
        Forecast { probability_up, lower: probability_up, ..forecast }
    }
}

/// A pipeline before the close of an hour, and the block that closes it: the two pools' swaps
/// along an hour's prices (five), upon which one order is made.
fn begin(config: &Config) -> (Pipeline<impl Model + Clone + use<>>, Block) {
    let markets = &config.markets;
    let assets: Vec<Asset> = markets.iter().map(|market| market.asset.clone()).collect();
    let hours = simulator::simulate(7, &assets, FROM, WARM + 1).unwrap();
    let mut past = tape(markets, &hours).unwrap();
    let tape = past.split_off(WARM);
    let paired: Vec<_> = markets.iter().cloned().zip(planned::pools(markets).unwrap()).collect();
    let candles = history::candles(&paired, &past).unwrap();
    let training = training::train(&candles, &config.model.direction()).unwrap();

    let mut venue = SimulatedVenue::new(paired, config.demo.base_fee);
    venue.mine(tape[0].ts.minus(SLOT), &alignment(&tape)).unwrap();
    let pools = venue.pools().unwrap();
    let model = model(&training);
    let setups = markets.iter().zip(pools).zip(training.streams).map(|((market, pool), (features, row))| MarketSetup {
        market: market.clone(),
        pool,
        features,
        row,
        forming: None,
    });
    let (capital, ether) = (config.demo.capital, config.demo.ether);
    let params = prepare::params(config);
    let pipeline = Pipeline::new(params, model, setups.collect(), tape[0].ts, capital, ether).unwrap();
    let mined = venue.mine(tape[0].ts.plus(Timestamp::HOUR), &tape[0].moves).unwrap();
    (pipeline, mined.block)
}

fn sign(
    order: &Approved<Order>,
    account: &Account,
    params: &execution::Params,
    block: &Block,
    wallet: &Wallet,
) -> Vec<SignedTransaction> {
    let transactions = plan(order, account, params, block.header.base_fee_per_gas).unwrap();
    transactions.iter().map(|transaction| wallet.sign(transaction).unwrap()).collect()
}

fn orders(effects: Vec<Effect>) -> Vec<Approved<Order>> {
    let order = |effect| if let Effect::Submit(order) = effect { Some(order) } else { None };
    effects.into_iter().filter_map(order).collect()
}

fn pipeline(c: &mut Criterion) {
    let config = Config::embedded_demo(&Environment::default()).unwrap();
    let (pipeline, block) = begin(&config);
    let wallet = Wallet::random();
    let (chain_id, router) = (config.chain.id, config.chain.router);
    let account = Account { chain_id, address: wallet.address(), router, nonce: 0 };
    let fresh = || (pipeline.clone(), block.clone());
    let step = |(mut pipeline, block): (Pipeline<_>, Block)| {
        let effects = pipeline.step(Input::Block(block)).unwrap();
        // Returned, so that its drop is not timed.
        (pipeline, orders(effects))
    };

    let made = step(fresh()).1;
    assert!(made.len() == 1 && block.events.len() > 3, "{} orders, {} swaps", made.len(), block.events.len());
    let order = &made[0];

    c.bench_function("pipeline/block_to_signed_bytes", |b| {
        let whole = |input| {
            let (pipeline, orders) = step(input);
            let signed: Vec<_> =
                orders.iter().map(|order| sign(order, &account, &config.execution, &block, &wallet)).collect();
            (pipeline, signed)
        };
        b.iter_batched(fresh, |input| whole(black_box(input)), BatchSize::SmallInput);
    });
    c.bench_function("pipeline/block_to_order", |b| {
        b.iter_batched(fresh, |input| step(black_box(input)), BatchSize::SmallInput);
    });
    c.bench_function("pipeline/order_to_signed_bytes", |b| {
        b.iter(|| sign(black_box(order), &account, &config.execution, &block, &wallet));
    });
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
