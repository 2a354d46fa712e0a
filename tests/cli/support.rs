//! A folder to run the binary in, and what a run says.

use assert_cmd::Command;
use std::path::PathBuf;
use tempfile::TempDir;

/// A volume that asks for a backup.
pub(crate) const VOLUME: &str = r#"apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: media
  labels:
    pvc-plumber.io/enabled: "true"
    pvc-plumber.io/manage-volsync: "true"
    pvc-plumber.io/tier: daily
spec:
  resources:
    requests:
      storage: 1Gi
"#;

/// Opens every namespace.
pub(crate) const OPEN: &str = "--managed-namespace=*";

/// What starts a `plumber.yaml`.
pub(crate) const HEADER: &str = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n";

/// A folder that the binary is run in.
pub(crate) struct Folder(TempDir);

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Returns the exit code and what was said. A run that fails writes nothing.
    pub(crate) fn said(&self) -> String {
        assert!(self.code == 0 || self.stdout.is_empty(), "{}", self.stdout);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        format!("exit {}\n{}", self.code, self.stderr)
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Makes a folder with one file.
    pub(crate) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        Self::new().file(name, content)
    }

    /// Adds a file, and the folders above it.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        std::fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    pub(crate) fn link(self, name: &str, target: &str) -> Self {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| error.to_string())
    }

    /// Returns every file below, in order.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(self.0.path().join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let name = folder.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    folders.push(name);
                } else {
                    files.push(name.display().to_string());
                }
            }
        }
        files.sort();
        files
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "", &[])
    }

    /// Runs with standard input and variables; nothing else of the environment is left.
    pub(crate) fn run_with(
        &self,
        args: &[&str],
        stdin: impl Into<Vec<u8>>,
        env: &[(&str, &str)],
    ) -> Run {
        self.run_below("", args, stdin, env)
    }

    /// Runs in a folder below.
    pub(crate) fn run_below(
        &self,
        below: &str,
        args: &[&str],
        stdin: impl Into<Vec<u8>>,
        env: &[(&str, &str)],
    ) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .envs(env.iter().copied())
            .current_dir(self.path(below))
            .args(args)
            .write_stdin(stdin)
            .output()
            .unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Run { code: output.status.code().unwrap(), stdout, stderr }
    }
}
