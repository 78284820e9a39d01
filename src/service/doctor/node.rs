//! What is asked of the node.

use alloy::primitives::Address;

use super::{Finding, judge};
use crate::{
    config::{Config, Mode},
    domain::{BlockHeader, Market, Token},
    io::chain::{Chain, ConnectError, Heads, RpcError},
    units::Timestamp,
};

/// A check that asks the node about something on its chain.
enum Subject<'a> {
    Contract { key: &'static str, what: &'static str, address: Address },
    Token(&'a Token),
    Pool(&'a Market),
    Ether,
    Quote,
}

impl Subject<'_> {
    fn name(&self, config: &Config) -> String {
        match self {
            Self::Contract { key, .. } => (*key).to_owned(),
            Self::Token(token) => judge::token_name(token),
            Self::Pool(market) => {
                let named = config.pools.values().find(|pool| pool.spec.address == market.pool.address);
                format!("pool {}", named.map_or(market.asset.as_str(), |pool| &pool.name))
            }
            Self::Ether => "ether".to_owned(),
            Self::Quote => judge::quote_name(&config.quote),
        }
    }
}

fn subjects(config: &Config) -> Vec<Subject<'_>> {
    let chain = &config.chain;
    let contract = |key, what, address| Subject::Contract { key, what, address };
    let mut subjects = vec![
        contract("router", "SwapRouter02", chain.router),
        contract("quoter", "QuoterV2", chain.quoter),
        contract("multicall", "Multicall3", chain.multicall),
    ];
    let mut tokens: Vec<&Token> = Vec::new();
    for token in config.markets.iter().flat_map(|market| [&market.base, &market.quote]) {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    subjects.extend(tokens.into_iter().map(Subject::Token));
    subjects.extend(config.markets.iter().map(Subject::Pool));
    subjects.extend([Subject::Ether, Subject::Quote]);
    subjects
}

/// Every check of the node and of what stands on its chain.
pub(super) async fn examine(config: &Config, account: Option<Address>, now: Timestamp) -> Vec<Finding> {
    let subjects = subjects(config);
    let settings = &config.chain;
    let reached = async {
        let chain = Chain::connect(settings.rpc.expose().as_str(), settings.request_timeout, None).await?;
        let id = chain.chain_id().await?;
        Ok::<_, ConnectError>((chain, id))
    };
    let (chain, id) = match reached.await {
        Ok(reached) => reached,
        Err(error) => {
            let because = "the node does not answer";
            let names = ["chain id", "head", "new blocks"].map(str::to_owned).into_iter();
            let names = names.chain(subjects.iter().map(|subject| subject.name(config)));
            let node = Finding::problem("node", error.to_string(), mend_node(config.mode));
            return [node].into_iter().chain(names.map(|name| Finding::skipped(name, because))).collect();
        }
    };
    let mut findings =
        vec![Finding::ok("node", format!("{} answers", chain.rpc().endpoint())), judge::chain_id(id, settings.id)];
    let (head, header) = head(config, &chain, now).await;
    findings.push(head);
    findings.push(new_blocks(config, &chain).await);
    if id != settings.id {
        let because = format!("the node's chain is not {}", settings.id);
        findings.extend(subjects.iter().map(|subject| Finding::skipped(subject.name(config), &because)));
        return findings;
    }
    let mut inspection = Inspection { config, chain, account, header, sound: Vec::new() };
    for subject in &subjects {
        findings.push(inspection.inspect(subject).await);
    }
    findings
}

fn mend_node(mode: Mode) -> &'static str {
    match mode {
        Mode::Fork => {
            "start the node (`shoal replica up --port 8545` is one), or name another in SHOAL_RPC_URL or chain.rpc"
        }
        Mode::Mainnet => {
            "name a node that answers in SHOAL_RPC_URL or chain.rpc; check the network and the provider's token"
        }
    }
}

async fn head(config: &Config, chain: &Chain, now: Timestamp) -> (Finding, Option<BlockHeader>) {
    let header = async { chain.header(chain.head().await?).await };
    match header.await {
        Ok(header) => (judge::head(&header, now, config.chain.block_seconds, config.mode), Some(header)),
        Err(error) => (unanswered("head", &error), None),
    }
}

