//! A copy of a repository, and runs in it: as Argo CD's cmp-server runs the plugin, and as a
//! person runs `plumber render`.

use crate::tools::{self, Tool};
use assert_cmd::Command;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The application's folder in every fixture.
pub(crate) const APPLICATION: &str = "apps/media";

/// A cluster with VolSync, as Argo CD lists its API versions.
const CLUSTER: &str = "v1,apps/v1,apps/v1/Deployment,volsync.backube/v1alpha1,\
                       volsync.backube/v1alpha1/ReplicationSource";

/// What came out of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(!stderr.contains("panicked"), "{stderr}");
        // A process that a signal ended has no code.
        Self { code: output.status.code().unwrap(), stdout, stderr }
    }

    /// Returns the manifests of a run that has to be well.
    #[track_caller]
    pub(crate) fn manifests(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }

    /// Returns what was said by a run that has to fail, which writes nothing.
    #[track_caller]
    pub(crate) fn error(self) -> String {
        assert_ne!(self.code, 0, "{}", self.stdout);
        assert_eq!(self.stdout, "", "a run that fails writes nothing");
        assert!(!self.stderr.is_empty(), "a run that fails says why");
        self.stderr
    }
}

/// A copy of a repository of its own.
pub(crate) struct Repository {
    folder: TempDir,
    application: String,
    parameters: Option<String>,
    variables: Vec<(OsString, OsString)>,
    flags: Vec<String>,
}

impl Repository {
    /// Copies the fixture of a situation, with its parameters.
    pub(crate) fn of(situation: &str) -> Self {
        let fixture = fixtures().join(situation);
        let repository = Self::copy(&fixture.join("repository"), "", APPLICATION);
        match std::fs::read_to_string(fixture.join("parameters.json")) {
            Ok(json) => repository.parameters(json.trim_end()),
            Err(_) => repository,
        }
    }

    /// Copies a folder to a place in a repository, which holds an application.
    pub(crate) fn copy(from: &Path, to: &str, application: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(from, &folder.path().join(to));
        std::fs::create_dir_all(folder.path().join(application)).unwrap();
        let application = application.to_owned();
        let parameters = Some("null".to_owned());
        Self { folder, application, parameters, variables: Vec::new(), flags: Vec::new() }
    }

    /// Makes a repository with one file in the application's folder.
    pub(crate) fn with(name: &str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Self::copy(folder.path(), "", APPLICATION);
        repository.file(&format!("{APPLICATION}/{name}"), content)
    }

    /// Adds a file, or replaces it.
    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Adds a link in the application's folder.
    pub(crate) fn link(self, name: &str, target: impl AsRef<Path>) -> Self {
        std::os::unix::fs::symlink(target, self.path(APPLICATION).join(name)).unwrap();
        self
    }

    /// Gives `ARGOCD_APP_PARAMETERS`.
    pub(crate) fn parameters(mut self, json: &str) -> Self {
        self.parameters = Some(json.to_owned());
        self
    }

    /// Leaves `ARGOCD_APP_PARAMETERS` unset.
    pub(crate) fn without_parameters(mut self) -> Self {
        self.parameters = None;
        self
    }

    /// Sets a variable, also one that is set anyway.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().into()));
        self
    }

    /// Gives `plumber cmp generate` a flag.
    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Returns a path in the repository.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the plugin as Argo CD does: in the application's folder, with variables that are all
    /// named, without `PWD` and without standard input.
    pub(crate) fn generate(&self) -> Run {
        self.generate_in(&self.path(&self.application))
    }

    /// Runs the plugin in another folder.
    pub(crate) fn generate_in(&self, folder: &Path) -> Run {
        let home = tempfile::tempdir().unwrap();
        let revision = "1f6f2e6e5a7ad1c34c02cf8e1b12d5c1a3c0b7ee";
        let name = self.application.rsplit('/').next().unwrap();
        let mut command = command(home.path());
        command
            .args(["cmp", "generate"])
            .args(&self.flags)
            .current_dir(folder)
            .env("ARGOCD_APP_NAME", name)
            .env("ARGOCD_APP_NAMESPACE", name)
            .env("ARGOCD_APP_PROJECT_NAME", "default")
            .env("ARGOCD_APP_REVISION", revision)
            .env("ARGOCD_APP_REVISION_SHORT", &revision[..7])
            .env("ARGOCD_APP_REVISION_SHORT_8", &revision[..8])
            .env("ARGOCD_APP_SOURCE_REPO_URL", "https://git.example.com/home/cluster.git")
            .env("ARGOCD_APP_SOURCE_PATH", &self.application)
            .env("ARGOCD_APP_SOURCE_TARGET_REVISION", "main")
            .env("KUBE_VERSION", "1.32.3")
            .env("KUBE_API_VERSIONS", CLUSTER);
        if let Some(json) = &self.parameters {
            command.env("ARGOCD_APP_PARAMETERS", json);
        }
        Run::of(command.envs(self.variables.iter().cloned()))
    }

    /// Runs `plumber render` on the application's folder, in the repository's root.
    pub(crate) fn render(&self, options: &[&str]) -> Run {
        let home = tempfile::tempdir().unwrap();
        let name = self.application.rsplit('/').next().unwrap();
        // Up to this folder the nearest plumber.yaml is searched.
        std::fs::create_dir_all(self.path(".git")).unwrap();
        let mut command = command(home.path());
        command
            .args(["render", &self.application, "--namespace", name])
            .args(options)
            .current_dir(self.folder.path());
        Run::of(command.envs(self.variables.iter().cloned()))
    }

    /// Holds the plugin to what `plumber render` gives of another copy of the same folder.
    #[track_caller]
    pub(crate) fn equals_render(&self, render: &Self, options: &[&str]) -> String {
        let generated = self.generate().manifests();
        assert_eq!(generated, render.render(options).manifests());
        generated
    }
}

/// The binary, with the least that a program needs.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumber"));
    command.env_clear().env("PATH", tools::path()).env("HOME", home);
    command
}

/// The folder of all situations.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cmp")
}

/// Returns the tools that a fixture needs, by its files.
pub(crate) fn needs(situation: &Path) -> Vec<Tool> {
    let folder = situation.join("repository").join(APPLICATION);
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let kustomization = names.iter().find_map(|n| std::fs::read_to_string(folder.join(n)).ok());
    match kustomization {
        Some(text) if text.contains("helmCharts:") => vec![Tool::Kustomize, Tool::Helm],
        Some(_) => vec![Tool::Kustomize],
        None if folder.join("Chart.yaml").is_file() => vec![Tool::Helm],
        None => Vec::new(),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
