//! The node.

use std::time::Duration;

use crate::config::{ChainSettings, Environment, Mode, RpcUrl, fault::Faults, section::Section};

/// Overrides `chain.rpc`.
const RPC_VARIABLE: &str = "SHOAL_RPC_URL";
const MAINNET_ID: u64 = 1;

/// What was read. `block_seconds` stands apart, because another section is checked against it
/// even where something else here is faulty.
#[derive(Default)]
pub(in crate::config) struct Chain {
    pub(in crate::config) settings: Option<ChainSettings>,
    pub(in crate::config) block_seconds: Option<u64>,
}

pub(in crate::config) fn chain(
    root: &mut Section<'_>,
    mode: Option<Mode>,
    environment: &Environment,
    faults: &Faults,
) -> Chain {
    let Some(mut section) = root.section("chain") else { return Chain::default() };
    let id = section.integer("id", 1..=u64::MAX);
    if let Some(id) = id.filter(|id| mode == Some(Mode::Mainnet) && *id != MAINNET_ID) {
        section.fault("id", format!("must be {MAINNET_ID} in the mode mainnet, is {id}"));
    }
    let rpc = rpc(&mut section, environment, faults);
    let router = section.address("router");
    let quoter = section.address("quoter");
    let multicall = section.address("multicall");
    let request_timeout = section.integer("request_timeout_seconds", 1..=600u64);
    let poll = section.integer("poll_seconds", 1..=600u64);
    let give_up_after = section.integer("give_up_after_seconds", 1..=86_400u64);
    let block_seconds = section.integer("block_seconds", 1..=600u64);
    if let (Some(timeout), Some(give_up)) = (request_timeout, give_up_after)
        && give_up < timeout
    {
        let message = format!("must be at least request_timeout_seconds ({timeout}), is {give_up}");
        section.fault("give_up_after_seconds", message);
    }
    let settings = || {
        Some(ChainSettings {
            id: id?,
            rpc: rpc?,
            router: router?,
            quoter: quoter?,
            multicall: multicall?,
            request_timeout: Duration::from_secs(request_timeout?),
            poll: Duration::from_secs(poll?),
            give_up_after: Duration::from_secs(give_up_after?),
            block_seconds: block_seconds?,
        })
    };
    Chain { settings: settings(), block_seconds }
}

fn rpc(section: &mut Section<'_>, environment: &Environment, faults: &Faults) -> Option<RpcUrl> {
    let over = environment.get(RPC_VARIABLE);
    if over.is_none() && !section.has("rpc") {
        section.fault("rpc", format!("missing: give it here or in {RPC_VARIABLE}"));
        return None;
    }
    let within = if section.has("rpc") {
        let text = section.text("rpc")?;
        RpcUrl::parse(&text).map_err(|message| section.fault("rpc", message)).ok()
    } else {
        None
    };
    match over {
        Some(text) => RpcUrl::parse(text).map_err(|message| faults.push("environment", RPC_VARIABLE, message)).ok(),
        None => within,
    }
}
