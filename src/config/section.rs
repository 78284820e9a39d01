//! One table of a file, read key by key.

use std::{
    fmt::{self, Debug},
    ops::RangeInclusive,
    rc::Rc,
};

use alloy::primitives::{Address, U256};
use toml::{Table, Value};

use super::{
    fault::Faults,
    value::{address, decimal, suggestion},
};

/// Takes keys out of a table and reports what is missing, mistyped or out of range. Whatever
/// is left when the section is dropped was asked for by nobody: dropping reports it, so that
/// no reader can forget to.
///
/// A reader returns `None` exactly when it has reported a fault.
pub(super) struct Section<'a> {
    file: Rc<str>,
    path: String,
    table: Table,
    known: Vec<String>,
    faults: &'a Faults,
}

/// The bounds of a number that is no integer.
#[derive(Clone, Copy)]
pub(super) enum Interval {
    /// `(low, high]`
    Above(f64, f64),
    /// `[low, high]`
    From(f64, f64),
}

impl Interval {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Above(low, high) => value > low && value <= high,
            Self::From(low, high) => value >= low && value <= high,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(low, high) => write!(f, "({low}, {high}]"),
            Self::From(low, high) => write!(f, "[{low}, {high}]"),
        }
    }
}

impl<'a> Section<'a> {
    pub(super) fn new(file: impl Into<Rc<str>>, path: impl Into<String>, table: Table, faults: &'a Faults) -> Self {
        Self { file: file.into(), path: path.into(), table, known: Vec::new(), faults }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports a fault of `key`.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) {
        self.faults.push(&self.file, self.path_of(key), message);
    }

    fn know(&mut self, key: &str) {
        if !self.known.iter().any(|known| known == key) {
            self.known.push(key.to_owned());
        }
    }

    /// Whether the key stands there; for keys that may be absent.
    pub(super) fn has(&mut self, key: &str) -> bool {
        self.know(key);
        self.table.contains_key(key)
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.know(key);
        let value = self.table.remove(key);
        if value.is_none() {
            self.fault(key, "missing");
        }
        value
    }

    fn checked<T>(&self, key: &str, value: Result<T, String>) -> Option<T> {
        value.map_err(|message| self.fault(key, message)).ok()
    }

    fn mistyped<T>(&self, key: &str, wanted: &str, value: &Value) -> Option<T> {
        self.fault(key, format!("must be {wanted}, is {}", kind(value)));
        None
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text),
            other => self.mistyped(key, "a string", &other),
        }
    }

    /// A string that is not empty.
    pub(super) fn name(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        self.checked(key, if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) })
    }

    /// An integer within `range`.
    pub(super) fn integer<T>(&mut self, key: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Debug,
    {
        let number = match self.take(key)? {
            Value::Integer(number) => number,
            other => return self.mistyped(key, "an integer", &other),
        };
        match T::try_from(number) {
            Ok(value) if range.contains(&value) => Some(value),
            _ => {
                let message = format!("must be within [{:?}, {:?}], is {number}", range.start(), range.end());
                self.fault(key, message);
                None
            }
        }
    }

    /// A number within `interval`; for statistics, never for money.
    pub(super) fn number(&mut self, key: &str, interval: Interval) -> Option<f64> {
        let number = match self.take(key)? {
            Value::Float(number) => number,
            Value::Integer(number) => number as f64,
            other => return self.mistyped(key, "a number", &other),
        };
        if interval.holds(number) {
            return Some(number);
        }
        self.fault(key, format!("must be within {interval}, is {number:?}"));
        None
    }

    /// A decimal string as base units of `decimals`, exactly; above zero where `positive`.
    pub(super) fn amount(&mut self, key: &str, decimals: u8, positive: bool) -> Option<U256> {
        let text = match self.take(key)? {
            Value::String(text) => text,
            other => return self.mistyped(key, "a decimal in quotes (\"12.5\")", &other),
        };
        let amount = self.checked(key, decimal(&text, decimals))?;
        if positive && amount.is_zero() {
            self.fault(key, "must be above zero");
            return None;
        }
        Some(amount)
    }

    pub(super) fn address(&mut self, key: &str) -> Option<Address> {
        let text = self.text(key)?;
        self.checked(key, address(&text))
    }

    /// One of the named values.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let message = format!("must be one of {}, is \"{text}\"", names.join(", "));
        self.fault(key, message);
        None
    }

    /// A list of non-empty strings.
    pub(super) fn names(&mut self, key: &str) -> Option<Vec<String>> {
        let list = match self.take(key)? {
            Value::Array(list) => list,
            other => return self.mistyped(key, "a list of strings", &other),
        };
        let mut names = Vec::new();
        let mut faultless = true;
        for (i, item) in list.into_iter().enumerate() {
            match item {
                Value::String(name) if !name.trim().is_empty() => names.push(name),
                Value::String(_) => {
                    self.fault(&format!("{key}[{i}]"), "must not be empty");
                    faultless = false;
                }
                other => {
                    self.mistyped::<()>(&format!("{key}[{i}]"), "a string", &other);
                    faultless = false;
                }
            }
        }
        faultless.then_some(names)
    }

    /// The table under `key`.
    pub(super) fn section(&mut self, key: &str) -> Option<Section<'a>> {
        match self.take(key)? {
            Value::Table(table) => Some(Section::new(self.file.clone(), self.path_of(key), table, self.faults)),
            other => self.mistyped(key, "a table", &other),
        }
    }

    /// The tables of the list under `key`, at least one.
    pub(super) fn sections(&mut self, key: &str) -> Option<Vec<Section<'a>>> {
        let list = match self.take(key)? {
            Value::Array(list) => list,
            other => return self.mistyped(key, &format!("a list of tables ([[{key}]])"), &other),
        };
        if list.is_empty() {
            self.fault(key, "must not be empty");
            return None;
        }
        let mut sections = Vec::new();
        let mut faultless = true;
        for (i, item) in list.into_iter().enumerate() {
            let place = format!("{key}[{i}]");
            match item {
                Value::Table(table) => {
                    sections.push(Section::new(self.file.clone(), self.path_of(&place), table, self.faults));
                }
                other => {
                    self.mistyped::<()>(&place, "a table", &other);
                    faultless = false;
                }
            }
        }
        faultless.then_some(sections)
    }

    /// What stands in this table, by name; for tables whose keys the user chooses.
    pub(super) fn names_of_keys(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// Every table within this one, by its name; for tables whose keys the user chooses.
    pub(super) fn named_sections(&mut self) -> Vec<(String, Section<'a>)> {
        let mut sections = Vec::new();
        for (name, value) in std::mem::take(&mut self.table) {
            match value {
                Value::Table(table) => {
                    let section = Section::new(self.file.clone(), self.path_of(&name), table, self.faults);
                    sections.push((name, section));
                }
                other => {
                    self.mistyped::<()>(&name, "a table", &other);
                }
            }
        }
        sections
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        for key in self.table.keys() {
            let suggestion = suggestion(key, self.known.iter().map(String::as_str));
            self.fault(key, format!("unknown key{suggestion}"));
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
