//! `plumber audit serve`: the daemon on a port.
#![expect(clippy::disallowed_methods, reason = "the log is written here")]

use super::Exit;
use super::args::{PlanArgs, ServeArgs};
use super::output::say;
use super::run::{refuse_with, variable};
use crate::daemon::http::{self, Connections};
use crate::daemon::{Daemon, Options, Planning, Rendering};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::Path;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// What is logged where `PLUMBER_LOG` says nothing.
///
/// The client logs each failed request; the watches say what failed, once.
const LOGGED: &str = "warn,kube_client=off,plumber=info";
/// Set in every container of a cluster.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// How many threads render, compress and write pages.
const BLOCKING: usize = 8;

/// Runs the command.
pub(super) fn run(args: ServeArgs) -> Exit {
    let filter = variable("PLUMBER_LOG").unwrap_or_else(|| LOGGED.to_owned());
    let filter = match EnvFilter::try_new(&filter) {
        Ok(filter) => filter,
        Err(error) => {
            return refuse_with(
                &format!("PLUMBER_LOG is `{filter}`: {error}"),
                "write a level, such as info, or plumber=debug",
            );
        }
    };
    let log = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr);
    if log.try_init().is_err() {
        say("plumber: another log is set up already\n");
    }
    refuse_huge_pages();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING)
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(served(args)).unwrap_or_else(|exit| exit);
            // A build tool that is still at work is not waited for.
            runtime.shutdown_background();
            exit
        }
        Err(error) => refuse_with(&format!("cannot start: {error}"), "check the system's limits"),
    }
}

/// Asks the system for pages of the usual size. What the daemon keeps is small and lies between
/// what it has let go: a huge page stays whole for it.
fn refuse_huge_pages() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
}

async fn served(args: ServeArgs) -> Result<Exit, Exit> {
    let ServeArgs { manifests, repo_url, listen, kubeconfig, context, whole, plan } = args;
    let folder = Path::new(&manifests);
    // In a cluster a sidecar may not have made it yet.
    if !folder.is_dir() && variable(IN_CLUSTER).is_none() {
        return Err(refuse_with(
            &format!("{manifests} is no folder"),
            "give --manifests the folder that Git renders from",
        ));
    }
    let client = client(kubeconfig.as_deref(), context).await?;
    let listener = TcpListener::bind(&listen).await.map_err(|error| {
        refuse_with(
            &format!("cannot listen on {listen}: {error}"),
            "give --listen another address, such as 127.0.0.1:8081",
        )
    })?;
    let (mut term, mut interrupt) = match signal(SignalKind::terminate()) {
        Ok(term) => match signal(SignalKind::interrupt()) {
            Ok(interrupt) => (term, interrupt),
            Err(error) => return Err(signals(&error)),
        },
        Err(error) => return Err(signals(&error)),
    };
    let PlanArgs { config, namespace, managed_namespace, app, mode, recursive: _ } = plan;
    let mut options = Options::new(folder);
    // An empty variable says nothing.
    options.repositories = repo_url.into_iter().filter(|url| !url.trim().is_empty()).collect();
    options.rendering = if whole { Rendering::Whole } else { Rendering::Applications };
    options.planning = Planning {
        config,
        namespace: namespace.or_else(|| variable("PLUMBER_NAMESPACE")),
        managed_namespaces: managed_namespace,
        app,
        mode: mode.map(super::args::ModeArg::id),
    };
    let asked = http::Options {
        clock: options.clock.clone(),
        meters: options.meters.clone(),
        ..http::Options::default()
    };
    let (states, daemon) = Daemon::start(client, options);
    let address = listener.local_addr().map_or(listen, |address| address.to_string());
    info!(address, manifests, "serving");
    let end = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("ending");
        // Who follows the events is let go by it.
        daemon.stop().await;
    };
    http::serve(listener, http::router(states, asked), Connections::default(), end).await;
    Ok(Exit::Done)
}

fn signals(error: &std::io::Error) -> Exit {
    refuse_with(&format!("cannot listen to signals: {error}"), "check the system's limits")
}

/// Returns the client of the cluster that is meant.
async fn client(kubeconfig: Option<&str>, context: Option<String>) -> Result<Client, Exit> {
    let no_cluster = |why: String, help: &str| refuse_with(&why, help);
    let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
    let given = kubeconfig.is_some() || options.context.is_some();
    let help = match options.context {
        Some(_) => "give --context a name that kubectl config get-contexts lists",
        None => "give --kubeconfig FILE, set KUBECONFIG, or run it in a cluster",
    };
    let config = match kubeconfig {
        Some(path) => match Kubeconfig::read_from(path) {
            Ok(read) => Config::from_custom_kubeconfig(read, &options)
                .await
                .map_err(|error| format!("cannot use {path}: {}", chain(&error))),
            Err(error) => Err(format!("cannot read {path}: {}", chain(&error))),
        },
        None if given => Config::from_kubeconfig(&options)
            .await
            .map_err(|error| format!("cannot use the kubeconfig: {}", chain(&error))),
        None => Config::infer()
            .await
            .map_err(|error| format!("no cluster is configured: {}", chain(&error))),
    };
    let mut config = config.map_err(|why| no_cluster(why, help))?;
    // The watches wait by themselves, and say so.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| {
        no_cluster(
            format!("cannot make a client: {}", chain(&error)),
            "check the certificates and credentials of the kubeconfig",
        )
    })
}

/// Words an error with its causes, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !message.contains(&more) {
            message = format!("{message}: {more}");
        }
        source = error.source();
    }
    message
}
