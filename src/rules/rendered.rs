//! What stands in an application's folder and is not part of what is rendered from it.

use super::finding::Finding;
use super::view::View;
use super::{Family, Rule};
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::SourceNotRendered,
        why: "The file looks as if the volume were declared, or backed up. Nothing applies it: in \
              a new cluster it is not there.",
        fix: "Add the file to `resources` of the kustomization, or remove it.",
    }],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for member in view.unrendered() {
        found.push(
            member
                .finding(
                    Code::SourceNotRendered,
                    format!("stands here, and not in what is built from {}", member.application()),
                )
                .help("add the file to resources of the kustomization, or remove it"),
        );
    }
}
