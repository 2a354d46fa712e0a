//! What repositories hang on beside the volumes' pairs: their Secrets, and who maintains them.
//!
//! Of a Secret's content digests are kept, no value.

use super::backup::name;
use super::claim::stays;
use super::content::Content;
use super::identity;
use super::{Change, Consequence, Pair, Sentence};
use crate::api::{kinds, volsync, volume};
use crate::inventory::{
    Inventory, handed_secret, is_copied, is_running, is_template, made_secret, maintains_kopia,
    reaches,
};
use crate::object::{Node, Object, Value as Written};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A namespace and a name in it.
type In = (Option<String>, String);

/// What makes a Secret.
#[derive(Debug)]
struct Maker {
    kind: String,
    name: String,
    /// Whether the Secret stays in the cluster when this leaves the output.
    stays: bool,
    /// What is known of what it holds.
    content: Content,
}

/// A `ClusterExternalSecret`: it makes a Secret in the namespaces that it reaches.
#[derive(Debug)]
struct Handed {
    /// The Secret; nothing where its name is not stated.
    secret: Option<String>,
    maker: Maker,
    node: Node,
}

/// A `KopiaMaintenance`.
#[derive(Debug)]
struct Maintenance {
    name: String,
    /// Its namespace, and the Secret of its repository.
    of: In,
    is_running: bool,
    /// Whether it stays in the cluster when it leaves the output.
    stays: bool,
}

/// What the repositories of one side hang on.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// By the Secret that is made.
    secrets: BTreeMap<In, Maker>,
    /// The Secrets that come to other namespaces too.
    copied: BTreeSet<String>,
    /// What hands Secrets out to namespaces.
    handed: Vec<Handed>,
    /// The Namespaces, by their names.
    namespaces: BTreeMap<String, Node>,
    /// Objects of other operators, of which some make Secrets: all texts of each.
    operators: BTreeSet<In>,
    maintenances: Vec<Maintenance>,
    /// Whether something runs kopia's own maintenance.
    is_maintained_otherwise: bool,
}

impl Needs {
    /// Adds what leaves an application.
    pub(super) fn add(&mut self, leaving: &Inventory) {
        for object in leaving.objects() {
            let namespace = leaving.namespace_of(object);
            if let Some(secret) = made_secret(object).filter(|name| !name.is_empty()) {
                if is_copied(&object.node) {
                    self.copied.insert(secret.to_owned());
                }
                let stays = stays(&metadata(object)) || is_orphaned(object);
                self.secrets.insert((namespace, secret.to_owned()), maker(object, stays));
            } else if object.id.kind == kinds::CLUSTER_EXTERNAL_SECRET {
                let secret = handed_secret(&object.node).filter(|name| !is_template(name));
                self.handed.push(Handed {
                    secret: secret.map(str::to_owned),
                    maker: maker(object, stays(&metadata(object)) || is_orphaned(object)),
                    node: object.node.clone(),
                });
            } else if object.id.kind == volume::NAMESPACE {
                self.namespaces.insert(object.id.name.clone(), object.node.clone());
            } else if object.id.kind == kinds::KOPIA_MAINTENANCE {
                let repository = object.node.text_at(&["spec", "repository", "repository"]);
                self.maintenances.push(Maintenance {
                    name: object.id.name.clone(),
                    of: (namespace, repository.unwrap_or_default().to_owned()),
                    is_running: is_running(&object.node),
                    stays: stays(&metadata(object)),
                });
            } else if kinds::SECRET_OPERATORS
                .iter()
                .any(|k| k.is(object.id.group(), &object.id.kind))
            {
                texts(&object.node, &mut |text| {
                    self.operators.insert((namespace.clone(), text.to_owned()));
                });
            }
            self.is_maintained_otherwise |= maintains_kopia(object);
        }
    }

    /// Whether a Secret is made, or may be, as far as can be told.
    fn may_make(&self, key: &In) -> bool {
        let (namespace, name) = key;
        let filled_in = |(other, name): &In| other == namespace && is_template(name);
        self.secrets.contains_key(key)
            || self.secrets.keys().any(filled_in)
            || self.copied.contains(name)
            || self.handed.iter().any(|handed| {
                handed.secret.as_ref().is_none_or(|other| other == name)
                    && self.may_reach(handed, namespace.as_deref())
            })
            || self.operators.contains(key)
    }

