//! One HTTP client for every source of data: bounded in time and size, polite, and with errors
//! that name the host and the subject and never a secret.

mod client;
mod error;
mod limits;
mod quota;
mod request;
mod retry_after;

pub use client::Http;
pub use error::{HttpError, HttpFault};
pub use limits::{Limits, Quota};
pub use request::Request;
