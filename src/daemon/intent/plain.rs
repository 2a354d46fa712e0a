//! How Argo CD builds a folder by itself: the settings of an Application's source → a build.

use super::overrides::Overrides;
use super::part::{Named, text};
use super::substitute::substituted;
use crate::object::{Node, Value};
use crate::source::build::{Build, Tool};
use crate::source::files::Recursion;
use crate::source::helm::Helm;
use globset::Glob;
use std::path::Path;

/// How Argo CD builds a folder by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::daemon) struct Plain {
    tool: Option<Tool>,
    recurse: bool,
    include: Option<String>,
    exclude: Option<String>,
    overrides: Option<Overrides>,
    release: String,
    namespace: Option<String>,
    kube_version: Option<String>,
    api_versions: Vec<String>,
    values_files: Vec<ValuesFile>,
    ignores_missing: bool,
    values: Option<String>,
    parameters: Vec<(String, String)>,
    strings: Vec<(String, String)>,
    skip_crds: bool,
}

/// Where a file with values is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ValuesFile {
    /// By its path from the chart.
    Chart(String),
    /// By its path from the root of the checkout.
    Root(String),
}

/// What a folder can be told.
const DIRECTORY: &[&str] = &["recurse", "include", "exclude", "jsonnet"];
/// What a chart can be told.
const HELM: &[&str] = &[
    "releaseName",
    "namespace",
    "valueFiles",
    "ignoreMissingValueFiles",
    "values",
    "valuesObject",
    "parameters",
    "fileParameters",
    "skipCrds",
    "kubeVersion",
    "apiVersions",
    // These change nothing that is rendered for a volume.
    "version",
    "passCredentials",
    "skipTests",
    "skipSchemaValidation",
];

/// Refuses what is not known: it could change anything.
fn only(known: &[&str], of: &str, node: &Node) -> Result<(), String> {
    let says = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    let mut entries = node.entries().iter().filter(|entry| says(&entry.value.value));
    match entries.find(|entry| !known.contains(&entry.key.as_str())) {
        Some(other) => Err(format!("it sets {of}.{}, which is not followed here", other.key)),
        None => Ok(()),
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|node| node.value == Value::Bool(true))
}

impl Plain {
    /// Reads how a source is built. Repositories of which it takes values are added to `also`.
    ///
    /// # Errors
    /// It sets something that is not followed.
    pub(super) fn of(
        named: &Named<'_>,
        source: &Node,
        also: &mut Vec<String>,
    ) -> Result<Self, String> {
        let given = |name: &str| source.get(name).filter(|node| !node.is_null());
        let mut plain = Self {
            release: named.key.name().to_owned(),
            namespace: named.namespace.map(str::to_owned),
            ..Self::default()
        };
        if let Some(directory) = given("directory") {
            only(DIRECTORY, "directory", directory)?;
            plain.tool = Some(Tool::Plain);
            plain.recurse = is_true(directory, "recurse");
            plain.include = text(directory, &["include"]);
            plain.exclude = text(directory, &["exclude"]);
        }
        if let Some(kustomize) = given("kustomize") {
            plain.tool = Some(Tool::Kustomize);
            plain.overrides = Overrides::of(kustomize, &named.variables)?;
            plain.versions(kustomize);
        }
        if let Some(helm) = given("helm") {
            only(HELM, "helm", helm)?;
            plain.tool = Some(Tool::Helm);
            plain.versions(helm);
            plain.chart(named, helm, also)?;
        }
        Ok(plain)
    }

    fn versions(&mut self, of: &Node) {
        self.kube_version = text(of, &["kubeVersion"]);
        let versions = of.get("apiVersions").and_then(Node::items).unwrap_or_default();
        self.api_versions = versions.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    }

