//! The binary: parses and dispatches.

use std::process::ExitCode;

use shoal::cli;

fn main() -> ExitCode {
    // Before the first client: without a provider even plain HTTP panics. The call fails only
    // where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::start(std::env::args_os()).into()
}
