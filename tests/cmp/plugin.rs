//! What Argo CD reads of the plugin: its declaration and its parameters.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn declaration() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cmp/plugin.yaml");
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs a command of the declaration and returns what it prints.
fn run(command: &Value) -> (bool, String) {
    let words: Vec<&str> =
        command.as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    assert_eq!(words[0], "plumber", "the image has it in PATH");
    let mut run = Command::new(env!("CARGO_BIN_EXE_plumber"));
    let output = run.env_clear().args(&words[1..]).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_declared_commands_are_ours() {
    let declared = declaration();
    let (well, said) = run(&declared["spec"]["generate"]["command"]);
    assert!(!well && said.contains("ARGOCD_APP_NAME is not set"), "{said}");
    let (well, announced) = run(&declared["spec"]["parameters"]["dynamic"]["command"]);
    assert!(well, "{announced}");
    let announced: Vec<Value> = serde_json::from_str(&announced).unwrap();
    for parameter in &announced {
        // The fields of an announcement that Argo CD knows.
        for key in parameter.as_object().unwrap().keys() {
            assert!(
                ["name", "title", "tooltip", "collectionType"].contains(&key.as_str()),
                "{key}"
            );
        }
        let shape = parameter["collectionType"].as_str().unwrap_or("string");
        assert!(["string", "array", "map"].contains(&shape), "{shape}");
    }
    assert!(announced.iter().any(|parameter| parameter["name"] == "helm-values-files"));
}

#[test]
fn the_declaration_is_named_and_nothing_more() {
    let declared = declaration();
    assert_eq!(declared["kind"], "ConfigManagementPlugin");
    assert_eq!(declared["metadata"]["name"], "plumber");
    let mut keys: Vec<&String> = declared["spec"].as_object().unwrap().keys().collect();
    keys.sort();
    // A version would rename it, discovery fails open, init is one more thing to fail.
    assert_eq!(keys, ["generate", "parameters"]);
}
