//! Applications → the parts of a checkout that are rendered, and how.

use crate::argocd::application::Application as Plugin;
use crate::audit::Key;
use crate::object::{Node, Value};
use crate::source::build::{Build, Tool};
use crate::source::files::Recursion;
use crate::source::helm::Helm;
use globset::Glob;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A part of a checkout that is rendered in one run.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::daemon) struct Part {
    /// The application, as it tracks its objects; nothing for the whole folder.
    pub(in crate::daemon) app: Option<String>,
    /// The repository that it names.
    pub(in crate::daemon) repo: Option<String>,
    /// The folder, relative to the checkout.
    pub(in crate::daemon) path: String,
    /// The namespace of manifests that state none.
    pub(in crate::daemon) namespace: Option<String>,
    /// How it is rendered.
    pub(in crate::daemon) how: How,
}

/// How a part is rendered.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::daemon) enum How {
    /// As `plumber render -R` does.
    Whole,
    /// As `plumber check` does each application of `apps:`.
    Configured,
    /// As `plumber cmp generate` does, with the variables that Argo CD gives it.
    Plugin(BTreeMap<String, String>),
    /// By Argo CD itself: nothing is added.
    Plain(Plain),
    /// Not at all, for this reason.
    Not(String),
}

/// How Argo CD builds a folder by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::daemon) struct Plain {
    tool: Option<Tool>,
    recurse: bool,
    include: Option<String>,
    exclude: Option<String>,
    release: String,
    namespace: Option<String>,
    values_files: Vec<String>,
    values: Option<String>,
    parameters: Vec<(String, String)>,
    skip_crds: bool,
}

/// The plugin's name in `plugin.yaml`; a copy under another name starts with it.
const PLUGIN: &str = "plumber";
/// What a kustomization can be told that changes no name and no namespace.
const HARMLESS: &[&str] = &["images", "replicas", "version", "forceCommonLabels"];

/// Returns the parts that an application names.
pub(in crate::daemon) fn parts(key: &Key, application: &Node) -> Vec<Part> {
    let Some(spec) = application.get("spec") else { return Vec::new() };
    if !is_here(spec) {
        return Vec::new();
    }
    let several = spec.get("sources").and_then(Node::items).filter(|items| !items.is_empty());
    let hydrated = spec.at(&["sourceHydrator", "drySource"]);
    let sources = match several {
        Some(several) => several.iter().collect(),
        None => hydrated.or(spec.get("source")).into_iter().collect::<Vec<_>>(),
    };
    let namespace = text(spec, &["destination", "namespace"]);
    let part = |source: &&Node| {
        let chart = text(source, &["chart"]);
        // A source that is only referred to gives values and no manifests.
        let path = text(source, &["path"]).or(chart.clone())?;
        let path = path.trim_matches('/').trim_start_matches("./").to_owned();
        let path = if path.is_empty() { ".".to_owned() } else { path };
        let how = match chart {
            Some(chart) => {
                How::Not(format!("the chart {chart} of a Helm repository is not looked at"))
            }
            None => how(key, source, &path, namespace.as_deref()),
        };
        let repo = text(source, &["repoURL"]);
        Some(Part {
            app: Some(key.name().to_owned()),
            repo,
            path,
            namespace: namespace.clone(),
            how,
        })
    };
    sources.iter().filter_map(part).collect()
}

/// Returns whether an application is deployed to the cluster that it stands in.
fn is_here(spec: &Node) -> bool {
    let name = text(spec, &["destination", "name"]);
    let server = text(spec, &["destination", "server"]);
    name.is_none_or(|name| name == "in-cluster")
        && server
            .is_none_or(|server| server.trim_end_matches('/').ends_with("//kubernetes.default.svc"))
}

