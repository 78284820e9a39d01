//! `shoal data`: the stored history that models learn from.

mod check;

use super::{Context, Exit};

/// Look after the data that models learn from
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: shoal data check --data ../shared/data")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
}

/// Carries out the subcommand.
///
/// # Errors
/// The subcommand's own.
pub fn run(args: Args, context: &Context) -> eyre::Result<Exit> {
    match args.command {
        Command::Check(args) => check::run(args, context),
    }
}
