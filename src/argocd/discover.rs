//! Applications and `ApplicationSets` → the folders of a repository that they apply.
//!
//! Takes objects and a way to list folders; reads nothing itself. Generators other than `list`, the
//! directories of `git`, and `matrix` of these depend on more than the repository, and are named as
//! not looked into.

use super::parameters::RECURSIVE;
use crate::api::kinds;
use crate::object::{Node, Object, Value};
use std::collections::BTreeMap;

/// A folder that an application applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The application's name.
    pub name: String,
    /// The folder, relative to the repository.
    pub path: String,
    /// The namespace of manifests that state none.
    pub namespace: Option<String>,
    /// The cluster it goes to.
    pub cluster: Option<String>,
    /// Whether its subfolders are read, where it is no build's.
    pub recursive: bool,
}

/// What the objects name, and what could not be followed.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The folders, in the order of the objects.
    pub listed: Vec<Listed>,
    /// What could not be followed, in words.
    pub notes: Vec<String>,
}

type Parameters = BTreeMap<String, String>;

/// Follows Applications and `ApplicationSets`. `folders` lists those of the repository that a glob
/// matches.
pub fn discover(objects: &[Object], folders: &dyn Fn(&str) -> Vec<String>) -> Discovered {
    let mut found = Discovered::default();
    for object in objects {
        match object.id.kind.as_str() {
            kinds::APPLICATION => {
                list(&object.node, &Parameters::new(), &mut found, &object.id.name);
            }
            kinds::APPLICATION_SET => set(object, folders, &mut found),
            _ => {}
        }
    }
    found
}

/// Lists the folders of an Application, or of a template with its parameters filled in.
fn list(application: &Node, parameters: &Parameters, found: &mut Discovered, of: &str) {
    let mut text = |path: &[&str]| -> Option<String> {
        let text = application.text_at(path).filter(|text| !text.is_empty())?;
        fill(text, parameters)
            .map_err(|what| {
                found
                    .notes
                    .push(format!("{of}: {} is {text}, and {what} is not known", path.join(".")));
            })
            .ok()
    };
    let name = text(&["metadata", "name"]).unwrap_or_else(|| of.to_owned());
    let namespace = text(&["spec", "destination", "namespace"]);
    let cluster =
        text(&["spec", "destination", "name"]).or_else(|| text(&["spec", "destination", "server"]));
    let spec = application.get("spec");
    let many = spec.and_then(|spec| spec.get("sources")).and_then(Node::items).unwrap_or_default();
    let one = spec.and_then(|spec| spec.get("source"));
    let hydrated = spec.and_then(|spec| spec.at(&["sourceHydrator", "drySource"]));
    for source in many.iter().chain(one).chain(hydrated) {
        let Some(path) = source.text_at(&["path"]).filter(|_| source.get("chart").is_none()) else {
            continue;
        };
        match fill(path, parameters) {
            Ok(path) => found.listed.push(Listed {
                name: name.clone(),
                path: path.trim_matches('/').to_owned(),
                namespace: namespace.clone(),
                cluster: cluster.clone(),
                recursive: is_recursive(source),
            }),
            Err(what) => {
                found.notes.push(format!("{of}: the path is {path}, and {what} is not known"));
            }
        }
    }
}

/// By Argo CD's own setting, or by the plugin's parameter.
fn is_recursive(source: &Node) -> bool {
    let is_true = |node: &Node| node.value == Value::Bool(true) || node.as_str() == Some("true");
    let parameters = source.at(&["plugin", "parameters"]).and_then(Node::items);
    source.at(&["directory", "recurse"]).is_some_and(is_true)
        || parameters.unwrap_or_default().iter().any(|parameter| {
            parameter.text_at(&["name"]) == Some(RECURSIVE)
                && parameter.get("string").is_some_and(is_true)
        })
}

fn set(object: &Object, folders: &dyn Fn(&str) -> Vec<String>, found: &mut Discovered) {
    let name = &object.id.name;
    let Some(template) = object.node.at(&["spec", "template"]) else { return };
    let generators = object.node.at(&["spec", "generators"]).and_then(Node::items);
    for generator in generators.unwrap_or_default() {
        match generated(generator, folders) {
            Ok(all) => all.iter().for_each(|parameters| list(template, parameters, found, name)),
            Err(kind) => {
                found.notes.push(format!("{name}: the generator {kind} is not looked into"));
            }
        }
    }
}

/// Returns the parameters that a generator gives, once for each application.
fn generated(
    generator: &Node,
    folders: &dyn Fn(&str) -> Vec<String>,
) -> Result<Vec<Parameters>, String> {
    if let Some(elements) = generator.at(&["list", "elements"]).and_then(Node::items) {
        return Ok(elements.iter().map(|element| flat(element, "")).collect());
    }
    if let Some(directories) = generator.at(&["git", "directories"]).and_then(Node::items) {
        let glob = |directory: &Node| directory.text_at(&["path"]).unwrap_or_default().to_owned();
        let is_excluded = |directory: &&Node| {
            directory.get("exclude").is_some_and(|flag| flag.value == Value::Bool(true))
        };
        let without: Vec<String> =
            directories.iter().filter(is_excluded).flat_map(|d| folders(&glob(d))).collect();
        let mut paths: Vec<String> = directories
            .iter()
            .filter(|directory| !is_excluded(directory))
            .flat_map(|directory| folders(&glob(directory)))
            .filter(|path| !without.contains(path))
            .collect();
        paths.sort();
        paths.dedup();
        return Ok(paths.iter().map(|path| of_path(path)).collect());
    }
    if let Some(inner) = generator.at(&["matrix", "generators"]).and_then(Node::items) {
        let mut all = vec![Parameters::new()];
        for generator in inner {
            let more = generated(generator, folders)?;
            all = all
                .iter()
                .flat_map(|one| {
                    more.iter()
                        .map(move |other| one.clone().into_iter().chain(other.clone()).collect())
                })
                .collect();
        }
        return Ok(all);
    }
    Err(generator.entries().first().map_or_else(|| "?".to_owned(), |entry| entry.key.to_string()))
}