    /// Whether what hands a Secret out reaches a namespace, or may, as far as can be told.
    fn may_reach(&self, handed: &Handed, namespace: Option<&str>) -> bool {
        let namespace = namespace.and_then(|name| self.namespaces.get(name));
        namespace.and_then(|namespace| reaches(&handed.node, namespace)) != Some(false)
    }

    /// Returns what makes a Secret, or hands it out to its namespace.
    fn maker(&self, key: &In) -> Option<&Maker> {
        let (namespace, name) = key;
        let handed = || {
            let all = self.handed.iter().filter(|one| one.secret.as_ref() == Some(name));
            let mut reaching = all.filter(|one| self.may_reach(one, namespace.as_deref()));
            reaching.next().map(|one| &one.maker)
        };
        self.secrets.get(key).or_else(handed)
    }

    /// Whether a repository is maintained, or may be under another Secret's name.
    fn may_maintain(&self, secret: &str, before: &Self) -> bool {
        let is_new = |one: &Maintenance| before.maintenances.iter().all(|old| old.of != one.of);
        self.is_maintained_otherwise
            || self
                .maintenances
                .iter()
                .filter(|one| one.is_running)
                .any(|one| one.of.1 == secret || is_template(&one.of.1) || is_new(one))
    }
}

fn maker(object: &Object, stays: bool) -> Maker {
    let Object { id, .. } = object;
    let content = Content::of(object);
    Maker { kind: id.kind.clone(), name: id.name.clone(), stays, content }
}

/// An object's metadata alone.
fn metadata(object: &Object) -> Value {
    serde_json::json!({"metadata": object.node.get("metadata").map(Node::to_json)})
}

/// Whether the Secret outlives its `ExternalSecret`: by default the one owns the other.
fn is_orphaned(maker: &Object) -> bool {
    let path: &[&str] = match maker.id.kind.as_str() {
        volume::EXTERNAL_SECRET => &["spec", "target", "creationPolicy"],
        kinds::CLUSTER_EXTERNAL_SECRET => {
            &["spec", "externalSecretSpec", "target", "creationPolicy"]
        }
        _ => return false,
    };
    maker.node.text_at(path).is_some_and(|policy| policy != "Owner")
}

fn texts(node: &Node, take: &mut impl FnMut(&str)) {
    match &node.value {
        Written::String(text) => take(text),
        Written::Sequence(items) => items.iter().for_each(|item| texts(item, take)),
        Written::Mapping(entries) => entries.iter().for_each(|entry| texts(&entry.value, take)),
        Written::Null | Written::Bool(_) | Written::Number(_) => {}
    }
}

/// Compares what the repositories of a volume of HEAD hang on.
pub(super) fn changes(pair: &Pair<'_>) -> Vec<Change> {
    let Some(new) = pair.new else { return Vec::new() };
    // What could not be read may hold what is missing.
    if !pair.head.unread.is_empty() {
        return Vec::new();
    }
    let sources = new.sources.iter().map(|object| (volsync::REPLICATION_SOURCE, object));
    let destinations =
        new.destinations.iter().map(|object| (volsync::REPLICATION_DESTINATION, object));
    let mut users: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (kind, object) in sources.chain(destinations) {
        let repository = repository(object).filter(|name| !is_template(name));
        users.entry(repository.unwrap_or_default()).or_default().push((kind, object));
    }
    users.remove("");
    let mut changes = Vec::new();
    for (repository, users) in users {
        changes.extend(secret(repository, &users, pair));
        changes.extend(content(repository, pair));
        changes.extend(maintenance(repository, &users, pair));
    }
    changes
}

/// The Secret of the repository that an object names.
fn repository(object: &Value) -> Option<&str> {
    let (mover, settings) = identity::mover(object)?;
    matches!(mover, "kopia" | "restic").then(|| settings.get("repository")?.as_str())?
}

