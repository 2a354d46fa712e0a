//! A mover's last words → whether data was moved.
//!
//! VolSync keeps 1024 bytes of them. A mover that found nothing ends as a success too, so
//! `Successful` alone says nothing: a sign of data is looked for, and a sign of the opposite.

use super::observed::Status;
use super::spec::{Mover, Role};

/// What the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign<'s> {
    /// Data was moved.
    Moved(&'s str),
    /// Nothing was moved, and the mover calls that a success.
    Nothing(&'s str),
    /// Files were refused, so what was moved is not whole.
    Denied(&'s str),
    /// They do not say.
    Silent,
}

/// The words of each mover that say that data was moved, by role. All words of one entry have to
/// stand in one line.
fn moved(mover: &Mover, role: Role) -> &'static [&'static [&'static str]] {
    match (mover, role) {
        (Mover::Kopia, Role::Source) => {
            &[&["OPERATION_RESULT: SUCCESS"], &["Snapshot created successfully"]]
        }
        (Mover::Kopia, Role::Destination) => &[&["Snapshot restore completed"]],
        (Mover::Restic, Role::Source) => &[&["snapshot ", " saved"]],
        (Mover::Restic, Role::Destination) => &[&["restoring"]],
        (Mover::Other(_) | Mover::Missing, _) => &[],
    }
}

/// The words that say that nothing was moved, of any mover.
fn nothing(role: Role) -> &'static [&'static str] {
    match role {
        Role::Source => &["Directory is empty"],
        Role::Destination => &["No eligible snapshots", "No data will be restored"],
    }
}

/// The words that say that files were refused.
const DENIED: &[&str] = &["permission denied", "operation not permitted"];

/// The words that say that the repository could not be reached.
const UNREACHABLE: &[&str] = &[
    "connection refused",
    "no such host",
    "i/o timeout",
    "network is unreachable",
    "connection reset",
    "tls handshake",
    "invalidaccesskeyid",
    "access denied",
    "accessdenied",
    "signaturedoesnotmatch",
    "nosuchbucket",
];

/// Reads the words of a status.
pub(super) fn sign<'s>(status: &'s Status, mover: &Mover, role: Role) -> Sign<'s> {
    let Some(logs) = status.logs.as_deref() else { return Sign::Silent };
    let find = |fits: &dyn Fn(&str) -> bool| logs.lines().map(str::trim).find(|line| fits(line));
    // The opposite comes first: words of several attempts may stand together.
    if let Some(line) = find(&|line| nothing(role).iter().any(|words| line.contains(words))) {
        return Sign::Nothing(line);
    }
    let lower = |line: &str, words: &[&str]| {
        let line = line.to_ascii_lowercase();
        words.iter().any(|word| line.contains(word))
    };
    if let Some(line) = find(&|line| lower(line, DENIED)) {
        return Sign::Denied(line);
    }
    let all = |line: &str| {
        moved(mover, role).iter().any(|words| words.iter().all(|word| line.contains(word)))
    };
    match find(&all) {
        Some(line) if status.result.as_deref() == Some("Successful") => Sign::Moved(line),
        Some(_) | None => Sign::Silent,
    }
}

/// Returns the words that say that the repository could not be reached.
pub(super) fn unreachable(status: &Status) -> Option<&str> {
    let logs = status.logs.as_deref()?;
    logs.lines().map(str::trim).find(|line| {
        let line = line.to_ascii_lowercase();
        UNREACHABLE.iter().any(|word| line.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::{Sign, sign};
    use crate::audit::observed::Status;
    use crate::audit::spec::{Mover, Role};

    fn read(mover: &Mover, role: Role, result: &str, logs: &str) -> String {
        let status =
            Status { result: Some(result.into()), logs: Some(logs.into()), ..Status::default() };
        match sign(&status, mover, role) {
            Sign::Moved(_) => "moved",
            Sign::Nothing(_) => "nothing",
            Sign::Denied(_) => "denied",
            Sign::Silent => "silent",
        }
        .to_owned()
    }

    #[test]
    fn success_alone_is_no_sign() {
        use Mover::{Kopia, Other, Restic};
        use Role::{Destination, Source};
        let read = |mover: &Mover, role, logs: &str| read(mover, role, "Successful", logs);
        assert_eq!(read(&Kopia, Source, "OPERATION_RESULT: SUCCESS\nEXIT_CODE: 0"), "moved");
        assert_eq!(read(&Kopia, Source, "Directory is empty\nEXIT_CODE: 0"), "nothing");
        assert_eq!(read(&Kopia, Source, "done"), "silent");
        assert_eq!(read(&Kopia, Destination, "OPERATION_RESULT: SUCCESS"), "silent");
        assert_eq!(read(&Kopia, Destination, "Snapshot restore completed"), "moved");
        assert_eq!(read(&Kopia, Destination, "No eligible snapshots found"), "nothing");
        assert_eq!(read(&Restic, Source, "snapshot 4f3c saved"), "moved");
        assert_eq!(read(&Restic, Destination, "restoring\nopen x: Permission denied"), "denied");
        assert_eq!(read(&Other("rclone".into()), Source, "snapshot a saved"), "silent");
    }

    #[test]
    fn a_failed_mover_moved_nothing_for_certain() {
        let logs = "Snapshot created successfully\nmaintenance failed";
        assert_eq!(read(&Mover::Kopia, Role::Source, "Failed", logs), "silent");
    }
}
