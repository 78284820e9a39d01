//! Puts the contracts, the tokens, the pools and their liquidity on a fresh node.

use alloy::{
    primitives::{Address, Bytes, U256, address, ruint::UintTryTo},
    providers::bindings::IMulticall3,
    rpc::types::TransactionReceipt,
    sol_types::SolCall,
};

use super::{
    ReplicaError,
    abi::{IMover, IToken, IV2Factory, IV2Pair, IV3Factory, IV3Pool},
    artifacts::{self, Deployment, MULTICALL3, V2_FACTORY, V3_FACTORY},
};
use crate::{
    domain::{
        PoolKind,
        replica_plan::{DAI, LINK, PoolPlan, UNI, USDC, USDT, WBTC, WETH},
    },
    io::anvil::{Control, control::Impersonated},
    units::{TokenAmount, Wei},
};

/// The contract that moves prices (`contracts/Mover.sol`): "Shoal Mover" in ASCII.
pub const MOVER: Address = address!("0x53686f616c204d6f766572000000000000000001");
/// The account, impersonated, that calls it: "Shoal Driver" in ASCII.
pub const DRIVER: Address = address!("0x53686f616c204472697665720000000000000001");

const MULTICALL3_DEPLOYER: Address = address!("0x05f32B3cC3888453ff71B01135B34FF8e41263F2");
/// Mints of a whole ladder go into one transaction of a block this large.
pub(super) const BUILD_GAS_LIMIT: u64 = 2_000_000_000;
/// What a block of the finished replica holds: mainnet's limit through 2021-2024.
const GAS_LIMIT: u64 = 30_000_000;
const POSITIONS_AT_ONCE: usize = 100;
/// The finished replica's base fee: 10 gwei.
const BASE_FEE: u64 = 10_000_000_000;

pub(super) async fn build(
    control: &Control,
    deployments: Vec<Deployment>,
    plan: &[PoolPlan],
) -> Result<(), ReplicaError> {
    // A block at a time, when told: a busy node that mines by itself now and then forgets one.
    control.set_automine(false).await?;
    // Block times follow from the genesis and not from the clock.
    control.set_timestamp_interval(1).await?;
    control.impersonate_all().await?;
    for (address, code) in artifacts::stand_ins()? {
        control.set_code(address, code).await?;
    }
    for deployment in deployments {
        deploy(control, deployment).await?;
    }
    let multicall = Deployment {
        name: "Multicall3",
        address: MULTICALL3,
        deployer: MULTICALL3_DEPLOYER,
        nonce: 0,
        code: IMulticall3::BYTECODE.clone(),
    };
    deploy(control, multicall).await?;
    install_mover(control).await?;
    wrap_for_mover(control).await?;
    for pool in plan {
        match pool.kind {
            PoolKind::V3 => v3_pool(control, pool).await?,
            PoolKind::V2 => v2_pool(control, pool).await?,
        }
    }
    control.set_block_gas_limit(GAS_LIMIT).await?;
    control.set_next_base_fee(Wei::from(BASE_FEE)).await?;
    // The saved head must be an empty block: its transactions are not saved.
    control.mine().await?;
    control.set_automine(true).await?;
    Ok(())
}

/// Places the mover and gives it and the driver what they need; on the replica and on a fork of
/// the real mainnet alike. Each amount is far beyond what the pools can take.
pub(super) async fn install_mover(control: &Control) -> Result<(), ReplicaError> {
    control.impersonate_all().await?;
    control.set_code(MOVER, artifacts::mover_code()?).await?;
    control.set_ether(DRIVER, whole(200_000_000_000, 18)).await?;
    for (token, amount) in [
        (USDC, tokens(1_000_000_000_000, 6)),
        (USDT, tokens(1_000_000_000_000, 6)),
        (DAI, tokens(1_000_000_000_000, 18)),
        (WBTC, tokens(10_000_000_000, 8)),
        (LINK, tokens(100_000_000_000, 18)),
        // 96 bits hold UNI's balances.
        (UNI, tokens(900_000_000, 18)),
    ] {
        control.set_tokens(MOVER, token, amount).await?;
    }
    Ok(())
}

/// The driver wraps ether for the mover, in a block of its own.
pub(super) async fn wrap_for_mover(control: &Control) -> Result<(), ReplicaError> {
    send_weth(control, MOVER, tokens(100_000_000_000, 18)).await
}

