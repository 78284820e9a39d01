//! The adapter itself.

use std::time::Duration;

use alloy::{
    consensus::BlockHeader as _,
    eips::{BlockId, eip1559::BaseFeeParams},
    network::TransactionBuilder,
    primitives::{Address, B256, BloomInput, Bytes, U64, U256, address},
    rpc::types::{
        Block, BlockNumberOrTag, FeeHistory, Filter, Header, Log, TransactionReceipt, TransactionRequest,
        state::StateOverride,
    },
    sol_types::SolCall,
};

use super::{
    ConnectError, Fault, Rpc, RpcError,
    abi::IERC20,
    types::{Fees, RawLog, Receipt},
};
use crate::{
    domain::BlockHeader,
    units::{BlockNumber, Timestamp, TokenAmount, Wei},
};

/// What is kept of a header.
pub(super) fn header(header: &Header) -> BlockHeader {
    BlockHeader {
        number: BlockNumber(header.number),
        hash: header.hash,
        parent_hash: header.parent_hash,
        timestamp: Timestamp(header.timestamp),
        base_fee_per_gas: Wei::from(header.base_fee_per_gas.unwrap_or_default()),
    }
}

/// One chain behind one node. Every method's error is an [`RpcError`], whose `advice` says
/// whether to ask again.
#[derive(Clone, Debug)]
pub struct Chain {
    rpc: Rpc,
    multicall: Address,
}

/// Multicall3 stands at one address on most chains.
const MULTICALL3: Address = address!("0xcA11bde05977b3631167028862bE2a173976CA11");

impl Chain {
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

    /// Connects over http(s) or ws(s), as the address says, and checks the chain where one is
    /// given.
    ///
    /// # Errors
    /// An unusable address, a websocket that does not open, or another chain.
    pub async fn connect(url: &str, timeout: Duration, chain_id: Option<u64>) -> Result<Self, ConnectError> {
        let chain = Self { rpc: Rpc::connect(url, timeout).await?, multicall: MULTICALL3 };
        if let Some(expected) = chain_id {
            let actual = chain.chain_id().await?;
            if actual != expected {
                return Err(chain.rpc.error("eth_chainId", Fault::WrongChain { actual, expected }).into());
            }
        }
        Ok(chain)
    }

    /// With Multicall3 at another address than the usual.
    #[must_use]
    pub fn with_multicall(self, multicall: Address) -> Self {
        Self { multicall, ..self }
    }

    pub(super) fn multicall(&self) -> Address {
        self.multicall
    }

    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    pub async fn chain_id(&self) -> Result<u64, RpcError> {
        self.rpc.request::<_, U64>("eth_chainId", ()).await.map(|id| id.to())
    }

    /// What the node calls itself: `anvil/v1.7.1`, `Geth/v1.16...`.
    pub async fn client(&self) -> Result<String, RpcError> {
        self.rpc.request("web3_clientVersion", ()).await
    }

    pub async fn head(&self) -> Result<BlockNumber, RpcError> {
        self.rpc.request::<_, U64>("eth_blockNumber", ()).await.map(|number| BlockNumber(number.to()))
    }

    /// The header of a block that the chain has; [`Fault::Unknown`] for one that it has not.
    pub async fn header(&self, number: BlockNumber) -> Result<BlockHeader, RpcError> {
        let method = "eth_getBlockByNumber";
        let block: Option<Block<B256>> = self.rpc.request(method, (BlockNumberOrTag::Number(number.0), false)).await?;
        let block = block.ok_or_else(|| self.rpc.error(method, Fault::Unknown(format!("block {number}"))))?;
        Ok(header(&block.header))
    }

    /// The header of the newest block.
    pub async fn head_header(&self) -> Result<BlockHeader, RpcError> {
        let method = "eth_getBlockByNumber";
        let block: Option<Block<B256>> = self.rpc.request(method, (BlockNumberOrTag::Latest, false)).await?;
        let block = block.ok_or_else(|| self.rpc.error(method, Fault::Unknown("the head".to_owned())))?;
        Ok(header(&block.header))
    }

