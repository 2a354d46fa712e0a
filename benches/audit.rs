//! `plumber audit serve` on clusters of many volumes, as a table.
//!
//! See `benches/README.md`. Nothing here is asserted: goals are said to be met or missed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of its own that starts programs, takes times, prints, and may fail"
)]

#[path = "../tests/kube"]
mod cluster {
    pub(crate) mod apart;
    #[expect(dead_code, reason = "the tests ask more of it")]
    pub(crate) mod fake;
    pub(crate) mod world;
}
#[path = "audit/http.rs"]
mod http;
#[path = "audit/load.rs"]
mod load;
#[path = "audit/process.rs"]
mod process;

use cluster::apart::serve;
use cluster::fake::{FakeCluster, Trouble, Verb};
use http::{Ask, Load};
use load::World;
use process::Served;
use std::time::{Duration, Instant};

/// How long the process is left alone before its memory counts as steady.
const REST: Duration = Duration::from_secs(15);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How many ask for `/audit` at once.
const CLIENTS: usize = 50;
/// How often each page is asked for.
const ASKED: usize = 200;
/// The goal for the first byte of a page, in milliseconds.
const FIRST_BYTE: f64 = 50.0;
/// The goal for the size of a page, in kilobytes.
const PAGE: f64 = 300.0;
/// More than this is not asked for at once: reading it all would take longer than a client may.
const AT_ONCE: usize = 4 << 30;

/// What is wanted of a number of volumes.
struct Goals {
    steady: f64,
    peak: f64,
    first: f64,
    audit: f64,
    filtered: f64,
    event: f64,
    recovery: f64,
}

/// The goals for a number of volumes, in MiB, seconds and milliseconds.
fn goals(volumes: usize) -> Goals {
    if volumes <= 10_000 {
        Goals {
            steady: 64.0,
            peak: 96.0,
            first: 3.0,
            audit: 50.0,
            filtered: 5.0,
            event: 100.0,
            recovery: 5.0,
        }
    } else {
        Goals {
            steady: 350.0,
            peak: 500.0,
            first: 30.0,
            audit: 500.0,
            filtered: 20.0,
            event: 250.0,
            recovery: 45.0,
        }
    }
}

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by `cargo bench --bench audit` alone");
        return;
    }
    // Not PLUMBER_…: what is rendered in this process takes those for keys of the configuration.
    let sizes = std::env::var("BENCH_VOLUMES");
    let sizes = sizes.unwrap_or_else(|_| "1000,10000,100000".to_owned());
    println!("| volumes | what | measured | goal |");
    println!("| ---: | --- | ---: | --- |");
    for size in sizes.split(',') {
        let volumes = size.trim().parse().unwrap();
        measure(volumes);
    }
}

