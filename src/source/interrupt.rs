//! What goes when somebody interrupts the run: temporary folders, and programs that write into them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What would be left behind.
struct Left {
    folders: BTreeSet<PathBuf>,
    programs: BTreeSet<u32>,
    is_watched: bool,
}

static LEFT: Mutex<Left> =
    Mutex::new(Left { folders: BTreeSet::new(), programs: BTreeSet::new(), is_watched: false });

fn left() -> MutexGuard<'static, Left> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a folder that is not to be left behind. From then on an interrupt ends the programs that
/// run, removes the folders, and ends this program as it would have without.
pub(super) fn keep_in_mind(folder: &Path) {
    let mut left = left();
    left.folders.insert(folder.to_owned());
    if !std::mem::replace(&mut left.is_watched, true) {
        watch();
    }
}

/// Forgets a folder that was removed.
pub(super) fn forget(folder: &Path) {
    left().folders.remove(folder);
}

/// A program that runs, in a group of its own.
pub(super) struct Running(u32);

/// Notes a program by its number, until what is returned is dropped.
pub(super) fn running(program: u32) -> Running {
    left().programs.insert(program);
    Running(program)
}

impl Drop for Running {
    fn drop(&mut self) {
        left().programs.remove(&self.0);
    }
}

#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Nothing new starts while this is held.
            let left = left();
            clean(&left);
            drop(signal_hook::low_level::emulate_default_handler(signal));
        }
    });
}

#[cfg(not(unix))]
fn watch() {}

#[cfg(unix)]
fn clean(left: &Left) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let numbers = left.programs.iter().filter_map(|program| i32::try_from(*program).ok());
    for program in numbers.filter_map(Pid::from_raw) {
        // One that has ended already needs no ending.
        kill_process_group(program, Signal::KILL).unwrap_or_default();
    }
    for folder in &left.folders {
        // A program that was just ended may still finish what it was writing.
        for _ in 0..50 {
            if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
