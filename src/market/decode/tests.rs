use alloy::{
    primitives::{B256, Bytes, U256, aliases::I24, hex, keccak256},
    sol_types::SolEvent,
};
use proptest::prelude::*;

use super::*;
use crate::units::{SqrtPriceX96, Tick, TokenAmount};

const POOL: Address = Address::ZERO;

/// What the general decoder makes of a log, its validation on.
fn peer(topics: &[B256], data: &[u8]) -> Option<PoolEventKind> {
    fn event<E: SolEvent>(topics: &[B256], data: &[u8]) -> Option<E> {
        E::decode_raw_log_validate(topics, data).ok()
    }
    let tick = |tick: I24| Tick::new(tick.as_i32()).ok();
    match topics.first().copied()? {
        v3::Swap::SIGNATURE_HASH => event::<v3::Swap>(topics, data).and_then(|e| {
            Some(PoolEventKind::V3Swap {
                amount0: e.amount0,
                amount1: e.amount1,
                sqrt_price_x96: SqrtPriceX96(e.sqrtPriceX96.to()),
                liquidity: e.liquidity,
                tick: tick(e.tick)?,
            })
        }),
        pancake_v3::Swap::SIGNATURE_HASH => event::<pancake_v3::Swap>(topics, data).and_then(|e| {
            Some(PoolEventKind::V3Swap {
                amount0: e.amount0,
                amount1: e.amount1,
                sqrt_price_x96: SqrtPriceX96(e.sqrtPriceX96.to()),
                liquidity: e.liquidity,
                tick: tick(e.tick)?,
            })
        }),
        v3::Mint::SIGNATURE_HASH => event::<v3::Mint>(topics, data).and_then(|e| {
            Some(PoolEventKind::V3Mint {
                tick_lower: tick(e.tickLower)?,
                tick_upper: tick(e.tickUpper)?,
                liquidity: e.amount,
                amount0: e.amount0,
                amount1: e.amount1,
            })
        }),
        v3::Burn::SIGNATURE_HASH => event::<v3::Burn>(topics, data).and_then(|e| {
            Some(PoolEventKind::V3Burn {
                tick_lower: tick(e.tickLower)?,
                tick_upper: tick(e.tickUpper)?,
                liquidity: e.amount,
                amount0: e.amount0,
                amount1: e.amount1,
            })
        }),
        v3::Initialize::SIGNATURE_HASH => event::<v3::Initialize>(topics, data).and_then(|e| {
            Some(PoolEventKind::V3Initialize { sqrt_price_x96: SqrtPriceX96(e.sqrtPriceX96.to()), tick: tick(e.tick)? })
        }),
        v2::Swap::SIGNATURE_HASH => event::<v2::Swap>(topics, data).map(|e| PoolEventKind::V2Swap {
            amount0_in: e.amount0In,
            amount1_in: e.amount1In,
            amount0_out: e.amount0Out,
            amount1_out: e.amount1Out,
        }),
        v2::Mint::SIGNATURE_HASH => {
            event::<v2::Mint>(topics, data).map(|e| PoolEventKind::V2Mint { amount0: e.amount0, amount1: e.amount1 })
        }
        v2::Burn::SIGNATURE_HASH => {
            event::<v2::Burn>(topics, data).map(|e| PoolEventKind::V2Burn { amount0: e.amount0, amount1: e.amount1 })
        }
        v2::Sync::SIGNATURE_HASH => event::<v2::Sync>(topics, data).map(|e| PoolEventKind::V2Sync {
            reserve0: TokenAmount(e.reserve0.to()),
            reserve1: TokenAmount(e.reserve1.to()),
        }),
        _ => None,
    }
}

/// The topic, the number of indexed fields and of words of every event that is known.
const SHAPES: [(B256, usize, usize); 9] = [
    (v3::Initialize::SIGNATURE_HASH, 0, 2),
    (v3::Swap::SIGNATURE_HASH, 2, 5),
    (pancake_v3::Swap::SIGNATURE_HASH, 2, 7),
    (v3::Mint::SIGNATURE_HASH, 3, 4),
    (v3::Burn::SIGNATURE_HASH, 3, 3),
    (v2::Swap::SIGNATURE_HASH, 2, 4),
    (v2::Mint::SIGNATURE_HASH, 1, 2),
    (v2::Burn::SIGNATURE_HASH, 2, 2),
    (v2::Sync::SIGNATURE_HASH, 0, 2),
];

