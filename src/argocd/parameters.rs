//! The plugin's parameters: one table that the code reads, that is announced to Argo CD, and from
//! which `docs/cmp.md` is written.

use crate::api::suggest::nearest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a parameter's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// A list of texts.
    List,
    /// Texts by name.
    Map,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its title on Argo CD's page.
    pub title: &'static str,
    /// What it does.
    pub tooltip: &'static str,
    /// How its value is written.
    pub shape: Shape,
}

macro_rules! parameters {
    ($($constant:ident = $name:literal, $shape:ident, $title:literal, $tooltip:literal;)+) => {
        $(#[doc = $tooltip] pub const $constant: &str = $name;)+

        /// Every parameter, in the order of Argo CD's page.
        pub const ALL: &[Parameter] = &[$(Parameter {
            name: $name, title: $title, tooltip: $tooltip, shape: Shape::$shape,
        },)+];
    };
}

parameters! {
    MODE = "mode", Text, "Mode",
        "strict (default): trouble with a volume fails the sync; permissive: it passes through; \
         audit: nothing is edited";
    SOURCE = "source", Text, "Source",
        "auto (default): by the files of the folder; or plain, kustomize, helm";
    RECURSIVE = "recursive", Text, "Subfolders",
        "true reads the subfolders of a plain folder too";
    INCLUDE = "include", Text, "Include",
        "a glob: only these files of a plain folder are read";
    EXCLUDE = "exclude", Text, "Exclude",
        "a glob: these files of a plain folder are left out";
    KUSTOMIZE_OPTIONS = "kustomize-build-options", List, "Kustomize build options",
        "options of kustomize build, each as OPTION=VALUE; those that run programs or read outside \
         the folder are refused";
    HELM_RELEASE = "helm-release-name", Text, "Helm release name",
        "the release's name; the application's where it is not given";
    HELM_VALUES = "helm-values", Text, "Helm values",
        "values as YAML; they come after the values files";
    HELM_VALUES_FILES = "helm-values-files", List, "Helm values files",
        "values files, relative to the chart, inside the repository";
    HELM_PARAMETERS = "helm-parameters", Map, "Helm parameters",
        "single values, as helm --set takes them, with commas as they are; a list is written {a,b}; \
         they come last";
    HELM_SKIP_CRDS = "helm-skip-crds", Text, "Helm: skip CRDs",
        "true leaves the chart's CRDs out";
    ALLOW_EMPTY = "allow-empty", Text, "Allow empty",
        "true lets an application without any manifest through, which makes Argo CD delete all of \
         its objects";
    SETTINGS = "settings", Map, "Settings",
        "keys of plumber.yaml, such as defaults.cacheCapacity: 2Gi";
}

/// A parameter as Argo CD gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Given {
    name: String,
    #[serde(default)]
    string: Option<String>,
    #[serde(default)]
    array: Option<Vec<String>>,
    #[serde(default)]
    map: Option<BTreeMap<String, String>>,
}

/// The parameters that an application gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    given: BTreeMap<String, Given>,
}

impl Parameters {
    /// Reads `ARGOCD_APP_PARAMETERS`: absent, `null`, or a list.
    ///
    /// # Errors
    /// Says what is wrong with it, in words that fit after "the parameters": not JSON, a name that
    /// no parameter has, a value of the wrong shape.
    pub fn parse(json: Option<&str>) -> Result<Self, String> {
        let given: Option<Vec<Given>> = match json.map(str::trim).filter(|json| !json.is_empty()) {
            None => None,
            Some(json) => serde_json::from_str(json).map_err(|error| unreadable(&error))?,
        };
        let mut parameters = Self::default();
        for given in given.into_iter().flatten() {
            let Some(known) = ALL.iter().find(|known| known.name == given.name) else {
                return Err(unknown(&given.name));
            };
            let fits = match known.shape {
                Shape::Text => given.array.is_none() && given.map.is_none(),
                Shape::List => given.string.is_none() && given.map.is_none(),
                Shape::Map => given.string.is_none() && given.array.is_none(),
            };
            if !fits {
                let field = field(known.shape);
                return Err(format!("give `{}` another shape: write it as `{field}`", given.name));
            }
            parameters.given.insert(given.name.clone(), given);
        }
        Ok(parameters)
    }