    /// The header of the block with this hash, on whatever branch; [`Fault::Unknown`] where the
    /// node has none such.
    pub async fn header_of(&self, hash: B256) -> Result<BlockHeader, RpcError> {
        let method = "eth_getBlockByHash";
        let block: Option<Block<B256>> = self.rpc.request(method, (hash, false)).await?;
        let block = block.ok_or_else(|| self.rpc.error(method, Fault::Unknown(format!("block {hash}"))))?;
        Ok(header(&block.header))
    }

    /// The logs of `pools` in the blocks from `from` to `to`, both included, in chain order.
    pub async fn logs(&self, pools: &[Address], from: BlockNumber, to: BlockNumber) -> Result<Vec<RawLog>, RpcError> {
        let filter = Filter::new().address(pools.to_vec()).from_block(from.0).to_block(to.0);
        self.filtered(&filter).await
    }

    /// The logs of `pools` in the block with this hash: unlike a number it cannot mean another
    /// block after a reorg.
    ///
    /// Some nodes answer "no logs" where they mean "no such block": behind a balancer the header
    /// may come from one that is further. So an empty answer is believed only from a node that has
    /// the block, and, while the block's bloom says that there may be logs of the pools, only when
    /// it comes again.
    pub async fn logs_of_block(&self, pools: &[Address], hash: B256) -> Result<Vec<RawLog>, RpcError> {
        const BELIEVED: u32 = 3;
        let filter = Filter::new().address(pools.to_vec()).at_block_hash(hash);
        for _ in 0..BELIEVED {
            let logs = self.filtered(&filter).await?;
            if !logs.is_empty() || pools.is_empty() {
                return Ok(logs);
            }
            let method = "eth_getBlockByHash";
            let block: Option<Block<B256>> = self.rpc.request(method, (hash, false)).await?;
            let block = block.ok_or_else(|| self.rpc.error(method, Fault::Unknown(format!("block {hash}"))))?;
            let may_hold = |pool: &Address| block.header.logs_bloom.contains_input(BloomInput::Raw(pool.as_slice()));
            if !pools.iter().any(may_hold) {
                break;
            }
        }
        Ok(Vec::new())
    }

    /// The same as [`Self::logs`], with the time of the block where the node tells it.
    pub(super) async fn timed_logs(
        &self,
        pools: &[Address],
        from: BlockNumber,
        to: BlockNumber,
    ) -> Result<Vec<(RawLog, Option<Timestamp>)>, RpcError> {
        self.timed(&Filter::new().address(pools.to_vec()).from_block(from.0).to_block(to.0)).await
    }

    async fn filtered(&self, filter: &Filter) -> Result<Vec<RawLog>, RpcError> {
        Ok(self.timed(filter).await?.into_iter().map(|(log, _)| log).collect())
    }

    async fn timed(&self, filter: &Filter) -> Result<Vec<(RawLog, Option<Timestamp>)>, RpcError> {
        let method = "eth_getLogs";
        let logs: Vec<Log> = self.rpc.request(method, (filter,)).await?;
        let timed = |log: Log| {
            let timestamp = log.block_timestamp.map(Timestamp);
            Some((RawLog::from_rpc(log)?, timestamp))
        };
        let mut logs: Vec<_> = logs
            .into_iter()
            .map(timed)
            .collect::<Option<_>>()
            .ok_or_else(|| self.rpc.error(method, Fault::Malformed("a log without a block".to_owned())))?;
        logs.sort_by_key(|(log, _)| (log.block_number, log.log_index));
        Ok(logs)
    }

    /// The headers of some blocks, in one batch, in the order asked for.
    pub async fn headers(&self, numbers: &[BlockNumber]) -> Result<Vec<BlockHeader>, RpcError> {
        let method = "eth_getBlockByNumber";
        let asked = numbers.iter().map(|number| (BlockNumberOrTag::Number(number.0), false)).collect();
        let blocks: Vec<Option<Block<B256>>> = self.rpc.batch(method, asked).await?;
        let found = |(number, block): (&BlockNumber, Option<Block<B256>>)| {
            let block = block.filter(|block| block.header.number == number.0);
            block
                .map(|block| header(&block.header))
                .ok_or_else(|| self.rpc.error(method, Fault::Unknown(format!("block {number}"))))
        };
        numbers.iter().zip(blocks).map(found).collect()
    }

    pub async fn balance(&self, account: Address) -> Result<Wei, RpcError> {
        self.rpc.request::<_, U256>("eth_getBalance", (account, BlockNumberOrTag::Latest)).await.map(Wei)
    }

