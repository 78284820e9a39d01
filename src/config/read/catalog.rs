//! Tokens, pools and the markets made of them.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use crate::{
    config::{Pool, section::Section, value::suggestion},
    domain::{Asset, Dex, Market, PoolKind, PoolSpec, Token},
    units::FeePips,
};

/// Named things and where each was defined. `None` stands for one whose definition is faulty:
/// its name is known, so that naming it is no second fault.
#[derive(Debug)]
pub(in crate::config) struct Named<T> {
    kind: &'static str,
    entries: BTreeMap<String, Option<T>>,
    /// A file that could have defined more could not be read.
    pub(in crate::config) incomplete: bool,
}

impl<T> Named<T> {
    pub(in crate::config) fn new(kind: &'static str) -> Self {
        Self { kind, entries: BTreeMap::new(), incomplete: false }
    }

    /// Reads every table under `key` by `read`.
    pub(in crate::config) fn extend(
        &mut self,
        root: &mut Section<'_>,
        key: &str,
        mut read: impl FnMut(&str, &mut Section<'_>) -> Option<T>,
    ) {
        if !root.has(key) {
            return;
        }
        let Some(mut parent) = root.section(key) else {
            self.incomplete = true;
            return;
        };
        for (name, mut section) in parent.named_sections() {
            let entry = read(&name, &mut section);
            if self.entries.contains_key(&name) {
                parent.fault(&name, format!("this {} is defined twice", self.kind));
            }
            self.entries.insert(name, entry);
        }
    }

    /// The entry that `section.key` names.
    pub(in crate::config) fn resolve(&self, section: &mut Section<'_>, key: &str) -> Option<&T> {
        let name = section.text(key)?;
        match self.entries.get(&name) {
            Some(entry) => entry.as_ref(),
            None => {
                if !self.incomplete {
                    let suggestion = suggestion(&name, self.entries.keys().map(String::as_str));
                    section.fault(key, format!("unknown {} \"{name}\"{suggestion}", self.kind));
                }
                None
            }
        }
    }

    /// The faultless entries.
    pub(in crate::config) fn entries(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().filter_map(|(name, entry)| Some((name.as_str(), entry.as_ref()?)))
    }

    /// All entries; `None` if one of them is faulty.
    pub(in crate::config) fn into_map(self) -> Option<BTreeMap<String, T>> {
        self.entries.into_iter().map(|(name, entry)| Some((name, entry?))).collect()
    }
}

pub(in crate::config) fn token(symbol: &str, section: &mut Section<'_>) -> Option<Token> {
    let address = section.address("address");
    let decimals = section.integer("decimals", 0u8..=36);
    Some(Token { symbol: symbol.to_owned(), address: address?, decimals: decimals? })
}

pub(in crate::config) fn pool(name: &str, section: &mut Section<'_>, tokens: &Named<Token>) -> Option<Pool> {
    let kind = section.choice("kind", &[("v2", PoolKind::V2), ("v3", PoolKind::V3)]);
    let dex = dex(section);
    let address = section.address("address");
    let token0 = tokens.resolve(section, "token0").cloned();
    let token1 = tokens.resolve(section, "token1").cloned();
    let fee = section.integer("fee_pips", 0..=FeePips::ONE - 1).map(FeePips);
    let tick_spacing = tick_spacing(kind, dex, fee, section);
    let (token0, token1) = (token0?, token1?);
    if token0.address >= token1.address {
        let message =
            format!("must have a lower address than token1: {} and {} are swapped", token0.symbol, token1.symbol);
        section.fault("token0", message);
        return None;
    }
    let spec = PoolSpec { kind: kind?, address: address?, fee: fee?, tick_spacing: tick_spacing? };
    Some(Pool { name: name.to_owned(), dex: dex?, spec, token0, token1 })
}

/// A pool that names no exchange is Uniswap's own.
fn dex(section: &mut Section<'_>) -> Option<Dex> {
    if !section.has("dex") {
        return Some(Dex::Uniswap);
    }
    section.choice("dex", &[("uniswap", Dex::Uniswap), ("sushi", Dex::Sushi), ("pancake", Dex::Pancake)])
}

/// A V3 pool has a spacing; a V2 pair has none, and its exchange's one fee alone.
fn tick_spacing(
    kind: Option<PoolKind>,
    dex: Option<Dex>,
    fee: Option<FeePips>,
    section: &mut Section<'_>,
) -> Option<i32> {
    if kind != Some(PoolKind::V2) {
        // The bound of v3-core's `UniswapV3Factory.enableFeeAmount`.
        return section.integer("tick_spacing", 1..=16_383);
    }
    if let (Some(dex), Some(fee)) = (dex, fee)
        && fee != dex.v2_fee()
    {
        section.fault("fee_pips", format!("must be {}: a V2 pair of {dex} knows no other fee", dex.v2_fee().0));
    }
    if section.has("tick_spacing") { section.integer("tick_spacing", 0..=0) } else { Some(0) }
}

/// Two names for one address: a typing error. Reported under `key` of the main file, for the
/// two may stand in different files.
pub(in crate::config) fn no_two_alike<'n>(
    root: &Section<'_>,
    key: &str,
    entries: impl Iterator<Item = (&'n str, Address)>,
) {
    let mut seen = BTreeMap::new();
    for (name, address) in entries {
        if let Some(first) = seen.insert(address, name) {
            root.fault(key, format!("{first} and {name} have the same address {address}"));
        }
    }
}

/// The markets: each asset once, each pool once, one quote token for all.
pub(in crate::config) fn markets(
    root: &mut Section<'_>,
    tokens: &Named<Token>,
    pools: &Named<Pool>,
) -> Option<Vec<Market>> {
    let mut markets: Vec<Market> = Vec::new();
    let mut faultless = true;
    for mut section in root.sections("markets")? {
        let Some(market) = market(&mut section, tokens, pools) else {
            faultless = false;
            continue;
        };
        if markets.iter().any(|other| other.asset == market.asset) {
            section.fault("asset", format!("a second market of {}", market.asset));
        }
        if let Some(other) = markets.iter().find(|other| other.pool.address == market.pool.address) {
            section.fault("pool", format!("is already the pool of {}", other.asset));
        }
        if let Some(first) = markets.first().filter(|first| first.quote != market.quote) {
            let message = format!("must be {} as in the first market: all share one quote", first.quote.symbol);
            section.fault("quote", message);
        }
        markets.push(market);
    }
    faultless.then_some(markets)
}

fn market(section: &mut Section<'_>, tokens: &Named<Token>, pools: &Named<Pool>) -> Option<Market> {
    let asset = section.name("asset");
    let base = tokens.resolve(section, "base").cloned();
    let quote = tokens.resolve(section, "quote").cloned();
    let pool = pools.resolve(section, "pool");
    let (base, quote, pool) = (base?, quote?, pool?);
    let holds = |token: &Token| *token == pool.token0 || *token == pool.token1;
    if base == quote {
        section.fault("quote", "must differ from base");
        return None;
    }
    let mut faultless = true;
    for (key, token) in [("base", &base), ("quote", &quote)] {
        if !holds(token) {
            let (token0, token1) = (&pool.token0.symbol, &pool.token1.symbol);
            section.fault(key, format!("{} is not in pool {} ({token0}, {token1})", token.symbol, pool.name));
            faultless = false;
        }
    }
    if pool.dex != Dex::Uniswap {
        // Its routers would trade in Uniswap's pool of the same tokens, or in none.
        let message = format!(
            "{} is a pool of {}: orders go through Uniswap's router, which cannot reach it",
            pool.name, pool.dex
        );
        section.fault("pool", message);
        faultless = false;
    }
    let asset = asset?;
    faultless.then(|| Market { asset: Asset::new(&asset), base, quote, pool: pool.spec })
}

/// The market whose base token is the chain's own coin: it prices gas.
pub(in crate::config) fn native_market(root: &mut Section<'_>, markets: Option<&[Market]>) -> Option<Asset> {
    const ETHER_DECIMALS: u8 = 18;
    let name = root.text("native_market")?;
    let markets = markets?;
    let Some(market) = markets.iter().find(|market| market.asset.as_str() == name) else {
        let suggestion = suggestion(&name, markets.iter().map(|market| market.asset.as_str()));
        root.fault("native_market", format!("no market of the asset \"{name}\"{suggestion}"));
        return None;
    };
    if market.base.decimals != ETHER_DECIMALS {
        let message =
            format!("must trade wrapped ether (18 decimals); {} has {}", market.base.symbol, market.base.decimals);
        root.fault("native_market", message);
        return None;
    }
    Some(market.asset.clone())
}
