//! Documents that are written from the code, and whether they are up to date.

use super::Cli;
use crate::api::labels;
use crate::diagnostic::Code;
use crate::plan::Verdict;
use crate::testing::{document, published};
use clap::CommandFactory as _;

#[test]
fn the_command_line_is_documented() {
    let mut text = String::from(
        "# The command line\n\nWritten from the program's own help by `UPDATE=1 cargo test`.\n\n\
         Exit codes of every command: 0 done, 1 a volume is in trouble, 2 could not run (its\n\
         arguments, configuration or input cannot be read). Manifests go to standard output and\n\
         nothing else does; everything said goes to standard error.\n",
    );
    let mut cli = Cli::command().term_width(96);
    cli.build();
    help(&mut cli, "plumber", &mut text);
    published("docs/cli.md", &text);
}

fn help(command: &mut clap::Command, name: &str, text: &mut String) {
    let shown = command.clone().term_width(96).bin_name(name).render_long_help().to_string();
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    text.push_str(
        &["\n## ", name, "\n\n```text\n", shown.join("\n").trim_end(), "\n```\n"].concat(),
    );
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        let name = format!("{name} {}", sub.get_name());
        help(sub, &name, text);
    }
}

#[test]
fn the_plugins_parameters_are_documented() {
    let rows: Vec<String> = crate::argocd::parameters::ALL
        .iter()
        .map(|p| {
            let shape = format!("{:?}", p.shape).to_lowercase();
            format!("| `{}` | {shape} | {} | {} |", p.name, p.title, p.tooltip)
        })
        .collect();
    let begin = "<!-- parameters: written by UPDATE=1 cargo test -->\n";
    let end = "<!-- end of parameters -->";
    let text = document("docs/cmp.md");
    let (head, rest) = text.split_once(begin).expect("the table's start");
    let (_, tail) = rest.split_once(end).expect("the table's end");
    let table = format!(
        "| name | shape | title | what it does |\n| --- | --- | --- | --- |\n{}\n",
        rows.join("\n")
    );
    published("docs/cmp.md", &format!("{head}{begin}\n{table}\n{end}{tail}"));
}

#[test]
fn every_command_shows_two_examples() {
    let mut cli = Cli::command();
    cli.build();
    for command in cli.get_subcommands().filter(|c| c.get_name() != "help") {
        let leaves: Vec<_> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
        for leaf in if leaves.is_empty() { vec![command] } else { leaves } {
            let examples = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert_eq!(examples.matches("\n  ").count(), 2, "{}", leaf.get_name());
        }
    }
}

#[test]
fn every_code_and_verdict_is_documented() {
    let text = document("docs/report.md");
    let table: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("| `{}` | {} | {} |", code.id(), code.severity().id(), code.summary()))
        .collect();
    let begin = "<!-- codes: written by UPDATE=1 cargo test -->\n";
    let end = "<!-- end of codes -->";
    let (head, rest) = text.split_once(begin).expect("the table's start");
    let (_, tail) = rest.split_once(end).expect("the table's end");
    let table =
        format!("| code | severity | meaning |\n| --- | --- | --- |\n{}\n", table.join("\n"));
    published("docs/report.md", &format!("{head}{begin}\n{table}\n{end}{tail}"));
    for verdict in Verdict::ALL {
        assert!(text.contains(&format!("| `{}` |", verdict.id())), "{}", verdict.id());
    }
}

#[test]
fn every_key_is_documented() {
    let text = document("docs/labels.md");
    let keys = labels::PVC_LABELS.iter().chain(labels::PVC_ANNOTATIONS).chain(&[
        labels::MANAGED_NAMESPACE,
        labels::LEGACY_BACKUP,
        labels::EXEMPT,
        labels::EXEMPT_REASON_OPERATOR,
        labels::SOURCE_NAMESPACE,
        labels::SOURCE_PVC,
        labels::VOLSYNC_PVC,
        labels::MANAGED_BY,
        labels::ARGOCD_SYNC_WAVE,
    ]);
    for key in keys {
        assert!(text.contains(&format!("`{key}`")), "{key} has no line in docs/labels.md");
    }
}