    fn chart(
        &mut self,
        named: &Named<'_>,
        helm: &Node,
        also: &mut Vec<String>,
    ) -> Result<(), String> {
        if let Some(release) = text(helm, &["releaseName"]) {
            self.release = release;
        }
        if let Some(namespace) = text(helm, &["namespace"]) {
            self.namespace = Some(namespace);
        }
        let items = |key: &str| helm.get(key).and_then(Node::items).unwrap_or_default();
        for file in items("valueFiles").iter().filter_map(Node::as_str) {
            let reference = file.strip_prefix('$').and_then(|rest| {
                let (name, path) = rest.split_once('/')?;
                Some((named.refs.get(name)?, path))
            });
            let filled = |text: &str| {
                substituted(text, &named.variables).map_err(|why| format!("helm.valueFiles: {why}"))
            };
            self.values_files.push(match reference {
                Some((repo, path)) => {
                    also.push(repo.clone());
                    ValuesFile::Root(filled(path)?)
                }
                None => match filled(file)?.strip_prefix('/') {
                    Some(path) => ValuesFile::Root(path.to_owned()),
                    None => ValuesFile::Chart(filled(file)?),
                },
            });
        }
        self.ignores_missing = is_true(helm, "ignoreMissingValueFiles");
        if !items("fileParameters").is_empty() {
            return Err("it sets helm.fileParameters, which is not followed here".to_owned());
        }
        let object = helm.get("valuesObject").filter(|node| !node.is_null());
        // JSON is YAML.
        self.values = object.map(|node| node.to_json().to_string()).or(text(helm, &["values"]));
        for parameter in items("parameters") {
            let name = text(parameter, &["name"]).unwrap_or_default();
            let value = text(parameter, &["value"]).unwrap_or_default();
            let value = substituted(&value, &named.variables)
                .map_err(|why| format!("helm.parameters: {why}"))?;
            let is_string = is_true(parameter, "forceString");
            let to = if is_string { &mut self.strings } else { &mut self.parameters };
            to.push((name, value));
        }
        self.skip_crds = is_true(helm, "skipCrds");
        Ok(())
    }

    /// Returns whether it takes files from outside its folder that the folder does not name.
    pub(super) fn reaches_out(&self) -> bool {
        self.values_files.iter().any(|file| match file {
            ValuesFile::Chart(path) => path.contains(".."),
            ValuesFile::Root(_) => true,
        }) || format!("{:?}", self.overrides).contains("..")
    }

    /// Returns what is said over the folder's kustomization.
    pub(super) fn overrides(&self) -> Option<&Overrides> {
        self.overrides.as_ref()
    }

    /// Returns how a folder of a checkout is built.
    pub(super) fn build(&self, base: Build, root: &Path, folder: &Path) -> Result<Build, String> {
        let glob = |glob: &Option<String>| {
            let glob = glob.as_ref().map(|glob| Glob::new(glob).map(|glob| glob.compile_matcher()));
            glob.transpose().map_err(|error| format!("a pattern of directory: {error}"))
        };
        let mut build = Build { tool: self.tool, ..base };
        build.plain.recursion = if self.recurse { Recursion::On } else { Recursion::Off };
        build.plain.include = glob(&self.include)?;
        build.plain.exclude = glob(&self.exclude)?;
        // Argo CD lets a folder without manifests through.
        build.plain.allow_empty = true;
        let versions = self.kube_version.iter().map(|v| format!("--helm-kube-version={v}"));
        let apis = self.api_versions.iter().map(|v| format!("--helm-api-versions={v}"));
        build.kustomize_options = versions.chain(apis).collect();
        let files = self.values_files.iter().map(|file| match file {
            ValuesFile::Chart(path) => path.clone(),
            ValuesFile::Root(path) => root.join(path).display().to_string(),
        });
        let is_meant = |file: &String| !self.ignores_missing || folder.join(file).exists();
        build.helm = Helm {
            release: Some(self.release.clone()),
            namespace: self.namespace.clone(),
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            values_files: files.filter(is_meant).collect(),
            values: self.values.clone(),
            parameters: self.parameters.clone(),
            strings: self.strings.clone(),
            skip_crds: self.skip_crds,
            ..build.helm
        };
        Ok(build)
    }
}
