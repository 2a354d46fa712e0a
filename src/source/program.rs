//! Programs that build manifests: started directly, never through a shell, with a small
//! environment and one deadline for all that build a folder; their failure is ours, with their
//! words.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "starting programs is this module's duty"
)]

use super::build::TIMEOUT_VARIABLE;
use super::files::Unreadable;
use super::interrupt;
use super::redact::redact;
use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

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

/// Programs of a build that ask on a terminal wait for ever where nobody sits at one.
const NO_PROMPT: (&str, &str) = ("GIT_TERMINAL_PROMPT", "0");

/// How long to sleep between two looks at a program that has closed its pipes and is still there.
const PAUSE: Duration = Duration::from_millis(2);

/// When every program of one build has to have ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    limit: Duration,
    end: Instant,
    of: Work,
}

/// What has to have ended, which decides what helps where it has not.
#[derive(Debug, Clone, Copy)]
enum Work {
    /// A folder's build, whose limit a variable sets.
    Build,
    /// One program, whose limit is its own.
    One,
}

impl Deadline {
    /// Starts to count for a build.
    pub(super) fn after(limit: Duration) -> Self {
        Self { limit, end: Instant::now() + limit, of: Work::Build }
    }

    /// Starts to count for one program that builds nothing.
    pub(super) fn of_one(limit: Duration) -> Self {
        Self { of: Work::One, ..Self::after(limit) }
    }

    fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// What a program printed, or why it has nothing to show.
#[derive(Debug)]
pub(super) enum Ran {
    /// It succeeded.
    Printed(Vec<u8>),
    /// It is not installed.
    Missing,
    /// It failed.
    Failed(Failure),
}

/// Why a program failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it said, to be looked at and never shown: it may repeat what nobody may see.
    raw: String,
    /// What is shown of it.
    pub(super) shown: String,
}

impl Failure {
    /// Returns whether it said something.
    pub(super) fn says(&self, text: &str) -> bool {
        self.raw.contains(text)
    }
}

/// Runs a program in a folder, feeding it `input`.
///
/// # Errors
/// It could not be started, or did not end in time; then all that it started is ended with it.
pub(super) fn run(
    program: &str,
    arguments: &[String],
    folder: &Path,
    input: &str,
    deadline: Deadline,
) -> Result<Ran, Unreadable> {
    run_with(program, arguments, folder, input, &[], deadline)
}

/// Runs a program as [`run`] does, with further variables.
///
/// # Errors
/// It could not be started, or did not end in time.
pub(super) fn run_with(
    program: &str,
    arguments: &[String],
    folder: &Path,
    input: &str,
    variables: &[(&str, &OsStr)],
    deadline: Deadline,
) -> Result<Ran, Unreadable> {
    let refuse = |what: &str, error: std::io::Error| Unreadable::Path {
        message: format!("cannot {what} {program}: {error}"),
        help: format!("check that {program} runs: {program} version"),
    };
    let mut child = match command(program, arguments, folder, variables).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ran::Missing),
        Err(error) => return Err(refuse("start", error)),
    };
    let _running = interrupt::running(child.id());
    // Each pipe has a thread, so that none fills while another is waited for.
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let (done, pipes) = mpsc::channel();
    collect(child.stdout.take(), true, done.clone());
    collect(child.stderr.take(), false, done);
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        match pipes.recv_timeout(deadline.left()) {
            Ok((_, Err(error))) => {
                kill(&mut child);
                drop(child.wait());
                return Err(refuse("read from", error));
            }
            Ok((true, Ok(bytes))) => printed = bytes,
            Ok((false, Ok(bytes))) => said = bytes,
            Err(_) => return Err(late(program, &mut child, deadline)),
        }
    }
    let status = wait(&mut child, deadline).map_err(|error| refuse("wait for", error))?;
    let Some(status) = status else { return Err(late(program, &mut child, deadline)) };
    if status.success() {
        return Ok(Ran::Printed(printed));
    }
    let given = arguments.iter().filter_map(|argument| Some(argument.split_once('=')?.1));
    let given: Vec<&str> = std::iter::once(input).chain(given).collect();
    // Before it is cut, so that no value is cut in two and half of it stays.
    let raw = String::from_utf8_lossy(&said).into_owned();
    let said = words(&redact(&raw, folder, &given));
    Ok(Ran::Failed(Failure { raw, shown: format!("{program} failed ({status}): {said}") }))
}

fn command(
    program: &str,
    arguments: &[String],
    folder: &Path,
    variables: &[(&str, &OsStr)],
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear();
    for name in ENVIRONMENT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let (name, value) = NO_PROMPT;
    command.env(name, value).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that what it starts can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Reads a pipe to its end, which comes when the last program that holds it has ended.
fn collect(
    pipe: Option<impl Read + Send + 'static>,
    out: bool,
    done: Sender<(bool, std::io::Result<Vec<u8>>)>,
) {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // Half an output must not pass for a whole one.
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        drop(done.send((out, read.map(|_| bytes))));
    });
}

