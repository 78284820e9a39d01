//! Recorded messages, and a client that loses patience soon.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use shoal::{
    io::{
        clock::Clock,
        http::{Http, Limits},
    },
    units::Timestamp,
};

use crate::support::http::Server;

/// A recorded message of the data folder (`SHOAL_TEST_DATA`, or `shared/data` beside the project
/// or one folder above); without the folder the test is skipped, and says so.
#[allow(clippy::disallowed_methods)]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub(super) fn recorded(name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = root.ancestors().skip(1).take(2).map(|at| at.join("shared/data"));
    let places = std::env::var_os("SHOAL_TEST_DATA").map(PathBuf::from).into_iter().chain(beside);
    let found = places.map(|at| at.join("wire").join(name)).find(|path| path.is_file());
    match found {
        Some(path) => Some(std::fs::read_to_string(path).unwrap()),
        None => {
            eprintln!("skipped: no recorded message {name}; set SHOAL_TEST_DATA to a data folder");
            None
        }
    }
}

pub(super) fn limits() -> Limits {
    Limits {
        connect_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(200),
        total_timeout: Duration::from_millis(600),
        max_body_bytes: 16 << 20,
        attempts: 2,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(1),
        quota: None,
    }
}

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A client of the server, whose clock says `now`.
pub(super) fn client(server: &Server, now: &str) -> Http {
    Http::new(&server.url, limits(), Clock::manual(time(now))).unwrap()
}
