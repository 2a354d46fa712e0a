//! `plumber config`, and what is printed from the command line's own definition.

use super::Exit;
use super::args::{Cli, ConfigArgs, ConfigCommand};
use super::output::print;
use super::run::{self, refuse, refuse_with};
use crate::config;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::borrow::Cow;

/// Runs the command.
pub(super) fn run(args: ConfigArgs) -> Exit {
    match args.command {
        ConfigCommand::Show { path, plan } => {
            let paths: Vec<String> = path.into_iter().collect();
            match run::configuration(&plan, &paths) {
                Ok(resolved) => out(&config::show(&resolved)),
                Err(error) => refuse(&error),
            }
        }
        ConfigCommand::Schema => out(config::SCHEMA),
    }
}

/// Prints a completion script.
pub(super) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plumber", &mut script);
    out(&String::from_utf8_lossy(&script))
}

/// Prints the manual page.
pub(super) fn man() -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(Cli::command()).render(&mut page) {
        Ok(()) => out(&String::from_utf8_lossy(&page)),
        Err(error) => refuse_with(&format!("cannot make the page: {error}"), "try again"),
    }
}

fn out(text: &str) -> Exit {
    match print(&[Cow::Borrowed(text)]) {
        Ok(()) => Exit::Done,
        Err(error) => refuse_with(&format!("cannot write: {error}"), "check standard output"),
    }
}
