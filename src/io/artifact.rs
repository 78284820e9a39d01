//! A model set as one file.
//!
//! `SHOALMDL`, the format's version, the length and the SHA-256 of the body, then the body
//! (postcard). Whatever was changed, cut or put together by hand is refused before anything of it
//! is used.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::beside::beside;

const MAGIC: &[u8; 8] = b"SHOALMDL";
const VERSION: u32 = 6;
const HEAD: usize = 8 + 4 + 8 + 32;
/// No model set is so large; what is larger is not read.
const LARGEST: u64 = 256 * 1_024 * 1_024;

/// Why a file was not written or read. Refuse the file; train anew.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}: no model file of shoal", .0.display())]
    NoModel(PathBuf),
    #[error("{}: a model file of format {found}, this program reads format {VERSION}: train it anew", path.display())]
    Format { path: PathBuf, found: u32 },
    #[error("{}: {bytes} bytes, more than a model file ever has", path.display())]
    TooLarge { path: PathBuf, bytes: u64 },
    #[error("{}: cut short: {found} of {expected} bytes", path.display())]
    Cut { path: PathBuf, expected: u64, found: u64 },
    #[error("{}: damaged: its content does not have the checksum that it names", .0.display())]
    Checksum(PathBuf),
    #[error("{}: not a model set: {why}", path.display())]
    Content { path: PathBuf, why: String },
}

/// Writes `value` beside the file and puts it in its place when it is whole.
///
/// # Errors
/// [`ArtifactError::Io`]; whatever was there before still is.
pub fn write(path: &Path, value: &impl Serialize) -> Result<u64, ArtifactError> {
    let content = |why: postcard::Error| ArtifactError::Content { path: path.to_owned(), why: why.to_string() };
    let body = postcard::to_stdvec(value).map_err(content)?;
    let io = |source| ArtifactError::Io { path: path.to_owned(), source };
    let mut file = beside(path).map_err(io)?;
    let head = [MAGIC.as_slice(), &VERSION.to_le_bytes(), &(body.len() as u64).to_le_bytes(), &Sha256::digest(&body)];
    for part in head {
        file.write_all(part).map_err(io)?;
    }
    file.write_all(&body).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok((HEAD + body.len()) as u64)
}

/// Reads a file that [`write()`] wrote.
///
/// # Errors
/// [`ArtifactError`] where it is another file, or was damaged.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ArtifactError> {
    let io = |source| ArtifactError::Io { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(io)?.len();
    if bytes > LARGEST {
        return Err(ArtifactError::TooLarge { path: path.to_owned(), bytes });
    }
    let file = fs::read(path).map_err(io)?;
    let no_model = || ArtifactError::NoModel(path.to_owned());
    let (head, body) = file.split_at_checked(HEAD).ok_or_else(no_model)?;
    let (magic, head) = head.split_at(MAGIC.len());
    let (version, head) = head.split_at(4);
    let (length, checksum) = head.split_at(8);
    if magic != MAGIC {
        return Err(no_model());
    }
    let found = u32::from_le_bytes(version.try_into().unwrap_or_default());
    if found != VERSION {
        return Err(ArtifactError::Format { path: path.to_owned(), found });
    }
    let (expected, found) = (u64::from_le_bytes(length.try_into().unwrap_or_default()), body.len() as u64);
    if found != expected {
        return Err(ArtifactError::Cut { path: path.to_owned(), expected, found });
    }
    if Sha256::digest(body).as_slice() != checksum {
        return Err(ArtifactError::Checksum(path.to_owned()));
    }
    let content = |why: String| ArtifactError::Content { path: path.to_owned(), why };
    let (value, rest) = postcard::take_from_bytes(body).map_err(|error| content(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(content(format!("{} bytes too many", rest.len()))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_comes_back_and_anything_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model");
        let value = (vec![1.5f64, f64::MIN_POSITIVE, -0.0], "name".to_owned());
        write(&path, &value).unwrap();
        assert_eq!(read::<(Vec<f64>, String)>(&path).unwrap(), value);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert!(read::<(Vec<f64>, String)>(&path).is_err(), "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(read::<(Vec<f64>, String)>(&path).is_err(), "cut at {at}");
        }
        fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(matches!(read::<(Vec<f64>, String)>(&path), Err(ArtifactError::Cut { .. })));
        assert!(matches!(read::<(Vec<f64>, String)>(&dir.path().join("none")), Err(ArtifactError::Io { .. })));
    }
}
