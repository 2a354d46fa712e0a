//! Arguments of the audit: `audit once`, `audit serve`, `restore plan`.

use super::PlanArgs;
use clap::{Args, Subcommand, ValueEnum};

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
    /// rendered, and how, is what the cluster's Applications say, or `apps:` of its plumber.yaml.
    #[arg(long, value_name = "DIR", env = "PLUMBER_MANIFESTS", hide_env_values = true)]
    pub manifests: String,
    /// The address of the repository that the folder is a checkout of, as Applications name it:
    /// what comes from another one is not rendered. What .git says where it is not given; can be
    /// given more than once.
    #[arg(
        long,
        value_name = "URL",
        value_delimiter = ',',
        env = "PLUMBER_REPO_URL",
        hide_env_values = true
    )]
    pub repo_url: Vec<String>,
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
    /// Renders the whole folder as render -R does, whatever Applications and `apps:` name.
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
