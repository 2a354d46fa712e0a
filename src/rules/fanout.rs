//! Whether the repository's Secret reaches the namespace, where labels decide that.

use super::finding::Finding;
use super::member::Member;
use super::mover::mover;
use super::view::View;
use super::{Family, Rule};
use crate::api::{kinds, volsync, volume};
use crate::diagnostic::Code;
use crate::object::Node;
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

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(repository) = mover(rs).and_then(|mover| mover.text("repository")) else {
            continue;
        };
        let Some(namespace) = namespace(view, rs) else { continue };
        let makers: Vec<&Member> = view
            .of_kind(kinds::CLUSTER_EXTERNAL_SECRET)
            .iter()
            .copied()
            .filter(|maker| maker.cluster == rs.cluster && target(maker) == Some(repository))
            .collect();
        let is_made = makers.iter().any(|maker| reaches(maker, namespace) != Some(false))
            || is_made_here(view, rs, repository);
        let Some(maker) = makers.first().filter(|_| !is_made) else { continue };
        // Once a namespace: its volumes share the Secret.
        if !told.insert((rs.space.as_str(), repository)) {
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

fn namespace<'v>(view: &View<'v>, member: &Member) -> Option<&'v Member> {
    let name = member.namespace.as_deref()?;
    let all = view.of_kind(volume::NAMESPACE).iter().copied();
    all.filter(|object| object.cluster == member.cluster).find(|object| object.name() == name)
}

fn target(maker: &Member) -> Option<&str> {
    maker
        .text(&["spec", "externalSecretSpec", "target", "name"])
        .or_else(|| maker.text(&["spec", "externalSecretName"]))
}

fn is_made_here(view: &View<'_>, rs: &Member, repository: &str) -> bool {
    let external = |member: &&&Member| {
        member.space == rs.space
            && member.text(&["spec", "target", "name"]).unwrap_or(member.name()) == repository
    };
    view.named(volume::SECRET, &rs.space, repository).is_some()
        || view.named(kinds::SEALED_SECRET, &rs.space, repository).is_some()
        || view.of_kind(volume::EXTERNAL_SECRET).iter().find(external).is_some()
}

/// The selectors, of which one has to match.
fn selectors(maker: &Member) -> Vec<&Node> {
    let one = maker.get(&["spec", "namespaceSelector"]);
    let many = maker.get(&["spec", "namespaceSelectors"]).and_then(Node::items);
    one.into_iter().chain(many.unwrap_or_default()).collect()
}

/// Whether the Secret comes to a namespace; nothing where that cannot be told.
fn reaches(maker: &Member, namespace: &Member) -> Option<bool> {
    if maker.get(&["spec", "namespaces"]).is_some() {
        return None;
    }
    let mut reached = false;
    for selector in selectors(maker) {
        if selector.get("matchExpressions").is_some_and(|node| !node.is_null()) {
            return None;
        }
        let labels = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
        reached |= labels.iter().all(|label| {
            namespace.text(&["metadata", "labels", &label.key]) == label.value.as_str()
        });
    }
    Some(reached)
}

fn wanted(maker: &Member) -> String {
    let first = selectors(maker).into_iter().next();
    let labels = first.and_then(|selector| selector.get("matchLabels")).map(Node::entries);
    let labels = labels.unwrap_or_default().iter();
    labels
        .map(|label| format!("{}: \"{}\"", label.key, label.value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(" and ")
}
