//! Adapters to the world outside.

pub mod advice;
pub mod anvil;
pub mod artifact;
pub mod backoff;
pub mod beside;
pub mod chain;
pub mod clock;
pub mod data;
pub mod economic;
pub mod endpoint;
pub mod exchange;
pub mod http;
pub mod lines;
pub mod news;
#[cfg(feature = "transformer")]
pub mod onnx;
pub mod replica;
pub mod store;
pub mod tls;
pub mod wallet;
