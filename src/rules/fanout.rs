//! Whether the repository's Secret reaches the namespace, where labels decide that.

use super::finding::Finding;
use super::flat::Part;
use super::member::Member;
use super::mover::mover;
use super::view::View;
use super::{Family, Rule};
use crate::api::{kinds, volsync};
use crate::diagnostic::Code;
use crate::inventory::{handed_secret, is_template, reaches};
use std::collections::BTreeSet;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::NamespaceNotPrepared,
        why: "Without the Secret no backup is made, and a new volume waits for its restore for \
              ever.",
        fix: "Label the Namespace as the ClusterExternalSecret asks.",
    }],
};

/// Whether something hands a Secret out to an object's namespace.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach<'v> {
    /// Nothing hands such a Secret out.
    Nothing,
    /// It is handed out to the namespace, or may be, as far as can be told.
    Handed,
    /// It is handed out to namespaces with labels that this one has not.
    Refused {
        /// What hands it out.
        maker: &'v Member,
        /// The namespace.
        namespace: &'v Member,
    },
}

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(repository) = mover(rs).and_then(|mover| mover.text("repository")) else {
            continue;
        };
        let Reach::Refused { maker, namespace } = reach(view, rs, repository) else { continue };
        // Once a namespace: its volumes share the Secret.
        let is_made = view.secret(rs.space(), repository).is_some();
        if is_made || !told.insert((rs.space(), repository)) {
            continue;
        }
        found.push(
            namespace
                .finding(
                    Code::NamespaceNotPrepared,
                    format!(
                        "{} needs the Secret {repository}, which {} hands out to namespaces with \
                         {}",
                        rs.about().id(),
                        maker.about().id(),
                        wanted(maker)
                    ),
                )
                .at(namespace.at(&["metadata", "labels"]))
                .help(format!("label it {}", wanted(maker)))
                .also(rs),
        );
    }
}

/// Returns whether a Secret is handed out to the namespace of an object.
pub(super) fn reach<'v>(view: &View<'v>, member: &Member, secret: &str) -> Reach<'v> {
    let makers = view.of_kind(kinds::CLUSTER_EXTERNAL_SECRET).iter().copied();
    let mut refused = None;
    for maker in makers.filter(|maker| maker.cluster() == member.cluster()) {
        let node = maker.content().to_node();
        match handed_secret(&node) {
            Some(name) if name == secret => {
                let namespace = view.namespaces_of(member).next();
                match namespace
                    .map(|namespace| (namespace, reaches(&node, &namespace.content().to_node())))
                {
                    Some((namespace, Some(false))) => {
                        refused.get_or_insert(Reach::Refused { maker, namespace });
                    }
                    Some((_, Some(true) | None)) | None => return Reach::Handed,
                }
            }
            Some(name) if is_template(name) => return Reach::Handed,
            Some(_) => {}
            None => return Reach::Handed,
        }
    }
    refused.unwrap_or(Reach::Nothing)
}

/// The selectors, of which one has to match.
fn selectors(maker: &Member) -> impl Iterator<Item = Part<'_>> {
    let one = maker.get(&["spec", "namespaceSelector"]);
    one.into_iter().chain(maker.items(&["spec", "namespaceSelectors"]))
}

fn wanted(maker: &Member) -> String {
    let first = selectors(maker).next();
    let labels = first.and_then(|selector| selector.get("matchLabels"));
    labels
        .into_iter()
        .flat_map(Part::entries)
        .map(|label| format!("{}: \"{}\"", label.key, label.value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(" and ")
}
