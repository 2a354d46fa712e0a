//! `plumber render` beside `cat` and what a user would otherwise run, in one run, as a table.
//!
//! See `benches/README.md`. Nothing here is asserted: goals are said to be met or missed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program of its own that writes files, starts programs, takes times and prints"
)]

#[path = "render/generate.rs"]
mod generate;
#[path = "render/hostile.rs"]
mod hostile;
#[path = "render/measure.rs"]
mod measure;

use generate::Volumes;
use measure::{Contender, Sample, Samples, Sink, alternate, median, milliseconds};
use std::path::{Path, PathBuf};

const MIB: f64 = 1_048_576.0;
const LARGE: usize = 100_000_000;

/// What is rendered.
struct Input {
    name: String,
    path: PathBuf,
    goal: Goal,
    /// The first half of it, where growth is measured.
    half: Option<PathBuf>,
}

/// What is wanted of an input.
#[derive(Clone, Copy)]
enum Goal {
    /// At most so many milliseconds more than `cat`.
    More(f64),
    /// At most so many times `cat`.
    Times(f64),
    /// That it grows with the input's size alone.
    Growth,
    Nothing,
}

/// Growth shows in few rounds.
const HOSTILE_ROUNDS: usize = 3;

/// More memory than the input's size.
const MEMORY_GOAL: f64 = 16.0;
/// Time for twice the input; the rest over 2 is noise.
const GROWTH_GOAL: f64 = 2.2;

fn main() -> std::io::Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by `cargo bench --bench render` alone");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    println!(
        "| input | command | ms: min / median / max | × cat | CPU ms | peak MiB | − input | to /dev/null: ms | × cat | goals |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    for input in inputs(folder.path())? {
        let contenders = contenders(&input, folder.path())?;
        let rounds = match input.goal {
            Goal::Growth => HOSTILE_ROUNDS,
            Goal::More(_) | Goal::Times(_) | Goal::Nothing => {
                rounds(std::fs::metadata(&input.path)?.len())
            }
        };
        let piped = alternate(&contenders, Sink::Pipe, rounds);
        let null = alternate(&contenders, Sink::Null, rounds);
        for (index, contender) in contenders.iter().enumerate() {
            let baseline = contender.baseline;
            let size = std::fs::metadata(&contender.input)?.len();
            let (row, verdict) = match (&piped[index], &piped[baseline], &null[index]) {
                (Ok(samples), Ok(cat), Ok(to_null)) => {
                    let verdict = if contender.name.starts_with("plumber") {
                        verdict(&input, size, samples, cat, growth(&contenders, &piped, index))
                    } else {
                        String::new()
                    };
                    (columns(samples, cat, size) + &short(to_null, &null[baseline]), verdict)
                }
                (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => {
                    ("- | - | - | - | - | - | -".into(), format!("failed: {why}"))
                }
            };
            println!("| {} | `{}` | {row} | {verdict} |", input.name, contender.name);
        }
    }
    Ok(())
}

/// More rounds for what is short; `PLUMBER_BENCH_ROUNDS` overrides.
fn rounds(size: u64) -> usize {
    let wanted = std::env::var("PLUMBER_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(if size > 10_000_000 { 11 } else { 31 })
}

fn inputs(folder: &Path) -> std::io::Result<Vec<Input>> {
    let input = |name: &str, goal| Input {
        name: name.into(),
        path: folder
            .join(format!("{}.yaml", name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))),
        goal,
        half: None,
    };
    let application = input("(a) 10 documents, 2 volumes", Goal::More(3.0));
    generate::application(&application.path)?;
    let mut inputs = vec![application];
    match std::env::var_os("PLUMBER_CORPUS").map(|corpus| PathBuf::from(corpus).join("rendered")) {
        Some(rendered) => {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(rendered)? {
                let entry = entry?;
                files.push((entry.metadata()?.len(), entry.path()));
            }
            files.sort_by(|(_, a), (_, b)| a.cmp(b));
            let all = input("(b) all real streams as one", Goal::Nothing);
            let mut text = String::new();
            for (_, path) in &files {
                text.push_str("---\n");
                text.push_str(std::fs::read_to_string(path)?.trim_start_matches("---\n"));
            }
            std::fs::write(&all.path, text)?;
            if let Some((_, largest)) = files.into_iter().max() {
                let name = "(b) largest real stream".into();
                inputs.push(Input { name, path: largest, goal: Goal::Nothing, half: None });
            }
            inputs.push(all);
        }
        None => {
            println!("| (b) real streams | skipped: PLUMBER_CORPUS is not set | | | | | | | | |");
        }
    }
    for (name, volumes) in
        [("(c) 100 MB, 2 % volumes", Volumes::TwoPercent), ("(d) 100 MB, no volume", Volumes::None)]
    {
        let whole = input(name, Goal::Times(2.0));
        generate::stream(&whole.path, LARGE, volumes)?;
        let half = whole.path.with_extension("half.yaml");
        generate::stream(&half, LARGE / 2, volumes)?;
        inputs.push(Input { half: Some(half), ..whole });
    }
    for (name, what) in hostile::ALL {
        let whole = input(name, Goal::Growth);
        hostile::hostile(&whole.path, what, false)?;
        let half = whole.path.with_extension("half.yaml");
        hostile::hostile(&half, what, true)?;
        inputs.push(Input { half: Some(half), ..whole });
    }
    Ok(inputs)
}

