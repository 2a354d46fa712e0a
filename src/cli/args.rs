//! The arguments of every command. The doc comments are the help.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Backs up Kubernetes volumes from three labels: adds VolSync's objects and the restore
/// reference to a stream of manifests.
#[derive(Debug, Parser)]
#[command(name = "plumber", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds the ReplicationSource, the ReplicationDestination and the restore reference of every
    /// labelled volume.
    ///
    /// Writes the manifests to standard output, all or nothing, and says on standard error what
    /// it did. Exit code: 0 done, 1 a volume is in trouble (mode strict), 2 could not run.
    #[command(after_help = "Examples:
  kustomize build my-app | plumber render - > out.yaml
  plumber render my-app --namespace my-app --managed-namespace my-app --report report.json")]
    Render(RenderArgs),
    /// Finds every way a restore comes back empty that the manifests reveal.
    ///
    /// Looks at labelled volumes and at ReplicationSources and ReplicationDestinations written by
    /// hand. Exit code: 0 clean, 1 findings at or above --fail-on, 2 could not run.
    #[command(after_help = "Examples:
  kustomize build my-app | plumber check
  plumber check --apps 'my-apps/*' --namespace '{name}' --format github")]
    Check(CheckArgs),
    /// Tells every decision on one volume, in order, and shows its objects.
    ///
    /// Exit code: 0 told, 1 no such volume, 2 could not run.
    #[command(after_help = "Examples:
  plumber explain my-app my-namespace/data
  kustomize build my-app | plumber explain my-namespace/data")]
    Explain(ExplainArgs),
    /// Tells what a change does to the data of each volume, worst first.
    ///
    /// Renders both sides, each with its own configuration, and compares what leaves. Exit code:
    /// 0 nothing changes, 1 something does, 2 could not run or could not read a side.
    #[command(after_help = "Examples:
  plumber diff --git origin/main...HEAD apps/media --format markdown
  kustomize build apps/media | plumber diff main.yaml -")]
    Diff(DiffArgs),
    /// Turns what people wrote by hand for VolSync into labels and one plumber.yaml, and proves that
    /// rendering gives the same objects.
    ///
    /// Prints what it would write; writes nothing without --write. A volume whose objects would
    /// not come out equal, field by field, is left as it is and told. Exit code: 0 all adopted,
    /// 1 some could not be, 2 could not run.
    #[command(after_help = "Examples:
  plumber adopt -R apps
  plumber adopt -R apps --write && git diff")]
    Adopt(AdoptArgs),
    /// What Argo CD calls: the config management plugin.
    Cmp {
        /// What is called.
        #[command(subcommand)]
        command: CmpCommand,
    },
    /// Answers for each volume: would it come back, from when, and if not, why not?
    Audit {
        /// How it is asked.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Helps to restore a volume.
    Restore {
        /// What is helped with.
        #[command(subcommand)]
        command: RestoreCommand,
    },
    /// Shows the configuration.
    Config(ConfigArgs),
    /// Prints a completion script for a shell.
    #[command(after_help = "Examples:
  plumber completions bash > /etc/bash_completion.d/plumber
  plumber completions fish | source")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page.
    #[command(after_help = "Examples:
  plumber man | man -l -
  plumber man > /usr/local/share/man/man1/plumber.1")]
    Man,
}

/// What Argo CD calls.
#[derive(Debug, Subcommand)]
pub enum CmpCommand {
    /// Builds the folder it is started in, with what the folder is, and renders it.
    ///
    /// Reads Argo CD's variables and parameters. Writes the manifests to standard output, all or
    /// nothing; exits with another code than 0, and with the reason, instead of writing none.
    #[command(after_help = "Examples:
  generate: {command: [plumber, cmp, generate]}       # in plugin.yaml
  ARGOCD_APP_NAME=my-app ARGOCD_APP_SOURCE_PATH=. plumber cmp generate")]
    Generate {
        /// Lets an application without any manifest through, which makes Argo CD delete all of its
        /// objects; an application asks for it by the parameter allow-empty.
        #[arg(long)]
        allow_empty: bool,
    },
    /// Prints the plugin's parameters, as Argo CD shows them.
    #[command(after_help = "Examples:
  parameters: {dynamic: {command: [plumber, cmp, parameters]}}   # in plugin.yaml
  plumber cmp parameters | jq -r '.[].name'")]
    Parameters,
}

