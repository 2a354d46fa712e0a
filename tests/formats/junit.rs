//! JUnit's XML, read as the schema of Jenkins' xUnit plugin (junit-10.xsd) and that of Surefire
//! say: elements and where they stand, attributes and their types, and counts that add up.

use crate::{outputs, root};
use assert_cmd::Command;
use quick_xml::events::Event;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What an attribute takes.
#[derive(Clone, Copy)]
enum Kind {
    /// Any text that is not empty.
    Name,
    /// Any text, on one line: readers turn line breaks of attributes into blanks.
    Line,
    /// A whole number.
    Count,
    /// A date and a time.
    Time,
}

impl Kind {
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Name => !value.trim().is_empty() && Self::Line.takes(value),
            Self::Line => !value.contains(['\n', '\t', '\r']),
            Self::Count => value.parse::<u32>().is_ok_and(|count| count.to_string() == value),
            Self::Time => value.parse::<jiff::Timestamp>().is_ok() && value.contains('T'),
        }
    }
}

/// An element of JUnit's XML.
struct Element {
    name: &'static str,
    /// Its attributes, and whether one must be there.
    attributes: &'static [(&'static str, Kind, bool)],
    /// What may stand in it.
    inside: &'static [&'static str],
    /// How many of these at most.
    at_most: usize,
    /// Whether text may.
    has_text: bool,
}

