//! What a check writes for programs fits its schema, for every case of `testdata/check`; and JUnit's
//! XML, of check and audit, that of strict readers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

mod junit;

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn schema(path: &str) -> jsonschema::Validator {
    let schema = std::fs::read(root().join(path)).unwrap();
    let mut schema: Value = serde_json::from_slice(&schema).unwrap();
    // SARIF's own pattern for a language has a bracket too many and is no regular expression.
    for of in ["run", "toolComponent"] {
        if let Some(language) =
            schema.pointer_mut(&format!("/definitions/{of}/properties/language"))
        {
            language.as_object_mut().unwrap().remove("pattern");
        }
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// Every case that is checked at all, with what it prints in a format.
fn outputs(format: &str) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    for entry in std::fs::read_dir(root().join("testdata/check")).unwrap() {
        let case = entry.unwrap().path();
        let args = std::fs::read_to_string(case.join("args")).unwrap_or_default();
        // The formats of the cases themselves would be given twice.
        if args.contains("--format") || args.lines().any(|arg| arg == "-") {
            continue;
        }
        let mut args: Vec<&str> = args.lines().collect();
        if case.join("plumber.yaml").exists() {
            args.extend(["--config", "plumber.yaml"]);
        }
        if !args.iter().any(|arg| arg.starts_with("input")) {
            args.push("input.yaml");
        }
        let run = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .current_dir(&case)
            .args(["check", "--format", format])
            .args(args)
            .output()
            .unwrap();
        if run.status.code() != Some(2) {
            let output = String::from_utf8(run.stdout).unwrap();
            outputs.push((case.display().to_string(), output));
        }
    }
    assert!(outputs.len() > 50);
    outputs
}

fn hold(format: &str, schema: &jsonschema::Validator) {
    let mut found = 0;
    for (case, output) in outputs(format) {
        let output: Value = serde_json::from_str(&output).unwrap();
        let errors: Vec<String> = schema.iter_errors(&output).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{case}:\n{}", errors.join("\n"));
        let results = output.pointer("/runs/0/results").or_else(|| output.get("findings"));
        found += results.and_then(Value::as_array).unwrap().len();
    }
    assert!(found > 50, "{found}");
}

#[test]
fn sarif_fits_its_schema() {
    hold("sarif", &schema("testdata/sarif/sarif-schema-2.1.0.json"));
}

#[test]
fn json_fits_its_schema() {
    hold("json", &schema("docs/schema/plumber-check.schema.json"));
}