/// How the audit is asked.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Compares what Git intends with what was seen of the cluster, once, and prints a report.
    ///
    /// Reads files and nothing else: the manifests of a folder, and objects as kubectl prints
    /// them. Exit code: 0 nothing matters as much as --fail-on, 1 something does, or nothing of
    /// the cluster was seen, 2 could not evaluate.
    #[command(after_help = "Examples:
  plumber audit once --manifests my-app --observed cluster.yaml
  plumber audit once --manifests my-app --observed dump/ --format json --now 2026-11-02T04:00:00Z")]
    #[command(mut_arg("recursive", |arg| arg.hide(true)))]
    Once(AuditArgs),
    /// Watches the cluster and the folder that Git renders from, and answers over HTTP.
    ///
    /// Reads the cluster and changes nothing. Needs get, list and watch on the kinds that
    /// deploy/audit names, and no Secrets. Ends on SIGTERM. Exit code: 0 ended, 2 could not run.
    #[cfg(feature = "audit")]
    #[command(after_help = "Examples:
  plumber audit serve --manifests my-repository --listen 127.0.0.1:8080
  plumber audit serve --manifests /git/current --context prod --config plumber.yaml")]
    #[command(mut_arg("recursive", |arg| arg.hide(true)))]
    Serve(ServeArgs),
}

/// What the restore is helped with.
#[derive(Debug, Subcommand)]
pub enum RestoreCommand {
    /// Prints the safe order in which a volume is restored, as it stands. Changes nothing.
    ///
    /// Refuses where deleting the volume could lose its data. Exit code: 0 printed, 1 refused, or
    /// there is no such volume, 2 could not evaluate.
    #[command(after_help = "Examples:
  plumber restore plan media/library --manifests my-app --observed cluster.yaml
  kubectl get pvc,ns,replicationsource,replicationdestination,volumesnapshot,sc,volumesnapshotclass -A -o yaml \
    | plumber restore plan media/library --manifests my-app --observed -")]
    #[command(mut_arg("recursive", |arg| arg.hide(true)))]
    Plan(RestorePlanArgs),
}

/// How the report of the audit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For people.
    Table,
    /// The /audit document.
    Json,
    /// The /audit document.
    Yaml,
    /// For a ticket or a pull request.
    Markdown,
    /// For a build server: one test for each volume.
    Junit,
    /// The dashboard's page, as one file that needs nothing beside it.
    #[cfg(feature = "audit")]
    Html,
    /// For a spreadsheet: one row for each volume.
    #[cfg(feature = "audit")]
    Csv,
}

/// From when on a finding fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFailOn {
    /// A volume would come back empty.
    Critical,
    /// A volume would not come back, or no fresh backup is made (default).
    High,
    /// A volume would come back with old data, or nothing proves that it would come back.
    Medium,
    /// Anything at all.
    Info,
}

/// What the audit compares.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The manifests that Git intends: a folder, rendered as render -R does, a file, or - for
    /// standard input; can be given more than once.
    #[arg(long, value_name = "DIR")]
    pub manifests: Vec<String>,
    /// What was seen of the cluster: objects as kubectl get -o yaml or --raw prints them, in a
    /// file, in a folder, or - for standard input; can be given more than once.
    #[arg(long, value_name = "FILE|DIR")]
    pub observed: Vec<String>,
    /// The time at which the question is asked; the clock's where it is not given.
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<String>,
    /// When the cluster was seen. Where it is not given: when the oldest file was written; with
    /// --now, or from standard input, at the time of the question.
    #[arg(long, value_name = "RFC3339")]
    pub observed_at: Option<String>,
    /// The commit of the manifests, to compare with what Argo CD has synced.
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// How it is planned.
    #[command(flatten)]
    pub plan: PlanArgs,
}

