//! The application that a plugin renders: its variables → how it is built and configured.

use super::parameters::{self, Parameters};
use crate::api::name;
use crate::config::{Layer, environment_under};
use crate::diagnostic::Diagnostic;
use crate::source::build::{self, Build, TIMEOUT_VARIABLE, Tool};
use crate::source::files::Recursion;
use crate::source::helm::Helm;
use globset::Glob;
use std::collections::BTreeMap;
use std::time::Duration;

/// The variables that Argo CD sets for an application, without its secrets: everything that is
/// read from them is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// The application's name, without the prefix `<namespace>_` of one outside Argo CD's own.
    pub name: String,
    /// The namespace it is deployed to; nothing where it has none.
    pub namespace: Option<String>,
    /// Its folder, relative to the repository.
    pub source_path: String,
    /// The cluster's version.
    pub kube_version: Option<String>,
    /// The cluster's API versions, `group/version/Kind` among them.
    pub api_versions: Vec<String>,
    /// What it sets by `plugin.parameters`.
    pub parameters: Parameters,
    /// What it sets by `plugin.env` under our prefix, as `PLUMBER_…`.
    pub settings: BTreeMap<String, String>,
    /// How long the programs that build it may take: the administrator's.
    pub limit: Duration,
}

/// The prefix that Argo CD gives the variables of `plugin.env`.
const ENV_PREFIX: &str = "ARGOCD_ENV_";
/// The prefix of ours among them.
const OUR_PREFIX: &str = "ARGOCD_ENV_PLUMBER_";
/// Ours that are not an application's to set, and whose they are.
const NOT_THEIRS: &[(&str, &str)] = &[
    (
        "ARGOCD_ENV_PLUMBER_CONFIG",
        "an application cannot name the trusted file: the administrator mounts it at \
         /etc/plumber/plumber.yaml",
    ),
    ("ARGOCD_ENV_PLUMBER_NAMESPACE", "set spec.destination.namespace of the application"),
    (
        "ARGOCD_ENV_PLUMBER_BUILD_TIMEOUT",
        "the administrator sets PLUMBER_BUILD_TIMEOUT on the sidecar",
    ),
];

impl Application {
    /// Reads the variables.
    ///
    /// # Errors
    /// Says which variable is missing or wrong, and what to do.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Result<Self, String> {
        let text = |name: &str| variables.get(name).map(String::as_str).filter(|v| !v.is_empty());
        let Some(full_name) = text("ARGOCD_APP_NAME") else {
            return Err("ARGOCD_APP_NAME is not set: Argo CD runs this command; elsewhere use \
                        plumber render"
                .into());
        };
        let Some(source_path) = variables.get("ARGOCD_APP_SOURCE_PATH") else {
            return Err(
                "ARGOCD_APP_SOURCE_PATH is not set, so plumber.yaml of the repository cannot \
                        be found: set it to the folder's path in the repository, `.` for its root"
                    .into(),
            );
        };
        if let Some((ours, whose)) = NOT_THEIRS.iter().find(|(v, _)| variables.contains_key(*v)) {
            return Err(format!("{ours} is set by plugin.env; take it away: {whose}"));
        }
        let namespace = text("ARGOCD_APP_NAMESPACE").map(str::to_owned);
        if let Some(namespace) = namespace.as_deref().filter(|name| !name::is_dns_label(name)) {
            return Err(format!(
                "ARGOCD_APP_NAMESPACE is `{namespace}`, which is no namespace: correct \
                 spec.destination.namespace of the application"
            ));
        }
        let parameters = Parameters::parse(text("ARGOCD_APP_PARAMETERS"))
            .map_err(|why| format!("the plugin's parameters {why}"))?;
        let list = |name: &str| -> Vec<String> {
            let items = text(name).unwrap_or_default().split(',').map(str::trim);
            items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        Ok(Self {
            // An object's name holds no `_`, so what stands before it is the namespace.
            name: full_name.rsplit('_').next().unwrap_or(full_name).to_owned(),
            namespace,
            source_path: if source_path.is_empty() { "." } else { source_path }.to_owned(),
            kube_version: text("KUBE_VERSION").map(str::to_owned),
            api_versions: list("KUBE_API_VERSIONS"),
            parameters,
            limit: build::limit(variables.get(TIMEOUT_VARIABLE).map(String::as_str))?,
            settings: variables
                .iter()
                .filter(|(name, _)| name.starts_with(OUR_PREFIX))
                .map(|(name, value)| (name[ENV_PREFIX.len()..].to_owned(), value.clone()))
                .collect(),
        })
    }

