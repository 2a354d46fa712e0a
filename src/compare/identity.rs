//! Where a source writes and where a destination reads, by VolSync's own rules for what is left
//! out of the manifest.

use crate::api::volsync;
use serde_json::Value;

/// VolSync's movers, as they stand under `spec`.
const MOVERS: &[&str] = &["kopia", "restic", "rclone", "rsyncTLS", "rsync", "syncthing"];

/// The keys of a mover that say under which identity backups are kept; [`Store`] stands for them.
pub(super) const KEYS: &[&str] =
    &["repository", "username", "hostname", "sourceIdentity", "sourcePathOverride"];

/// A place that backups are kept in and found again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Store {
    /// The mover.
    mover: String,
    /// The Secret that holds the repository, or what the mover has in its place.
    repository: String,
    /// `username@hostname`, where the mover has one.
    identity: Option<String>,
    /// The path under which the data stands in it, where it is not the mover's own.
    path: Option<String>,
}

impl Store {
    /// Returns whether both are in one repository.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.mover == other.mover && self.repository == other.repository
    }

    /// Returns the place alone.
    pub(super) fn without_path(mut self) -> Self {
        self.path = None;
        self
    }

    /// Returns whether one finds what the other keeps. The path is left out: a destination with
    /// an explicit identity cannot state one.
    pub(super) fn finds(&self, other: &Self) -> bool {
        let Self { mover, repository, identity, path: _ } = self;
        *mover == other.mover && *repository == other.repository && *identity == other.identity
    }
}

impl std::fmt::Display for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mover, repository, identity, path } = self;
        if let Some(identity) = identity {
            let path = path.as_ref().map_or(String::new(), |path| format!(":{path}"));
            write!(f, "{identity}{path} in ")?;
        }
        write!(f, "{mover} repository {repository}")
    }
}

/// Returns an object's mover: its name and its settings.
pub(super) fn mover(object: &Value) -> Option<(&str, &Value)> {
    let spec = object.get("spec")?;
    MOVERS.iter().find_map(|name| Some((*name, spec.get(name)?)))
}

/// Returns where a source writes.
pub(super) fn written(source: &Value, namespace: Option<&str>) -> Option<Store> {
    let (name, settings) = mover(source)?;
    let text = |key: &str| settings.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let user = || volsync::default_username(own_name(source));
    store(name, settings, text("sourcePathOverride"), || {
        let username = text("username").map_or_else(user, str::to_owned);
        (username, text("hostname").or(namespace).unwrap_or("?").to_owned())
    })
}

/// Returns where a destination reads: the explicit pair, else the source it names, else its own
/// name.
pub(super) fn read(destination: &Value, namespace: Option<&str>) -> Option<Store> {
    let (name, settings) = mover(destination)?;
    let text = |key: &str| settings.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let of = |key: &str| {
        let source = settings.get("sourceIdentity")?;
        source.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    };
    let explicit = text("username").zip(text("hostname"));
    // Beside an explicit pair the source's identity has no effect, its path neither.
    let path = if explicit.is_some() { None } else { of("sourcePathOverride") };
    store(name, settings, path, || match (explicit, of("sourceName")) {
        (Some((username, hostname)), _) => (username.to_owned(), hostname.to_owned()),
        (None, Some(source)) => (
            volsync::default_username(source),
            of("sourceNamespace").or(namespace).unwrap_or("?").to_owned(),
        ),
        (None, None) => {
            let own = volsync::default_username(own_name(destination));
            (own, namespace.unwrap_or("?").to_owned())
        }
    })
}

fn own_name(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

fn store(
    mover: &str,
    settings: &Value,
    path: Option<&str>,
    identity: impl FnOnce() -> (String, String),
) -> Option<Store> {
    let text = |key: &str| settings.get(key).and_then(Value::as_str);
    let repository = match mover {
        "rclone" => format!("{}:{}", text("rcloneConfigSection")?, text("rcloneDestPath")?),
        "kopia" | "restic" => text("repository").unwrap_or("?").to_owned(),
        // The others copy to a peer and keep no backups.
        _ => return None,
    };
    let identity = (mover == "kopia").then(|| {
        let (username, hostname) = identity();
        format!("{username}@{hostname}")
    });
    let path = path.map(str::to_owned);
    Some(Store { mover: mover.to_owned(), repository, identity, path })
}

#[cfg(test)]
mod tests {
    use super::{read, written};
    use serde_json::{Value, json};

    fn object(name: &str, kopia: &Value) -> Value {
        json!({"metadata": {"name": name}, "spec": {"kopia": kopia}})
    }

    #[test]
    fn what_is_left_out_follows_volsync() {
        let source = object("my.app", &json!({"repository": "r"}));
        let explicit = json!({"repository": "r", "username": "myapp", "hostname": "media"});
        let wanted = "myapp@media in kopia repository r";
        assert_eq!(written(&source, Some("media")).unwrap().to_string(), wanted);
        assert_eq!(read(&object("x", &explicit), Some("n")).unwrap().to_string(), wanted);
        let named = json!({"repository": "r", "sourceIdentity": {"sourceName": "my.app"}});
        assert_eq!(read(&object("x", &named), Some("media")).unwrap().to_string(), wanted);
        let own = read(&object("app-dst", &json!({"repository": "r"})), Some("media")).unwrap();
        assert_eq!(own.to_string(), "app-dst@media in kopia repository r");
    }

    #[test]
    fn one_half_of_the_pair_counts_for_a_source_alone() {
        let half = object("data", &json!({"repository": "r", "username": "u"}));
        assert_eq!(written(&half, Some("n")).unwrap().to_string(), "u@n in kopia repository r");
        assert_eq!(read(&half, Some("n")).unwrap().to_string(), "data@n in kopia repository r");
    }

    #[test]
    fn restic_has_one_path_for_all() {
        let object = json!({"metadata": {"name": "a"}, "spec": {"restic": {"repository": "r"}}});
        assert_eq!(written(&object, None), read(&object, Some("n")));
    }
}