fn secret(repository: &str, users: &[(&str, &Value)], pair: &Pair<'_>) -> Option<Change> {
    let key = (pair.key.namespace.clone(), repository.to_owned());
    let maker = pair.base.needs.maker(&key)?;
    if pair.head.needs.may_make(&key) {
        return None;
    }
    let Maker { kind, name: made_by, stays, content: _ } = maker;
    let is_left = pair.head.needs.handed.iter().any(|one| {
        (&one.maker.kind, &one.maker.name, one.secret.as_deref())
            == (kind, made_by, Some(repository))
    });
    let mut message = Sentence::plain(&format!("the {kind} ")).and("{}", &[made_by]);
    if kind != volume::SECRET {
        message = message.and(", which makes the Secret {},", &[repository]);
    }
    message = message.and(
        match (stays, kind == volume::SECRET) {
            (false, _) if is_left => " does not reach the namespace any more, and ",
            (true, _) if is_left => {
                " does not reach the namespace any more; the Secret stays in this cluster, and "
            }
            (false, true) => " leaves the output and is pruned, and ",
            (false, false) => " leaves the output and is pruned with it, and ",
            (true, _) => " leaves the output; the Secret stays in this cluster, out of Git, and ",
        },
        &[],
    );
    for (n, (kind, object)) in users.iter().enumerate() {
        let lead = if n == 0 { "the " } else { " and the " };
        message = message.and(&format!("{lead}{kind} {{}}"), &[name(object)]);
    }
    message = message.and(if users.len() == 1 { " needs it: " } else { " need it: " }, &[]);
    if *stays {
        message = message.and("in a new one ", &[]);
    }
    let is_used = |wanted: &str| users.iter().any(|(kind, _)| *kind == wanted);
    let [backup, restore] =
        [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION].map(is_used);
    message = message.and(
        match (backup, restore) {
            (true, true) => "the next backup and every restore wait for it without end",
            (true, false) => "the next backup waits for it without end",
            (false, _) => "every restore waits for it without end",
        },
        &[],
    );
    let change = Change::new(Consequence::RepositorySecretGone, message);
    Some(if is_left {
        let fix = "give the Namespace the labels back that it selects by, or make the Secret there \
                   by other means";
        change.fix(Sentence::plain(fix))
    } else {
        change
    })
}

/// Compares what the Secret of a repository holds, where the volume used it before.
fn content(repository_name: &str, pair: &Pair<'_>) -> Vec<Change> {
    let key = (pair.key.namespace.clone(), repository_name.to_owned());
    let before = pair.old.filter(|_| pair.moved_from.is_none());
    let mut used = before.into_iter().flat_map(|old| old.sources.iter().chain(&old.destinations));
    if !used.any(|object| repository(object) == Some(repository_name)) {
        return Vec::new();
    }
    match (pair.base.needs.maker(&key), pair.head.needs.maker(&key)) {
        (Some(old), Some(new)) => {
            old.content.changes(&new.content, (&new.kind, &new.name), repository_name)
        }
        (Some(_) | None, _) => Vec::new(),
    }
}

fn maintenance(repository: &str, users: &[(&str, &Value)], pair: &Pair<'_>) -> Option<Change> {
    let [base, head] = [pair.base, pair.head].map(|side| &side.needs);
    let is_kopia = |(kind, object): &(&str, &Value)| {
        *kind == volsync::REPLICATION_SOURCE
            && identity::mover(object).is_some_and(|(mover, _)| mover == "kopia")
    };
    if !users.iter().any(is_kopia) || head.may_maintain(repository, base) {
        return None;
    }
    let its = |one: &&Maintenance| one.is_running && one.of.1 == repository;
    let near = |one: &&Maintenance| one.of.0 == pair.key.namespace;
    let found = || base.maintenances.iter().filter(its);
    let old = found().find(near).or_else(|| found().next())?;
    let is_left = head.maintenances.iter().any(|one| (&one.name, &one.of) == (&old.name, &old.of));
    if old.stays && !is_left {
        return None;
    }
    let how = if is_left { "is switched off" } else { "leaves the output and is pruned" };
    let message = Sentence::new("the KopiaMaintenance {} ", &[&old.name]).and(how, &[]).and(
        ": the kopia repository {} is not maintained any more, and it only grows",
        &[repository],
    );
    Some(Change::new(Consequence::RepositoryUnmaintained, message))
}