async fn deploy(control: &Control, deployment: Deployment) -> Result<(), ReplicaError> {
    let Deployment { name, address, deployer, nonce, code } = deployment;
    control.set_ether(deployer, whole(1_000, 18)).await?;
    control.set_nonce(deployer, nonce).await?;
    let transaction = Impersonated { from: deployer, to: None, input: code, value: Wei::ZERO, gas_limit: 20_000_000 };
    let receipt = mined(control, name, &transaction).await?;
    // A nonce that the deployer never used on mainnet would show here.
    match receipt.contract_address {
        Some(actual) if actual == address => Ok(()),
        actual => Err(ReplicaError::Address { what: name.to_owned(), expected: address, actual }),
    }
}

async fn v3_pool(control: &Control, pool: &PoolPlan) -> Result<(), ReplicaError> {
    let name = format!("{}/{} V3 {}", pool.token0.symbol, pool.token1.symbol, pool.fee);
    let (token0, token1) = (pool.token0.address, pool.token1.address);
    let expected = artifacts::v3_pool_address(token0, token1, pool.fee.0);
    if expected != pool.address {
        return Err(ReplicaError::Address { what: name, expected: pool.address, actual: Some(expected) });
    }
    let fee = pool.fee.0.try_into().map_err(|_| ReplicaError::Plan(name.clone()))?;
    let create = IV3Factory::createPoolCall { tokenA: token0, tokenB: token1, fee };
    call(control, &name, V3_FACTORY, &create).await?;
    let root = pool.initial.0.uint_try_to().map_err(|_| ReplicaError::Plan(name.clone()))?;
    call(control, &name, pool.address, &IV3Pool::initializeCall { sqrtPriceX96: root }).await?;
    let position = |p: &crate::domain::replica_plan::Position| {
        Some(IMover::Position {
            tickLower: p.tick_lower.get().try_into().ok()?,
            tickUpper: p.tick_upper.get().try_into().ok()?,
            liquidity: p.liquidity,
        })
    };
    for some in pool.positions.chunks(POSITIONS_AT_ONCE) {
        let positions = some.iter().map(position).collect::<Option<Vec<_>>>();
        let positions = positions.ok_or_else(|| ReplicaError::Plan(name.clone()))?;
        call(control, &name, MOVER, &IMover::mintAllCall { pool: pool.address, positions }).await?;
    }
    Ok(())
}

async fn v2_pool(control: &Control, pool: &PoolPlan) -> Result<(), ReplicaError> {
    let name = format!("{}/{} V2", pool.token0.symbol, pool.token1.symbol);
    let (token0, token1) = (pool.token0.address, pool.token1.address);
    let expected = artifacts::v2_pool_address(token0, token1);
    if expected != pool.address {
        return Err(ReplicaError::Address { what: name, expected: pool.address, actual: Some(expected) });
    }
    call(control, &name, V2_FACTORY, &IV2Factory::createPairCall { tokenA: token0, tokenB: token1 }).await?;
    let (reserve0, reserve1) = pool.reserves.ok_or_else(|| ReplicaError::Plan(name.clone()))?;
    for (token, reserve) in [(token0, reserve0), (token1, reserve1)] {
        if token == WETH {
            send_weth(control, pool.address, reserve).await?;
        } else {
            control.set_tokens(pool.address, token, reserve).await?;
        }
    }
    call(control, &name, pool.address, &IV2Pair::mintCall { to: DRIVER }).await
}

/// Wraps ether of the driver and sends it on, so that all WETH has its ether behind it.
async fn send_weth(control: &Control, to: Address, amount: TokenAmount) -> Result<(), ReplicaError> {
    let deposit = Impersonated {
        from: DRIVER,
        to: Some(WETH),
        input: IToken::depositCall {}.abi_encode().into(),
        value: Wei(amount.0),
        gas_limit: 200_000,
    };
    mined(control, "WETH deposit", &deposit).await?;
    call(control, "WETH transfer", WETH, &IToken::transferCall { to, value: amount.0 }).await
}

async fn call(control: &Control, what: &str, to: Address, call: &impl SolCall) -> Result<(), ReplicaError> {
    let input: Bytes = call.abi_encode().into();
    let transaction = Impersonated { from: DRIVER, to: Some(to), input, value: Wei::ZERO, gas_limit: 1_000_000_000 };
    mined(control, what, &transaction).await.map(drop)
}

async fn mined(control: &Control, what: &str, transaction: &Impersonated) -> Result<TransactionReceipt, ReplicaError> {
    let receipt = control.send_mined(transaction).await?;
    if receipt.status() {
        Ok(receipt)
    } else {
        Err(ReplicaError::Reverted { what: what.to_owned(), gas: receipt.gas_used })
    }
}

fn whole(units: u64, decimals: u8) -> Wei {
    Wei(tokens(units, decimals).0)
}

fn tokens(units: u64, decimals: u8) -> TokenAmount {
    TokenAmount(U256::from(units) * U256::from(10).pow(U256::from(decimals)))
}
