//! Many pools' state in one request, by `contracts/PoolLens.sol`.

use std::sync::LazyLock;

use alloy::{
    eips::BlockId,
    network::TransactionBuilder,
    primitives::{Address, Bytes, U256, address},
    rpc::types::{TransactionRequest, state::StateOverride},
    sol,
    sol_types::SolCall,
};

use super::{Chain, Fault, RpcError, types::V3State};
use crate::units::{BlockNumber, SqrtPriceX96, Tick, TokenAmount};

sol! {
    #[allow(missing_docs)]
    interface IPoolLens {
        struct TickState {
            int24 tick;
            uint128 liquidityGross;
            int128 liquidityNet;
        }

        struct PoolState {
            uint8 kind;
            uint112 reserve0;
            uint112 reserve1;
            uint160 sqrtPriceX96;
            int24 tick;
            uint128 liquidity;
            int24 tickSpacing;
            TickState[] ticks;
        }

        function read(address[] calldata pools, uint256 words) external view returns (uint256 blockNumber, PoolState[] memory states);
    }
}

/// Where the lens's code is put for the length of a call: "Shoal Pool Lens" in ASCII.
const LENS: Address = address!("0x53686f616c20506f6f6c204c656e730000000001");

/// The lens's code, as `abi/` holds it.
static CODE: LazyLock<Result<Bytes, String>> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Artifact {
        deployed_bytecode: Bytes,
    }
    let artifact: Artifact =
        serde_json::from_str(include_str!("../../../abi/PoolLens.json")).map_err(|error| error.to_string())?;
    Ok(artifact.deployed_bytecode)
});

/// One pool as it stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolReading {
    V2 {
        reserve0: TokenAmount,
        reserve1: TokenAmount,
    },
    V3 {
        state: V3State,
        tick_spacing: i32,
        /// The range in which `state.ticks` are all there are; `None` where no ticks were asked for.
        known: Option<(Tick, Tick)>,
    },
    /// It answers as a pool does, but no pool can stand like that.
    Malformed(String),
}

/// Many pools in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolReadings {
    /// As the EVM counts, which on some rollups is not the rollup's own number.
    pub block: BlockNumber,
    /// In the order asked for; `None` for an address that is no pool.
    pub pools: Vec<Option<PoolReading>>,
}

impl Chain {
    /// The state of many pools, V2 and V3 mixed, of one block and in one request. `ticks_around`
    /// asks for V3's initialised ticks as well: those in the bitmap's word that holds the price
    /// and in that many words (256 spacings each) to either side.
    ///
    /// The node must allow state overrides in `eth_call`. A pool costs it some 20,000 gas, and
    /// each word and tick some 5,000 more, of which nodes allow about 50 million in all.
    ///
    /// # Errors
    /// [`RpcError`]. An address without a pool, or with an odd one, is no error and spoils no other.
    pub async fn pool_readings(
        &self,
        pools: &[Address],
        ticks_around: Option<u8>,
        at: BlockId,
    ) -> Result<PoolReadings, RpcError> {
        let malformed = |why: String| self.rpc().error("eth_call", Fault::Malformed(format!("the pool lens: {why}")));
        let code = CODE.as_ref().map_err(|why| malformed(format!("abi/PoolLens.json: {why}")))?;
        let words = ticks_around.map_or(0, |around| 2 * u64::from(around) + 1);
        let call = IPoolLens::readCall { pools: pools.to_vec(), words: U256::from(words) };
        let request = TransactionRequest::default().with_to(LENS).with_input(call.abi_encode());
        let mut overrides = StateOverride::default();
        overrides.entry(LENS).or_default().code = Some(code.clone());
        let answer = self.simulate(&request, at, &overrides, None).await?;
        let answer = IPoolLens::readCall::abi_decode_returns(&answer).map_err(|error| malformed(error.to_string()))?;
        if answer.states.len() != pools.len() {
            return Err(malformed(format!("{} answers for {} pools", answer.states.len(), pools.len())));
        }
        let pools = answer
            .states
            .into_iter()
            .map(|state| reading(state, ticks_around).unwrap_or_else(|why| Some(PoolReading::Malformed(why))));
        Ok(PoolReadings { block: BlockNumber(answer.blockNumber.saturating_to()), pools: pools.collect() })
    }
}

fn reading(state: IPoolLens::PoolState, ticks_around: Option<u8>) -> Result<Option<PoolReading>, String> {
    let tick = |tick: i32| Tick::new(tick).map_err(|error| error.to_string());
    match state.kind {
        0 => Ok(None),
        2 => Ok(Some(PoolReading::V2 {
            reserve0: TokenAmount(U256::from(state.reserve0)),
            reserve1: TokenAmount(U256::from(state.reserve1)),
        })),
        3 => {
            let (at, tick_spacing) = (tick(state.tick.as_i32())?, state.tickSpacing.as_i32());
            let ticks = state.ticks.iter().map(|t| Ok((tick(t.tick.as_i32())?, t.liquidityGross, t.liquidityNet)));
            let known = match ticks_around {
                Some(around) => Some(known(at, tick_spacing, around).ok_or("a tick spacing of zero")?),
                None => None,
            };
            let state = V3State {
                sqrt_price_x96: SqrtPriceX96(U256::from(state.sqrtPriceX96)),
                tick: at,
                liquidity: state.liquidity,
                ticks: ticks.collect::<Result<_, String>>()?,
            };
            Ok(Some(PoolReading::V3 { state, tick_spacing, known }))
        }
        other => Err(format!("kind {other}")),
    }
}

/// The first and the last tick of the words read.
fn known(tick: Tick, spacing: i32, around: u8) -> Option<(Tick, Tick)> {
    let word = tick.get().checked_div_euclid(spacing)?.div_euclid(256);
    let (first, last) = (word - i32::from(around), word + i32::from(around));
    let within = |tick: i32| Tick::new(tick.clamp(Tick::MIN.get(), Tick::MAX.get())).ok();
    Some((within(first * 256 * spacing)?, within((last * 256 + 255) * spacing)?))
}
