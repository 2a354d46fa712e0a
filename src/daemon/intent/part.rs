//! Applications → the parts of a checkout that are rendered, and how.

use super::plain::Plain;
use crate::argocd::application::Application as Plugin;
use crate::audit::Key;
use crate::object::Node;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A part of a checkout that is rendered in one run.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::daemon) struct Part {
    /// The application, as it tracks its objects; nothing for the whole folder.
    pub(in crate::daemon) app: Option<String>,
    /// The repository that it names.
    pub(in crate::daemon) repo: Option<String>,
    /// Further repositories of which it takes files.
    pub(in crate::daemon) also: Vec<String>,
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
    Plain(Box<Plain>),
    /// Not at all, for this reason.
    Not(String),
}

/// The plugin's name in `plugin.yaml`; a copy under another name starts with it.
const PLUGIN: &str = "plumber";
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
    let referred = |source: &&Node| {
        Some((text(source, &["ref"])?, text(source, &["repoURL"]).unwrap_or_default()))
    };
    let refs: BTreeMap<String, String> = sources.iter().filter_map(referred).collect();
    let part = |source: &&Node| {
        let chart = text(source, &["chart"]);
        // A source that is only referred to gives values and no manifests.
        let path = text(source, &["path"]).or(chart.clone())?;
        let path = path.trim_matches('/').trim_start_matches("./").to_owned();
        let path = if path.is_empty() { ".".to_owned() } else { path };
        let repo = text(source, &["repoURL"]);
        let mut also = Vec::new();
        let how = match chart {
            Some(chart) => How::Not(format!(
                "the chart {chart} is in a Helm repository and not in the checkout, and is not \
                 looked at"
            )),
            None if path.split('/').any(|part| part == "..") => {
                How::Not("its path leads out of the repository".to_owned())
            }
            None => {
                let variables = known(key, spec, source, &path, namespace.as_deref());
                let namespace = namespace.as_deref();
                how(
                    &Named { key, path: &path, namespace, refs: &refs, variables },
                    source,
                    &mut also,
                )
            }
        };
        let namespace = namespace.clone();
        Some(Part { app: Some(key.name().to_owned()), repo, also, path, namespace, how })
    };
    sources.iter().filter_map(part).collect()
}

/// What is known of a source beside what it says itself.
pub(super) struct Named<'n> {
    /// The application.
    pub(super) key: &'n Key,
    /// The folder.
    pub(super) path: &'n str,
    /// The namespace that it goes to.
    pub(super) namespace: Option<&'n str>,
    /// The repositories of the application's sources that have a name.
    pub(super) refs: &'n BTreeMap<String, String>,
    /// What Argo CD fills in.
    pub(super) variables: BTreeMap<&'static str, String>,
}

/// Returns the variables that Argo CD fills in, as far as they do not hang on the commit.
fn known(
    key: &Key,
    spec: &Node,
    source: &Node,
    path: &str,
    namespace: Option<&str>,
) -> BTreeMap<&'static str, String> {
    let said = |node: &Node, key: &str| text(node, &[key]).unwrap_or_default();
    BTreeMap::from([
        ("ARGOCD_APP_NAME", key.name().to_owned()),
        ("ARGOCD_APP_NAMESPACE", namespace.unwrap_or_default().to_owned()),
        ("ARGOCD_APP_PROJECT_NAME", said(spec, "project")),
        ("ARGOCD_APP_SOURCE_REPO_URL", said(source, "repoURL")),
        ("ARGOCD_APP_SOURCE_PATH", path.to_owned()),
        ("ARGOCD_APP_SOURCE_TARGET_REVISION", said(source, "targetRevision")),
    ])
}

/// Returns whether an application is deployed to the cluster that it stands in.
fn is_here(spec: &Node) -> bool {
    let name = text(spec, &["destination", "name"]);
    let server = text(spec, &["destination", "server"]);
    name.is_none_or(|name| name == "in-cluster")
        && server
            .is_none_or(|server| server.trim_end_matches('/').ends_with("//kubernetes.default.svc"))
}

pub(super) fn text(node: &Node, path: &[&str]) -> Option<String> {
    node.text_at(path).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn how(named: &Named<'_>, source: &Node, also: &mut Vec<String>) -> How {
    if let Some(plugin) = source.get("plugin").filter(|node| !node.is_null()) {
        return match text(plugin, &["name"]) {
            Some(name) if !name.starts_with(PLUGIN) => {
                How::Not(format!("the plugin {name} renders it, which is not started here"))
            }
            Some(_) | None => {
                How::Plugin(variables(named.key, plugin, named.path, named.namespace))
            }
        };
    }
    Plain::of(named, source, also).map_or_else(How::Not, |plain| How::Plain(Box::new(plain)))
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

impl Part {
    /// Makes the part that is the whole folder.
    pub(in crate::daemon) fn whole() -> Self {
        let (also, path) = (Vec::new(), ".".to_owned());
        Self { app: None, repo: None, also, path, namespace: None, how: How::Whole }
    }

    /// Reads the variables of the plugin.
    pub(in crate::daemon) fn plugin(
        variables: &BTreeMap<String, String>,
    ) -> Result<Plugin, String> {
        Plugin::from_variables(variables)
    }
}
