//! Findings as the workflow commands that GitHub shows beside the lines of a pull request.

use super::findings::{Checked, message};
use crate::diagnostic::Severity;
use crate::rules::Finding;

/// Writes one command a finding; infos and what is allowed are left out, as there are few places.
pub fn github(checked: &Checked) -> String {
    let shown = checked.findings.iter().filter(|finding| finding.allowed.is_none());
    shown
        .filter(|finding| finding.severity() > Severity::Info)
        .map(|f| command(f, checked))
        .collect()
}

fn command(finding: &Finding, checked: &Checked) -> String {
    let found = &finding.diagnostic;
    let place = found.location.as_ref().filter(|place| !checked.is_printed(&place.source));
    let mut properties = vec![match place {
        Some(place) => format!("file={}", property(&place.source)),
        None => format!("file={}", property(&finding.application)),
    }];
    if let Some(place) = place {
        properties.push(format!("line={},col={}", place.mark.line(), place.mark.column()));
    }
    properties.push(format!("title={}", property(found.code.id())));
    let help = found.help.as_ref().map_or(String::new(), |help| format!("\nhelp: {help}"));
    let text = data(&format!("{}{help}", message(finding)));
    format!("::{} {}::{text}\n", found.severity().id(), properties.join(","))
}

/// The text of a command: line ends and what starts an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: what parts properties, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_parts_commands_is_escaped() {
        assert_eq!(data("50% of\r\na: b"), "50%25 of%0D%0Aa: b");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