    /// Returns how the folder is built.
    ///
    /// # Errors
    /// Says which parameter has a value without a meaning.
    pub fn build(&self) -> Result<Build, String> {
        let given = &self.parameters;
        let tool = match given.text(parameters::SOURCE) {
            None | Some("auto") => None,
            Some("plain") => Some(Tool::Plain),
            Some("kustomize") => Some(Tool::Kustomize),
            Some("helm") => Some(Tool::Helm),
            Some(other) => {
                return Err(format!(
                    "the parameter source is `{other}`: write auto, plain, kustomize or helm"
                ));
            }
        };
        let flag =
            |name: &str| given.flag(name).map_err(|why| format!("the plugin's parameters {why}"));
        let glob = |name: &str| {
            let glob =
                given.text(name).map(|glob| Glob::new(glob).map(|glob| glob.compile_matcher()));
            glob.transpose().map_err(|error| format!("the parameter {name} is no glob: {error}"))
        };
        let release = given.text(parameters::HELM_RELEASE).unwrap_or(&self.name);
        // Helm reads it as a template, in which functions look at the environment.
        if !name::is_dns_subdomain(release) {
            return Err(format!(
                "`{release}` is no Helm release name: use lower-case letters, digits, `-` \
                 and `.`, by the parameter {}",
                parameters::HELM_RELEASE
            ));
        }
        let mut build = Build { tool, limit: self.limit, ..Build::default() };
        build.plain.recursion =
            if flag(parameters::RECURSIVE)? { Recursion::On } else { Recursion::Off };
        build.plain.include = glob(parameters::INCLUDE)?;
        build.plain.exclude = glob(parameters::EXCLUDE)?;
        build.plain.allow_empty = flag(parameters::ALLOW_EMPTY)?;
        build.kustomize_options = given.list(parameters::KUSTOMIZE_OPTIONS).to_vec();
        build.helm = Helm {
            release: Some(release.to_owned()),
            namespace: self.namespace.clone(),
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            values_files: given.list(parameters::HELM_VALUES_FILES).to_vec(),
            values: given.text(parameters::HELM_VALUES).map(str::to_owned),
            parameters: given
                .map(parameters::HELM_PARAMETERS)
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            skip_crds: flag(parameters::HELM_SKIP_CRDS)?,
            ..Helm::default()
        };
        Ok(build)
    }

    /// Returns its own settings: parameters before variables.
    ///
    /// # Errors
    /// Everything that has no meaning.
    pub fn layers(&self) -> Result<Vec<Layer>, Vec<Diagnostic>> {
        let given = &self.parameters;
        let named: Vec<(String, String, String)> = given
            .text(parameters::MODE)
            .map(|mode| {
                let name = parameters::MODE;
                (name.to_owned(), mode.to_owned(), format!("parameter {name}"))
            })
            .into_iter()
            .chain(given.map(parameters::SETTINGS).map(|(key, value)| {
                let name = parameters::SETTINGS;
                (key.to_owned(), value.to_owned(), format!("parameter {name}.{key}"))
            }))
            .collect();
        let triples = named.iter().map(|(k, v, n)| (k.as_str(), v.as_str(), n.as_str()));
        let mut layers: Vec<Layer> = Layer::flags(triples)?.into_iter().collect();
        layers.extend(environment_under(ENV_PREFIX, self.settings.clone().into_iter())?);
        Ok(layers)
    }

    /// Returns whether the target cluster is known and has no VolSync.
    pub fn lacks_volsync(&self) -> bool {
        !self.api_versions.is_empty()
            && !self
                .api_versions
                .iter()
                .any(|version| version.split('/').next() == Some(crate::api::volsync::GROUP))
    }
}

#[cfg(test)]
mod tests {
    use super::Application;
    use std::collections::BTreeMap;

    fn read(variables: &[(&str, &str)]) -> Result<Application, String> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Application::from_variables(&variables)
    }

    #[test]
    fn the_name_is_without_the_namespace_of_the_application() {
        let named = |name| {
            read(&[("ARGOCD_APP_NAME", name), ("ARGOCD_APP_SOURCE_PATH", "a")]).unwrap().name
        };
        assert_eq!(named("media"), "media");
        assert_eq!(named("argocd-apps_media"), "media");
    }

    #[test]
    fn where_the_repository_starts_has_to_be_known() {
        let found = read(&[("ARGOCD_APP_NAME", "media")]).unwrap_err();
        assert!(found.starts_with("ARGOCD_APP_SOURCE_PATH is not set"), "{found}");
        let root = read(&[("ARGOCD_APP_NAME", "media"), ("ARGOCD_APP_SOURCE_PATH", "")]).unwrap();
        assert_eq!(root.source_path, ".");
    }

    #[test]
    fn a_cluster_without_its_api_versions_lacks_nothing() {
        let lacks = |versions| {
            let name = ("ARGOCD_APP_NAME", "media");
            let path = ("ARGOCD_APP_SOURCE_PATH", ".");
            read(&[name, path, ("KUBE_API_VERSIONS", versions)]).unwrap().lacks_volsync()
        };
        assert!(!lacks(""));
        assert!(!lacks("v1, volsync.backube/v1alpha1/ReplicationSource"));
        assert!(lacks("v1,apps/v1,apps/v1/Deployment"));
    }
}
