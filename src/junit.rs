//! JUnit's XML, which most pipelines show as tests: suites as data → one document.
//!
//! No more than the schema of Jenkins' xUnit plugin (junit-10.xsd) allows; counts are those of the
//! tests. Knows nothing of what is tested.

use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::borrow::Cow;
use std::io;

/// Tests that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suite {
    /// Its name.
    pub(crate) name: String,
    /// When it ran, where that is known.
    pub(crate) timestamp: Option<String>,
    /// Its tests.
    pub(crate) tests: Vec<Test>,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    /// What it is grouped by.
    pub(crate) class: String,
    /// Its name.
    pub(crate) name: String,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Well, with nothing to say.
    Passed,
    /// Well, with something to say.
    Said(String),
    /// It was left out, and why.
    Skipped(String),
    /// It failed.
    Failed {
        /// What kind of failure, in a word.
        kind: &'static str,
        /// What it is, in a line.
        message: String,
        /// All of it.
        text: String,
    },
}

/// Writes a document.
pub(crate) fn document(suites: &[Suite]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = writer.create_element("testsuites").write_inner_content(|writer| {
        suites.iter().try_for_each(|suite| write_suite(writer, suite))
    });
    // Writing into memory does not fail.
    let written = written.map(|_| ()).map_or_else(|_| Vec::new(), |()| writer.into_inner());
    let body = String::from_utf8(written).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite) -> io::Result<()> {
    let Suite { name, timestamp, tests } = suite;
    let count = |is_it: fn(&Outcome) -> bool| {
        tests.iter().filter(|test| is_it(&test.outcome)).count().to_string()
    };
    let failures = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", &*clean(name)))
        .with_attribute(("tests", tests.len().to_string().as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("errors", "0"))
        .with_attribute(("skipped", skipped.as_str()));
    if let Some(timestamp) = timestamp {
        element = element.with_attribute(("timestamp", timestamp.as_str()));
    }
    element
        .write_inner_content(|writer| tests.iter().try_for_each(|test| write_test(writer, test)))?;
    Ok(())
}

fn write_test(writer: &mut Writer<Vec<u8>>, one: &Test) -> io::Result<()> {
    let Test { class, name, outcome } = one;
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", &*clean(class)))
        .with_attribute(("name", &*clean(name)));
    match outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Said(text) => element.write_inner_content(|writer| {
            let inner = writer.create_element("system-out");
            inner.write_text_content(BytesText::new(&clean(text))).map(|_| ())
        })?,
        Outcome::Skipped(why) => element.write_inner_content(|writer| {
            let inner = writer.create_element("skipped");
            inner.with_attribute(("message", &*clean(why))).write_empty().map(|_| ())
        })?,
        Outcome::Failed { kind, message, text } => element.write_inner_content(|writer| {
            let inner = writer.create_element("failure");
            inner
                .with_attribute(("type", *kind))
                .with_attribute(("message", &*clean(message)))
                .write_text_content(BytesText::new(&clean(text)))
                .map(|_| ())
        })?,
    };
    Ok(())
}

/// Text of characters that XML 1.0 has, which are few of the control characters.
fn clean(text: &str) -> Cow<'_, str> {
    let is_none = |c: char| {
        c.is_control() && !matches!(c, '\t' | '\n') || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(is_none) { text.replace(is_none, "\u{fffd}").into() } else { text.into() }
}
