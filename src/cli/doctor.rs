//! `shoal doctor`: what is missing between a configuration and a run.

use comfy_table::{Table, presets};
use serde_json::json;

use super::{Context, Exit, data::StoreArgs, interruptible};
use crate::{
    io::clock::Clock,
    service::doctor::{self, Finding, State},
};

/// Check configuration, key, node, contracts, balances, journal and data, and say how to mend them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is sent and nothing is changed. Every check is made even if one fails. Exit code 0
without a problem, 1 with one, 2 for a faulty configuration.

Example: shoal doctor --config config/fork.toml")]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
}

/// Makes every check and prints the findings.
///
/// # Errors
/// A faulty configuration; what the checks find is no error.
#[allow(clippy::needless_pass_by_value, reason = "the signature that every command shares")]
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    let config = context.config()?;
    let sources = args.store.sources(context)?;
    let store = args.store.place(&sources)?;
    let keys = context.key_sources(Some(&config));
    let now = Clock::system().now();
    context.block_on(interruptible(async {
        let findings = doctor::examine(&config, &sources, &store, &keys, now).await;
        let sound = doctor::is_sound(&findings);
        let text = match context.global.json {
            true => json!({ "sound": sound, "findings": findings }).to_string(),
            false => text(&findings),
        };
        let shown = context.secrets().iter().fold(text, |text, secret| text.replace(secret.as_str(), "[secret]"));
        context.stdout.line(shown)?;
        Ok(if sound { Exit::Done } else { Exit::Failed })
    }))
}

/// A table of the findings, and beneath it what to do about the problems.
fn text(findings: &[Finding]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["check", "state", "found"]);
    for Finding { name, state, found, .. } in findings {
        table.add_row([name.as_str(), state.as_str(), found.as_str()]);
    }
    let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.push(String::new());
    let problems: Vec<&Finding> = findings.iter().filter(|finding| finding.state == State::Problem).collect();
    if problems.is_empty() {
        lines.push("No problems.".to_owned());
        return lines.join("\n");
    }
    lines.push(if problems.len() == 1 { "1 problem:".to_owned() } else { format!("{} problems:", problems.len()) });
    for problem in problems {
        let mend = problem.mend.as_deref().unwrap_or("see above");
        lines.push(format!("  {}: {mend}", problem.name));
    }
    lines.join("\n")
}
