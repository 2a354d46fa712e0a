//! Arguments of what looks at manifests and at changes to them: `check`, `explain`, `diff`, `adopt`.

use super::PlanArgs;
use clap::{Args, ValueEnum};

/// From which severity on findings fail the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors fail.
    Error,
    /// Errors and warnings fail.
    Warning,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people: the line, a caret, what to type.
    Text,
    /// For programs; the schema is docs/schema/plumber-check.schema.json.
    Json,
    /// For code scanning services: SARIF 2.1.0.
    Sarif,
    /// For GitHub, beside the lines of a pull request.
    Github,
    /// For pipelines that show tests.
    Junit,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Files, folders, or - for standard input, which is also read when something is piped in.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// How it is planned.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Looks at the applications of a repository together: the folders and files that match, such
    /// as 'my-apps/*/*'. Their --namespace and --app may hold {name}, the folder's name, and {1},
    /// what the first * matched. Also by `apps` in plumber.yaml. Can be given more than once.
    #[arg(long, value_name = "GLOB", conflicts_with = "argocd")]
    pub apps: Vec<String>,
    /// Looks at the applications that Argo CD's Applications and ApplicationSets in this folder
    /// name, together.
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    pub argocd: Option<String>,
    /// From which severity on findings fail the run.
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: FailOn,
    /// How findings are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: FormatArg,
    /// Writes into the files what can only be meant one way: quotes around labels that are no text,
    /// misspelt keys. Then says what is left.
    #[arg(long)]
    pub fix: bool,
    /// Shows in text what is worth knowing and what is allowed, too.
    #[arg(long, short)]
    pub verbose: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(override_usage = "plumber explain [OPTIONS] [PATH] NAMESPACE/PVC")]
pub struct ExplainArgs {
    /// A file or folder (standard input where it is left out), and the volume.
    #[arg(value_names = ["PATH", "NAMESPACE/PVC"], num_args = 1..=2, required = true)]
    pub what: Vec<String>,
    /// How it is planned.
    #[command(flatten)]
    pub plan: PlanArgs,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For programs; its schema is docs/schema/plumber-diff.schema.json.
    Json,
}

/// One of the two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// What was.
    Base,
    /// What will be.
    Head,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(override_usage = "plumber diff [OPTIONS] BASE HEAD
       plumber diff [OPTIONS] --git REV..REV [PATH]...")]
pub struct DiffArgs {
    /// BASE and HEAD: files, folders, - for standard input, /dev/null for nothing. With --git the
    /// files and folders that are compared, each an application of its own (this folder without).
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Compares two revisions, as git diff names them: A..B, A...B from where they part, A with
    /// the working tree.
    #[arg(long, value_name = "REV..REV")]
    pub git: Option<String>,
    /// Compares the applications of a repository, each built with what it is: the folders and files
    /// below each PATH that match, such as 'apps/*/*'. Their --namespace and --app may hold {name},
    /// the folder's name, and {1}, what the first * matched. Also by `apps` in the plumber.yaml of
    /// either side. Can be given more than once.
    #[arg(long, value_name = "GLOB")]
    pub apps: Vec<String>,
    /// Takes this side as it is built, not rendered by plumber: for an application that joins or
    /// leaves the plugin.
    #[arg(long, value_name = "SIDE")]
    pub as_is: Option<SideArg>,
    /// How the result is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
    /// Shows the objects that differ, however long they are.
    #[arg(long, overrides_with = "no_objects")]
    pub objects: bool,
    /// Leaves the objects that differ out.
    #[arg(long)]
    pub no_objects: bool,
    /// How both sides are planned.
    #[command(flatten)]
    pub plan: PlanArgs,
}

/// How a proposal is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AdoptFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct AdoptArgs {
    /// Files or folders that hold the volumes and what backs them up. The plumber.yaml is for the
    /// first.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    /// Reads folders with their subfolders.
    #[arg(long, short = 'R')]
    pub recursive: bool,
    /// The namespace of manifests that state none.
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Keeps the minute of every schedule, instead of spreading volumes over the hour where they
    /// differ.
    #[arg(long)]
    pub keep_schedules: bool,
    /// Writes plumber.yaml into the first PATH, labels the volumes in their files, and removes the
    /// objects that are rendered from now on: all files of an application, or none.
    #[arg(long)]
    pub write: bool,
    /// How the proposal is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: AdoptFormat,
    /// Shows the labels and annotations of every volume.
    #[arg(long, short)]
    pub verbose: bool,
}
