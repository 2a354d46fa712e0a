//! What is offered for pipelines is what the binary takes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Holds arguments to the binary: with `--help` behind them it takes them and does nothing.
fn takes(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumber"));
    let run = command.arg("check").args(arguments).arg("--help").output().unwrap();
    assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn commands_of_the_documentation_are_taken() {
    let text = read("docs/ci.md") + &read("docs/check.md") + &read("README.md");
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("plumber check ").map(|(_, rest)| rest))
        .filter(|rest| rest.starts_with(['.', '-', 'm']))
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let end = command.find([';', '`', '>', '#']).unwrap_or(command.len());
        let words: Vec<&str> =
            command[..end].split_whitespace().map(|word| word.trim_matches('\'')).collect();
        takes(&words);
    }
}

#[test]
fn the_hook_runs_a_command_that_is_there() {
    let hooks = yaml(&read(".pre-commit-hooks.yaml"));
    let hook = &hooks[0];
    assert_eq!(hook["entry"], "plumber check");
    let words = |value: &Value| -> Vec<String> {
        let items = value.as_array().unwrap().iter();
        items.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let own = words(&hook["args"]);
    takes(&own.iter().map(String::as_str).collect::<Vec<_>>());
    // The arguments that the page shows instead.
    let page = read("docs/ci.md");
    let shown = page.lines().filter_map(|line| line.trim().strip_prefix("args: "));
    for arguments in shown {
        let arguments = words(&yaml(arguments));
        takes(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn the_action_runs_commands_that_are_there() {
    let action = yaml(&read("action.yml"));
    let inputs = action["inputs"].as_object().unwrap();
    let script = action["runs"]["steps"][1]["run"].as_str().unwrap();
    for format in script.split("--format ").skip(1) {
        takes(&[".", "--format", format.split_whitespace().next().unwrap()]);
    }
    takes(&[".", "--fail-on", inputs["fail-on"]["default"].as_str().unwrap()]);
    // Every input that the page shows exists.
    let page = read("docs/ci.md");
    for block in page.split("```yaml").skip(1).filter(|b| b.contains("uses: OWNER")) {
        let block = block.split("```").next().unwrap();
        let after = block.split("uses: OWNER").nth(1).unwrap().split("with:").nth(1).unwrap();
        for line in after.lines().skip(1).take_while(|line| line.starts_with("          ")) {
            let input = line.trim().split(':').next().unwrap();
            assert!(inputs.contains_key(input), "{input}");
        }
    }
}
