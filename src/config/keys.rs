//! Every key of `plumber.yaml`, as a path, with its environment variable.

use crate::object::Value;

/// How the text of an environment variable becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text stays text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// A number of bytes, or a text with a unit.
    Size,
}

/// A key that holds one plain value, and so has an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// The way to it, such as `defaults.copyMethod`.
    pub(super) path: &'static str,
    kind: Kind,
}

const fn key(path: &'static str, kind: Kind) -> Key {
    Key { path, kind }
}

/// The keys that hold one plain value, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    key("mode", Kind::Text),
    key("cluster", Kind::Text),
    key("app", Kind::Text),
    key("repository", Kind::Text),
    key("defaults.mover", Kind::Text),
    key("defaults.tier", Kind::Text),
    key("defaults.backupOnly", Kind::Flag),
    key("defaults.restoreTrigger", Kind::Text),
    key("defaults.storageClassName", Kind::Text),
    key("defaults.volumeSnapshotClassName", Kind::Text),
    key("defaults.cacheCapacity", Kind::Text),
    key("defaults.copyMethod", Kind::Text),
    key("defaults.compression", Kind::Text),
    key("defaults.parallelism", Kind::Number),
    key("defaults.moverSecurityContext.runAsUser", Kind::Number),
    key("defaults.moverSecurityContext.runAsGroup", Kind::Number),
    key("defaults.moverSecurityContext.fsGroup", Kind::Number),
    key("restore.inject", Kind::Flag),
    key("restore.annotate", Kind::Flag),
    key("restore.refresh", Kind::Text),
    key("limits.streamSize", Kind::Size),
    key("limits.documentSize", Kind::Size),
];

/// The keys that hold a value of several parts: taken from one place as a whole, never mixed from
/// two, and without an environment variable.
pub(super) const COMPOSITE: &[&str] = &[
    "defaults.names",
    "defaults.identity",
    "defaults.source",
    "defaults.destination",
    "defaults.omit",
    "defaults.unchecked",
    "defaults.labels",
    "defaults.annotations",
    "defaults.repositorySecret",
    "defaults.targets",
    "defaults.retain",
    "profiles",
    "classes",
    "targets",
    "tiers",
    "volumes",
    GATE,
    "namespaces.excluded",
    "check.allow",
    "apps",
];

/// The key that opens namespaces, which counts in trusted files alone.
pub(super) const GATE: &str = "namespaces.managed";

/// What the name of every variable starts with.
pub(super) const PREFIX: &str = "PLUMBER_";

/// Variables with the prefix that are read elsewhere and are no configuration keys.
pub(super) const RESERVED: &[&str] = &[
    "PLUMBER_CONFIG",
    "PLUMBER_NAMESPACE",
    "PLUMBER_BUILD_TIMEOUT",
    "PLUMBER_LOG",
    "PLUMBER_MANIFESTS",
    "PLUMBER_REPO_URL",
    "PLUMBER_LISTEN",
    "PLUMBER_CONTEXT",
    "PLUMBER_WHOLE",
    "PLUMBER_CORPUS",
];

impl Key {
    /// Returns the name of its environment variable.
    pub(super) fn variable(&self) -> String {
        variable(self.path)
    }

    /// Reads the text of a variable or a flag. What does not fit stays text, and is reported where
    /// every wrong type is.
    pub(super) fn value(self, text: &str) -> Value {
        let value = match self.kind {
            Kind::Text => None,
            Kind::Flag => text.parse().ok().map(Value::Bool),
            Kind::Number | Kind::Size => {
                text.parse::<i64>().ok().map(|number| Value::Number(number.into()))
            }
        };
        value.unwrap_or_else(|| Value::String(text.into()))
    }
}

/// Returns the name that the variable of a path has, or would have.
pub(super) fn variable(path: &str) -> String {
    let mut name = String::from(PREFIX);
    for c in path.chars() {
        match c {
            '.' => name.push('_'),
            c if c.is_ascii_uppercase() => {
                name.push('_');
                name.push(c);
            }
            c => name.push(c.to_ascii_uppercase()),
        }
    }
    name
}

/// Returns whether Kubernetes itself sets a variable of this name in every pod beside a Service
/// called `plumber` or `plumber-…`, such as `PLUMBER_SERVICE_HOST` and `PLUMBER_PORT_80_TCP`.
pub(super) fn is_service_link(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let address = |w: &[&str]| {
        w[0] == "PORT"
            && !w[1].is_empty()
            && w[1].bytes().all(|b| b.is_ascii_digit())
            && matches!(w[2], "TCP" | "UDP" | "SCTP")
    };
    parts.ends_with(&["PORT"])
        || parts.ends_with(&["SERVICE", "HOST"])
        || parts.windows(2).any(|w| w == ["SERVICE", "PORT"])
        || parts.windows(3).any(address)
}

#[cfg(test)]
mod tests {
    use super::{KEYS, RESERVED, is_service_link};

    #[test]
    fn variables_are_spelled_from_paths() {
        let names: Vec<String> = KEYS.iter().map(super::Key::variable).collect();
        assert!(names.contains(&"PLUMBER_DEFAULTS_MOVER_SECURITY_CONTEXT_RUN_AS_USER".into()));
        assert!(names.contains(&"PLUMBER_LIMITS_STREAM_SIZE".into()));
        for name in &names {
            assert!(!RESERVED.contains(&name.as_str()) && !is_service_link(name), "{name}");
        }
    }

    #[test]
    fn variables_of_services_are_known() {
        for name in [
            "PLUMBER_SERVICE_HOST",
            "PLUMBER_SERVICE_PORT",
            "PLUMBER_SERVICE_PORT_HTTP",
            "PLUMBER_PORT",
            "PLUMBER_PORT_80_TCP",
            "PLUMBER_AUDIT_PORT_8080_TCP_ADDR",
        ] {
            assert!(is_service_link(name), "{name}");
        }
        assert!(!is_service_link("PLUMBER_MODE"));
        assert!(!is_service_link("PLUMBER_REPORT"));
    }
}
