//! What a request asks for: address, parameters, representation.

use super::fault::Verb;
use super::store::{Key, Stored};
use axum::http::{HeaderMap, Method, Uri, header};
use std::collections::BTreeMap;

/// Parameters of an address, decoded.
pub(crate) type Parameters = BTreeMap<String, String>;

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// `/version`
    Version,
    /// `/livez` and its like.
    Health,
    /// `/api`
    Core,
    /// `/apis`
    Groups,
    /// `/apis/{group}`
    Group(String),
    /// `/api/v1` or `/apis/{group}/{version}`
    Kinds {
        group: String,
        version: String,
    },
    /// The objects of a kind.
    Objects(Objects),
    Unknown,
}

/// Objects of a kind, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Objects {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
}

impl Address {
    pub(crate) fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["version"] => Self::Version,
            ["livez" | "readyz" | "healthz"] => Self::Health,
            ["api"] => Self::Core,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group((*group).to_owned()),
            ["api", version] => {
                Self::Kinds { group: String::new(), version: (*version).to_owned() }
            }
            ["apis", group, version] => {
                Self::Kinds { group: (*group).to_owned(), version: (*version).to_owned() }
            }
            ["api", version, rest @ ..] => Self::below("", version, rest),
            ["apis", group, version, rest @ ..] => Self::below(group, version, rest),
            _ => Self::Unknown,
        }
    }

    fn below(group: &str, version: &str, rest: &[&str]) -> Self {
        let (namespace, plural, name) = match rest {
            ["namespaces", namespace, plural] => (Some(*namespace), *plural, None),
            ["namespaces", namespace, plural, name] => (Some(*namespace), *plural, Some(*name)),
            [plural] => (None, *plural, None),
            [plural, name] => (None, *plural, Some(*name)),
            _ => return Self::Unknown,
        };
        Self::Objects(Objects {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            name: name.map(ToOwned::to_owned),
        })
    }

    /// Returns the objects it names, if it does.
    pub(crate) fn objects(&self) -> Option<&Objects> {
        if let Self::Objects(objects) = self { Some(objects) } else { None }
    }

    /// Returns what is done to it.
    pub(crate) fn verb(&self, method: &Method, parameters: &Parameters) -> Verb {
        if method != Method::GET {
            return Verb::Write;
        }
        let Some(objects) = self.objects() else { return Verb::Discover };
        match objects.name {
            _ if flag(parameters, "watch") => Verb::Watch,
            Some(_) => Verb::Get,
            None => Verb::List,
        }
    }
}

/// Returns the parameters of an address.
pub(crate) fn parameters(uri: &Uri) -> Parameters {
    axum::extract::Query::<Parameters>::try_from_uri(uri).map(|query| query.0).unwrap_or_default()
}

/// Returns whether a parameter says yes.
pub(crate) fn flag(parameters: &Parameters, name: &str) -> bool {
    parameters.get(name).is_some_and(|value| matches!(value.as_str(), "true" | "1"))
}

/// Returns a parameter, where it says something.
pub(crate) fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// How objects are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Whole,
    /// `PartialObjectMetadata`
    Metadata,
    /// `Table`, as kubectl prints it.
    Table,
}

impl View {
    /// Takes the first that is known of what is accepted.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let known = accept.unwrap_or_default().split(',').find_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            if parts.next() != Some("application/json") {
                return None;
            }
            let kind = parts.clone().find_map(|part| part.strip_prefix("as="));
            let version = parts.find_map(|part| part.strip_prefix("v="));
            match (kind, version) {
                (None, _) => Some(Self::Whole),
                (Some("Table"), Some("v1")) => Some(Self::Table),
                (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some("v1")) => {
                    Some(Self::Metadata)
                }
                (Some(_), _) => None,
            }
        });
        known.unwrap_or(Self::Whole)
    }
}

/// Which objects are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    namespace: Option<String>,
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, Clone)]
struct Requirement {
    key: String,
    /// Any of these; empty for "whatever it says".
    values: Vec<String>,
    wanted: bool,
}

impl Selection {
    /// Reads the selectors; fails on a field by which the kind cannot be selected.
    pub(crate) fn of(objects: &Objects, parameters: &Parameters) -> Result<Self, String> {
        let labels = text(parameters, "labelSelector").map_or_else(Vec::new, requirements);
        let mut fields = Vec::new();
        for part in text(parameters, "fieldSelector").into_iter().flat_map(|all| all.split(',')) {
            let (key, value) = part.split_once('=').ok_or(part)?;
            let (key, wanted) = key.strip_suffix('!').map_or((key, true), |key| (key, false));
            let value = value.trim_start_matches('=');
            let by_any = matches!(objects.plural.as_str(), "events" | "pods");
            if !by_any && !matches!(key, "metadata.name" | "metadata.namespace") {
                return Err(format!("field label not supported: {key}"));
            }
            fields.push((key.to_owned(), wanted, value.to_owned()));
        }
        // One object is watched as all with its name.
        if let Some(name) = &objects.name {
            fields.push(("metadata.name".to_owned(), true, name.clone()));
        }
        Ok(Self { namespace: objects.namespace.clone(), labels, fields })
    }

    /// Returns where the objects begin.
    pub(crate) fn start(&self) -> Key {
        (self.namespace.clone().unwrap_or_default(), String::new())
    }

    /// Returns whether an object is behind all that is asked for.
    pub(crate) fn is_past(&self, object: &Stored) -> bool {
        self.namespace.as_ref().is_some_and(|namespace| object.key.0 > *namespace)
    }

    pub(crate) fn takes(&self, object: &Stored) -> bool {
        self.namespace.as_ref().is_none_or(|namespace| object.key.0 == *namespace)
            && self.labels.iter().all(|one| {
                let value = object.labels.get(&one.key);
                let fits = value.is_some_and(|it| one.values.is_empty() || one.values.contains(it));
                fits == one.wanted
            })
            && self.fields.iter().all(|(field, wanted, value)| {
                let is = match field.as_str() {
                    "metadata.name" => object.key.1 == *value,
                    "metadata.namespace" => object.key.0 == *value,
                    other => {
                        let pointer = format!("/{}", other.replace('.', "/"));
                        let object = object.value();
                        object.pointer(&pointer).and_then(|it| it.as_str()) == Some(value)
                    }
                };
                is == *wanted
            })
    }
}

fn requirements(selector: &str) -> Vec<Requirement> {
    let mut parts = Vec::new();
    let mut depth = 0;
    let mut part = String::new();
    for c in selector.chars() {
        match c {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            c => {
                depth += i32::from(c == '(') - i32::from(c == ')');
                part.push(c);
            }
        }
    }
    parts.push(part);
    let one = |part: &String| {
        let part = part.trim();
        let of = |key: &str, values: &[&str], wanted| Requirement {
            key: key.trim().to_owned(),
            values: values.iter().map(|value| value.trim().to_owned()).collect(),
            wanted,
        };
        if let Some((key, values)) = part.split_once(" notin (") {
            let values: Vec<&str> = values.trim_end_matches(')').split(',').collect();
            of(key, &values, false)
        } else if let Some((key, values)) = part.split_once(" in (") {
            let values: Vec<&str> = values.trim_end_matches(')').split(',').collect();
            of(key, &values, true)
        } else if let Some((key, value)) = part.split_once("!=") {
            of(key, &[value], false)
        } else if let Some((key, value)) = part.split_once('=') {
            of(key, &[value.trim_start_matches('=')], true)
        } else if let Some(key) = part.strip_prefix('!') {
            of(key, &[], false)
        } else {
            of(part, &[], true)
        }
    };
    parts.iter().map(one).collect()
}
