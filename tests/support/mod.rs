//! Servers that tests talk to over real sockets.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod data;
pub mod http;
pub mod node;
pub mod proxy;
pub mod ws;
