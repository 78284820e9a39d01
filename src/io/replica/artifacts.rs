//! The contracts' code: the pinned npm artifacts, checked by hash, and our own.

use std::path::{Path, PathBuf};

use alloy::{
    primitives::{Address, B256, Bytes, address, b256, keccak256},
    sol_types::SolValue,
};

use super::ReplicaError;
use crate::domain::replica_plan::{DAI, LINK, UNI, USDC, USDT, WBTC, WETH};

/// Uniswap's contracts at their mainnet addresses.
pub const V3_FACTORY: Address = address!("0x1F98431c8aD98523631AE4a59f267346ea31F984");
pub const TICK_LENS: Address = address!("0xbfd8137f7d1516D3ea5cA83523914859ec47F573");
pub const QUOTER: Address = address!("0xb27308f9F90D607463bb33eA1BeBb41C27CE5AB6");
pub const SWAP_ROUTER: Address = address!("0xE592427A0AEce92De3Edee1F18E0157C05861564");
pub const POSITION_MANAGER: Address = address!("0xC36442b4a4522E871399CD717aBDD847Ab11FE88");
pub const QUOTER_V2: Address = address!("0x61fFE014bA17989E743c5F6cB21bF9697530B21e");
pub const SWAP_ROUTER_02: Address = address!("0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45");
pub const V2_FACTORY: Address = address!("0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f");
pub const V2_ROUTER_02: Address = address!("0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D");
pub const MULTICALL3: Address = address!("0xcA11bde05977b3631167028862bE2a173976CA11");
/// Named by the position manager for its pictures; its code is left out of the replica.
const POSITION_DESCRIPTOR: Address = address!("0xEe6A57eC80ea46401049E92587E52f5Ec1c24785");

const V3_DEPLOYER: Address = address!("0x6C9FC64A53c1b71FB3f9Af64d1ae3A4931A5f4E9");
const V2_DEPLOYER: Address = address!("0x9C33eaCc2F50E39940D3AfaF2c7B8246B681A374");
const WETH_DEPLOYER: Address = address!("0x4F26FfBe5F04ED43630fdC30A87638d53D0b0876");
const UNI_DEPLOYER: Address = address!("0x41653c7d61609D856f29355E404F310Ec4142Cfb");

/// keccak-256 of the pools' creation code: with it the factories' `CREATE2` gives the mainnet
/// addresses.
const V3_POOL_CODE: B256 = b256!("0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");
const V2_PAIR_CODE: B256 = b256!("0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f");

/// A contract to deploy: creation code from an npm package, as the real deployer did it.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) name: &'static str,
    pub(super) address: Address,
    pub(super) deployer: Address,
    pub(super) nonce: u64,
    /// Creation code with the constructor's arguments.
    pub(super) code: Bytes,
}

struct Row {
    name: &'static str,
    path: &'static str,
    hash: B256,
    address: Address,
    deployer: Address,
    nonce: u64,
    arguments: fn() -> Vec<u8>,
}

