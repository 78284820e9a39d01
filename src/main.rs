//! Temporary: dispatches `replica` alone until the command line stands.

use std::process::ExitCode;

use clap::Parser;
use shoal::cli::replica::{ReplicaArgs, run};

#[derive(Parser)]
enum Command {
    Replica(ReplicaArgs),
}

#[tokio::main]
async fn main() -> eyre::Result<ExitCode> {
    let Command::Replica(args) = Command::parse();
    Ok(run(args).await?.into())
}
