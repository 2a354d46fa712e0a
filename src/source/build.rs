//! A folder → manifests, built with what it is: kustomize, Helm, or its own files.

use super::files::{Inputs, Unreadable, add};
use super::program::Deadline;
use super::{folder, helm, kustomize};
use crate::manifest::Framing;
use std::path::Path;
use std::time::Duration;

/// What a folder is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Its own manifests.
    Plain,
    /// `kustomize build`, or `kubectl kustomize`.
    Kustomize,
    /// `helm template`.
    Helm,
}

/// How folders are built.
#[derive(Debug, Clone)]
pub struct Build {
    /// The tool; by the folder's files where it is not given.
    pub tool: Option<Tool>,
    /// How long the programs that build one folder may take, all together.
    pub limit: Duration,
    /// For plain folders.
    pub plain: folder::Plain,
    /// For kustomizations: options of `kustomize build`.
    pub kustomize_options: Vec<String>,
    /// For charts.
    pub helm: helm::Helm,
}

/// Below the 60 s after which Argo CD gives up with a message that names no cause.
const LIMIT: Duration = Duration::from_secs(50);

/// The variable that sets another limit, in whole seconds.
pub const TIMEOUT_VARIABLE: &str = "PLUMBER_BUILD_TIMEOUT";
/// A day: more is a slip.
const LONGEST: u64 = 86_400;

/// Reads the value of [`TIMEOUT_VARIABLE`]; the default where it is not set.
///
/// # Errors
/// Says what to write.
pub fn limit(value: Option<&str>) -> Result<Duration, String> {
    let Some(value) = value else { return Ok(LIMIT) };
    let seconds = value.parse().ok().filter(|seconds| (1..=LONGEST).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!(
            "{TIMEOUT_VARIABLE} is `{value}`: write whole seconds from 1 to {LONGEST}, such as {}, \
             less than Argo CD waits",
            LIMIT.as_secs()
        )
    })
}

impl Default for Build {
    fn default() -> Self {
        Self {
            tool: None,
            limit: LIMIT,
            plain: folder::Plain::default(),
            kustomize_options: Vec::new(),
            helm: helm::Helm::default(),
        }
    }
}

/// Returns what a folder is by the files in it: a kustomization comes before a chart, as for
/// Argo CD a chart inside a kustomization is the kustomization's business.
pub fn detect(root: &Path) -> Tool {
    if kustomize::FILES.iter().any(|file| root.join(file).is_file()) {
        Tool::Kustomize
    } else if root.join(helm::FILE).is_file() {
        Tool::Helm
    } else {
        Tool::Plain
    }
}

/// Reads a folder's manifests into `inputs`.
///
/// # Errors
/// A program failed, or the folder cannot be read.
pub(super) fn read(root: &Path, build: &Build, inputs: &mut Inputs) -> Result<(), Unreadable> {
    let deadline = Deadline::after(build.limit);
    let (name, printed) = match build.tool.unwrap_or_else(|| detect(root)) {
        Tool::Plain => return folder::read(root, &build.plain, inputs),
        Tool::Kustomize => kustomize::build(root, &build.kustomize_options, deadline)?,
        Tool::Helm => helm::template(root, &build.helm, deadline)?,
    };
    add(inputs, name.into(), printed, Framing::Stream)
}