async fn new_blocks(config: &Config, chain: &Chain) -> Finding {
    let heads = Heads::follow(chain.clone(), config.chain.poll).await;
    if heads.is_subscribed() {
        return Finding::ok("new blocks", "the node pushes them over its websocket");
    }
    let found =
        format!("asked for every {} s; a node given by ws:// or wss:// pushes them", config.chain.poll.as_secs());
    Finding::note("new blocks", found)
}

fn unanswered(name: impl Into<String>, error: &RpcError) -> Finding {
    Finding::problem(name, error.to_string(), "ask again; if it stays so, use another node")
}

/// Goes through the subjects in order; later ones lean on earlier ones.
struct Inspection<'a> {
    config: &'a Config,
    chain: Chain,
    account: Option<Address>,
    header: Option<BlockHeader>,
    /// Tokens that stand on the chain.
    sound: Vec<Address>,
}

impl Inspection<'_> {
    async fn inspect(&mut self, subject: &Subject<'_>) -> Finding {
        let name = subject.name(self.config);
        match subject {
            Subject::Contract { key, what, address } => {
                self.present(&name, *address, what, &format!("chain.{key}")).await.unwrap_or_else(|found| found)
            }
            Subject::Token(token) => self.token(&name, token).await,
            Subject::Pool(market) => self.pool(name, market).await,
            Subject::Ether => self.ether(name).await,
            Subject::Quote => self.quote(name).await,
        }
    }

    /// Whether there is code; the error is the finding to report instead.
    async fn present(&self, name: &str, address: Address, what: &str, key: &str) -> Result<Finding, Finding> {
        match self.chain.code(address).await {
            Ok(code) if code.is_empty() => {
                let mend = match self.config.mode {
                    Mode::Fork => format!("use a fork of mainnet (`shoal replica up`), or correct {key}"),
                    Mode::Mainnet => format!("correct {key}, or use a node that is in step with the chain"),
                };
                Err(Finding::problem(name, format!("no contract at {address}"), mend))
            }
            Ok(_) => Ok(Finding::ok(name, format!("{address}, {what}"))),
            Err(error) => Err(unanswered(name, &error)),
        }
    }

    async fn token(&mut self, name: &str, token: &Token) -> Finding {
        let key = format!("tokens.{}.address", token.symbol);
        if let Err(absent) = self.present(name, token.address, "token", &key).await {
            return absent;
        }
        match self.chain.token_decimals(token.address).await {
            Ok(decimals) => {
                self.sound.push(token.address);
                judge::decimals(token, decimals)
            }
            Err(error) => {
                Finding::problem(name, format!("{} is no token: {error}", token.address), format!("correct {key}"))
            }
        }
    }

    async fn pool(&self, name: String, market: &Market) -> Finding {
        let spec = &market.pool;
        let key = "the pool's address in pools.toml";
        if let Err(absent) = self.present(&name, spec.address, "pool", key).await {
            return absent;
        }
        match self.chain.pool_facts(spec.address, spec.kind).await {
            Ok(facts) => judge::pool(name, market, &facts),
            Err(error) => {
                let found = format!("{} is no {:?} pool: {error}", spec.address, spec.kind);
                Finding::problem(name, found, "correct the pool's kind or address in pools.toml")
            }
        }
    }

    async fn ether(&self, name: String) -> Finding {
        let Some(account) = self.account else { return Finding::skipped(name, NO_ACCOUNT) };
        let Some(header) = &self.header else { return Finding::skipped(name, "the head is not known") };
        match self.chain.balance(account).await {
            Ok(balance) => judge::ether(self.config, account, balance, header.base_fee_per_gas),
            Err(error) => unanswered(name, &error),
        }
    }

    async fn quote(&self, name: String) -> Finding {
        let Some(account) = self.account else { return Finding::skipped(name, NO_ACCOUNT) };
        let quote = &self.config.quote;
        if !self.sound.contains(&quote.address) {
            return Finding::skipped(name, format!("{} is not on the chain", quote.symbol));
        }
        let balance = match self.chain.erc20_balance(quote.address, account).await {
            Ok(balance) => balance,
            Err(error) => return unanswered(name, &error),
        };
        let mut holds_base = false;
        for base in self.config.markets.iter().map(|market| market.base.address) {
            if self.sound.contains(&base) {
                holds_base |= self.chain.erc20_balance(base, account).await.is_ok_and(|amount| !amount.is_zero());
            }
        }
        judge::quote(self.config, account, balance, holds_base)
    }
}

const NO_ACCOUNT: &str = "no key, so no account";
