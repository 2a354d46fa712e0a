//! Programs that build manifests: started directly, never through a shell, with a small
//! environment and a time limit; their failure is ours, with their words.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "starting programs is this module's duty"
)]

use super::files::Unreadable;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The variables that a program sees, where they are set: where it finds programs, its own files,
/// certificates, proxies and keys of remote bases. Nothing of the application's.
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "HELM_CACHE_HOME",
    "HELM_CONFIG_HOME",
    "HELM_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "SSH_AUTH_SOCK",
];

/// How much of a program's words are shown: an error has to fit Argo CD's page.
const WORDS: usize = 2000;

/// What a program printed, or why it has nothing to show.
#[derive(Debug)]
pub(super) enum Ran {
    /// It succeeded.
    Printed(Vec<u8>),
    /// It is not installed.
    Missing,
    /// It failed, with what it said.
    Failed(String),
}

/// Runs a program in a folder, feeding it `input`.
///
/// # Errors
/// It could not be started, or did not end in time.
pub(super) fn run(
    program: &str,
    arguments: &[String],
    folder: &Path,
    input: &str,
    limit: Duration,
) -> Result<Ran, Unreadable> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear();
    for name in ENVIRONMENT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let refuse = |what: &str, error: std::io::Error| Unreadable::Path {
        message: format!("cannot {what} {program}: {error}"),
        help: format!("check that {program} runs: {program} version"),
    };
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ran::Missing),
        Err(error) => return Err(refuse("start", error)),
    };
    // Each pipe has a thread, so that none fills while another is waited for.
    let (done, waiting) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let read =
        |pipe: Option<Box<dyn std::io::Read + Send>>, done: mpsc::Sender<(bool, Vec<u8>)>, out| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                if let Some(mut pipe) = pipe {
                    drop(pipe.read_to_end(&mut bytes));
                }
                drop(done.send((out, bytes)));
            });
        };
    read(child.stdout.take().map(|pipe| Box::new(pipe) as _), done.clone(), true);
    read(child.stderr.take().map(|pipe| Box::new(pipe) as _), done, false);
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        match waiting.recv_timeout(limit) {
            Ok((true, bytes)) => printed = bytes,
            Ok((false, bytes)) => said = bytes,
            Err(_) => {
                drop(child.kill());
                drop(child.wait());
                return Err(Unreadable::Path {
                    message: format!("{program} did not end within {} s", limit.as_secs()),
                    help: "remote bases and charts take long: vendor them into the repository"
                        .into(),
                });
            }
        }
    }
    let status = child.wait().map_err(|error| refuse("wait for", error))?;
    if status.success() {
        return Ok(Ran::Printed(printed));
    }
    let said = String::from_utf8_lossy(&said);
    let said = said.trim();
    let start = said.len().saturating_sub(WORDS);
    // The last words name the cause.
    let start = (start..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or_default();
    let said = if said.is_empty() { "it said nothing" } else { &said[start..] };
    Ok(Ran::Failed(format!("{program} failed ({status}): {said}")))
}