fn measure(volumes: usize) {
    let row = |what: &str, measured: &str, goal: &str| {
        println!("| {volumes} | {what} | {measured} | {goal} |");
    };
    let goals = goals(volumes);
    let cluster = FakeCluster::new();
    let world = World::make(&cluster, volumes);
    let address = serve(&cluster);

    let start = Instant::now();
    let mut served = match Served::start(address, world.folder.path()) {
        Ok(served) => served,
        Err(why) => return row("`plumber audit serve`", &format!("failed: {why}"), ""),
    };
    if let Err(why) = served.until_ready(PATIENCE) {
        return row("`plumber audit serve`", &format!("failed: {why}"), "");
    }
    let first = start.elapsed().as_secs_f64();
    row("time to the first report", &seconds(first), &judge(first, goals.first, "s"));
    let report = http::get(served.address, &Ask::plain("/audit")).unwrap();
    row("`/audit`", &format!("{:.1} MiB", mebibytes(report.len())), &world.is_told(&report));
    row("memory at the first report", &format!("{:.0} MiB peak", served.peak()), "");

    std::thread::sleep(REST);
    let steady = served.resident();
    row("memory, steady", &format!("{steady:.0} MiB"), &judge(steady, goals.steady, "MiB"));

    served.forget_peak();
    let recovery = relist(&cluster);
    std::thread::sleep(Duration::from_secs(3));
    let peak = served.peak();
    row(
        "memory while everything is listed anew",
        &format!("{peak:.0} MiB peak"),
        &judge(peak, goals.peak, "MiB"),
    );
    row(
        "410 Gone on every kind, until all are watched again",
        &seconds(recovery),
        &judge(recovery, goals.recovery, "s"),
    );

    let clients = (AT_ONCE / report.len().max(1)).clamp(1, CLIENTS);
    drop(report);
    let asked = Instant::now();
    let size = http::get(served.address, &Ask::gzip("/audit")).unwrap().len();
    let written = format!("{}; {:.2} MiB", seconds(asked.elapsed().as_secs_f64()), mebibytes(size));
    row("`/audit`, gzip, the first answer", &written, "");
    let filtered = "/api/v1/audit?namespace=n0&limit=50";
    let again = Ask::again(served.address, filtered).unwrap();
    for (what, ask, clients, goal) in [
        ("`/audit`, gzip", Ask::gzip("/audit"), CLIENTS, goals.audit),
        ("`/audit`, plain", Ask::plain("/audit"), clients, goals.audit),
        ("one namespace, gzip", Ask::gzip(filtered), CLIENTS, goals.filtered),
        ("one namespace, plain", Ask::plain(filtered), CLIENTS, goals.filtered),
        ("one namespace, unchanged: 304", again, CLIENTS, goals.filtered),
    ] {
        let what = format!("{what}, {clients} clients");
        match http::load(served.address, &ask, clients, Duration::from_secs(10)) {
            Ok(load) => row(&what, &load_of(&load), &judge(p99(&load.times), goal, "ms")),
            Err(why) => row(&what, &format!("not measured: {why}"), ""),
        }
    }
    for path in
        ["/", "/?page=50", "/?q=volume-7&sort=backup", "/?view=sheet", "/volumes/n0/volume-0"]
    {
        match http::first_bytes(served.address, &Ask::plain(path), ASKED) {
            Ok((size, times)) => {
                let what = format!("page `{path}`, first byte");
                row(&what, &percentiles(&times), &judge(p99(&times), FIRST_BYTE, "ms"));
                let size = kilobytes(size);
                let what = format!("page `{path}`, size");
                // The sheet is printed, and has every volume.
                let is_sheet = path.contains("sheet");
                let goal = if is_sheet { String::new() } else { judge(size, PAGE, "KB") };
                row(&what, &format!("{size:.0} KB"), &goal);
            }
            Err(why) => row(&format!("page `{path}`"), &format!("not measured: {why}"), ""),
        }
    }
    row(
        "memory after that",
        &format!("{:.0} MiB, {:.0} MiB peak", served.resident(), served.peak()),
        "",
    );
    served.end();

    let (times, lost) = load::event_to_verdict(&cluster, address, &world, PATIENCE);
    let what = format!("event to verdict, {} events at {}/s", times.len(), load::RATE);
    row(&what, &percentiles(&times), &judge(p99(&times), goals.event, "ms"));
    if lost > 0 {
        row("events without a verdict of their own", &lost.to_string(), "");
    }
}

/// Makes everything be listed anew, and returns after how many seconds all is watched again.
fn relist(cluster: &FakeCluster) -> f64 {
    let before = cluster.asked().len();
    let start = Instant::now();
    cluster.expire_history();
    cluster.strike(None, Trouble::Gone);
    while start.elapsed() < PATIENCE {
        let asked = cluster.asked().split_off(before);
        let is_watched = |kind: &plumber::audit::Kind| {
            let of = |verb| {
                asked
                    .iter()
                    .rposition(|it| it.verb == verb && it.plural.as_deref() == Some(kind.plural()))
            };
            of(Verb::List).is_some_and(|list| of(Verb::Watch).is_some_and(|watch| watch > list))
        };
        if plumber::audit::Kind::ALL.iter().all(is_watched) {
            return start.elapsed().as_secs_f64();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    f64::INFINITY
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

fn judge(seen: f64, goal: f64, unit: &str) -> String {
    if seen <= goal {
        format!("{goal:.0} {unit}: met")
    } else {
        format!("{goal:.0} {unit}: missed by {:.1} {unit}", seen - goal)
    }
}

/// The value below which so many of a hundred are.
fn percentile(times: &[f64], of: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let at = (times.len() * of / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or(f64::INFINITY)
}

fn p99(times: &[f64]) -> f64 {
    percentile(times, 99)
}

fn percentiles(times: &[f64]) -> String {
    format!("p50 {:.1} ms, p99 {:.1} ms", percentile(times, 50), p99(times))
}

/// How long answers took, how large one is, and how much was read of all in a second.
fn load_of(load: &Load) -> String {
    let each = mebibytes(load.bytes / load.times.len().max(1));
    let rate = mebibytes(load.bytes) / load.seconds;
    format!("{}; {each:.2} MiB each, {rate:.0} MiB/s", percentiles(&load.times))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / 1_048_576.0
}
