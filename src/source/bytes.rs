//! A file's bytes, read on several cores where it is large: most of the time goes into making
//! room for them, page by page.
#![expect(clippy::disallowed_methods, reason = "reading files is this module's duty")]

use std::path::Path;

/// Reads a file.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    #[cfg(unix)]
    if let Some(bytes) = shared::read(path)? {
        return Ok(bytes);
    }
    std::fs::read(path)
}

#[cfg(unix)]
mod shared {
    #![expect(clippy::disallowed_types, reason = "reading files is this module's duty")]

    use crate::parallel;
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};

    /// How much is read at a time.
    const PART: usize = 1 << 20;
    /// Smaller files than this are read faster by one core.
    const LARGE: u64 = 8 << 20;

    /// Reads a large file of known size; nothing if it is none, or changes meanwhile.
    pub(super) fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let Ok(size) = usize::try_from(metadata.len()) else { return Ok(None) };
        if !metadata.is_file() || metadata.len() < LARGE {
            return Ok(None);
        }
        let mut bytes = vec![0; size];
        let parts: Vec<_> =
            (0..).step_by(PART).zip(bytes.chunks_mut(PART).map(Mutex::new)).collect();
        let read = parallel::map(&parts, 0, |(offset, part)| {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            file.read_exact_at(&mut part, *offset)
        });
        let whole = read.iter().all(Result::is_ok) && file.read_at(&mut [0], metadata.len())? == 0;
        Ok(whole.then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn large_and_small_files_are_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for size in [0, 1, (8 << 20) - 1, 8 << 20, (9 << 20) + 7] {
            let bytes: Vec<u8> =
                (0..size).map(|n: u32| n.to_le_bytes()[usize::from(n % 3 == 1)]).collect();
            std::fs::write(&path, &bytes).unwrap();
            assert!(read(&path).unwrap() == bytes, "{size}");
        }
    }
}