fn contenders(input: &Input, folder: &Path) -> std::io::Result<Vec<Contender>> {
    let path = input.path.display().to_string();
    let plumber = env!("CARGO_BIN_EXE_plumber");
    let contender = |name: &str, command: &[&str], baseline| Contender {
        name: name.into(),
        command: command.iter().map(ToString::to_string).collect(),
        input: input.path.clone(),
        piped: false,
        wide: false,
        baseline,
    };
    let piped = |contender| Contender { piped: true, ..contender };
    let mut contenders = vec![
        contender("cat FILE", &["cat", &path], 0),
        contender("plumber render FILE", &[plumber, "render", &path], 0),
        piped(contender("cat - (piped)", &["cat", "-"], 2)),
        piped(contender("plumber render - (piped)", &[plumber, "render", "-"], 2)),
    ];
    if matches!(input.goal, Goal::Times(_)) {
        let wide = contender("cat FILE (256 KiB pipe)", &["cat", &path], 0);
        contenders.push(Contender { wide: true, ..wide });
    }
    let baseline = contenders.len();
    if let Some(half) = &input.half {
        let path = half.display().to_string();
        let half = |contender| Contender { input: half.clone(), ..contender };
        contenders.push(half(contender("cat HALF", &["cat", &path], baseline)));
        contenders.push(half(contender(
            "plumber render HALF",
            &[plumber, "render", &path],
            baseline,
        )));
        return Ok(contenders);
    }
    let kustomization = folder.join("kustomization");
    let chart = folder.join("chart");
    for (place, file, text) in [
        (&kustomization, "kustomization.yaml", "resources:\n- input.yaml\n"),
        (&chart, "Chart.yaml", "apiVersion: v2\nname: input\nversion: 0.0.0\n"),
    ] {
        std::fs::create_dir_all(place.join("templates"))?;
        std::fs::write(place.join(file), text)?;
    }
    std::fs::copy(&input.path, kustomization.join("input.yaml"))?;
    std::fs::copy(&input.path, chart.join("templates/input.yaml"))?;
    let (kustomization, chart) = (kustomization.display().to_string(), chart.display().to_string());
    for (name, command) in [
        ("kubectl kustomize", ["kubectl", "kustomize", &kustomization]),
        ("helm template", ["helm", "template", &chart]),
        ("yq .", ["yq", ".", &path]),
    ] {
        let found = std::env::var_os("PATH")
            .is_some_and(|all| std::env::split_paths(&all).any(|p| p.join(command[0]).is_file()));
        if found {
            contenders.push(contender(name, &command, 0));
        } else {
            let input = &input.name;
            println!("| {input} | skipped: {} is not installed | | | | | | | | |", command[0]);
        }
    }
    Ok(contenders)
}

fn walls(samples: &[Sample]) -> impl Iterator<Item = f64> {
    samples.iter().map(|sample| milliseconds(sample.wall))
}

/// The median of the ratios, each of two runs of the same round.
fn ratio(samples: &[Sample], other: &[Sample]) -> f64 {
    median(walls(samples).zip(walls(other)).map(|(ours, theirs)| ours / theirs))
}

fn peak(samples: &[Sample]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    median(samples.iter().map(|sample| sample.peak as f64 / MIB))
}

fn columns(samples: &[Sample], cat: &[Sample], size: u64) -> String {
    let low = walls(samples).fold(f64::INFINITY, f64::min);
    let high = walls(samples).fold(0.0, f64::max);
    let middle = median(walls(samples));
    let cpu = median(samples.iter().map(|sample| milliseconds(sample.cpu)));
    let (peak, times) = (peak(samples), ratio(samples, cat));
    let over = peak - mebibytes(size);
    format!("{low:.1} / {middle:.1} / {high:.1} | {times:.2} | {cpu:.1} | {peak:.1} | {over:.1} | ")
}

fn short(samples: &[Sample], cat: &Samples) -> String {
    let times = cat.as_ref().map_or(f64::NAN, |cat| ratio(samples, cat));
    format!("{:.1} | {times:.2}", median(walls(samples)))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn mebibytes(size: u64) -> f64 {
    size as f64 / MIB
}

/// How much longer the whole takes than its half, where a command is followed by that of the half.
fn growth(contenders: &[Contender], samples: &[Samples], index: usize) -> Option<f64> {
    if contenders[index].name != "plumber render FILE" {
        return None;
    }
    let half = contenders.iter().position(|other| other.name == "plumber render HALF")?;
    match (&samples[index], &samples[half]) {
        (Ok(whole), Ok(half)) => Some(ratio(whole, half)),
        (Err(_), _) | (_, Err(_)) => None,
    }
}

/// Says of each goal whether it is met.
fn verdict(
    input: &Input,
    size: u64,
    samples: &[Sample],
    cat: &[Sample],
    growth: Option<f64>,
) -> String {
    let judge = |name: &str, seen: f64, goal: f64, unit: &str| {
        if seen <= goal {
            format!("{name} {seen:.1}{unit}: met")
        } else {
            format!("{name} {seen:.1}{unit}: missed by {:.1}{unit}", seen - goal)
        }
    };
    let more = median(walls(samples).zip(walls(cat)).map(|(ours, theirs)| ours - theirs));
    let mut said = Vec::new();
    match input.goal {
        Goal::More(goal) => said.push(judge("cat +", more, goal, " ms")),
        Goal::Times(goal) => said.push(judge("cat ×", ratio(samples, cat), goal, "")),
        Goal::Nothing | Goal::Growth => {}
    }
    if matches!(input.goal, Goal::Growth) {
        said.extend(growth.map(|growth| judge("twice the input ×", growth, GROWTH_GOAL, "")));
        return said.join("; ");
    }
    said.push(judge("memory +", peak(samples) - mebibytes(size), MEMORY_GOAL, " MiB"));
    said.extend(growth.map(|growth| judge("twice the input ×", growth, GROWTH_GOAL, "")));
    said.join("; ")
}
