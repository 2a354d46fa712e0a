//! Labels and annotations that the plan does not look at, and names that do not fit.

use super::finding::Finding;
use super::flat::PartEntry;
use super::member::{Member, Standing};
use super::view::View;
use super::{Family, Rule};
use crate::api::suggest::nearest;
use crate::api::{labels, name, volume};
use crate::diagnostic::Code;
use crate::intent::rename;
use crate::object::Value;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::PvcNameTooLong,
        why: "VolSync's populator writes the volume's name into a label, which takes 63 \
              characters. The volume is backed up, and its restore fails.",
        fix: "Give the volume a shorter name.",
    }],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for member in view.everything().filter(|member| member.standing == Standing::Written) {
        for (map, singular) in [("labels", "label"), ("annotations", "annotation")] {
            for entry in member.entries(&["metadata", map]) {
                text(member, singular, entry, found);
                if member.kind() == volume::NAMESPACE {
                    gate(member, singular, entry, found);
                }
            }
        }
    }
    for volume in view.volumes() {
        let pvc = &volume.member;
        let length = pvc.name().len();
        if length > name::LABEL_VALUE_MAX
            && (volume.target.is_some() || view.sources_of(pvc.space(), pvc.name()).len() > 0)
        {
            found.push(
                pvc.finding(
                    Code::PvcNameTooLong,
                    format!(
                        "the name has {length} characters; VolSync restores volumes with names of \
                         up to {}",
                        name::LABEL_VALUE_MAX
                    ),
                )
                .at(pvc.at(&["metadata", "name"]))
                .help("give the volume a shorter name"),
            );
        }
    }
}

/// A value that is not text; Kubernetes refuses the object. In the words of the plan, which looks
/// at its own keys alone.
fn text(member: &Member, singular: &str, entry: PartEntry<'_>, found: &mut Vec<Finding>) {
    // Nearly all are.
    if entry.value.is_null() || entry.value.as_str().is_some() {
        return;
    }
    let entry = entry.to_entry();
    let quoted = match &entry.value.value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Sequence(_) | Value::Mapping(_) => "…".to_owned(),
        Value::Null | Value::String(_) => return,
    };
    found.push(
        member
            .finding(
                Code::NotAString,
                format!("the {singular} `{}` is {}, not text", entry.key, entry.value.kind_name()),
            )
            .at(member.locate(entry.value.mark))
            .help(format!("put the value in quotes: {}: \"{quoted}\"", entry.key))
            .repair(crate::intent::quote(&entry)),
    );
}

/// A key of ours on a Namespace that is not the gate's label.
fn gate(member: &Member, singular: &str, entry: PartEntry<'_>, found: &mut Vec<Finding>) {
    let Some(word) = entry.key.strip_prefix(labels::PREFIX) else { return };
    let gate = labels::MANAGED_NAMESPACE;
    let help = match (singular, entry.key == gate) {
        ("label", true) => return,
        (_, true) => "it is a label: move it to metadata.labels".to_owned(),
        (_, false) if entry.key == labels::ALLOW => return,
        (_, false) => {
            let near = nearest(word, gate.strip_prefix(labels::PREFIX));
            near.map_or_else(
                || "remove it; docs/labels.md lists the keys".to_owned(),
                |near| format!("did you mean `{}{near}`?", labels::PREFIX),
            )
        }
    };
    found.push(
        member
            .finding(Code::UnknownKey, format!("nothing reads the {singular} `{}`", entry.key))
            .at(member.locate(entry.mark))
            .help(help)
            .repair((singular == "label").then(|| rename(entry.key, &[gate])).flatten()),
    );
}
