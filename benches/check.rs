//! `plumber check` of whole repositories, as a table: time, memory, and how they grow.
//!
//! See `benches/README.md`. Nothing here is asserted: goals are said to be met or missed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program of its own that writes files, starts programs, takes times and prints"
)]

#[path = "render/generate.rs"]
#[expect(dead_code, reason = "only one of its inputs is made here")]
mod generate;
#[path = "render/measure.rs"]
#[expect(dead_code, reason = "nothing is piped here")]
mod measure;

use measure::{Contender, Samples, Sink, alternate, median, milliseconds};
use std::path::Path;

const MIB: f64 = 1_048_576.0;
/// What a repository of this many applications has to keep to.
const GOAL: (usize, f64) = (1000, 2000.0);

fn main() -> std::io::Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by `cargo bench --bench check` alone");
        return Ok(());
    }
    println!("| applications | volumes | ms: min / median / max | CPU ms | peak MiB | goal |");
    println!("| ---: | ---: | ---: | ---: | ---: | --- |");
    let wanted = std::env::var("PLUMBER_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    for count in [100, GOAL.0, 4000] {
        let folder = tempfile::tempdir()?;
        repository(folder.path(), count)?;
        let command =
            [env!("CARGO_BIN_EXE_plumber"), "check", &*folder.path().display().to_string()];
        let contender = Contender {
            name: "plumber check".into(),
            command: command.map(str::to_owned).to_vec(),
            input: folder.path().to_owned(),
            piped: false,
            wide: false,
            baseline: 0,
        };
        let samples = alternate(&[contender], Sink::Null, wanted.unwrap_or(7));
        println!("| {count} | {} | {} |", count * 2, row(&samples[0], count));
    }
    Ok(())
}

/// Writes applications of 10 documents and two volumes, each in a folder and a namespace of its own.
fn repository(root: &Path, count: usize) -> std::io::Result<()> {
    let one = root.join("one.yaml");
    generate::application(&one)?;
    let text = std::fs::read_to_string(&one)?;
    std::fs::remove_file(one)?;
    for number in 0..count {
        let folder = root.join(format!("apps/app-{number}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("all.yaml"), text.replace("app-0", &format!("app-{number}")))?;
    }
    let header = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n";
    std::fs::write(root.join("plumber.yaml"), format!("{header}apps:\n- path: apps/*\n"))
}

fn row(samples: &Samples, count: usize) -> String {
    let samples = match samples {
        Ok(samples) => samples,
        Err(why) => return format!("- | - | - | failed: {why}"),
    };
    let mut walls: Vec<f64> = samples.iter().map(|sample| milliseconds(sample.wall)).collect();
    walls.sort_by(f64::total_cmp);
    let (first, last) = (walls.first(), walls.last());
    let middle = median(walls.iter().copied());
    let cpu = median(samples.iter().map(|sample| milliseconds(sample.cpu)));
    // A resident set is far below 2^52 bytes.
    #[expect(clippy::cast_precision_loss, reason = "bounded by the machine's memory")]
    let peak = median(samples.iter().map(|sample| sample.peak as f64)) / MIB;
    let goal = match count {
        count if count != GOAL.0 => "",
        _ if middle <= GOAL.1 => "2 s: met",
        _ => "2 s: missed",
    };
    format!(
        "{:.0} / {middle:.0} / {:.0} | {cpu:.0} | {peak:.0} | {goal}",
        first.copied().unwrap_or(f64::NAN),
        last.copied().unwrap_or(f64::NAN)
    )
}
