//! One place from which configuration comes, and how its places are named.

use super::keys::{self, COMPOSITE, GATE, KEYS};
use crate::api::suggest::nearest;
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Location, Mark, Node, Value};
use crate::settings::Wrong;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What opens a namespace for writing, and where that is written.
pub(super) const OPENS: &str = "label the Namespace `pvc-plumber.io/managed-namespace: \"true\"`, \
                                or move the key to the file that `--config` or PLUMBER_CONFIG \
                                names, or to /etc/plumber/plumber.yaml";

/// Where a layer comes from. What is built in lies below all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// `PLUMBER_*` variables.
    Environment,
    /// A `plumber.yaml`.
    File {
        /// Its name as its user knows it.
        name: Arc<str>,
        /// Whether it may open the gate.
        trust: Trust,
    },
}

/// Whether a file may open namespaces for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The administrator's file: `--config`, `PLUMBER_CONFIG` or `/etc/plumber/plumber.yaml`.
    Trusted,
    /// A file of the application's own tree.
    Untrusted,
}

/// The configuration that one place holds.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The place.
    pub origin: Origin,
    /// The keys, shaped as a `plumber.yaml`.
    pub tree: Node,
    /// The flag or variable behind each path; none for a file.
    names: BTreeMap<String, String>,
}

impl Layer {
    /// Makes a layer of a parsed file.
    pub fn file(name: &Arc<str>, trust: Trust, tree: Node) -> Self {
        let origin = Origin::File { name: Arc::clone(name), trust };
        Self { origin, tree, names: BTreeMap::new() }
    }

    /// Makes a layer of flags, each with the path of its key, its value and its own name: such as
    /// `("mode", "audit", "--mode")`. Nothing where no flag was given.
    ///
    /// # Errors
    /// A diagnostic for each flag without a value, or whose key cannot be one text.
    pub fn flags<'a>(
        given: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        named(Origin::Flag, given.into_iter().map(|(p, v, n)| (p, v.to_owned(), n.to_owned())))
    }

    /// Names the place of a path: `plumber.yaml:3`, `environment PLUMBER_MODE`, `flag --mode`.
    pub(super) fn describe(&self, path: &[&str]) -> String {
        match &self.origin {
            Origin::Flag => format!("flag {}", self.name(&path.join("."))),
            Origin::Environment => format!("environment {}", self.name(&path.join("."))),
            Origin::File { name, .. } => format!("{name}:{}", self.mark(path).line()),
        }
    }

    /// Returns the place of a mark, if this is a file.
    pub(super) fn location(&self, mark: Mark) -> Option<Location> {
        match &self.origin {
            Origin::File { name, .. } => Some(Location { source: Arc::clone(name), mark }),
            Origin::Flag | Origin::Environment => None,
        }
    }

    /// Returns where the value of a path stands.
    pub(super) fn mark(&self, path: &[&str]) -> Mark {
        self.tree.at(path).map_or(self.tree.mark, |node| node.mark)
    }

    /// Says that the value of a path is wrong.
    pub(super) fn wrong(&self, path: &[&str], mark: Mark, wrong: Wrong) -> Diagnostic {
        let name = match &self.origin {
            Origin::Flag | Origin::Environment => self.name(&path.join(".")),
            Origin::File { .. } => format!("`{}`", path.join(".")),
        };
        let found = invalid(&name, &wrong.message).help(wrong.help);
        Diagnostic { location: self.location(mark), ..found }
    }

    /// Returns the flag or variable that set a path, or something below it.
    pub(super) fn name(&self, path: &str) -> String {
        let below = |given: &str| given.strip_prefix(path).is_some_and(|r| r.starts_with('.'));
        let mut names = self.names.iter();
        let name = self.names.get(path).or_else(|| Some(names.find(|(given, _)| below(given))?.1));
        name.cloned().unwrap_or_else(|| path.to_owned())
    }
}

/// Makes a diagnostic about a flag or a variable.
pub(super) fn invalid(name: &str, message: &str) -> Diagnostic {
    Diagnostic::new(Code::InvalidConfig, format!("{name}: {message}"))
}

/// Makes a layer of environment variables; those of others are passed over. Nothing where none is
/// set.
///
/// # Errors
/// A diagnostic for each variable that is empty, or that has the prefix and no meaning.
pub fn environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Option<Layer>, Vec<Diagnostic>> {
    environment_under("", variables)
}

