//! The command line: one file a subcommand.
//!
//! A subcommand is a module with `Args` (a `clap::Args` whose doc comment is its help) and
//! `run(Args, &Context) -> eyre::Result<Exit>`, and one line in `commands!` below.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod context;
mod exit;
mod learning;
mod output;
mod play;
mod progress;

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, Parser};

pub use context::{Context, interruptible};
pub use exit::{Exit, Refused, Usage};
pub use output::{Stdout, StdoutClosed};

/// Declares the subcommands: their modules, their parser and their dispatch.
macro_rules! commands {
    ($($name:ident => $module:ident,)*) => {
        $(pub mod $module;)*

        #[derive(Debug, clap::Subcommand)]
        enum Command {
            $($name($module::Args),)*
        }

        fn dispatch(command: Command, context: &Context) -> eyre::Result<Exit> {
            match command {
                $(Command::$name(args) => $module::run(args, context),)*
            }
        }
    };
}

commands! {
    Demo => demo,
    Run => run,
    Backtest => backtest,
    Replica => replica,
    Indicators => indicators,
    Sentiment => sentiment,
    Keys => keys,
    Doctor => doctor,
    Data => data,
    Train => train,
    Predict => predict,
    Evaluate => evaluate,
    Causality => causality,
}

/// An on-chain DEX trading bot whose backtest is exact to the wei.
#[derive(Debug, Parser)]
#[command(
    name = "shoal",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 refused by a safety rule, 130 Ctrl-C."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every subcommand takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub json: bool,
    /// Log more to stderr (-v info, -vv debug, -vvv trace); SHOAL_LOG=FILTER is finer
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// The configuration file
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Parses the arguments and runs the subcommand they name.
pub fn start(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout, which may be closed: there is nobody left to tell.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let context = match Context::new(cli.global) {
        Ok(context) => context,
        Err(error) => return exit::report(&error.into(), &[]),
    };
    match dispatch(cli.command, &context) {
        Ok(exit) => exit,
        Err(error) => exit::report(&error, &context.secrets()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("shoal "), "{name} has no example in its after_help");
            assert!(command.get_about().is_some(), "{name} has no description");
        }
    }
}
