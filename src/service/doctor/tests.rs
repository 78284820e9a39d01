use alloy::primitives::{Address, B256, address};

use super::{judge, local, *};
use crate::{
    config::{Environment, Mode},
    domain::{BlockHeader, Secret},
    io::chain::PoolFacts,
    units::{BlockNumber, FeePips, TokenAmount, Wei},
};

const ACCOUNT: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const BLOCK_SECONDS: u64 = 12;
const NOW: Timestamp = Timestamp(1_700_000_000);

fn config() -> Config {
    Config::embedded_demo(&Environment::default()).unwrap()
}

fn at(timestamp: Timestamp) -> BlockHeader {
    BlockHeader {
        number: BlockNumber(5),
        hash: B256::ZERO,
        parent_hash: B256::ZERO,
        timestamp,
        base_fee_per_gas: Wei::ZERO,
    }
}

#[test]
fn the_head_may_be_ten_blocks_old_and_one_ahead() {
    let state = |timestamp, mode| judge::head(&at(timestamp), NOW, BLOCK_SECONDS, mode).state;
    for (timestamp, mainnet, fork) in [
        (NOW, State::Ok, State::Ok),
        (NOW.minus(120), State::Ok, State::Ok),
        (NOW.minus(121), State::Problem, State::Note),
        (NOW.plus(12), State::Ok, State::Ok),
        (NOW.plus(13), State::Problem, State::Note),
        (Timestamp(0), State::Problem, State::Note),
        (Timestamp(u64::MAX), State::Problem, State::Note),
    ] {
        assert_eq!(state(timestamp, Mode::Mainnet), mainnet, "{timestamp}");
        assert_eq!(state(timestamp, Mode::Fork), fork, "{timestamp}");
    }
    let late = judge::head(&at(NOW.minus(7_200)), NOW, BLOCK_SECONDS, Mode::Mainnet);
    assert_eq!(
        late.found,
        "block 5 of 2023-11-14T20:13:20Z, 2 h old: the node lags behind the chain, or this host's clock is wrong"
    );
}

#[test]
fn another_chain_is_a_problem() {
    assert_eq!(judge::chain_id(1, 1).state, State::Ok);
    let other = judge::chain_id(10, 1);
    assert_eq!(other.state, State::Problem);
    assert_eq!(other.found, "the node's chain is 10, chain.id is 1");
}

#[test]
fn every_difference_of_a_pool_is_named() {
    let config = config();
    let market = &config.markets[0];
    let pool = |facts: &PoolFacts| judge::pool("pool x".to_owned(), market, facts);
    let (usdc, weth) = (market.quote.address, market.base.address);
    let facts = PoolFacts { token0: usdc, token1: weth, fee: Some(FeePips(500)), tick_spacing: Some(10) };
    assert_eq!(pool(&facts).state, State::Ok);
    let of_v2 = PoolFacts { fee: None, tick_spacing: None, ..facts };
    assert_eq!(pool(&of_v2).state, State::Ok);

    let dearer = pool(&PoolFacts { fee: Some(FeePips(3_000)), tick_spacing: Some(60), ..facts });
    assert_eq!(dearer.state, State::Problem);
    let address = market.pool.address;
    assert_eq!(dearer.found, format!("{address}: fee_pips is 3000, not 500; tick_spacing is 60, not 10"));
    let swapped = pool(&PoolFacts { token0: weth, token1: usdc, ..facts });
    let named = swapped.found.contains("token0 is") && swapped.found.contains("token1 is");
    assert!(swapped.state == State::Problem && named, "{}", swapped.found);
}

#[test]
fn decimals_must_agree() {
    let usdc = config().quote;
    assert_eq!(judge::decimals(&usdc, 6).state, State::Ok);
    let finding = judge::decimals(&usdc, 18);
    assert_eq!(finding.state, State::Problem);
    assert_eq!(finding.mend.unwrap(), "set tokens.USDC.decimals = 18, if the address is right");
}

#[test]
fn an_order_must_be_affordable_at_its_worst() {
    let config = config();
    let base_fee = Wei::from(1_000_000_000u64);
    // (46150 approval + 102000 swap + 10 ticks of 29000) * 2 at 2.1 gwei.
    let worst = Wei::from(876_300u64 * 2_100_000_000);
    assert_eq!(judge::worst_gas_cost(&config.execution, base_fee), Some(worst));
    let ether = |balance| judge::ether(&config, ACCOUNT, balance, base_fee);
    assert_eq!(ether(worst).state, State::Ok);
    let short = ether(worst.saturating_sub(Wei::from(1u64)));
    assert_eq!(short.state, State::Problem);
    assert_eq!(short.mend.unwrap(), format!("send ether to {ACCOUNT}"));
    assert_eq!(judge::ether(&config, ACCOUNT, worst, Wei(alloy::primitives::U256::MAX)).state, State::Problem);
}

