//! The binary: parses the arguments and turns the result into an exit code.

use clap::Parser as _;
use std::process::ExitCode;

#[cfg(any(target_env = "musl", feature = "mimalloc"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    plumber::cli::run(plumber::cli::Cli::parse())
}
