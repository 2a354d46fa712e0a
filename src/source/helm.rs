//! `helm template`, with the arguments that Argo CD gives it.
#![expect(clippy::disallowed_methods, reason = "files that are named are looked at here")]

mod dependency;

use super::files::Unreadable;
use super::program::{Deadline, Failure, Ran, run};
use std::path::{Path, PathBuf};

/// The file that makes a folder a chart.
pub(super) const FILE: &str = "Chart.yaml";

/// What Helm says when a chart that `Chart.yaml` names is not in `charts/`.
const MISSING_DEPENDENCY: &str = "found in Chart.yaml, but missing in charts/ directory";

/// How charts are rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Helm {
    /// The release's name; the folder's where it is not given.
    pub release: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The cluster's version.
    pub kube_version: Option<String>,
    /// The cluster's API versions.
    pub api_versions: Vec<String>,
    /// Values files, relative to the chart and below `boundary`.
    pub values_files: Vec<String>,
    /// The folder that values files may not leave; the chart's own where it is not given.
    pub boundary: Option<PathBuf>,
    /// Values as YAML; they come after the files.
    pub values: Option<String>,
    /// Single values, as `--set` takes them, but for commas, which stand for themselves; they come
    /// last.
    pub parameters: Vec<(String, String)>,
    /// Single values that are texts, whatever they look like, as `--set-string` takes them.
    pub strings: Vec<(String, String)>,
    /// Whether CRDs are left out.
    pub skip_crds: bool,
}

/// Renders a chart. Dependencies are built only when one is missing.
///
/// # Errors
/// A values file lies outside, Helm is not installed, or it failed.
pub(super) fn template(
    root: &Path,
    helm: &Helm,
    deadline: Deadline,
) -> Result<(String, Vec<u8>), Unreadable> {
    let arguments = arguments(root, helm)?;
    let input = helm.values.as_deref().unwrap_or_default();
    let shown = root.display().to_string();
    let failed = |why: &Failure| Unreadable::Path {
        message: format!("{shown}: {}", why.shown),
        help: format!("see it alone: helm template {shown}"),
    };
    let mut ran = run("helm", &arguments, root, input, deadline)?;
    if matches!(&ran, Ran::Failed(why) if why.says(MISSING_DEPENDENCY)) {
        if let Ran::Failed(why) = dependency::build(root, deadline)? {
            return Err(failed(&why));
        }
        ran = run("helm", &arguments, root, input, deadline)?;
    }
    match ran {
        Ran::Printed(printed) => Ok((format!("helm template {shown}"), printed)),
        Ran::Failed(why) => Err(failed(&why)),
        Ran::Missing => Err(Unreadable::Path {
            message: format!("{shown} is a chart, and helm is not installed"),
            help: "install helm, or pipe its output in: helm template … | plumber render -".into(),
        }),
    }
}

fn arguments(root: &Path, helm: &Helm) -> Result<Vec<String>, Unreadable> {
    let Helm {
        release,
        namespace,
        kube_version,
        api_versions,
        values_files,
        boundary,
        values,
        parameters,
        strings,
        skip_crds,
    } = helm;
    let folder = || {
        let canonical = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let name = canonical.file_name().map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "release".into())
    };
    let mut arguments: Vec<String> = vec!["template".into(), ".".into(), "--name-template".into()];
    arguments.push(release.clone().unwrap_or_else(folder));
    let mut option = |name: &str, value: &str| {
        arguments.push(name.to_owned());
        arguments.push(value.to_owned());
    };
    if let Some(namespace) = namespace {
        option("--namespace", namespace);
    }
    if let Some(version) = kube_version {
        option("--kube-version", version);
    }
    for version in api_versions {
        option("--api-versions", version);
    }
    for file in values_files {
        inside(root, boundary.as_deref().unwrap_or(root), file)?;
        option("--values", file);
    }
    if values.is_some() {
        option("--values", "-");
    }
    for (name, value) in parameters {
        option("--set", &format!("{name}={}", one_value(value)));
    }
    for (name, value) in strings {
        option("--set-string", &format!("{name}={}", one_value(value)));
    }
    arguments.push(if *skip_crds { "--skip-crds" } else { "--include-crds" }.to_owned());
    Ok(arguments)
}

/// Keeps Helm from taking a comma for the start of another setting, as Argo CD does. A list in
/// braces needs its commas.
fn one_value(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut kept = String::with_capacity(value.len());
    let mut escaped = false;
    for c in value.chars() {
        if c == ',' && !escaped {
            kept.push('\\');
        }
        escaped = c == '\\' && !escaped;
        kept.push(c);
    }
    kept
}

/// A values file is named by the application, which must not read what else the machine holds.
fn inside(root: &Path, boundary: &Path, file: &str) -> Result<(), Unreadable> {
    let refuse = |message: String| Unreadable::Path {
        message,
        help: "name a file of the repository, relative to the chart".into(),
    };
    // Helm takes addresses and further options where it expects a file.
    if file.contains("://") || file.starts_with('-') {
        return Err(refuse(format!("`{file}` is no values file")));
    }
    let real = |path: &Path| {
        std::fs::canonicalize(path)
            .map_err(|error| refuse(format!("cannot read the values file {file}: {error}")))
    };
    if real(&root.join(file))?.starts_with(real(boundary)?) {
        return Ok(());
    }
    Err(refuse(format!("the values file {file} is outside the repository")))
}

#[cfg(test)]
mod tests {
    use super::one_value;

    #[test]
    fn a_comma_is_part_of_a_value() {
        assert_eq!(one_value("a,b=c,"), r"a\,b=c\,");
        assert_eq!(one_value(r"a\,b\\,c"), r"a\,b\\\,c");
        assert_eq!(one_value("{a,b}"), "{a,b}");
    }
}
