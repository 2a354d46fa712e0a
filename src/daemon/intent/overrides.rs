//! What an Application says over a kustomization: its folder → a copy with the kustomization edited,
//! as Argo CD edits the one that it checks out.
#![expect(clippy::disallowed_methods, reason = "the copy is made here")]

use super::render::lines;
use super::substitute::substituted;
use crate::manifest::decode;
use crate::object::Node;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names of a kustomization's file.
const FILES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// What changes names, namespaces, labels or volumes.
const FOLLOWED: &[&str] = &[
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "commonAnnotations",
    "replicas",
    "patches",
    "components",
];
/// What changes nothing that the audit looks at, or only how the others are meant.
const BESIDE: &[&str] = &[
    "images",
    "version",
    "forceCommonLabels",
    "forceCommonAnnotations",
    "commonAnnotationsEnvsubst",
    "labelWithoutSelector",
    "labelIncludeTemplates",
    "ignoreMissingComponents",
    "kubeVersion",
    "apiVersions",
];

/// What an Application says over a kustomization.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Overrides {
    said: Value,
    /// What its variables stand for.
    variables: BTreeMap<&'static str, String>,
}

impl Overrides {
    /// Reads `spec.source.kustomize`; nothing where it changes nothing that matters here.
    ///
    /// # Errors
    /// It says something that is not followed.
    pub(super) fn of(
        kustomize: &Node,
        variables: &BTreeMap<&'static str, String>,
    ) -> Result<Option<Self>, String> {
        let said = kustomize.entries().iter().filter(|entry| !entry.value.is_null());
        let said: Vec<&str> = said.map(|entry| entry.key.as_str()).collect();
        if let Some(other) =
            said.iter().find(|key| !FOLLOWED.iter().chain(BESIDE).any(|k| k == *key))
        {
            return Err(format!("it sets kustomize.{other}, which is not followed here"));
        }
        let said = said.iter().any(|key| FOLLOWED.contains(key)).then(|| kustomize.to_json());
        let made = said.map(|said| Self { said, variables: variables.clone() });
        // What cannot be followed is known from the start.
        if let Some(made) = &made {
            made.edit(&mut Map::new(), Path::new(""))?;
        }
        Ok(made)
    }

    fn is(&self, key: &str) -> bool {
        self.said[key] == true
    }

    /// Edits a kustomization.
    fn edit(&self, to: &mut Map<String, Value>, folder: &Path) -> Result<(), String> {
        for key in ["namePrefix", "nameSuffix", "namespace"] {
            if let Some(text) = self.said[key].as_str().filter(|text| !text.is_empty()) {
                to.insert(key.to_owned(), text.into());
            }
        }
        let labels = self.pairs("commonLabels", true)?;
        if self.is("labelWithoutSelector") && !labels.is_empty() {
            let templates = self.is("labelIncludeTemplates");
            let known = list(to, "labels")?;
            let has = |name: &String| known.iter().any(|known| !known["pairs"][name].is_null());
            if let Some(name) =
                labels.keys().find(|name| !self.is("forceCommonLabels") && has(name))
            {
                return Err(already(name, "labels"));
            }
            known.push(json!({"pairs": labels, "includeTemplates": templates}));
        } else {
            put(to, "commonLabels", labels, self.is("forceCommonLabels"))?;
        }
        let annotations = self.pairs("commonAnnotations", self.is("commonAnnotationsEnvsubst"))?;
        put(to, "commonAnnotations", annotations, self.is("forceCommonAnnotations"))?;
        for replica in self.items("replicas") {
            let known = list(to, "replicas")?;
            known.retain(|known| known["name"] != replica["name"]);
            // A count can be written as a text.
            let count = replica["count"].as_str().and_then(|count| count.parse().ok());
            let count = count.map_or_else(|| replica["count"].clone(), |count: u32| count.into());
            known.push(json!({"name": replica["name"], "count": count}));
        }
        list(to, "patches")?.extend(self.items("patches").iter().cloned());
        for component in self.items("components") {
            let path = component.as_str().unwrap_or_default();
            let is_there = || folder.join(path).exists();
            let known = list(to, "components")?;
            if !known.contains(component) && (!self.is("ignoreMissingComponents") || is_there()) {
                known.push(component.clone());
            }
        }
        to.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
        Ok(())
    }

    fn items(&self, key: &str) -> &[Value] {
        self.said[key].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns labels or annotations, their variables filled in where they may have some.
    fn pairs(&self, key: &str, has_variables: bool) -> Result<Map<String, Value>, String> {
        let mut pairs = Map::new();
        for (name, value) in self.said[key].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let value = if has_variables {
                substituted(value, &self.variables)
                    .map_err(|why| format!("kustomize.{key}: {why}"))?
            } else {
                value.to_owned()
            };
            pairs.insert(name.clone(), value.into());
        }
        Ok(pairs)
    }
}