/// A word whose upper bytes are mostly as a narrow type wants them: of 3 to 32 bytes, filled
/// with zeros, ones or dirt.
fn word() -> impl Strategy<Value = [u8; 32]> {
    let width = prop::sample::select(vec![0usize, 3, 3, 14, 16, 16, 20, 20, 32]);
    let fill = prop::sample::select(vec![0u8, 0, 0, 0xff, 0x01]);
    (any::<[u8; 32]>(), width, fill).prop_map(|(mut word, width, fill)| {
        word[..32 - width].fill(fill);
        word
    })
}

/// Topics and data of a known event, or nearly so.
fn log() -> impl Strategy<Value = (Vec<B256>, Vec<u8>)> {
    let parts = (0..SHAPES.len(), prop::collection::vec(word(), 3), prop::collection::vec(word(), 7));
    (parts, -1isize..=1, prop::sample::select(vec![0isize, 0, 0, -32, -1, 1, 32])).prop_map(
        |((shape, topics, words), extra, cut)| {
            let (signature, indexed, count) = SHAPES[shape];
            // Mostly the right number of topics.
            let indexed = if cut == 0 { indexed } else { indexed.saturating_add_signed(extra).min(3) };
            let topics = std::iter::once(signature).chain(topics.into_iter().take(indexed).map(B256::from));
            let mut data: Vec<u8> = words.iter().take(count).flatten().copied().collect();
            data.resize(data.len().saturating_add_signed(cut), 0);
            (topics.collect(), data)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// The same values and the same refusals, but for what the general decoder lets pass: the
    /// unused bits of indexed fields, and bytes after the last word.
    #[test]
    fn agrees_with_the_general_decoder((topics, data) in log()) {
        let ours = decode(POOL, &topics, &data, 0);
        let theirs = peer(&topics, &data);
        match ours {
            Ok(event) => prop_assert_eq!(event.map(|event| event.kind), theirs),
            Err(DecodeError { fault: LogFault::Wide("sender" | "recipient" | "owner" | "to" | "tickLower" | "tickUpper"), .. }) => {}
            Err(DecodeError { fault: LogFault::Length { have, want }, .. }) if have > want => {}
            Err(error) => prop_assert!(theirs.is_none(), "{}: {:?}", error, theirs),
        }
    }

    #[test]
    fn never_panics(topics in prop::collection::vec(any::<[u8; 32]>(), 0..5), data: Vec<u8>, known in 0..SHAPES.len()) {
        let mut topics: Vec<B256> = topics.into_iter().map(B256::from).collect();
        prop_assert!(decode(POOL, &topics, &data, 0).unwrap().is_none());
        if let Some(first) = topics.first_mut() {
            *first = SHAPES[known].0;
            let _ = decode(POOL, &topics, &data, 0);
        }
    }
}

#[test]
fn known_topics_are_those_of_mainnet() {
    let topic = |text: &str| B256::from_slice(&hex::decode(text).unwrap());
    assert_eq!(v3::Swap::SIGNATURE_HASH, topic("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"));
    assert_eq!(v3::Mint::SIGNATURE_HASH, topic("7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"));
    assert_eq!(v3::Burn::SIGNATURE_HASH, topic("0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"));
    assert_eq!(v2::Sync::SIGNATURE_HASH, topic("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"));
    assert_eq!(v2::Swap::SIGNATURE_HASH, topic("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"));
    assert_eq!(v2::Mint::SIGNATURE_HASH, topic("4c209b5fc8ad50758f13e2e1088ba56a560dff690a1c6fef26394f4c03821c4f"));
    assert_eq!(v2::Burn::SIGNATURE_HASH, topic("dccd412f0b1252819cb1fd330b93224ca42612892bb3f4f789976e6d81936496"));
    let pancake = "19b47279256b2a23a1665c810c8d55a1758940ee09377d4f8d26497a3577dc83";
    assert_eq!(pancake_v3::Swap::SIGNATURE_HASH, topic(pancake));
    let initialize = "98636036cb66a9c19a37435efc1e90142190214e8abeb821bdba3f2990dd4c95";
    assert_eq!(v3::Initialize::SIGNATURE_HASH, topic(initialize));
    assert_eq!(v2::Sync::SIGNATURE_HASH, keccak256("Sync(uint112,uint112)"));
}

#[test]
fn a_pancake_swap_is_a_swap() {
    let event = pancake_v3::Swap {
        sender: Address::ZERO,
        recipient: Address::ZERO,
        amount0: I256::try_from(-5).unwrap(),
        amount1: I256::try_from(7).unwrap(),
        sqrtPriceX96: alloy::primitives::Uint::from(9u64),
        liquidity: 11,
        tick: I24::try_from(-13).unwrap(),
        protocolFeesToken0: 1,
        protocolFeesToken1: u128::MAX,
    };
    let log = event.encode_log_data();
    let decoded = decode(POOL, log.topics(), &log.data, 3).unwrap().unwrap();
    let expected = PoolEventKind::V3Swap {
        amount0: event.amount0,
        amount1: event.amount1,
        sqrt_price_x96: SqrtPriceX96(U256::from(9)),
        liquidity: 11,
        tick: Tick::new(-13).unwrap(),
    };
    assert_eq!((decoded.log_index, decoded.kind), (3, expected));
    // Uniswap's topic with PancakeSwap's words is neither.
    let mut topics = log.topics().to_vec();
    topics[0] = v3::Swap::SIGNATURE_HASH;
    let error = decode(POOL, &topics, &log.data, 3).unwrap_err();
    assert_eq!(error.fault, LogFault::Length { have: 224, want: 160 });
}

#[test]
fn what_is_wider_than_its_type_is_refused() {
    let event = v3::Swap {
        sender: Address::ZERO,
        recipient: Address::ZERO,
        amount0: I256::ONE,
        amount1: I256::ONE,
        sqrtPriceX96: alloy::primitives::Uint::from(9u64),
        liquidity: 11,
        tick: I24::ONE,
    };
    let log = event.encode_log_data();
    let with = |at: usize, byte: u8| {
        let mut data = log.data.to_vec();
        data[at] = byte;
        decode(POOL, log.topics(), &Bytes::from(data), 0).map(drop).map_err(|error| error.fault)
    };
    assert_eq!(with(2 * 32 + 11, 1), Err(LogFault::Wide("sqrtPriceX96")));
    assert_eq!(with(2 * 32 + 12, 1), Ok(()));
    assert_eq!(with(3 * 32 + 15, 1), Err(LogFault::Wide("liquidity")));
    assert_eq!(with(4 * 32 + 28, 1), Err(LogFault::Wide("tick")));
    // 0x7f0001 is an int24 but no tick.
    assert!(matches!(with(4 * 32 + 29, 0x7f), Err(LogFault::Tick { field: "tick", .. })));
    let mut topics = log.topics().to_vec();
    topics[1].0[0] = 1;
    assert_eq!(decode(POOL, &topics, &log.data, 0).unwrap_err().fault, LogFault::Wide("sender"));
    assert_eq!(decode(POOL, &topics[..2], &log.data, 0).unwrap_err().fault, LogFault::Topics { have: 1, want: 2 });
}

#[test]
fn foreign_topics_are_passed_over_and_torn_data_is_refused() {
    assert!(decode(POOL, &[], &[], 0).unwrap().is_none());
    assert!(decode(POOL, &[B256::ZERO], &[1, 2], 0).unwrap().is_none());
    let error = decode(POOL, &[v2::Sync::SIGNATURE_HASH], &[1, 2], 9).unwrap_err();
    assert!(error.to_string().contains("log 9") && error.to_string().contains("V2 Sync"), "{error}");
}
