//! The built state on disk, named by what it was built from.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use alloy::primitives::{B256, Bytes, hex, keccak256};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;

const MAGIC: &[u8] = b"shoal replica 1\n";

/// `$XDG_CACHE_HOME/shoal`, else `~/.cache/shoal`, else the system's folder for temporary files.
pub fn default_dir() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("shoal")
}

pub(super) fn path(dir: &Path, key: B256) -> PathBuf {
    dir.join(format!("replica-{}.state", hex::encode(&key[..8])))
}

/// The state at `path`; `Ok(None)` where there is none, and the reason where it is no good.
pub(super) fn read(path: &Path) -> Result<Option<Bytes>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is no replica state")?;
    let (checksum, state) = rest.split_at_checked(32).ok_or("it is cut short")?;
    if keccak256(state).as_slice() != checksum {
        return Err("its checksum does not fit".to_owned());
    }
    Ok(Some(state.to_vec().into()))
}

/// Written beside and renamed: another process sees the old file, the new one or none, never a
/// half, and the last of two builders wins with the same content.
pub(super) fn write(path: &Path, state: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(MAGIC)?;
    file.write_all(keccak256(state).as_slice())?;
    file.write_all(state)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Cuts a dump down to its head: accounts, block environment and the head's header, without
/// history. The head must be an empty block, or its transactions would be missing.
pub(super) fn slim(dump: &[u8]) -> io::Result<Bytes> {
    let mut text = Vec::new();
    GzDecoder::new(dump).read_to_end(&mut text)?;
    let mut state: Value = serde_json::from_slice(&text)?;
    let head = state.get("best_block_number").and_then(Value::as_u64);
    if let Some(blocks) = state.get_mut("blocks").and_then(Value::as_array_mut) {
        let number = |block: &Value| {
            let text = block.pointer("/header/number")?.as_str()?;
            u64::from_str_radix(text.trim_start_matches("0x"), 16).ok()
        };
        blocks.retain(|block| number(block) == head);
    }
    if let Some(transactions) = state.get_mut("transactions") {
        *transactions = Value::Array(Vec::new());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, &state)?;
    Ok(encoder.finish()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), B256::ZERO);
        assert_eq!(read(&path), Ok(None));
        write(&path, b"state").unwrap();
        assert_eq!(read(&path), Ok(Some(Bytes::from_static(b"state"))));
        let good = fs::read(&path).unwrap();
        for damaged in [&good[..good.len() - 1], &good[..20], &good[..3], b"", &[&good[..], b"x"].concat()] {
            fs::write(&path, damaged).unwrap();
            assert!(read(&path).is_err());
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