#[test]
fn too_little_quote_token_is_a_problem_unless_a_position_is_open() {
    let config = config();
    let quote = |units: u64, holds_base| judge::quote(&config, ACCOUNT, TokenAmount::from(units), holds_base);
    assert_eq!(quote(50_000_000, false).state, State::Ok);
    assert_eq!(quote(49_999_999, true).state, State::Note);
    let short = quote(49_999_999, false);
    assert_eq!(short.state, State::Problem);
    assert_eq!(short.found, format!("{ACCOUNT} holds 49.999999 USDC, less than risk.min_order (50)"));
}

#[test]
fn every_fault_of_a_key_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let keystore = Some(folder.path().join("none"));
    let secret = |text: &str| Some(Secret::new(text));
    let malformed = KeySources { private_key: secret("0x5e4c4e7"), ..KeySources::default() };
    let both = KeySources { private_key: secret("0x5e4c4e7"), keystore: keystore.clone(), password: None };
    let locked = KeySources { keystore: keystore.clone(), ..KeySources::default() };
    let missing = KeySources { keystore, password: secret("hunter22"), private_key: None };
    for (sources, mend) in [
        (KeySources::default(), "shoal keys new"),
        (malformed, "64 hex digits"),
        (both, "unset SHOAL_PRIVATE_KEY"),
        (locked, "set SHOAL_KEYSTORE_PASSWORD"),
        (missing, "shoal keys new"),
    ] {
        let (finding, account) = local::key(&sources);
        assert_eq!((finding.state, account), (State::Problem, None));
        assert!(finding.mend.as_ref().unwrap().contains(mend), "{finding:?}");
        let shown = format!("{finding:?}");
        assert!(!shown.contains("5e4c4e7") && !shown.contains("hunter22"), "{shown}");
    }
}

#[tokio::test]
async fn a_journal_is_looked_at_and_never_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deeper/journal.sqlite");
    assert_eq!(local::journal(&path).await.state, State::Ok);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let store = crate::io::store::JournalStore::open(&path).await.unwrap();
    let locked = local::journal(&path).await;
    assert_eq!(locked.state, State::Problem);
    assert!(locked.found.contains("another process"), "{}", locked.found);
    store.close().await.unwrap();
    let free = local::journal(&path).await;
    assert!(free.state == State::Ok && free.found.contains("0 records"), "{free:?}");

    let file = folder.path().join("file");
    std::fs::write(&file, "no journal, but a text long enough to be none").unwrap();
    assert_eq!(local::journal(&file).await.state, State::Problem);
    let beneath = local::journal(&file.join("journal.sqlite")).await;
    assert!(beneath.state == State::Problem && beneath.found.contains("cannot be written"), "{beneath:?}");
}

#[test]
fn a_data_folder_must_hold_enough_history() {
    let mut config = config();
    assert_eq!(local::history(&config).state, State::Note);
    let folder = tempfile::tempdir().unwrap();
    config.history.source = crate::config::HistorySource::Data;
    config.history.data = Some(folder.path().join("none"));
    config.history.venues = vec!["v".to_owned()];
    assert_eq!(local::history(&config).state, State::Problem);

    let venue = folder.path().join("candles/v");
    std::fs::create_dir_all(&venue).unwrap();
    for symbol in ["ETHUSDT", "BTCUSDT"] {
        let rows = (1..=100u64).map(|hour| format!("{},2,2,2,2,1\n", hour * Timestamp::HOUR));
        let text = format!("ts,open,high,low,close,volume\n{}", rows.collect::<String>());
        std::fs::write(venue.join(format!("{symbol}_1h.csv")), text).unwrap();
    }
    config.history.data = Some(folder.path().to_owned());
    config.model.min_train_hours = 99;
    assert_eq!(local::history(&config).found, "v: 99 unbroken hours up to 1970-01-05T05:00:00Z");
    config.model.min_train_hours = 100;
    let short = local::history(&config);
    assert!(short.state == State::Problem && short.found.contains("begins at 1970-01-01"), "{short:?}");
}

#[test]
fn a_source_without_its_key_is_off_and_no_problem() {
    let findings = |environment: Environment| {
        let sources = Sources::load(None, &environment).unwrap();
        sources::findings(&sources)
    };
    let all = findings(Environment::default());
    assert!(all.iter().all(|finding| matches!(finding.state, State::Ok | State::Note)));
    let of = |all: &[Finding], name: &str| all.iter().find(|finding| finding.name == name).unwrap().clone();
    let newsapi = of(&all, "source newsapi");
    assert_eq!((newsapi.state, newsapi.found.as_str()), (State::Note, "off: SHOAL_NEWSAPI_KEY is not set"));
    assert!(of(&all, "source rss").found.contains("coindesk"));
    assert!(of(&all, "source fred").found.contains("by its download"));
    let keyed = findings(Environment::new([("SHOAL_NEWSAPI_KEY", "hunter22"), ("SHOAL_FRED_KEY", "hunter22")]));
    assert_eq!(of(&keyed, "source newsapi").state, State::Ok);
    assert!(of(&keyed, "source fred").found.contains("by its interface"));
    assert!(!format!("{keyed:?}").contains("hunter22"));
}