/// An element's values by their dotted names.
fn flat(node: &Node, prefix: &str) -> Parameters {
    let mut parameters = Parameters::new();
    for entry in node.entries() {
        let key = format!("{prefix}{}", entry.key);
        match entry.value.to_json() {
            serde_json::Value::String(text) => {
                parameters.insert(key, text);
            }
            serde_json::Value::Object(_) => {
                parameters.extend(flat(&entry.value, &format!("{key}.")));
            }
            serde_json::Value::Null | serde_json::Value::Array(_) => {}
            value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
                parameters.insert(key, value.to_string());
            }
        }
    }
    parameters
}

/// What Argo CD's git generator gives for a folder, in both of its template languages.
fn of_path(path: &str) -> Parameters {
    let basename = path.rsplit('/').next().unwrap_or(path);
    let normalized: String = basename
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .collect();
    let mut parameters = Parameters::from([
        ("path".to_owned(), path.to_owned()),
        ("path.path".to_owned(), path.to_owned()),
        ("path.basename".to_owned(), basename.to_owned()),
        ("path.basenameNormalized".to_owned(), normalized),
    ]);
    for (index, segment) in path.split('/').enumerate() {
        parameters.insert(format!("path[{index}]"), segment.to_owned());
        parameters.insert(format!("index .path.segments {index}"), segment.to_owned());
    }
    parameters
}

/// Fills a template's parameters in; names the first one that has no value.
fn fill(template: &str, parameters: &Parameters) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (inside, after) = after.split_once("}}").ok_or_else(|| "its end".to_owned())?;
        let key = inside.trim().trim_matches('-').trim();
        let bare = key.strip_prefix('.').unwrap_or(key);
        let value = parameters.get(bare).ok_or_else(|| format!("`{key}`"))?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{Discovered, discover};
    use crate::manifest::{Framing, Limits, Secrets, Source, read_further};

    fn discovered(text: &str) -> Discovered {
        let source = Source { name: "in".into(), text: text.into(), framing: Framing::Stream };
        let kinds = crate::api::kinds::FURTHER;
        let objects =
            read_further(vec![source], Limits::default(), Secrets::PassedOver, kinds).objects;
        let folders = |glob: &str| match glob {
            "apps/*" => vec!["apps/b".to_owned(), "apps/a".to_owned(), "apps/old".to_owned()],
            "apps/old" => vec!["apps/old".to_owned()],
            _ => Vec::new(),
        };
        discover(&objects, &folders)
    }

    fn shown(found: &Discovered) -> Vec<String> {
        let listed = found.listed.iter().map(|l| {
            format!(
                "{} {} {} {}",
                l.name,
                l.path,
                l.namespace.as_deref().unwrap_or("-"),
                l.cluster.as_deref().unwrap_or("-")
            )
        });
        listed.chain(found.notes.iter().map(|note| format!("# {note}"))).collect()
    }

    #[test]
    fn folders_of_applications_are_found() {
        let found = discovered(
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: photos}
spec:
  sources:
  - {path: apps/photos, directory: {recurse: true}}
  - {chart: redis, path: ''}
  destination: {server: https://kubernetes.default.svc, namespace: photos}
",
        );
        assert_eq!(shown(&found), ["photos apps/photos photos https://kubernetes.default.svc"]);
        assert!(found.listed[0].recursive);
    }

    #[test]
    fn sets_are_followed_as_far_as_the_repository_says() {
        let found = discovered(
            "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators:
  - matrix:
      generators:
      - git:
          directories: [{path: apps/*}, {path: apps/old, exclude: true}]
      - list:
          elements: [{cluster: home}, {cluster: away}]
  - clusters: {}
  template:
    metadata: {name: '{{path.basename}}-{{cluster}}'}
    spec:
      source: {path: '{{ .path.path }}'}
      destination: {name: '{{cluster}}', namespace: '{{index .path.segments 1}}'}
",
        );
        assert_eq!(
            shown(&found),
            [
                "a-home apps/a a home",
                "a-away apps/a a away",
                "b-home apps/b b home",
                "b-away apps/b b away",
                "# all: the generator clusters is not looked into",
            ]
        );
    }

    #[test]
    fn what_a_template_asks_and_nothing_says_is_named() {
        let found = discovered(
            "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators: [{list: {elements: [{a: b}]}}]
  template: {spec: {source: {path: 'apps/{{name}}'}}}
",
        );
        assert_eq!(shown(&found), ["# all: the path is apps/{{name}}, and `name` is not known"]);
    }
}