    /// Returns a text; nothing if it is absent or empty, as an emptied field of the page is.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name)?.string.as_deref().filter(|text| !text.is_empty())
    }

    /// Returns a list.
    pub fn list(&self, name: &str) -> &[String] {
        self.given.get(name).and_then(|given| given.array.as_deref()).unwrap_or_default()
    }

    /// Returns texts by name, in the order of the names.
    pub fn map(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let map = self.given.get(name).and_then(|given| given.map.as_ref());
        map.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads a text as `true` or `false`.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(format!("give `{name}` the value `{other}`: write true or false")),
        }
    }
}

/// Words an error of the reader, whose own words would show the value.
fn unreadable(error: &serde_json::Error) -> String {
    format!(
        "cannot be read: ARGOCD_APP_PARAMETERS is not as Argo CD writes it, at line {} column {}",
        error.line(),
        error.column()
    )
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = ALL.iter().map(|known| known.name).collect();
    nearest(name, names.iter().copied()).map_or_else(
        || format!("name `{name}`, which there is not; use {}", names.join(", ")),
        |near| format!("name `{name}`, which there is not; did you mean `{near}`?"),
    )
}

fn field(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "string",
        Shape::List => "array",
        Shape::Map => "map",
    }
}

/// A parameter as it is announced.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Announcement {
    name: &'static str,
    title: &'static str,
    tooltip: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_type: Option<&'static str>,
}

/// Returns the announcement of every parameter, as Argo CD reads it: a JSON list.
pub fn announcement() -> String {
    let all: Vec<Announcement> = ALL
        .iter()
        .map(|parameter| Announcement {
            name: parameter.name,
            title: parameter.title,
            tooltip: parameter.tooltip,
            collection_type: match parameter.shape {
                Shape::Text => None,
                shape @ (Shape::List | Shape::Map) => Some(field(shape)),
            },
        })
        .collect();
    // Serialising plain structs does not fail.
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn absent_null_and_empty_are_alike() {
        for json in [None, Some(""), Some("null"), Some("[]"), Some(" [] ")] {
            assert_eq!(Parameters::parse(json), Ok(Parameters::default()), "{json:?}");
        }
    }

    #[test]
    fn values_are_read_by_shape() {
        let json = r#"[{"name":"mode","string":"audit"},
            {"name":"helm-values-files","array":["a.yaml"]},
            {"name":"settings","map":{"repository":"r"}},
            {"name":"recursive","string":"true"},{"name":"include","string":""}]"#;
        let parameters = Parameters::parse(Some(json)).unwrap();
        assert_eq!(parameters.text("mode"), Some("audit"));
        assert_eq!(parameters.text("include"), None);
        assert_eq!(parameters.list("helm-values-files"), ["a.yaml"]);
        assert_eq!(parameters.map("settings").collect::<Vec<_>>(), [("repository", "r")]);
        assert_eq!(parameters.flag("recursive"), Ok(true));
    }

    #[test]
    fn wrong_parameters_say_what_to_write() {
        let wrong = |json: &str| Parameters::parse(Some(json)).unwrap_err();
        insta::assert_snapshot!(
            [
                wrong("{"),
                wrong(r#"[{"name":"moed","string":"audit"}]"#),
                wrong(r#"[{"name":"mode","array":["audit"]}]"#),
                wrong(r#"[{"name":"whatever"}]"#),
            ]
            .join("\n"),
            @"
        cannot be read: ARGOCD_APP_PARAMETERS is not as Argo CD writes it, at line 1 column 0
        name `moed`, which there is not; did you mean `mode`?
        give `mode` another shape: write it as `string`
        name `whatever`, which there is not; use mode, source, recursive, include, exclude, kustomize-build-options, helm-release-name, helm-values, helm-values-files, helm-parameters, helm-skip-crds, allow-empty, settings
        "
        );
    }
}
