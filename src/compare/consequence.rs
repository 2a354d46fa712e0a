//! What a change can mean for a volume's data, worst first.

use crate::diagnostic::Severity;

/// The advice where there is none.
pub(super) const NOTHING: &str = "nothing, if it is meant";

/// Writes the enum and everything that has one entry for each consequence.
macro_rules! consequences {
    ($($name:ident = $id:literal, $severity:ident, $one:literal, $many:literal, $meaning:literal, $fix:literal;)*) => {
        /// What a change means for a volume's data. The order is that of the reports: worst first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Consequence {
            $(#[doc = $meaning] $name,)*
        }

        impl Consequence {
            /// Every consequence, the worst first.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code; stable.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Whether what happens is known: both sides render the volume.
            pub fn is_known(self) -> bool {
                !matches!(self, Self::WouldNotRender | Self::NotCompared)
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What happens to the volume, as the end of a sentence that starts with its name.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $one,)* }
            }

            /// What happens to several volumes, as [`Self::title`] says it of one.
            pub fn title_of_many(self) -> &'static str {
                match self { $(Self::$name => $many,)* }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// What to do about it where it is not meant.
            pub fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

consequences! {
    WouldNotRender = "would-not-render", Error, "would not render", "would not render",
        "HEAD cannot be rendered because of this volume: nothing of the application is applied, and the cluster keeps what it has.",
        "correct what the messages name";
    NotCompared = "not-compared", Error, "could not be compared", "could not be compared",
        "One side says nothing certain about the volume, so what happens to it is unknown.",
        "make both sides render, and compare again";
    DataOverwritten = "data-overwritten", Error, "is overwritten by a restore", "are overwritten by a restore",
        "A destination restores straight into the volume: what is in it is replaced by a backup.",
        "if it is not meant, take the change of the destination back before it is applied";
    VolumeGone = "volume-gone", Error, "is deleted with its data", "are deleted with their data",
        "The PVC leaves the output: Argo CD deletes it where pruning is on, and the data with it unless its class retains volumes.",
        "put the manifest back, or keep the volume with the annotation argocd.argoproj.io/sync-options: Prune=false, in a commit of its own that is applied first";
    LineageChanged = "lineage-changed", Error, "moves to another namespace", "move to another namespace",
        "Another namespace means another volume: the old one is deleted with its data, the new one starts empty, or from a backup if its identity stays.",
        "keep the identity with the annotation pvc-plumber.io/backup-identity: \"OLD-NAMESPACE/PVC\", and see that a fresh backup exists before the change is applied";
    BackupLost = "backup-lost", Error, "loses its backup", "lose their backup",
        "A source leaves the output and is pruned: no backup is made any more. The data and the backups made so far stay.",
        "put the source, or the labels that make it, back";
    BackupsStop = "backups-stop", Error, "is no longer backed up by itself", "are no longer backed up by themselves",
        "The source stays, but no schedule runs it any more.",
        "give the source its schedule back";
    ComesBackEmpty = "comes-back-empty", Error, "would come back empty", "would come back empty",
        "The restore reference goes: nothing happens to the data today, but a volume that is recreated is empty.",
        "put the reference back";
    RestoreHangs = "restore-hangs", Error, "would hang when recreated", "would hang when recreated",
        "The restore reference names a destination that is not in the output or cannot restore: a volume that is recreated stays Pending.",
        "put the destination back, or take the reference away with it";
    RepositorySecretGone = "repository-secret-gone", Error, "loses the Secret of its repository", "lose the Secret of their repository",
        "The Secret of the repository, or what makes it, leaves the output while the volume still needs it: backups and restores wait for it without end.",
        "put it back, or what makes it; if it comes from elsewhere now, see that it is there before this is applied";
    RepositoryUnreadable = "repository-unreadable", Error, "cannot open its repository", "cannot open their repository",
        "The password in the Secret of the repository changes: a repository opens with the password that it was made with, or that was set in it since, and with no other.",
        "put the password back; to change it, set it in the repository first, by restic key passwd or kopia repository change-password";
    HistoryLost = "history-lost", Error, "leaves its backups behind", "leave their backups behind",
        "The identity or the repository changes: the backups made so far are not found any more, and a restore starts from those made after the change.",
        "keep the identity and the repository; what is backed up under a new one has to be proved before the old one goes";
    RestoreMismatch = "restore-mismatch", Error, "would be restored from other backups", "would be restored from other backups",
        "The destination reads under another identity, or in another repository, than the source writes: a restore gives old data, somebody else's, or none.",
        "give source and destination the same repository, username and hostname";
    ReferenceChanged = "reference-changed", Error, "refers to another restore source", "refer to another restore source",
        "The restore reference names another object; it cannot change on a volume that exists, so the sync fails or the change is ignored there.",
        "keep the name of the destination for as long as the volume lives; never answer the refusal with a Force or Replace sync, which deletes the volume";
    OneBackupLost = "one-backup-lost", Warning, "loses one of its backups", "lose one of their backups",
        "One of several sources leaves the output and is pruned; the others still back the volume up.",
        "put the source back, if the other backups are not enough";
    DestinationGone = "destination-gone", Warning, "loses its restore point", "lose their restore point",
        "A destination that no reference in the output names is pruned, and the restore point that it holds goes with it.",
        "put it back if a volume that is not among the manifests refers to it";
    VolumeLeftBehind = "volume-left-behind", Warning, "stays in the cluster, out of Git", "stay in the cluster, out of Git",
        "The volume leaves the output and is not pruned: it stays with its data, and nobody looks after it.",
        "delete it by hand when its data is not needed, or keep it in Git";
    ImmutableChanged = "immutable-changed", Warning, "changes in a way that is refused", "change in a way that is refused",
        "A field of the volume changes that the API server lets nobody change, or its size shrinks: the sync fails.",
        "take the change back; never answer the refusal with a Force or Replace sync, which deletes the volume";
    TriggerLost = "trigger-lost", Warning, "is backed up without end", "are backed up without end",
        "The source has no trigger left: VolSync starts the next backup as soon as one has ended.",
        "give the source a schedule or a manual trigger";
    RestoreRunsAgain = "restore-runs-again", Warning, "gets a fresh restore point", "get a fresh restore point",
        "The trigger of the destination changes: it restores the latest backup again, beside the volume, which keeps its data.",
        "nothing, if it is meant; wait for it to finish before the volume is deleted";
    RetentionChanged = "retention-changed", Warning, "keeps other backups", "keep other backups",
        "The number of backups that are kept changes; where it shrinks, older ones are deleted after the next backup.",
        "nothing, if it is meant; what is deleted from the repository does not come back";
    ClassChanged = "class-changed", Warning, "changes its storage or snapshot class", "change their storage or snapshot class",
        "A storage or snapshot class changes: of the volume, which is refused while it exists, or of the copies that backups and restores are made with.",
        "see that the class exists and takes snapshots; take the change of a volume that exists back";
    RepositorySourceChanged = "repository-source-changed", Warning, "takes the Secret of its repository from elsewhere", "take the Secret of their repository from elsewhere",
        "What makes the Secret of the repository reads it from another place, or what is sealed or encrypted in it changes: whether address and password stay the same cannot be seen in Git.",
        "see that both hold the same address and the same password before this is applied";
    RepositoryUnmaintained = "repository-unmaintained", Warning, "is backed up to a repository that nobody maintains", "are backed up to a repository that nobody maintains",
        "What maintains the repository leaves the output or is switched off: it only grows, and what retention gives up is never freed.",
        "put the KopiaMaintenance back, or run kopia maintenance by other means";
    RestoreScheduleChanged = "restore-schedule-changed", Info, "is given restore points at other times", "are given restore points at other times",
        "The destination restores at other times, or no longer at any: the restore point grows as old as its schedule lets it.",
        "nothing, if it is meant";
    ScheduleChanged = "schedule-changed", Info, "is backed up at other times", "are backed up at other times",
        "The source runs at other times.",
        "nothing, if it is meant";
    SizeChanged = "size-changed", Info, "changes its size", "change their size",
        "The volume grows, or what is restored gets another size.",
        "nothing, if it is meant";
    SourceRenamed = "source-renamed", Info, "is backed up by a source of another name", "are backed up by a source of another name",
        "The source has another name: the old one is pruned, the new one makes a backup at once.",
        "nothing, if it is meant";
    SettingsChanged = "settings-changed", Info, "is backed up or restored with other settings", "are backed up or restored with other settings",
        "Fields of the source or the destination change that lose no backup by themselves.",
        "nothing, if it is meant";
    SyncChanged = "sync-changed", Info, "is applied in another way", "are applied in another way",
        "Annotations change by which Argo CD, Helm or VolSync treat the volume or its pair.",
        "nothing, if it is meant; a destination must not come in a later wave than its volume";
    VolumeNew = "volume-new", Info, "is new", "are new",
        "The volume is not on the other side.",
        "nothing, if it is meant";
    BackupAdded = "backup-added", Info, "is backed up from now on", "are backed up from now on",
        "A source is new: it makes its first backup at once.",
        "nothing, if it is meant";
    RestoreAdded = "restore-added", Info, "gets a way back", "get a way back",
        "A destination or the restore reference is new; a volume that exists keeps its data and cannot take the reference.",
        "nothing, if Argo CD is set up for it, see docs/argocd.md; when the first backup has ended, ask for a fresh restore point with a restore token";
}

#[cfg(test)]
mod tests {
    use super::Consequence;
    use crate::testing::{document, published};

    #[test]
    fn codes_are_unique_and_in_order() {
        let mut ids: Vec<_> = Consequence::ALL.iter().map(|c| c.id()).collect();
        assert!(Consequence::ALL.is_sorted());
        assert!(Consequence::ALL.is_sorted_by(|a, b| a.severity() >= b.severity()));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Consequence::ALL.len());
    }

    #[test]
    fn every_consequence_is_documented() {
        let row = |c: &Consequence| {
            format!("| `{}` | {} | {} | {} |", c.id(), c.severity().id(), c.meaning(), c.fix())
        };
        let rows: Vec<String> = Consequence::ALL.iter().map(row).collect();
        let head = "| code | severity | what it means | what to do |\n| --- | --- | --- | --- |\n";
        part("codes", &format!("{head}{}\n", rows.join("\n")));
    }

    #[test]
    fn the_examples_are_true() {
        for (case, file, language) in [
            ("labels-removed", "expected.txt", "text"),
            ("destination-renamed", "expected.md", "markdown"),
        ] {
            let output = document(&format!("testdata/diff/{case}/{file}"));
            part(case, &format!("````{language}\n{output}````\n"));
        }
    }

    /// Compares a part of `docs/diff.md` with what the code says.
    fn part(name: &str, text: &str) {
        let begin = format!("<!-- {name}: written by UPDATE=1 cargo test -->\n");
        let end = format!("<!-- end of {name} -->");
        let page = document("docs/diff.md");
        let (head, rest) = page.split_once(&begin).expect("the part's start");
        let (_, tail) = rest.split_once(&end).expect("the part's end");
        published("docs/diff.md", &format!("{head}{begin}\n{text}\n{end}{tail}"));
    }
}