/// In the order of deployment. WETH9 is canonical-weth's build of the mainnet source with a
/// later compiler: same behaviour, slightly other gas.
const ROWS: [Row; 11] = [
    Row {
        name: "WETH9",
        path: "canonical-weth/build/contracts/WETH9.json",
        hash: b256!("0xe66e74ba1a282ff15770abef79456c4c1bc48b714eaf771c7b274f158051c61c"),
        address: WETH,
        deployer: WETH_DEPLOYER,
        nonce: 446,
        arguments: Vec::new,
    },
    Row {
        name: "UNI",
        path: "@uniswap/governance/build/Uni.json",
        hash: b256!("0x4ea68f0d0d156577c64d30b145ec7b31d525a65dc79a19bde039c3bcca5aa749"),
        address: UNI,
        deployer: UNI_DEPLOYER,
        nonce: 0,
        // The holder of the first supply, the minter, and a time after which it may mint.
        arguments: || (UNI_DEPLOYER, UNI_DEPLOYER, u64::from(u32::MAX)).abi_encode_params(),
    },
    Row {
        name: "UniswapV2Factory",
        path: "@uniswap/v2-core/build/UniswapV2Factory.json",
        hash: b256!("0x8716c49c3c982e1d8b8beaab0a95d88cc5ec06681dded0f951fa1f3059c1e32a"),
        address: V2_FACTORY,
        deployer: V2_DEPLOYER,
        nonce: 0,
        arguments: || V2_DEPLOYER.abi_encode(),
    },
    Row {
        name: "UniswapV2Router02",
        path: "@uniswap/v2-periphery/build/UniswapV2Router02.json",
        hash: b256!("0x60ed3c9563fab19baceb6555668bf136db1f18d96b3b177f3726fccdb254f94b"),
        address: V2_ROUTER_02,
        deployer: V2_DEPLOYER,
        nonce: 3,
        arguments: || (V2_FACTORY, WETH).abi_encode_params(),
    },
    Row {
        name: "UniswapV3Factory",
        path: "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
        hash: b256!("0xa9cb11ffa1b1bf9a9a2b70b66f6a22db3e8328b37ec44e6ce602749081efdb6d"),
        address: V3_FACTORY,
        deployer: V3_DEPLOYER,
        nonce: 0,
        arguments: Vec::new,
    },
    Row {
        name: "TickLens",
        path: "@uniswap/v3-periphery/artifacts/contracts/lens/TickLens.sol/TickLens.json",
        hash: b256!("0x5aa22b1e9d3b0b48f5b5c7d92204903de53b1820bae045c6b55f2c31cf3e558c"),
        address: TICK_LENS,
        deployer: V3_DEPLOYER,
        nonce: 2,
        arguments: Vec::new,
    },
    Row {
        name: "Quoter",
        path: "@uniswap/v3-periphery/artifacts/contracts/lens/Quoter.sol/Quoter.json",
        hash: b256!("0xc98f3dee96ef3663b9726f0df4bb8e8809d3c52a298b0504bb9dcf107bd22f91"),
        address: QUOTER,
        deployer: V3_DEPLOYER,
        nonce: 3,
        arguments: || (V3_FACTORY, WETH).abi_encode_params(),
    },
    Row {
        name: "SwapRouter",
        path: "@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json",
        hash: b256!("0x4ab2bb678b8aa5c9267d00ec2ac6e6603909f2a6c9e8c59daaaf5f4af1ba6710"),
        address: SWAP_ROUTER,
        deployer: V3_DEPLOYER,
        nonce: 4,
        arguments: || (V3_FACTORY, WETH).abi_encode_params(),
    },
    Row {
        name: "NonfungiblePositionManager",
        path: "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
        hash: b256!("0x6d4a795ab08d4b4737c563d58af66cd9c1fe56a4ff3258fec16fd7c5eeade093"),
        address: POSITION_MANAGER,
        deployer: V3_DEPLOYER,
        nonce: 8,
        arguments: || (V3_FACTORY, WETH, POSITION_DESCRIPTOR).abi_encode_params(),
    },
    Row {
        name: "QuoterV2",
        path: "@uniswap/swap-router-contracts/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
        hash: b256!("0x807900529037b0db5b299ed312e4b1820210b5e9922b6c4fcd4c23de67ee5f1a"),
        address: QUOTER_V2,
        deployer: V3_DEPLOYER,
        nonce: 13,
        arguments: || (V3_FACTORY, WETH).abi_encode_params(),
    },
    Row {
        name: "SwapRouter02",
        path: "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json",
        hash: b256!("0x603dca716e6cc8be026ebc49ab95f5c163b4b2ec4019615e607ec91710734841"),
        address: SWAP_ROUTER_02,
        deployer: V3_DEPLOYER,
        nonce: 14,
        arguments: || (V2_FACTORY, V3_FACTORY, POSITION_MANAGER, WETH).abi_encode_params(),
    },
];

/// Every contract of the replica by name, Multicall3 last.
pub fn contracts() -> Vec<(&'static str, Address)> {
    ROWS.iter().map(|row| (row.name, row.address)).chain([("Multicall3", MULTICALL3)]).collect()
}

