//! Commands, run in turn and measured.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4 as _;

/// As much as a pipe holds.
const PIPE: usize = 64 << 10;

/// As much as a pipe that `plumber` asked to grow holds.
#[cfg(target_os = "linux")]
const WIDE_PIPE: usize = 256 << 10;

/// A command under measurement.
pub(crate) struct Contender {
    /// Its name in the table.
    pub(crate) name: String,
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// The file that it reads.
    pub(crate) input: PathBuf,
    /// Whether it gets that file through a pipe.
    pub(crate) piped: bool,
    /// Whether its output goes into a pipe of 256 KiB, which `plumber` asks for itself.
    pub(crate) wide: bool,
    /// Which command of the same turn it is compared with.
    pub(crate) baseline: usize,
}

/// Where the output goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    /// A pipe whose reader takes everything and keeps nothing.
    Pipe,
    /// `/dev/null`.
    Null,
}

/// One run.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// From the start of the process to its end.
    pub(crate) wall: Duration,
    /// In the process and in the kernel on its behalf.
    pub(crate) cpu: Duration,
    /// The largest resident set in bytes.
    pub(crate) peak: u64,
}

/// The runs of one command; or why there are none.
pub(crate) type Samples = Result<Vec<Sample>, String>;

/// Runs commands in turn, one run of each a round, so that drift of the machine hits all alike.
/// The first round counts for nothing; a command that fails once is out.
pub(crate) fn alternate(contenders: &[Contender], sink: Sink, rounds: usize) -> Vec<Samples> {
    let mut all: Vec<Samples> = contenders.iter().map(|_| Ok(Vec::new())).collect();
    for round in 0..=rounds {
        for (contender, samples) in contenders.iter().zip(&mut all) {
            let Ok(kept) = samples else { continue };
            match run(contender, sink) {
                Ok(sample) if round > 0 => kept.push(sample),
                Ok(_) => {}
                Err(why) => *samples = Err(why),
            }
        }
    }
    all
}

fn run(contender: &Contender, sink: Sink) -> Result<Sample, String> {
    let [program, arguments @ ..] = contender.command.as_slice() else {
        return Err("no command".into());
    };
    measure(program, arguments, contender, sink).map_err(|error| error.to_string())
}

fn measure(
    program: &str,
    arguments: &[String],
    contender: &Contender,
    sink: Sink,
) -> std::io::Result<Sample> {
    let mut errors = tempfile::tempfile()?;
    let piped = contender.piped.then(|| File::open(&contender.input)).transpose()?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        // Nobody's settings but the defaults.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", std::env::temp_dir())
        .stdin(if piped.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(if sink == Sink::Pipe { Stdio::piped() } else { Stdio::null() })
        .stderr(errors.try_clone()?);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    #[cfg(target_os = "linux")]
    if let (true, Some(output)) = (contender.wide, &output) {
        rustix::pipe::fcntl_setpipe_size(output, WIDE_PIPE)?;
    }
    std::thread::scope(|scope| {
        if let (Some(file), Some(input)) = (piped, input) {
            // A command that fails may stop reading; its exit code tells.
            scope.spawn(move || drop(pass(file, input)));
        }
        output.map_or(Ok(()), |output| pass(output, std::io::sink()))
    })?;
    let used = child.wait4()?;
    let wall = start.elapsed();
    if !used.status.success() {
        return Err(std::io::Error::other(reason(&mut errors)?));
    }
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Sample { wall, cpu, peak: used.rusage.maxrss })
}

/// Copies as a program does that looks at what it copies: `std::io::copy` would splice.
fn pass(mut from: impl Read, mut to: impl Write) -> std::io::Result<()> {
    let mut buffer = vec![0; PIPE];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            count => to.write_all(&buffer[..count])?,
        }
    }
}

/// The start of the first line in which a command names an error, else of the first that it said.
fn reason(errors: &mut File) -> std::io::Result<String> {
    use std::io::Seek as _;
    let mut text = String::new();
    errors.rewind()?;
    errors.read_to_string(&mut text)?;
    let said = || text.lines().filter(|line| !line.trim().is_empty());
    let line = said().find(|line| line.to_lowercase().contains("error"));
    let line = line.or_else(|| said().next()).unwrap_or("it said nothing");
    Ok(line.chars().take(100).map(|c| if c == '|' { '/' } else { c }).collect())
}

/// The value in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
