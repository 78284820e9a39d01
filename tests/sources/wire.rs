//! Recorded messages, and a client that loses patience soon.

use std::time::Duration;

use shoal::{
    io::{
        clock::Clock,
        http::{Http, Limits},
    },
    units::Timestamp,
};

use crate::support::{data::data, http::Server};

/// A recorded message of the data folder.
pub(super) fn recorded(name: &str) -> Option<String> {
    data(&format!("wire/{name}")).map(|path| std::fs::read_to_string(path).unwrap())
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
