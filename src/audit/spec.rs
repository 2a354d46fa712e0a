//! A ReplicationSource or ReplicationDestination as VolSync reads it, wherever it stands.
//!
//! Takes the manifest of Git or of the cluster alike, gives mover, repository, identity, trigger
//! and shape, with what VolSync fills in where a field is absent.

use crate::api::volsync::default_username;
use crate::object::{Node, Value};
use std::fmt;

/// The fields under `spec` that are no mover.
const NO_MOVER: &[&str] = &["sourcePVC", "trigger", "paused"];

/// Which half of a pair it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A `ReplicationSource`.
    Source,
    /// A `ReplicationDestination`.
    Destination,
}

/// What moves the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mover {
    /// Kopia, of the fork.
    Kopia,
    /// Restic.
    Restic,
    /// Another one, whose words are not understood here.
    Other(String),
    /// None is configured.
    Missing,
}

/// The name under which backups are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Who.
    pub username: String,
    /// Where.
    pub hostname: String,
    /// The path that is kept, where it is not the mover's own.
    pub path: Option<String>,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.username, self.hostname)?;
        self.path.iter().try_for_each(|path| write!(f, ":{path}"))
    }
}

/// A source or a destination as VolSync reads it.
#[derive(Debug, Clone, Copy)]
pub struct Spec<'n> {
    role: Role,
    namespace: &'n str,
    name: &'n str,
    node: &'n Node,
}

impl<'n> Spec<'n> {
    /// Reads an object.
    pub fn new(role: Role, namespace: &'n str, name: &'n str, node: &'n Node) -> Self {
        Self { role, namespace, name, node }
    }

    /// Returns its name.
    pub fn name(&self) -> &'n str {
        self.name
    }

    /// Returns its namespace.
    pub fn namespace(&self) -> &'n str {
        self.namespace
    }

    fn at(&self, path: &[&str]) -> Option<&'n Node> {
        self.node.get("spec")?.at(path).filter(|node| !node.is_null())
    }

    fn text(&self, path: &[&str]) -> Option<&'n str> {
        self.at(path).and_then(Node::as_str).filter(|text| !text.is_empty())
    }

    fn of_mover(&self) -> Option<(&'n str, &'n Node)> {
        let entries = self.node.get("spec")?.entries();
        let movers = entries.iter().filter(|e| !NO_MOVER.contains(&e.key.as_str()));
        movers.map(|entry| (entry.key.as_str(), &entry.value)).find(|(_, node)| !node.is_null())
    }

    fn mover_text(&self, path: &[&str]) -> Option<&'n str> {
        self.of_mover()?.1.text_at(path).filter(|text| !text.is_empty())
    }

    /// Returns what moves the data.
    pub fn mover(&self) -> Mover {
        match self.of_mover() {
            Some(("kopia", _)) => Mover::Kopia,
            Some(("restic", _)) => Mover::Restic,
            Some((other, _)) => Mover::Other(other.to_owned()),
            None => Mover::Missing,
        }
    }

    /// Returns the volume that a source backs up.
    pub fn source_pvc(&self) -> Option<&'n str> {
        self.text(&["sourcePVC"])
    }

    /// Returns the Secret of the repository.
    pub fn repository(&self) -> Option<&'n str> {
        self.mover_text(&["repository"])
    }

    /// Returns the cron of its trigger. VolSync follows a manual trigger before it.
    pub fn schedule(&self) -> Option<&'n str> {
        self.text(&["trigger", "schedule"])
    }

    /// Returns the token of its trigger.
    pub fn manual(&self) -> Option<&'n str> {
        self.text(&["trigger", "manual"])
    }

    /// Returns whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.at(&["paused"]).is_some_and(|node| node.value == Value::Bool(true))
    }

    /// Returns how the copy is made.
    pub fn copy_method(&self) -> Option<&'n str> {
        self.mover_text(&["copyMethod"])
    }

    /// Returns the storage class of the copy.
    pub fn storage_class(&self) -> Option<&'n str> {
        self.mover_text(&["storageClassName"])
    }

    /// Returns the class of the snapshot.
    pub fn snapshot_class(&self) -> Option<&'n str> {
        self.mover_text(&["volumeSnapshotClassName"])
    }

    /// Returns the volume that a destination writes into, where it makes none of its own.
    pub fn destination_pvc(&self) -> Option<&'n str> {
        self.mover_text(&["destinationPVC"])
    }

    /// Returns the field by which a destination restores an older backup than the last, and its
    /// value.
    pub fn pinned(&self) -> Option<(&'static str, String)> {
        let (_, mover) = self.of_mover()?;
        ["restoreAsOf", "previous"].into_iter().find_map(|field| {
            let value = mover.get(field).filter(|node| !node.is_null())?;
            let value = quantity(value).filter(|value| !value.is_empty() && value != "0")?;
            Some((field, value))
        })
    }

    /// Returns the size that a destination restores into.
    pub fn capacity(&self) -> Option<String> {
        quantity(self.of_mover()?.1.get("capacity")?)
    }

    /// Returns the access modes that a destination restores into, sorted.
    pub fn access_modes(&self) -> Vec<&'n str> {
        self.of_mover().map(|(_, node)| access_modes(node)).unwrap_or_default()
    }

    /// Returns the identity under which kopia keeps the backups.
    ///
    /// # Errors
    /// Says why VolSync refuses it.
    pub fn identity(&self) -> Result<Identity, String> {
        let path = self.mover_text(&["sourcePathOverride"]).map(str::to_owned);
        let [username, hostname] = ["username", "hostname"].map(|key| self.mover_text(&[key]));
        let own = |username: Option<&str>, hostname: Option<&str>| Identity {
            username: username.map_or_else(|| default_username(self.name), str::to_owned),
            hostname: hostname.unwrap_or(self.namespace).to_owned(),
            path: path.clone(),
        };
        if self.role == Role::Source {
            return Ok(own(username, hostname));
        }
        let of = |key| self.mover_text(&["sourceIdentity", key]);
        match (username, hostname) {
            (Some(_), Some(_)) => Ok(own(username, hostname)),
            (Some(_), None) => Err("states a username without a hostname".to_owned()),
            (None, Some(_)) => Err("states a hostname without a username".to_owned()),
            (None, None) => Ok(match of("sourceName") {
                Some(source) => Identity {
                    username: default_username(source),
                    hostname: of("sourceNamespace").unwrap_or(self.namespace).to_owned(),
                    path: of("sourcePathOverride").map(str::to_owned).or(path),
                },
                None => own(None, None),
            }),
        }
    }
}

