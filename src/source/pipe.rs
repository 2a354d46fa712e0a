//! Pipes, made to hold more: each time that one is full or empty, the programs at its ends wait
//! for each other, and by default that is after every 64 KiB.

/// How much a pipe is to hold, in bytes; less than the 1 MiB that Linux gives everybody.
#[cfg(target_os = "linux")]
const SIZE: usize = 256 << 10;

/// Asks for a larger pipe. What is no pipe, or cannot grow, stays as it is.
#[cfg(target_os = "linux")]
pub(crate) fn widen(end: impl std::os::fd::AsFd) {
    if rustix::pipe::fcntl_getpipe_size(&end).is_ok_and(|size| size < SIZE) {
        rustix::pipe::fcntl_setpipe_size(&end, SIZE).unwrap_or_default();
    }
}

/// Does nothing: only Linux lets a program change a pipe's size.
#[cfg(not(target_os = "linux"))]
pub(crate) fn widen<T>(_: T) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{SIZE, widen};

    #[test]
    fn pipes_grow_and_files_are_left_alone() {
        let (reader, writer) = std::io::pipe().unwrap();
        widen(&writer);
        assert_eq!(rustix::pipe::fcntl_getpipe_size(&reader).unwrap(), SIZE);
        widen(tempfile::tempfile().unwrap());
    }
}