/// Arguments of `audit once`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// What is compared.
    #[command(flatten)]
    pub compare: CompareArgs,
    /// How the report is written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: AuditFormat,
    /// From when on a finding fails the run.
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: AuditFailOn,
}

/// Arguments of `audit serve`.
#[cfg(feature = "audit")]
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The folder that Git renders from, such as the link that git-sync swaps. What of it is
    /// rendered, and how, is what the cluster's Applications say.
    #[arg(long, value_name = "DIR", env = "PLUMBER_MANIFESTS", hide_env_values = true)]
    pub manifests: String,
    /// The address to listen on.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "0.0.0.0:8080",
        env = "PLUMBER_LISTEN",
        hide_env_values = true
    )]
    pub listen: String,
    /// The kubeconfig; by KUBECONFIG, ~/.kube/config or the service account where it is not given.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME", env = "PLUMBER_CONTEXT", hide_env_values = true)]
    pub context: Option<String>,
    /// Renders the whole folder as render -R does, whatever Applications there are.
    #[arg(long, env = "PLUMBER_WHOLE", hide_env_values = true)]
    pub whole: bool,
    /// How it is planned.
    #[command(flatten)]
    pub plan: PlanArgs,
}

/// Arguments of `restore plan`.
#[derive(Debug, Args)]
pub struct RestorePlanArgs {
    /// The volume.
    #[arg(value_name = "NAMESPACE/PVC")]
    pub volume: String,
    /// What is compared.
    #[command(flatten)]
    pub compare: CompareArgs,
}

/// What happens to a stream in which a volume has trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Trouble with a volume fails the run (default).
    Strict,
    /// A volume in trouble passes through untouched; what was rendered for it is pruned.
    Permissive,
    /// Everything passes through untouched; the report says what would be done.
    Audit,
}

impl ModeArg {
    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Permissive => "permissive",
            Self::Audit => "audit",
        }
    }
}

/// What every command that plans takes.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Reads the configuration from this file instead of searching for plumber.yaml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// The namespace of manifests that state none; also by the variables `PLUMBER_NAMESPACE` and
    /// `ARGOCD_APP_NAMESPACE`.
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Opens the namespaces that match for writing; can be given more than once.
    #[arg(long, value_name = "GLOB")]
    pub managed_namespace: Vec<String>,
    /// The application that volumes belong to which do not say it, for `{app}` in plumber.yaml;
    /// also by the variable `ARGOCD_APP_NAME`.
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// What happens when a volume has trouble.
    #[arg(long, value_name = "MODE")]
    pub mode: Option<ModeArg>,
    /// Reads folders with their subfolders.
    #[arg(long, short = 'R')]
    pub recursive: bool,
}

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Files, folders, or - for standard input, which is also read when something is piped in.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// How it is planned.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Writes the manifests to this file, or into this folder, instead of standard output.
    #[arg(long, short, value_name = "FILE|DIR")]
    pub output: Option<PathBuf>,
    /// Writes the report, as JSON, to this file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Takes an input without manifests from Argo CD's plugins, too, where it deletes everything.
    #[arg(long)]
    pub allow_empty: bool,
    /// Checks every rendered object against the schema of VolSync's API.
    #[arg(long)]
    pub validate: bool,
    /// Says on standard error what is well, too.
    #[arg(long, short)]
    pub verbose: bool,
}

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

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What of the configuration to show.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Prints the value of every key and where it comes from.
    #[command(after_help = "Examples:
  plumber config show my-app
  PLUMBER_MODE=audit plumber config show")]
    Show {
        /// The folder or file whose configuration is meant; only trusted sources without it.
        #[arg(value_name = "PATH")]
        path: Option<String>,
        /// How it is planned.
        #[command(flatten)]
        plan: PlanArgs,
    },
    /// Prints the JSON Schema of plumber.yaml.
    #[command(after_help = "Examples:
  plumber config schema > plumber.schema.json
  echo '# yaml-language-server: $schema=plumber.schema.json' > plumber.yaml")]
    Schema,
}
