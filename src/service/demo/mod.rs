//! `shoal demo`: history driven through the whole bot, on real contracts.

pub mod venue;
