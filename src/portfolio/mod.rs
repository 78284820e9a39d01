//! The book: what is held, and what each fill changed.

pub mod book;

pub use book::{Book, BookError, Position};