/// Reads and checks every artifact under `project_dir`.
pub(super) fn deployments(project_dir: &Path) -> Result<Vec<Deployment>, ReplicaError> {
    ROWS.iter().map(|row| deployment(row, project_dir)).collect()
}

fn deployment(row: &Row, project_dir: &Path) -> Result<Deployment, ReplicaError> {
    let path = project_dir.join("anvil/node_modules").join(row.path);
    let mut code = creation_code(&path)?;
    let actual = keccak256(&code);
    if actual != row.hash {
        return Err(ReplicaError::ArtifactHash { path, expected: row.hash, actual });
    }
    code.extend((row.arguments)());
    let Row { name, address, deployer, nonce, .. } = *row;
    Ok(Deployment { name, address, deployer, nonce, code: code.into() })
}

fn creation_code(path: &Path) -> Result<Vec<u8>, ReplicaError> {
    let artifact = |why: String| ReplicaError::Artifact { path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| artifact(error.to_string()))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| artifact(error.to_string()))?;
    let hex = json.get("bytecode").and_then(|value| value.as_str()).ok_or_else(|| artifact("no `bytecode`".into()))?;
    alloy::primitives::hex::decode(hex).map_err(|error| artifact(error.to_string()))
}

/// The mainnet address of a V3 pool, by `CREATE2`.
pub fn v3_pool_address(token0: Address, token1: Address, fee: u32) -> Address {
    let salt = keccak256((token0, token1, fee).abi_encode());
    V3_FACTORY.create2(salt, V3_POOL_CODE)
}

/// The mainnet address of a V2 pool, by `CREATE2`.
pub fn v2_pool_address(token0: Address, token1: Address) -> Address {
    let salt = keccak256([token0.as_slice(), token1.as_slice()].concat());
    V2_FACTORY.create2(salt, V2_PAIR_CODE)
}

/// Our own contracts as `abi/` holds them: the runtime code.
pub(super) fn mover_code() -> Result<Bytes, ReplicaError> {
    runtime_code("Mover", include_str!("../../../abi/Mover.json"))
}

/// The stand-in tokens: where they go and their runtime code.
pub(super) fn stand_ins() -> Result<Vec<(Address, Bytes)>, ReplicaError> {
    let rows = [
        (USDC, "StandInUSDC", include_str!("../../../abi/StandInUSDC.json")),
        (USDT, "StandInUSDT", include_str!("../../../abi/StandInUSDT.json")),
        (WBTC, "StandInWBTC", include_str!("../../../abi/StandInWBTC.json")),
        (DAI, "StandInDAI", include_str!("../../../abi/StandInDAI.json")),
        (LINK, "StandInLINK", include_str!("../../../abi/StandInLINK.json")),
    ];
    rows.into_iter().map(|(address, name, json)| Ok((address, runtime_code(name, json)?))).collect()
}

fn runtime_code(name: &str, json: &str) -> Result<Bytes, ReplicaError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Artifact {
        deployed_bytecode: Bytes,
    }
    let artifact: Artifact = serde_json::from_str(json).map_err(|error| ReplicaError::Artifact {
        path: PathBuf::from(format!("abi/{name}.json")),
        why: error.to_string(),
    })?;
    Ok(artifact.deployed_bytecode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PoolKind, replica_plan};

    #[test]
    fn deployers_and_nonces_give_the_addresses() {
        for row in &ROWS {
            assert_eq!(row.deployer.create(row.nonce), row.address, "{}", row.name);
        }
    }

    #[test]
    fn the_plan_names_the_mainnet_pools() {
        for pool in replica_plan::plan() {
            let (token0, token1) = (pool.token0.address, pool.token1.address);
            let address = match pool.kind {
                PoolKind::V3 => v3_pool_address(token0, token1, pool.fee.0),
                PoolKind::V2 => v2_pool_address(token0, token1),
            };
            assert_eq!(address, pool.address, "{} {}", pool.token0.symbol, pool.token1.symbol);
        }
    }
}
