//! What there is to say of the codes that the plan itself gives.

use super::Rule;
use crate::diagnostic::Code;

const fn rule(code: Code, why: &'static str, fix: &'static str) -> Rule {
    Rule { code, why, fix }
}

/// One entry for each code of the plan, in the order of the codes.
pub(super) const RULES: &[Rule] = &[
    rule(
        Code::InvalidEncoding,
        "Argo CD and this tool read UTF-8. What cannot be read may hold a volume.",
        "Save the file as UTF-8.",
    ),
    rule(
        Code::InvalidDocument,
        "What cannot be read may hold a volume; Argo CD fails on it too.",
        "Correct the document at the place that is named.",
    ),
    rule(
        Code::Directive,
        "Argo CD and kustomize break on it, each in its own way.",
        "Remove the line that starts with `%`.",
    ),
    rule(
        Code::ContentOnMarkerLine,
        "Argo CD reads it as part of the document before.",
        "Move it to a line of its own after `---`.",
    ),
    rule(
        Code::ContentAfterDocumentEnd,
        "Argo CD drops it without a word.",
        "Put a line `---` before it.",
    ),
    rule(
        Code::AmbiguousLineBreak,
        "One reader sees one line, another sees two, and so other values.",
        "Replace the character by a line break or an escape.",
    ),
    rule(
        Code::AmbiguousMerge,
        "Argo CD and kustomize keep different values.",
        "Move `<<` to the top of its mapping.",
    ),
    rule(
        Code::LimitExceeded,
        "Reading on would need more memory or time than was granted.",
        "Read it in parts, or raise `limits` in plumber.yaml.",
    ),
    rule(
        Code::ConcatenatedJson,
        "Argo CD reads none of the objects.",
        "Give each a file, or make them a List.",
    ),
    rule(
        Code::IdentityDuplicate,
        "Both volumes' backups become one history, and each volume is restored with whatever was backed up last.",
        "Give one of them another identity: `pvc-plumber.io/backup-identity`, or `username` and `hostname`.",
    ),
    rule(
        Code::EditNotProven,
        "Nothing is written that cannot be proved to be right.",
        "Write the document in plain block style, without anchors.",
    ),
    rule(
        Code::SchemaMismatch,
        "The API server refuses the object.",
        "Correct the label, annotation or configuration that the value comes from.",
    ),
    rule(
        Code::InvalidConfig,
        "What is not understood is not guessed.",
        "Correct the key that is named.",
    ),
    rule(
        Code::UntrustedGate,
        "An application must not open namespaces for itself.",
        "Move the key to the trusted plumber.yaml.",
    ),
    rule(
        Code::EncodingConverted,
        "The bytes that leave differ from those in Git.",
        "Save the file as UTF-8.",
    ),
    rule(
        Code::EmptyInput,
        "Applied by Argo CD, an empty output deletes everything.",
        "Check the command before the pipe.",
    ),
    rule(
        Code::DuplicateKey,
        "Only the last one counts; the other is a trap for readers.",
        "Remove one of them.",
    ),
    rule(
        Code::DocumentRewritten,
        "Comments and style of the document are lost in the output.",
        "Write the volume without anchors that are used elsewhere.",
    ),
    rule(
        Code::FileSkipped,
        "It is left out as Argo CD leaves it out.",
        "Nothing, if it is no manifest.",
    ),
    rule(
        Code::NotAString,
        "Kubernetes takes text alone in labels and annotations and refuses the object; Argo CD fails on it.",
        "Put the value in quotes.",
    ),
    rule(Code::InvalidValue, "Somebody meant something, and it is not done.", "Correct the value."),
    rule(
        Code::InvalidProfile,
        "The volume asks for settings that nobody wrote, so nothing is written for it.",
        "Use a profile that exists, or add it to plumber.yaml.",
    ),
    rule(
        Code::InvalidSetting,
        "Somebody meant something for this volume, and it cannot be done.",
        "Correct the annotation or the key that is named.",
    ),
    rule(
        Code::AppUnknown,
        "A name without the application in it would be another name, with another history.",
        "State `app` in plumber.yaml, annotate the volume `pvc-plumber.io/app`, or give `--app`.",
    ),
    rule(
        Code::RetainMissing,
        "Without `retain` VolSync forgets all restic backups but the newest after each run.",
        "State `defaults.retain`, or annotate the volume `pvc-plumber.io/retain`.",
    ),
    rule(
        Code::InvalidTier,
        "The volume is not backed up while its label says otherwise.",
        "Use a tier that exists, or add it to plumber.yaml.",
    ),
    rule(
        Code::UnknownKey,
        "A misspelt key does nothing, in silence.",
        "Correct the key, or remove it.",
    ),
    rule(
        Code::InertKey,
        "The key had a meaning for the operator and has none in a render.",
        "Remove it.",
    ),
    rule(Code::Exempt, "It counts as decided.", "Nothing."),
    rule(
        Code::ExemptReasonMissing,
        "Nobody can tell later whether the volume was left out on purpose.",
        "Annotate it `pvc-plumber.io/backup-exempt-reason`.",
    ),
    rule(
        Code::NotOptedIn,
        "The volume is not backed up by labels.",
        "Label it, or exempt it; see `volume-undecided`.",
    ),
    rule(
        Code::EnabledNotTrue,
        "The volume is not backed up, and a label looks as if it were.",
        "Write `true`, in quotes.",
    ),
    rule(
        Code::EnabledMissing,
        "The volume is not backed up, and a label looks as if it were.",
        "Add the label `pvc-plumber.io/enabled`.",
    ),
    rule(
        Code::ManageMissing,
        "Nothing is written for the volume, though it opts in.",
        "Add the label `pvc-plumber.io/manage-volsync`.",
    ),
    rule(
        Code::LegacyLabelOnly,
        "The label `backup` alone writes nothing.",
        "Add the labels `pvc-plumber.io/enabled` and `pvc-plumber.io/manage-volsync`.",
    ),
    rule(
        Code::TierUnspecified,
        "Daily is meant, and a reader cannot see it.",
        "Add the label `pvc-plumber.io/tier`.",
    ),
    rule(Code::TierDisabled, "It counts as decided.", "Nothing."),
    rule(Code::DisabledPairPresent, "What was rendered before still runs.", "Remove it from Git."),
    rule(
        Code::NamespaceUnknown,
        "The identity of the backups hangs on the namespace.",
        "State `metadata.namespace`, or give `--namespace`.",
    ),
    rule(
        Code::NamespaceNotManaged,
        "The volume asks for a backup and gets none.",
        "Label the Namespace `pvc-plumber.io/managed-namespace`, or name it in the trusted plumber.yaml.",
    ),
    rule(
        Code::NamespaceExcluded,
        "The volume asks for a backup and gets none.",
        "Move the volume, or remove its labels.",
    ),
    rule(
        Code::NameMissing,
        "No backup can follow a volume whose name Kubernetes makes up.",
        "State `metadata.name`.",
    ),
    rule(Code::InvalidName, "Kubernetes refuses the rendered object.", "Rename the volume."),
    rule(
        Code::DuplicateObject,
        "Argo CD applies the last one and drops the other.",
        "Remove one of them.",
    ),
    rule(
        Code::HookVolume,
        "Argo CD waits for the hook before it applies the destination that the volume waits for.",
        "Make it an ordinary manifest.",
    ),
    rule(
        Code::NativeBackup,
        "Two backups of one volume contradict each other.",
        "Remove the labels of this tool.",
    ),
    rule(
        Code::CapacityMissing,
        "A restore needs a size.",
        "State `spec.resources.requests.storage`.",
    ),
    rule(
        Code::OrdinalsMissing,
        "Without their number the volumes cannot be named.",
        "Annotate the StatefulSet `pvc-plumber.io/ordinals`.",
    ),
    rule(
        Code::ForeignPairEqual,
        "It counts as backed up.",
        "Nothing; or remove the pair to have it rendered.",
    ),
    rule(
        Code::ForeignPairDiffers,
        "Somebody else's pair holds, not the labels.",
        "Nothing; or remove the pair to have it rendered.",
    ),
    rule(
        Code::ForeignPairIncomplete,
        "A backup without a restore, or a restore without a backup.",
        "Complete the pair, or remove it to have both rendered.",
    ),
    rule(
        Code::OwnerUnknown,
        "Nobody can tell whether the pair may be changed.",
        "Label it, or remove it to have it rendered.",
    ),
    rule(
        Code::NameTaken,
        "Rendering would overwrite another volume's object.",
        "Rename that object, or correct its `sourcePVC`.",
    ),
    rule(
        Code::ForeignSecret,
        "The backups go to whatever repository that Secret names, not to the configured one.",
        "Nothing, if it is meant; or remove it to have it rendered.",
    ),
    rule(
        Code::DanglingReference,
        "A new volume would wait for a destination that never comes.",
        "Remove the reference, or have the destination rendered.",
    ),
    rule(
        Code::ForeignDataSource,
        "A recreated volume gets other content than its backup.",
        "Remove it to have the reference set.",
    ),
    rule(
        Code::RestoreNotWired,
        "The volume is backed up, and a recreated one comes up empty all the same.",
        "Set the reference, or have it set by the labels.",
    ),
    rule(Code::RestoreNotWanted, "It counts as decided.", "Nothing."),
    rule(Code::RestoreConflict, "Two settings ask for opposite things.", "Remove one of them."),
];
