//! What is asked.

use std::num::NonZeroU32;

use crate::domain::Secret;

/// A request beneath a client's base address. `subject` is what errors call it: it must hold no
/// secret.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) subject: String,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, Secret)>,
    pub(super) basic_auth: Option<(String, Secret)>,
    /// Sent as a POST where present.
    pub(super) form: Option<Vec<(&'static str, String)>>,
    pub(super) secrets: Vec<Secret>,
    pub(super) cost: NonZeroU32,
}

impl Request {
    /// `GET path`; `subject` such as `candles of ETHUSDT 1h`.
    pub fn get(subject: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            basic_auth: None,
            form: None,
            secrets: Vec::new(),
            cost: NonZeroU32::MIN,
        }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// A query value that no error may show.
    #[must_use]
    pub fn secret_query(mut self, name: &'static str, value: &Secret) -> Self {
        self.query.push((name, value.expose().to_owned()));
        self.hide(value)
    }

    /// Headers may carry keys, so none is ever shown.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &Secret) -> Self {
        self.headers.push((name, value.clone()));
        self.hide(value)
    }

    #[must_use]
    pub fn basic_auth(mut self, user: &str, password: &Secret) -> Self {
        self.basic_auth = Some((user.to_owned(), password.clone()));
        self.hide(password)
    }

    /// Makes it a POST of this form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(&'static str, String)>) -> Self {
        self.form = Some(fields);
        self
    }

    /// Keeps a secret (one that stands in the path, say) out of every error.
    #[must_use]
    pub fn hide(mut self, secret: &Secret) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// What the request takes from the host's quota; one unless set.
    #[must_use]
    pub fn cost(mut self, units: NonZeroU32) -> Self {
        self.cost = units;
        self
    }
}
