//! What is wrong with the settings of one target of a volume.

use super::Settled;
use super::target::{Case, filled};
use crate::api::mover::Mover;
use crate::api::{labels, name, volsync};
use crate::diagnostic::{Code, Diagnostic};
use crate::settings::template::{Missing, Values};
use crate::settings::{Merged, Place, Template, Wrong};
use serde_json::Value;

impl Case<'_, '_> {
    /// What VolSync would accept and do wrong.
    pub(super) fn check(&self, settled: &Settled<'_>, problems: &mut Vec<Diagnostic>) {
        if self.intent.restore_token.is_some() && settled.destination.contains_key("destinationPVC")
        {
            problems.push(
                Diagnostic::new(
                    Code::RestoreConflict,
                    format!(
                        "{} asks for a restore and destinationPVC names the volume to write: it \
                         would overwrite live data",
                        labels::RESTORE_TOKEN
                    ),
                )
                .help("remove one of them"),
            );
        }
        let of = settled.target.map_or(String::new(), |target| format!(" of the target {target}"));
        if settled.mover == Mover::Restic {
            let keeps = settled.source.get("retain").and_then(Value::as_object);
            let keeps = keeps.is_some_and(|retain| {
                retain.values().any(|count| count.is_string() || count.as_u64() > Some(0))
            });
            if !keeps {
                problems.push(
                    Diagnostic::new(
                        Code::RetainMissing,
                        format!("no `retain` is set for restic{of}: VolSync would keep one backup"),
                    )
                    .help("write `retain: {hourly: 24, daily: 7}` under `defaults`"),
                );
            }
            if !settled.source.contains_key("repository") {
                problems.push(
                    Diagnostic::new(
                        Code::InvalidSetting,
                        format!("no `repository` is set for restic{of}"),
                    )
                    .help(
                        "write `repository: \"{pvc}-restic\"`, the Secret's name, under `defaults`",
                    ),
                );
            }
            return;
        }
        if settled.backup_only {
            return;
        }
        let text = |key: &str| settled.source.get(key).and_then(Value::as_str);
        let namespace = &self.facts.namespace;
        let (username, hostname) = volsync::source_identity(
            text("username"),
            text("hostname"),
            &settled.source_name,
            namespace,
        );
        let restored = volsync::destination_identity(
            &settled.destination,
            &settled.destination_name,
            namespace,
        );
        let seen = match &restored {
            Some((of, at)) if (of, at) == (&username, &hostname) => return,
            Some((of, at)) => format!("looks for {at}/{of}"),
            None => "has one of `username` and `hostname` without the other".to_owned(),
        };
        problems.push(
            Diagnostic::new(
                Code::IdentityMismatch,
                format!(
                    "backups{of} are kept as {hostname}/{username}, and the destination {seen}: it \
                     would restore nothing"
                ),
            )
            .help(format!(
                "write `identity: explicit`, or `destination: {{sourceIdentity: {{sourceName: \
                 {}}}}}`",
                settled.source_name
            )),
        );
    }
}

/// Returns a name, checked: the configured one, or what is built in.
pub(super) fn object_name(
    template: Option<&Template>,
    built_in: String,
    key: &str,
    values: &Values<'_>,
    problems: &mut Vec<Diagnostic>,
) -> String {
    let Some(template) = template else {
        if !name::is_dns_subdomain(&built_in) && !problems.iter().any(is_about_name) {
            let found = Diagnostic::new(
                Code::InvalidName,
                format!("`{built_in}` is no name that Kubernetes takes"),
            );
            problems.push(
                found.help("name the volume in lower case letters, digits and `-`, 249 at most"),
            );
        }
        return built_in;
    };
    let Some(name) = filled(template, values, problems) else { return built_in };
    if !name::is_dns_subdomain(&name) {
        let found = Diagnostic::new(
            Code::InvalidName,
            format!(
                "`{name}` is no name that Kubernetes takes; `{}` ({}) gives it",
                template.text, template.place
            ),
        );
        problems.push(found.help(format!(
            "use lower-case letters, digits, `-` and `.`; for this volume alone: {key}"
        )));
    }
    name
}

/// Reports what is wrong with the fields of a side.
pub(super) fn report(merged: &Merged, problems: &mut Vec<Diagnostic>) {
    for (Wrong { message, help }, place) in &merged.problems {
        let message = format!("{message} ({place})");
        problems.push(Diagnostic::new(Code::InvalidSetting, message).help(help.clone()));
    }
    for (word, place) in &merged.missing {
        problems.extend(missing(word, place));
    }
}

/// Says that a placeholder stands for nothing.
pub(super) fn missing(missing: &Missing, place: &Place) -> Option<Diagnostic> {
    let Missing(word) = missing;
    Some(match *word {
        // The volume's shape is reported where it is looked at.
        "capacity" => return None,
        "app" => Diagnostic::new(
            Code::AppUnknown,
            format!("nothing says which application the volume belongs to; {place} needs it"),
        )
        .help(format!(
            "annotate it: {}: \"my-app\", write `app: \"{{pvc}}\"` in plumber.yaml, or give \
             --app my-app",
            labels::APP
        )),
        "storageClass" => Diagnostic::new(
            Code::InvalidSetting,
            format!("the volume names no storage class, and {place} needs it"),
        )
        .help("set spec.storageClassName, or remove `{storageClass}`"),
        word => Diagnostic::new(
            Code::InvalidSetting,
            format!("`{{{word}}}` stands for nothing here; {place} needs it"),
        )
        .help("remove the placeholder"),
    })
}

/// Checks the value of a label.
pub(super) fn label_value(key: &str, value: &str) -> Option<Diagnostic> {
    if name::is_label_value(value) {
        return None;
    }
    let message = format!("`{value}` is no value of a label; `{key}` in plumber.yaml gives it");
    let help = "use letters, digits, `-`, `_` and `.`, at most 63, or write an annotation";
    Some(Diagnostic::new(Code::InvalidSetting, message).help(help))
}

/// Checks the name of a Secret.
pub(super) fn secret_name(name: &str, problems: &mut Vec<Diagnostic>) {
    if !name::is_dns_subdomain(name) {
        let message = format!(
            "`{name}` is no name that Kubernetes takes; metadata.name of `repositorySecret` gives it"
        );
        let help = "use lower-case letters, digits, `-` and `.`";
        problems.push(Diagnostic::new(Code::InvalidName, message).help(help));
    }
}

fn is_about_name(found: &Diagnostic) -> bool {
    found.code == Code::InvalidName
}
