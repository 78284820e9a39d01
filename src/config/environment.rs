//! The environment as a value: `SHOAL_*` variables, `DATABASE_URL` and `ORT_DYLIB_PATH`, of the
//! process and of a `.env` file.

use std::{collections::BTreeMap, ffi::OsStr, fmt, fs, io, path::Path};

use super::ConfigError;

/// Every variable's name begins so; others are never read.
const PREFIX: &str = "SHOAL_";
/// But for this one, whose name is what every host of databases uses.
const DATABASE: &str = "DATABASE_URL";
/// And this one, by which the ONNX runtime's own tools find its library.
const ONNX_RUNTIME: &str = "ORT_DYLIB_PATH";

fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || name == DATABASE || name == ONNX_RUNTIME
}

/// The variables that Shoal reads. Holds secrets, so its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// From pairs; names that are not ours are left out, and so are empty values
    /// (a placeholder in a `.env` sets nothing).
    pub fn new<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        let variables = pairs.filter(|(name, value)| is_ours(name) && !value.is_empty()).collect();
        Self { variables }
    }

    /// From the process, and beneath it from `.env` in the working directory if there is one.
    ///
    /// # Errors
    /// A `.env` that cannot be read or is malformed, or a variable that is no UTF-8.
    pub fn from_process() -> Result<Self, ConfigError> {
        let mut pairs = read_dotenv(Path::new(".env"))?;
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| is_ours(name)) else { continue };
            let value = utf8(&value).ok_or_else(|| ConfigError::one("environment", name, "is not UTF-8"))?;
            pairs.push((name.to_owned(), value));
        }
        Ok(Self::new(pairs))
    }

    /// The values that no output may show: keys, tokens, passwords, and addresses that may hold
    /// them.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        const WORDS: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", DATABASE];
        let is_secret = |name: &str| WORDS.iter().any(|word| name.contains(word)) && name != "SHOAL_KEYSTORE";
        let named = self.variables.iter().filter(move |(name, _)| is_secret(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The variable's value; `None` where unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

fn utf8(value: &OsStr) -> Option<String> {
    value.to_str().map(str::to_owned)
}

fn read_dotenv(path: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let file = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => parse_dotenv(&file, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(ConfigError::one(file, "", format!("cannot be read: {error}"))),
    }
}

/// `dotenvy` quotes the faulty line in its error; the line may hold a key, so only its number
/// is passed on.
fn parse_dotenv(file: &str, text: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pairs = Vec::new();
    for item in dotenvy::Iter::new(text.as_bytes()) {
        match item {
            Ok(pair) => pairs.push(pair),
            Err(error) => return Err(ConfigError::one(file, "", describe(&error, text))),
        }
    }
    Ok(pairs)
}

fn describe(error: &dotenvy::Error, text: &str) -> String {
    match error {
        dotenvy::Error::LineParse(line, _) => match text.find(line.trim_end()) {
            Some(at) if !line.trim().is_empty() => {
                let number = text[..at].matches('\n').count() + 1;
                format!("line {number}: malformed: expected NAME=value")
            }
            _ => "malformed: expected lines of NAME=value".to_owned(),
        },
        dotenvy::Error::Io(error) => format!("cannot be read: {error}"),
        _ => "malformed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_line_is_numbered_and_not_quoted() {
        let text = "SHOAL_LOG=debug\n# remark\nSHOAL_PRIVATE_KEY = abc def ghi\n";
        let error = parse_dotenv(".env", text).unwrap_err().to_string();
        assert_eq!(error, ".env: line 3: malformed: expected NAME=value");
    }

    #[test]
    fn only_our_variables_are_kept_and_none_is_shown() {
        let pairs = parse_dotenv(".env", "PATH=x\nSHOAL_A='s3cret $x'\nexport SHOAL_B=\n").unwrap();
        let environment = Environment::new(pairs);
        assert_eq!(environment.get("SHOAL_A"), Some("s3cret $x"));
        assert_eq!((environment.get("PATH"), environment.get("SHOAL_B")), (None, None));
        assert_eq!(format!("{environment:?}"), "{\"SHOAL_A\"}");
    }
}