/// What both schemas allow, as far as it is written here.
const JUNIT: &[Element] = &[
    Element {
        name: "testsuites",
        attributes: &[],
        inside: &["testsuite"],
        at_most: usize::MAX,
        has_text: false,
    },
    Element {
        name: "testsuite",
        attributes: &[
            ("name", Kind::Name, true),
            ("tests", Kind::Count, true),
            ("failures", Kind::Count, true),
            ("errors", Kind::Count, true),
            ("skipped", Kind::Count, true),
            ("timestamp", Kind::Time, false),
        ],
        inside: &["testcase"],
        at_most: usize::MAX,
        has_text: false,
    },
    Element {
        name: "testcase",
        attributes: &[("name", Kind::Name, true), ("classname", Kind::Name, true)],
        inside: &["failure", "skipped", "system-out"],
        at_most: 1,
        has_text: false,
    },
    Element {
        name: "failure",
        attributes: &[("type", Kind::Name, true), ("message", Kind::Line, true)],
        inside: &[],
        at_most: 0,
        has_text: true,
    },
    Element {
        name: "skipped",
        attributes: &[("message", Kind::Line, false)],
        inside: &[],
        at_most: 0,
        has_text: false,
    },
    Element { name: "system-out", attributes: &[], inside: &[], at_most: 0, has_text: true },
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
    let (mut stack, mut suites, mut roots) = (Vec::<(&Element, usize)>::new(), Vec::new(), 0);
    loop {
        let has_text = stack.last().is_some_and(|(element, _)| element.has_text);
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let element = JUNIT.iter().find(|element| element.name == name);
                let element = element.ok_or(format!("an element {name}"))?;
                match stack.last_mut() {
                    None if name == "testsuites" => roots += 1,
                    Some((parent, count)) if parent.inside.contains(&element.name) => {
                        *count += 1;
                        if *count > parent.at_most {
                            return Err(format!("{} with several {name}", parent.name));
                        }
                    }
                    _ => return Err(format!("{name} stands at a wrong place")),
                }
                let mut attributes = BTreeMap::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    let key = attribute.key.as_ref().to_owned();
                    let value = unescaped(&attribute.value)?;
                    let known = element.attributes.iter().find(|(known, ..)| *known == key);
                    let (_, kind, _) = known.ok_or(format!("{name} with {key}"))?;
                    if !kind.takes(&value) {
                        return Err(format!("{name} with {key}=\"{value}\""));
                    }
                    attributes.insert(key, value);
                }
                let missing = element
                    .attributes
                    .iter()
                    .find(|(key, _, needed)| *needed && !attributes.contains_key(*key));
                if let Some((missing, ..)) = missing {
                    return Err(format!("{name} without {missing}"));
                }
                if name == "testsuite" {
                    suites.push((BTreeMap::new(), attributes));
                } else if let Some((counts, _)) = suites.last_mut() {
                    let counts: &mut BTreeMap<String, usize> = counts;
                    *counts.entry(name).or_default() += 1;
                }
                stack.push((element, 0));
            }
            Event::End(_) => {
                let ended = stack.pop().map(|(element, _)| element.name);
                if ended == Some("testsuite") {
                    adds_up(suites.last().ok_or("no suite")?)?;
                }
            }
            Event::Text(text) => {
                let text = unescaped(&text)?;
                if !text.trim().is_empty() && !has_text {
                    return Err(format!("text: {text}"));
                }
            }
            // A reference, such as `&amp;`, is an event of its own where text stands.
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                unescaped(&format!("&{name};"))?;
                if !has_text {
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

/// A suite counts what stands in it.
fn adds_up((counts, said): &Suite) -> Result<(), String> {
    for (key, element) in [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")] {
        let count = counts.get(element).copied().unwrap_or_default().to_string();
        if said[key] != count {
            return Err(format!("{key}=\"{}\" of {count}", said[key]));
        }
    }
    Ok(())
}

fn unescaped(text: &str) -> Result<String, String> {
    if text.contains('<') {
        return Err(format!("a bare < in {text}"));
    }
    quick_xml::escape::unescape(text).map(Cow::into_owned).map_err(|error| error.to_string())
}

#[test]
fn a_check_writes_what_strict_readers_take() {
    let (mut failures, mut cases) = (0, 0);
    for (case, xml) in outputs("junit") {
        let suites = suites(&xml).unwrap_or_else(|why| panic!("{case}: {why}\n{xml}"));
        assert!(!suites.is_empty(), "{case}");
        for (counts, _) in suites {
            let count = |name: &str| counts.get(name).copied().unwrap_or_default();
            assert!(count("testcase") > 0, "{case}: an empty suite looks as if nothing ran");
            failures += count("failure");
            cases += count("testcase");
        }
    }
    assert!(failures > 40 && cases > failures, "{failures} {cases}");
}

#[test]
fn an_audit_writes_what_strict_readers_take() {
    let (mut failures, mut cases) = (0, 0);
    for entry in std::fs::read_dir(root().join("testdata/audit")).unwrap() {
        let case = entry.unwrap().path();
        let args = std::fs::read_to_string(case.join("args")).unwrap_or_default();
        if args.contains("--format") {
            continue;
        }
        let run = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .current_dir(&case)
            .args(["audit", "once", "--manifests", "intent", "--observed", "observed"])
            .args(["--format", "junit"])
            .args(args.lines())
            .output()
            .unwrap();
        if run.status.code() == Some(2) {
            continue;
        }
        let xml = String::from_utf8(run.stdout).unwrap();
        let suites = suites(&xml).unwrap_or_else(|why| panic!("{}: {why}\n{xml}", case.display()));
        let [(counts, said)] = suites.as_slice() else { panic!("{}", case.display()) };
        assert!(said.contains_key("timestamp"), "{}", case.display());
        failures += counts.get("failure").copied().unwrap_or_default();
        cases += counts.get("testcase").copied().unwrap_or_default();
    }
    assert!(failures > 40 && cases > failures, "{failures} {cases}");
}

#[test]
fn what_is_no_junit_is_told() {
    let suite = "<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">";
    let whole = |inside: &str| format!("<testsuites>{suite}{inside}</testsuite></testsuites>");
    let case =
        |inside: &str| whole(&format!("<testcase classname=\"c\" name=\"a\">{inside}</testcase>"));
    let failing = |inside: &str| {
        let failure = format!("<failure type=\"error\" message=\"m\">{inside}</failure>");
        case(&failure).replace("failures=\"0\"", "failures=\"1\"")
    };
    for right in [case(""), case("<system-out>a &amp; b</system-out>"), failing("&lt;")] {
        assert_eq!(suites(&right).map(|suites| suites.len()), Ok(1), "{right}");
    }
    for wrong in [
        String::new(),
        "<testsuites>".to_owned(),
        "<testsuites></testsuites><testsuites></testsuites>".to_owned(),
        "<testsuites></testsuite>".to_owned(),
        "text<testsuites></testsuites>".to_owned(),
        "<failure/>".to_owned(),
        case("").replace(" errors=\"0\"", ""),
        case("").replace("tests=\"1\"", "tests=\"2\""),
        case("").replace("tests=\"1\"", "tests=\"01\""),
        case("").replace("failures=\"0\"", "failures=\"none\""),
        case("").replace("skipped=\"0\"", "skipped=\"0\" timestamp=\"yesterday\""),
        case("").replace(" name=\"a\">", ">"),
        case("").replace("classname=\"c\"", "classname=\"\""),
        case("").replace("name=\"a\"", "name=\"a\" line=\"1\""),
        case("").replace("classname=\"c\"", "classname=\"c\" classname=\"d\""),
        case("").replace("\"c\"", "\"a & b\""),
        case("").replace("\"c\"", "\"a < b\""),
        case("text"),
        case("<system-out>a</system-out><system-out>b</system-out>"),
        case("<failure type=\"error\" message=\"m\"></failure>"),
        failing("a & b"),
        failing("&nbsp;"),
        failing("\u{1b}"),
        failing("").replace("message=\"m\"", "message=\"a\nb\""),
        failing("").replace(" type=\"error\"", ""),
        whole("<failure type=\"error\" message=\"m\"/>"),
    ] {
        assert!(suites(&wrong).is_err(), "{wrong}");
    }
}
