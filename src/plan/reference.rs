//! What becomes of a volume's restore reference.

use super::subject::Subject;
use crate::api::volsync::ReplicationDestination;
use crate::api::{labels, volsync, volume};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::{Intent, RestoreMode};
use crate::inventory::referred_destination;
use crate::object::Node;

/// What becomes of a volume's restore reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The volume is not wired, so its reference is none of our business.
    LeftAlone,
    /// It is set to this destination.
    Injected(String),
    /// It names this destination already.
    AlreadySet(String),
    /// The volume is rendered before its `StatefulSet` makes it, with this destination.
    Precreated(String),
    /// The owner or the configuration asks for none.
    NotWanted,
    /// It points elsewhere, or the volume is bound by hand.
    Elsewhere,
    /// The volume is made by a template, which cannot be edited.
    InTemplate,
}

impl Reference {
    /// Returns the destination that the reference in the output names, if it is the volume's own.
    pub fn destination(&self) -> Option<&str> {
        match self {
            Self::Injected(name) | Self::AlreadySet(name) | Self::Precreated(name) => Some(name),
            Self::LeftAlone | Self::NotWanted | Self::Elsewhere | Self::InTemplate => None,
        }
    }
}

/// Returns whether a volume's manifest names its own destination.
pub(super) fn names_own(subject: &Subject<'_>, namespace: &str, destination: &str) -> bool {
    let spec = subject.node.get("spec");
    spec.and_then(|spec| referred_destination(spec, Some(namespace))) == Some(destination)
}

/// Decides on the reference of a volume whose destination is rendered.
pub(super) fn reference(
    subject: &Subject<'_>,
    namespace: &str,
    destination: &ReplicationDestination,
    intent: &Intent,
    config: &Config,
) -> (Reference, Option<Diagnostic>) {
    let copy_method = destination.spec.mover.text("copyMethod").unwrap_or_default();
    let destination = destination.metadata.name.clone();
    let spec = subject.node.get("spec");
    let field = |key: &str| {
        spec.and_then(|spec| spec.get(key)).filter(|node| !node.is_null()).filter(|node| {
            // An empty volumeName is no static binding.
            node.as_str() != Some("")
        })
    };
    let located = |found: Diagnostic, node: &Node| found.at(subject.object.locate(node.mark));
    if names_own(subject, namespace, &destination) {
        let conflict = intent.skip_restore.is_some().then(|| {
            let found = Diagnostic::new(
                Code::RestoreConflict,
                format!(
                    "{} is set and the reference to {destination} is there",
                    labels::SKIP_RESTORE
                ),
            )
            .help(format!("remove spec.{}, or the annotation", volume::DATA_SOURCE_REF));
            at(subject, found)
        });
        return (Reference::AlreadySet(destination), conflict);
    }
    if let Some(reason) = &intent.skip_restore {
        let message = format!("the reference is left out on request: {reason}");
        let found = Diagnostic::new(Code::RestoreNotWanted, message)
            .help(format!("remove {} to have it restored", labels::SKIP_RESTORE));
        return (Reference::NotWanted, Some(at(subject, found)));
    }
    for key in [volume::DATA_SOURCE_REF, volume::DATA_SOURCE] {
        if let Some(node) = field(key) {
            let found = Diagnostic::new(
                Code::ForeignDataSource,
                format!(
                    "spec.{key} names {} and not the volume's own destination {destination}; a \
                     recreated volume would not come back from its backup",
                    named(node)
                ),
            )
            .help(format!(
                "remove spec.{key} to have the reference set; a bound volume keeps its old one"
            ));
            return (Reference::Elsewhere, Some(located(found, node)));
        }
    }
    if let Some(node) = field(volume::VOLUME_NAME) {
        let found = Diagnostic::new(
            Code::RestoreNotWired,
            "spec.volumeName binds the volume by hand; a recreated volume would not come back \
             from its backup",
        )
        .help("remove spec.volumeName to have the reference set");
        return (Reference::Elsewhere, Some(located(found, node)));
    }
    if copy_method != "Snapshot" {
        let found = Diagnostic::new(
            Code::RestoreNotWired,
            format!(
                "the destination {destination} copies by `{copy_method}`, and a volume is filled \
                 from a snapshot alone; recreated, it would come up empty"
            ),
        )
        .help("write `copyMethod: Snapshot` for the destination");
        return (Reference::NotWanted, Some(at(subject, found)));
    }
    if !config.restore.inject {
        let found = Diagnostic::new(
            Code::RestoreNotWired,
            "restore.inject is off and the reference is not there; a recreated volume would come \
             up empty",
        )
        .help(format!(
            "set restore.inject: true, or write spec.{} for {destination}",
            volume::DATA_SOURCE_REF
        ));
        return (Reference::NotWanted, Some(at(subject, found)));
    }
    match (&subject.template, intent.precreate) {
        (None, _) => (Reference::Injected(destination), None),
        (Some(_), true) => (Reference::Precreated(destination), None),
        (Some(_), false) => {
            let found = Diagnostic::new(
                Code::RestoreNotWired,
                format!(
                    "the template of a running StatefulSet cannot be changed, so {} would come up \
                     empty when recreated",
                    subject.name
                ),
            )
            .help(format!("annotate the StatefulSet: {}: \"true\"", labels::PRECREATE));
            (Reference::InTemplate, Some(at(subject, found)))
        }
    }
}

/// Names what a reference points to, with what keeps it from being a destination of the same name.
fn named(reference: &Node) -> String {
    let text = |key: &str| reference.text_at(&[key]);
    let (Some(kind), Some(name)) = (text("kind"), text("name")) else {
        return "no object".to_owned();
    };
    let place =
        text("namespace").map_or(String::new(), |other| format!(" in the namespace {other}"));
    let grouped =
        kind != volsync::REPLICATION_DESTINATION || text("apiGroup") == Some(volsync::GROUP);
    let group = if grouped { "" } else { " without apiGroup: volsync.backube" };
    format!("{kind} {name}{place}{group}")
}

/// Finds restore settings that contradict each other.
pub(super) fn conflicts(subject: &Subject<'_>, intent: &Intent) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut conflict = |message: String, help: String| {
        found.push(at(subject, Diagnostic::new(Code::RestoreConflict, message).help(help)));
    };
    if intent.restore_token.is_some() && intent.restore_refresh.is_some() {
        conflict(
            format!(
                "{} and {} are both set; VolSync would follow the token and never refresh",
                labels::RESTORE_TOKEN,
                labels::RESTORE_REFRESH
            ),
            "remove one of them".into(),
        );
    }
    if intent.restore == RestoreMode::Force && intent.skip_restore.is_some() {
        conflict(
            format!(
                "{}: force asks for the reference and {} leaves it out",
                labels::RESTORE_MODE,
                labels::SKIP_RESTORE
            ),
            "remove one of them".into(),
        );
    }
    found
}

/// Places a diagnostic at the volume.
pub(super) fn at(subject: &Subject<'_>, found: Diagnostic) -> Diagnostic {
    found.at(subject.object.locate(subject.node.mark))
}