    pub async fn erc20_balance(&self, token: Address, owner: Address) -> Result<TokenAmount, RpcError> {
        self.read(token, &IERC20::balanceOfCall { owner }, BlockId::latest()).await.map(TokenAmount)
    }

    pub async fn allowance(&self, token: Address, owner: Address, spender: Address) -> Result<TokenAmount, RpcError> {
        self.read(token, &IERC20::allowanceCall { owner, spender }, BlockId::latest()).await.map(TokenAmount)
    }

    /// Transactions of the account in blocks.
    pub async fn nonce_latest(&self, account: Address) -> Result<u64, RpcError> {
        self.nonce(account, BlockNumberOrTag::Latest).await
    }

    /// The same with those waiting in the node's pool.
    pub async fn nonce_pending(&self, account: Address) -> Result<u64, RpcError> {
        self.nonce(account, BlockNumberOrTag::Pending).await
    }

    async fn nonce(&self, account: Address, at: BlockNumberOrTag) -> Result<u64, RpcError> {
        self.rpc.request::<_, U64>("eth_getTransactionCount", (account, at)).await.map(|nonce| nonce.to())
    }

    pub async fn code(&self, address: Address) -> Result<Bytes, RpcError> {
        self.rpc.request("eth_getCode", (address, BlockNumberOrTag::Latest)).await
    }

    /// Broadcasts a signed transaction. "already known" is success: the node has these bytes.
    pub async fn send_raw(&self, raw: &Bytes) -> Result<B256, RpcError> {
        match self.rpc.request("eth_sendRawTransaction", (raw,)).await {
            Err(RpcError { fault: Fault::Refused { message, .. }, .. })
                if ["already known", "already imported"].iter().any(|text| message.to_lowercase().contains(text)) =>
            {
                Ok(alloy::primitives::keccak256(raw))
            }
            answer => answer,
        }
    }

    /// `None` while the transaction is in no block.
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, RpcError> {
        let receipt: Option<TransactionReceipt> = self.rpc.request("eth_getTransactionReceipt", (hash,)).await?;
        Ok(receipt.as_ref().and_then(Receipt::from_rpc))
    }

    /// `eth_call` as `from`, on a state changed by `overrides`; a revert is [`Fault::Reverted`].
    pub async fn call(
        &self,
        from: Address,
        to: Address,
        data: Bytes,
        value: Wei,
        at: BlockId,
        overrides: StateOverride,
    ) -> Result<Bytes, RpcError> {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_input(data).with_value(value.0);
        self.rpc.request("eth_call", (request, at, overrides)).await
    }

    /// The next block's base fee and a usual tip (1 gwei where no block held transactions).
    pub async fn fee(&self) -> Result<Fees, RpcError> {
        let method = "eth_getBlockByNumber";
        let head: Option<Block<B256>> = self.rpc.request(method, (BlockNumberOrTag::Latest, false)).await?;
        let base_fee = head
            .and_then(|head| head.header.next_block_base_fee(BaseFeeParams::ethereum()))
            .ok_or_else(|| self.rpc.error(method, Fault::Malformed("a head without a base fee".to_owned())))?;
        let history: FeeHistory =
            self.rpc.request("eth_feeHistory", (U64::from(10), BlockNumberOrTag::Latest, [50.0])).await?;
        let rewards = history.reward.unwrap_or_default();
        let mut tips: Vec<u128> = rewards
            .iter()
            .zip(&history.gas_used_ratio)
            .filter(|(_, used)| **used > 0.0)
            .filter_map(|(reward, _)| reward.first().copied())
            .collect();
        tips.sort_unstable();
        let tip = tips.get(tips.len() / 2).copied().unwrap_or(1_000_000_000);
        Ok(Fees { base_fee_per_gas: Wei::from(base_fee), max_priority_fee_per_gas: Wei::from(tip) })
    }

    /// A view call, decoded.
    pub(super) async fn read<C: SolCall>(&self, to: Address, call: &C, at: BlockId) -> Result<C::Return, RpcError> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let answer: Bytes = self.rpc.request("eth_call", (request, at)).await?;
        C::abi_decode_returns(&answer)
            .map_err(|error| self.rpc.error("eth_call", Fault::Malformed(format!("{} of {to}: {error}", C::SIGNATURE))))
    }
}
