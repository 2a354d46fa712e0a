//! The command line: arguments in, exit code out. The only modules that print.

mod adopt;
mod args;
mod audit;
mod check;
mod cmp;
mod config;
mod diff;
mod exit;
mod explain;
mod output;
#[cfg(test)]
mod published;
mod render;
mod restore;
mod run;
#[cfg(feature = "audit")]
mod serve;

pub use args::{Cli, Command};

use args::{AuditCommand, RestoreCommand};
pub use exit::Exit;

use std::process::ExitCode;

/// Runs one command.
pub fn run(cli: Cli) -> ExitCode {
    let exit = match cli.command {
        Command::Render(args) => render::run(args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Adopt(args) => adopt::run(&args),
        Command::Cmp { command } => cmp::run(&command),
        Command::Audit { command: AuditCommand::Once(args) } => audit::run(args),
        #[cfg(feature = "audit")]
        Command::Audit { command: AuditCommand::Serve(args) } => serve::run(args),
        Command::Restore { command: RestoreCommand::Plan(args) } => restore::run(args),
        Command::Config(args) => config::run(args),
        Command::Completions { shell } => config::completions(shell),
        Command::Man => config::man(),
    };
    ExitCode::from(exit.code())
}
