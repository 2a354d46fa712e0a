//! What a check writes for programs fits its schema, for every case of `testdata/check`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

use assert_cmd::Command;
use quick_xml::events::Event;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
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

/// An element of JUnit's XML: the attributes that it must have, those that it may have, what may
/// stand in it, and whether text may.
type Element =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

/// The rules of Jenkins' xUnit plugin (junit-10.xsd), as far as a check uses them.
const JUNIT: &[Element] = &[
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"], false),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["skipped", "time", "timestamp", "hostname", "id", "package", "file", "url"],
        &["testcase", "properties", "system-out"],
        false,
    ),
    (
        "testcase",
        &["name"],
        &["classname", "time", "group"],
        &["failure", "skipped", "system-out"],
        false,
    ),
    ("failure", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
    ("system-out", &[], &[], &[], true),
];

/// How often each element stands in a suite, and what the suite says of it.
type Suite = (BTreeMap<String, usize>, BTreeMap<String, String>);

/// Reads JUnit's XML as a strict reader does; returns its suites.
fn suites(xml: &str) -> Result<Vec<Suite>, String> {
    if let Some(c) = xml.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(format!("{c:?} is no character of XML 1.0"));
    }
    let mut reader = quick_xml::Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.expand_empty_elements = true;
    let (mut stack, mut suites, mut roots) = (Vec::<&Element>::new(), Vec::<Suite>::new(), 0);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let element = JUNIT.iter().find(|element| element.0 == name);
                let element = element.ok_or(format!("an element {name}"))?;
                match stack.last() {
                    None if name == "testsuites" => roots += 1,
                    Some(parent) if parent.3.contains(&element.0) => {}
                    _ => return Err(format!("{name} stands at a wrong place")),
                }
                let mut attributes = BTreeMap::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    let key = attribute.key.as_ref().to_owned();
                    let value = unescaped(&attribute.value)?;
                    if !element.1.iter().chain(element.2).any(|known| *known == key) {
                        return Err(format!("{name} with {key}"));
                    }
                    attributes.insert(key, value);
                }
                if let Some(missing) = element.1.iter().find(|key| !attributes.contains_key(**key))
                {
                    return Err(format!("{name} without {missing}"));
                }
                if name == "testsuite" {
                    suites.push((BTreeMap::new(), attributes));
                } else if let Some((counts, _)) = suites.last_mut() {
                    *counts.entry(name).or_default() += 1;
                }
                stack.push(element);
            }
            Event::End(_) => drop(stack.pop()),
            Event::Text(text) => {
                let text = unescaped(&text)?;
                if !text.trim().is_empty() && !stack.last().is_some_and(|element| element.4) {
                    return Err(format!("text: {text}"));
                }
            }
            // A reference, such as `&amp;`, is an event of its own where text stands.
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                unescaped(&format!("&{name};"))?;
                if !stack.last().is_some_and(|element| element.4) {
                    return Err(format!("a reference: {name}"));
                }
            }
            Event::Decl(_) if stack.is_empty() && roots == 0 => {}
            Event::Eof if stack.is_empty() && roots == 1 => return Ok(suites),
            other @ (Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Eof) => return Err(format!("{other:?}")),
        }
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    if text.contains('<') {
        return Err(format!("a bare < in {text}"));
    }
    quick_xml::escape::unescape(text).map(Cow::into_owned).map_err(|error| error.to_string())
}

#[test]
fn junit_is_what_strict_readers_take() {
    let (mut failures, mut cases) = (0, 0);
    for (case, xml) in outputs("junit") {
        let suites = suites(&xml).unwrap_or_else(|why| panic!("{case}: {why}\n{xml}"));
        assert!(!suites.is_empty(), "{case}");
        for (counts, said) in suites {
            let count = |name: &str| counts.get(name).copied().unwrap_or_default();
            let told: [usize; 3] =
                ["tests", "failures", "skipped"].map(|key| said[key].parse().unwrap());
            assert_eq!(told, [count("testcase"), count("failure"), count("skipped")], "{case}");
            assert!(count("testcase") > 0, "{case}: an empty suite looks as if nothing ran");
            failures += count("failure");
            cases += count("testcase");
        }
    }
    assert!(failures > 40 && cases > failures, "{failures} {cases}");
}

#[test]
fn what_is_no_junit_is_told() {
    let suite = "<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\">";
    let whole = |inside: &str| format!("<testsuites>{suite}{inside}</testsuite></testsuites>");
    assert!(
        suites(&whole("<testcase name=\"a &amp; b\"><failure>&lt;</failure></testcase>")).is_ok()
    );
    for wrong in [
        String::new(),
        "<testsuites>".to_owned(),
        "<testsuites></testsuites><testsuites></testsuites>".to_owned(),
        "<testsuites></testsuite>".to_owned(),
        "text<testsuites></testsuites>".to_owned(),
        "<testsuites><testsuite name=\"a\" tests=\"1\" failures=\"0\"></testsuite></testsuites>"
            .to_owned(),
        whole("<testcase/>"),
        whole("<testcase name=\"a\" line=\"1\"/>"),
        whole("<testcase name=\"a\" name=\"b\"/>"),
        whole("<testcase name=\"a & b\"/>"),
        whole("<testcase name=\"a\">text</testcase>"),
        whole("<testcase name=\"a\"><failure>a & b</failure></testcase>"),
        whole("<testcase name=\"a\"><failure>&nbsp;</failure></testcase>"),
        whole("<testcase name=\"a < b\"/>"),
        whole("<testcase name=\"a\"><failure>\u{1b}</failure></testcase>"),
        whole("<failure/>"),
    ] {
        assert!(suites(&wrong).is_err(), "{wrong}");
    }
}