/// Waits for a program that has closed its pipes; nothing if it is still there at the deadline.
fn wait(child: &mut Child, deadline: Deadline) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if deadline.left().is_zero() {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Ends a program that is late, and all that it started.
fn late(program: &str, child: &mut Child, deadline: Deadline) -> Unreadable {
    kill(child);
    drop(child.wait());
    Unreadable::Path {
        message: format!("{program} did not end within {} s", deadline.limit.as_secs()),
        help: match deadline.of {
            Work::Build => format!(
                "remote bases and charts take long: vendor them into the repository, or give more \
                 seconds with {TIMEOUT_VARIABLE}"
            ),
            Work::One => {
                format!("see what {program} waits for: another {program}, a lock, a slow disk")
            }
        },
    }
}

/// Kills a program and its group, whose number is the program's own until it has been waited for.
#[cfg(unix)]
fn kill(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if kill_process_group(Pid::from_child(child), Signal::KILL).is_err() {
        drop(child.kill());
    }
}

/// Kills a program; what it started ends when it writes next.
#[cfg(not(unix))]
fn kill(child: &mut Child) {
    drop(child.kill());
}

/// How much of a program's words are shown: an error has to fit Argo CD's page.
const WORDS: usize = 2000;

/// Cuts a program's words to their end, which names the cause.
fn words(said: &str) -> String {
    let said = said.trim();
    let start = said.len().saturating_sub(WORDS);
    let start = (start..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or_default();
    if said.is_empty() { "it said nothing".into() } else { said[start..].to_owned() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Deadline, Ran, run};
    use std::path::Path;
    use std::time::Duration;

    /// Far more than a script here needs, and far less than the one that hangs would take.
    const AMPLE: Duration = Duration::from_secs(30);

    /// Runs a shell script; the error is the message alone.
    fn script(text: &str, input: &str, deadline: Deadline) -> Result<Ran, String> {
        script_in(&std::env::temp_dir(), text, input, deadline)
    }

    fn script_in(
        folder: &Path,
        text: &str,
        input: &str,
        deadline: Deadline,
    ) -> Result<Ran, String> {
        let arguments = ["-c", text].map(str::to_owned);
        run("sh", &arguments, folder, input, deadline).map_err(|error| match error {
            super::Unreadable::Path { message, .. } => message,
            super::Unreadable::Content(found) => format!("{found:?}"),
        })
    }

    #[test]
    fn input_goes_in_and_output_comes_out() {
        let more_than_a_pipe_holds = "x".repeat(1 << 20);
        let ran = script("cat", &more_than_a_pipe_holds, Deadline::after(AMPLE));
        assert!(matches!(ran, Ok(Ran::Printed(printed)) if printed.len() == 1 << 20));
    }

    #[test]
    fn a_failure_is_told_in_the_programs_words() {
        let ran = script("echo half; echo why >&2; exit 3", "", Deadline::after(AMPLE));
        assert!(
            matches!(&ran, Ok(Ran::Failed(why)) if why.shown.ends_with("(exit status: 3): why")),
            "{ran:?}"
        );
    }

    #[test]
    fn a_program_sees_none_of_the_applications_variables() {
        let Ok(Ran::Printed(printed)) = script("env", "", Deadline::after(AMPLE)) else { panic!() };
        let printed = String::from_utf8(printed).unwrap();
        // The shell adds those it keeps for itself.
        let own = ["PWD", "OLDPWD", "SHLVL", "_", "GIT_TERMINAL_PROMPT"];
        for line in printed.lines() {
            let name = line.split('=').next().unwrap();
            assert!(own.contains(&name) || super::ENVIRONMENT.contains(&name), "{line}");
        }
    }

    #[test]
    fn what_a_late_program_started_is_ended_with_it() {
        let folder = tempfile::tempdir().unwrap();
        // The child keeps the pipe open, and would write after its parent is gone.
        let text = "sh -c 'sleep 1; echo late > alive' &\nsleep 600";
        let limit = Deadline::after(Duration::from_millis(300));
        let ran = script_in(folder.path(), text, "", limit);
        assert_eq!(ran.unwrap_err(), "sh did not end within 0 s");
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!folder.path().join("alive").exists());
    }

    #[test]
    fn a_child_that_keeps_the_pipe_open_is_late_too() {
        let ran = script("sleep 600 &", "", Deadline::after(Duration::from_millis(300)));
        assert_eq!(ran.unwrap_err(), "sh did not end within 0 s");
    }

    #[test]
    fn a_program_that_closes_its_pipes_and_stays_is_late_too() {
        let text = "exec >&- 2>&-\nsleep 600";
        let ran = script(text, "", Deadline::after(Duration::from_millis(300)));
        assert_eq!(ran.unwrap_err(), "sh did not end within 0 s");
    }

    #[test]
    fn a_late_program_is_told_what_helps() {
        let helped =
            |deadline| match super::run("sleep", &["9".into()], Path::new("."), "", deadline) {
                Err(super::Unreadable::Path { help, .. }) => help,
                other => panic!("{other:?}"),
            };
        let soon = Duration::from_millis(50);
        assert!(helped(Deadline::after(soon)).contains("PLUMBER_BUILD_TIMEOUT"));
        let help = helped(Deadline::of_one(soon));
        assert_eq!(help, "see what sleep waits for: another sleep, a lock, a slow disk");
    }

    #[test]
    fn programs_share_one_deadline() {
        let deadline = Deadline::after(Duration::from_secs(3));
        assert!(matches!(script("sleep 0.1", "", deadline), Ok(Ran::Printed(_))));
        std::thread::sleep(deadline.left());
        // Three seconds of its own would be enough for it.
        assert!(script("sleep 2", "", deadline).is_err());
    }
}