/// Returns a list of the kustomization, made where it is not there.
fn list<'t>(to: &'t mut Map<String, Value>, key: &str) -> Result<&'t mut Vec<Value>, String> {
    let value = to.entry(key).or_insert_with(|| json!([]));
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().ok_or_else(|| format!("{key} of the kustomization is no list"))
}

/// Adds labels or annotations; one that is there is replaced only on request, as by Argo CD.
fn put(
    to: &mut Map<String, Value>,
    key: &str,
    pairs: Map<String, Value>,
    force: bool,
) -> Result<(), String> {
    if pairs.is_empty() {
        return Ok(());
    }
    let value = to.entry(key).or_insert_with(|| json!({}));
    if value.is_null() {
        *value = json!({});
    }
    let known =
        value.as_object_mut().ok_or_else(|| format!("{key} of the kustomization is no map"))?;
    if let Some(name) = pairs.keys().find(|name| !force && known.contains_key(*name)) {
        return Err(already(name, key));
    }
    known.extend(pairs);
    Ok(())
}

fn already(name: &str, key: &str) -> String {
    format!(
        "the kustomization has the key {name} in {key} already, and the Application does not force \
         its own"
    )
}

/// A copy of a folder in a place like its own: what stands beside it is linked, so that `../base`
/// leads where it led, and the copy alone is changed.
pub(super) struct Edited {
    base: PathBuf,
    folder: PathBuf,
}

impl Edited {
    /// Copies a folder of a checkout, and edits its kustomization.
    ///
    /// # Errors
    /// It has none, or one that cannot be edited, or cannot be copied.
    pub(super) fn of(root: &Path, folder: &Path, overrides: &Overrides) -> Result<Self, String> {
        let file = FILES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
        let Some(file) = file else {
            return Err(format!(
                "its Application sets kustomize, and {} is no kustomization",
                folder.display()
            ));
        };
        let text = std::fs::read_to_string(&file).map_err(|error| failed(&file, &error))?;
        let name = file.display().to_string().into();
        let decoded = decode(&name, 1, &text).map_err(|found| lines(&[*found]))?;
        let mut kustomization = match decoded.node.as_ref().map(Node::to_json) {
            Some(Value::Object(kustomization)) => kustomization,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err(format!("{name} is no map")),
        };
        overrides.edit(&mut kustomization, folder)?;
        let made = Self::copy(root, folder).map_err(|error| failed(folder, &error))?;
        let copy = made.folder.join(file.file_name().unwrap_or_default());
        // The original may be one that nobody may write.
        let written = std::fs::remove_file(&copy)
            .and_then(|()| std::fs::write(&copy, Value::Object(kustomization).to_string()));
        written.map_err(|error| failed(&copy, &error))?;
        Ok(made)
    }

    fn copy(root: &Path, folder: &Path) -> std::io::Result<Self> {
        let outside = || std::io::Error::other("it is outside the checkout");
        let real = std::fs::canonicalize(folder)?;
        let inside = real.strip_prefix(root).map_err(|_outside| outside())?.to_owned();
        let mut numbers = 0..;
        let base = loop {
            let number: u64 = numbers.next().ok_or_else(outside)?;
            let name = format!("plumber-overrides-{}-{number}", std::process::id());
            let base = std::env::temp_dir().join(name);
            match std::fs::create_dir(&base) {
                // Links in its path would be followed by kustomize.
                Ok(()) => break std::fs::canonicalize(base)?,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let made = Self { folder: base.join(&inside), base };
        let (mut from, mut to) = (root.to_owned(), made.base.clone());
        for part in inside.components() {
            for entry in std::fs::read_dir(&from)? {
                let entry = entry?;
                let name = entry.file_name();
                if name != part.as_os_str() && name != ".git" {
                    std::os::unix::fs::symlink(entry.path(), to.join(name))?;
                }
            }
            (from, to) = (from.join(part), to.join(part));
            std::fs::create_dir(&to)?;
        }
        let walk = walkdir::WalkDir::new(&real).min_depth(1).into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != ".git") {
            let entry = entry?;
            let to = made.folder.join(entry.path().strip_prefix(&real).unwrap_or(entry.path()));
            if entry.file_type().is_dir() {
                std::fs::create_dir(&to)?;
            } else if entry.file_type().is_symlink() {
                // A link stays one: what it may not reach it does not reach from here.
                std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, &to)?;
            } else {
                std::fs::copy(entry.path(), &to)?;
            }
        }
        Ok(made)
    }

    /// The folder in the copy.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says in a text where the originals are.
    pub(super) fn original(&self, text: &str, root: &Path) -> String {
        text.replace(&self.base.display().to_string(), &root.display().to_string())
    }
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("cannot copy {}: {error}", path.display())
}

impl Drop for Edited {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.base));
    }
}