/// Makes a layer of variables that somebody else's prefix stands before, which is given without
/// it: messages name them with it.
///
/// # Errors
/// As [`environment`].
pub fn environment_under(
    prefix: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Option<Layer>, Vec<Diagnostic>> {
    let names: BTreeMap<String, &str> = KEYS.iter().map(|k| (k.variable(), k.path)).collect();
    let ours: BTreeMap<String, String> = variables
        .filter(|(name, _)| name.starts_with(keys::PREFIX))
        .filter(|(name, _)| !keys::RESERVED.contains(&name.as_str()))
        .filter(|(name, _)| !keys::is_service_link(name))
        .collect();
    let unknown: Vec<Diagnostic> = ours
        .keys()
        .filter(|name| !names.contains_key(*name))
        .map(|name| unknown(prefix, name))
        .collect();
    let known = ours.into_iter().filter_map(|(name, value)| {
        names.get(&name).map(|path| (*path, value, format!("{prefix}{name}")))
    });
    match named(Origin::Environment, known) {
        Ok(layer) if unknown.is_empty() => Ok(layer),
        Ok(_) => Err(unknown),
        Err(refused) => Err(unknown.into_iter().chain(refused).collect()),
    }
}

fn unknown(prefix: &str, name: &str) -> Diagnostic {
    let shown = format!("{prefix}{name}");
    let inside = |path: &&&str| {
        let variable = keys::variable(path);
        name.strip_prefix(&variable).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    if let Some(path) = COMPOSITE.iter().find(inside) {
        return elsewhere(&Origin::Environment, &shown, path);
    }
    // Without the prefix, which is alike in all of them.
    let bare = |name: &str| name.strip_prefix(keys::PREFIX).unwrap_or(name).to_owned();
    let word = bare(name);
    let known: Vec<String> = KEYS.iter().map(|key| bare(&key.variable())).collect();
    let known = || known.iter().map(String::as_str);
    // The end alone, as in PLUMBER_COPY_METHOD, is the usual slip.
    let end = known().find(|known| known.ends_with(&format!("_{word}")));
    let help = match end.or_else(|| nearest(&word, known())) {
        Some(near) => format!("did you mean `{prefix}{}{near}`?", keys::PREFIX),
        None => "unset it; docs/configuration.md lists the variables".to_owned(),
    };
    invalid(&shown, "no key has this variable").help(help)
}

/// Says that a key of several parts is not set by a variable or a parameter.
fn elsewhere(origin: &Origin, name: &str, path: &str) -> Diagnostic {
    let (what, leave) = match origin {
        Origin::Flag => ("parameter", "leave it out"),
        Origin::Environment | Origin::File { .. } => ("variable", "unset it"),
    };
    if path == GATE {
        return invalid(name, &format!("no {what} opens a namespace for writing"))
            .help(format!("{leave}, and {OPENS}"));
    }
    invalid(name, &format!("`{path}` cannot be set by a {what}"))
        .help(format!("{leave}, and write `{path}` in a plumber.yaml"))
}

/// Makes a layer of (path, text, name).
fn named<'a>(
    origin: Origin,
    given: impl Iterator<Item = (&'a str, String, String)>,
) -> Result<Option<Layer>, Vec<Diagnostic>> {
    let tree = Node { value: Value::Mapping(Vec::new()), mark: Mark::default() };
    let mut layer = Layer { origin, tree, names: BTreeMap::new() };
    let mut refused = Vec::new();
    for (path, text, name) in given {
        if text.is_empty() {
            refused.push(invalid(&name, "it is empty").help("give it a value, or leave it out"));
            continue;
        }
        if let Some(path) = COMPOSITE.iter().find(|composite| is_part(path, composite)) {
            refused.push(elsewhere(&layer.origin, &name, path));
            continue;
        }
        let value = KEYS
            .iter()
            .find(|key| key.path == path)
            .map_or_else(|| Value::String(text.as_str().into()), |key| key.value(&text));
        let parts: Vec<&str> = path.split('.').collect();
        insert(&mut layer.tree, &parts, value);
        layer.names.insert(path.to_owned(), name);
    }
    match (refused.is_empty(), layer.names.is_empty()) {
        (false, _) => Err(refused),
        (true, true) => Ok(None),
        (true, false) => Ok(Some(layer)),
    }
}

/// Returns whether a path names a value of several parts, or one of its parts. The schedule of a
/// tier is a text, and a tier need not have more.
fn is_part(path: &str, composite: &str) -> bool {
    path.strip_prefix(composite).is_some_and(|rest| {
        rest.is_empty() || (rest.starts_with('.') && !rest.ends_with(".schedule"))
    })
}

/// Puts a value at the end of a path, making the mappings on the way.
fn insert(node: &mut Node, path: &[&str], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        node.value = value;
        return;
    };
    if let Value::Mapping(entries) = &mut node.value {
        let at = entries.iter().position(|entry| entry.key == *key).unwrap_or_else(|| {
            let value = Node { value: Value::Mapping(Vec::new()), mark: Mark::default() };
            entries.push(Entry { key: (*key).into(), mark: Mark::default(), value });
            entries.len() - 1
        });
        insert(&mut entries[at].value, rest, value);
    }
}
