//! The arguments of every command. The doc comments are the help.

mod audit;
mod review;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

#[cfg(feature = "audit")]
pub(super) use audit::ServeArgs;
pub(super) use audit::{
    AuditArgs, AuditCommand, AuditFailOn, AuditFormat, CompareArgs, RestoreCommand, RestorePlanArgs,
};
pub(super) use review::{
    AdoptArgs, AdoptFormat, CheckArgs, DiffArgs, DiffFormat, ExplainArgs, FailOn, FormatArg,
    SideArg,
};

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