/// Returns the access modes of a mapping, sorted.
pub(super) fn access_modes(node: &Node) -> Vec<&str> {
    let modes = node.get("accessModes").and_then(Node::items).unwrap_or_default();
    let mut modes: Vec<&str> = modes.iter().filter_map(Node::as_str).collect();
    modes.sort_unstable();
    modes
}

/// Returns a quantity as text: numbers are sizes too.
pub(super) fn quantity(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// Returns how many bytes a quantity is, as near as two of them have to be compared.
pub(super) fn bytes(quantity: &str) -> Option<f64> {
    const UNITS: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let unit = UNITS.iter().find_map(|(unit, size)| Some((quantity.strip_suffix(unit)?, *size)));
    let (number, size) = unit.unwrap_or((quantity, 1.0));
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * size)
}

#[cfg(test)]
mod tests {
    use super::{Mover, Role, Spec, bytes};
    use crate::manifest::decode;

    fn identity(role: Role, name: &str, spec: &str) -> String {
        let node = decode(&"in".into(), 1, &format!("spec: {spec}")).unwrap().node.unwrap();
        let spec = Spec::new(role, "media", name, &node);
        assert_eq!(spec.mover(), Mover::Kopia);
        spec.identity().map_or_else(|why| why, |identity| identity.to_string())
    }

    #[test]
    fn identities_are_filled_in_as_volsync_does() {
        let source = |spec| identity(Role::Source, "my.data", spec);
        let destination = |spec| identity(Role::Destination, "data-dst", spec);
        let told = [
            source("{sourcePVC: data, kopia: {repository: r}}"),
            source("{kopia: {username: u}}"),
            source("{kopia: {sourcePathOverride: /data/x}}"),
            destination("{kopia: {repository: r}}"),
            destination("{kopia: {username: u, hostname: h, sourceIdentity: {sourceName: x}}}"),
            destination("{kopia: {sourceIdentity: {sourceName: my.data, sourceNamespace: tv}}}"),
            destination("{kopia: {username: u}}"),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
mydata@media
u@media
mydata@media:/data/x
data-dst@media
u@h
mydata@tv
states a username without a hostname
");
    }

    #[test]
    fn quantities_are_compared_by_size() {
        assert!(bytes("1Gi") > bytes("1G"));
        assert_eq!(bytes("1024Mi"), bytes("1Gi"));
        assert_eq!(bytes("1e3"), bytes("1k"));
        assert_eq!(bytes("ten"), None);
    }
}
