//! The report as JUnit reads it: one test for each volume, failed by what matters enough.

use super::Report;
use super::code::Severity;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::io;

/// Writes the report as JUnit XML.
///
/// # Errors
/// None that writing into memory can have.
pub fn junit(report: &Report<'_>, from: Severity) -> io::Result<String> {
    let failed = |volume: &super::Assessment<'_>| volume.fails(from);
    let failures = report.volumes.iter().filter(|volume| failed(volume)).count();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let counts = [report.volumes.len().to_string(), failures.to_string()];
    writer
        .create_element("testsuite")
        .with_attribute(("name", "plumber audit"))
        .with_attribute(("tests", counts[0].as_str()))
        .with_attribute(("failures", counts[1].as_str()))
        .with_attribute(("timestamp", report.now.to_string().as_str()))
        .write_inner_content(|writer| {
            for volume in &report.volumes {
                let case = writer
                    .create_element("testcase")
                    .with_attribute(("classname", volume.case.namespace()))
                    .with_attribute(("name", volume.case.name()));
                if !failed(volume) {
                    case.write_empty()?;
                    continue;
                }
                let message = format!(
                    "{}: rebuild {}, recreate {}",
                    volume.verdict.id(),
                    volume.rebuild.id(),
                    volume.recreate.id()
                );
                let lines: Vec<String> = volume
                    .findings
                    .iter()
                    .filter(|finding| finding.severity() > Severity::Info)
                    .map(|finding| {
                        format!(
                            "{}[{}]: {}\nfix: {}",
                            finding.severity().id(),
                            finding.code.id(),
                            finding.message,
                            finding.fix.text
                        )
                    })
                    .collect();
                case.write_inner_content(|writer| {
                    writer
                        .create_element("failure")
                        .with_attribute(("type", volume.severity.id()))
                        .with_attribute(("message", message.as_str()))
                        .write_text_content(BytesText::new(&lines.join("\n")))?;
                    Ok(())
                })?;
            }
            Ok(())
        })?;
    let body = String::from_utf8(writer.into_inner()).unwrap_or_default();
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n"))
}