fn text(node: &Node, path: &[&str]) -> Option<String> {
    node.text_at(path).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn how(key: &Key, source: &Node, path: &str, namespace: Option<&str>) -> How {
    let given = |name: &str| source.get(name).filter(|node| !node.is_null());
    if let Some(plugin) = given("plugin") {
        return match text(plugin, &["name"]) {
            Some(name) if !name.starts_with(PLUGIN) => {
                How::Not(format!("the plugin {name} renders it, which is not started here"))
            }
            Some(_) | None => How::Plugin(variables(key, plugin, path, namespace)),
        };
    }
    let mut plain = Plain {
        release: key.name().to_owned(),
        namespace: namespace.map(str::to_owned),
        ..Plain::default()
    };
    let is_true = |node: Option<&Node>| node.is_some_and(|node| node.value == Value::Bool(true));
    if let Some(directory) = given("directory") {
        plain.tool = Some(Tool::Plain);
        plain.recurse = is_true(directory.get("recurse"));
        plain.include = text(directory, &["include"]);
        plain.exclude = text(directory, &["exclude"]);
    }
    if let Some(kustomize) = given("kustomize") {
        plain.tool = Some(Tool::Kustomize);
        let other = kustomize.entries().iter().find(|e| !HARMLESS.contains(&e.key.as_str()));
        if let Some(other) = other {
            return How::Not(format!(
                "it sets kustomize.{}, which is not followed here",
                other.key
            ));
        }
    }
    if let Some(helm) = given("helm") {
        plain.tool = Some(Tool::Helm);
        if let Err(why) = chart(helm, &mut plain) {
            return How::Not(why);
        }
    }
    How::Plain(plain)
}

fn chart(helm: &Node, plain: &mut Plain) -> Result<(), String> {
    if let Some(release) = text(helm, &["releaseName"]) {
        plain.release = release;
    }
    if let Some(namespace) = text(helm, &["namespace"]) {
        plain.namespace = Some(namespace);
    }
    let items = |key: &str| helm.get(key).and_then(Node::items).unwrap_or_default();
    for file in items("valueFiles").iter().filter_map(Node::as_str) {
        if file.starts_with('$') {
            return Err(format!("its values are {file}, of another source, which is not followed"));
        }
        plain.values_files.push(file.to_owned());
    }
    if !items("fileParameters").is_empty() {
        return Err("it sets helm.fileParameters, which is not followed here".to_owned());
    }
    let object = helm.get("valuesObject").filter(|node| !node.is_null());
    // JSON is YAML.
    plain.values = object.map(|node| node.to_json().to_string()).or(text(helm, &["values"]));
    for parameter in items("parameters") {
        let name = text(parameter, &["name"]).unwrap_or_default();
        plain.parameters.push((name, text(parameter, &["value"]).unwrap_or_default()));
    }
    plain.skip_crds = helm.get("skipCrds").is_some_and(|node| node.value == Value::Bool(true));
    Ok(())
}

/// Returns the variables that Argo CD gives the plugin.
fn variables(
    key: &Key,
    plugin: &Node,
    path: &str,
    namespace: Option<&str>,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([
        ("ARGOCD_APP_NAME".to_owned(), key.name().to_owned()),
        ("ARGOCD_APP_SOURCE_PATH".to_owned(), path.to_owned()),
        ("ARGOCD_APP_NAMESPACE".to_owned(), namespace.unwrap_or_default().to_owned()),
    ]);
    let parameters = plugin.get("parameters").filter(|node| !node.is_null());
    let parameters = parameters.map_or(Json::Null, Node::to_json);
    variables.insert("ARGOCD_APP_PARAMETERS".to_owned(), parameters.to_string());
    for variable in plugin.get("env").and_then(Node::items).unwrap_or_default() {
        if let Some(name) = text(variable, &["name"]) {
            let value = text(variable, &["value"]).unwrap_or_default();
            variables.insert(format!("ARGOCD_ENV_{name}"), value);
        }
    }
    variables
}

impl Plain {
    /// Returns how the folder is built.
    pub(in crate::daemon) fn build(&self, base: Build) -> Result<Build, String> {
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
        build.helm = Helm {
            release: Some(self.release.clone()),
            namespace: self.namespace.clone(),
            values_files: self.values_files.clone(),
            values: self.values.clone(),
            parameters: self.parameters.clone(),
            skip_crds: self.skip_crds,
            ..build.helm
        };
        Ok(build)
    }
}

impl Part {
    /// Makes the part that is the whole folder.
    pub(in crate::daemon) fn whole() -> Self {
        Self { app: None, repo: None, path: ".".to_owned(), namespace: None, how: How::Whole }
    }

    /// Reads the variables of the plugin.
    pub(in crate::daemon) fn plugin(
        variables: &BTreeMap<String, String>,
    ) -> Result<Plugin, String> {
        Plugin::from_variables(variables)
    }
}
