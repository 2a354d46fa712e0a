//! The volumes that were asked for, to take away: CSV and Markdown.

use super::facts::PageInput;
use super::overview::sentence;
use super::query::Query;
use super::select::select;
use super::words::when;
use crate::audit::code::Severity;
use crate::audit::document::Entry;

/// The columns of the CSV.
const COLUMNS: [&str; 15] = [
    "namespace",
    "pvc",
    "app",
    "standing",
    "verdict",
    "severity",
    "rebuild",
    "pvc_recreate",
    "restore_point",
    "recreate_point",
    "last_backup",
    "last_drill",
    "manifest",
    "why",
    "fix",
];

/// Writes the volumes that were asked for, on all pages, as CSV (RFC 4180). A cell that a
/// spreadsheet would take for a formula starts with an apostrophe.
pub fn csv(input: &PageInput<'_>, query: &Query) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for rated in select(input.document, query) {
        let row: Vec<String> = cells(&rated.entry()).iter().map(|cell| quoted(cell)).collect();
        out.push_str(&row.join(","));
        out.push_str("\r\n");
    }
    out
}

fn cells(entry: &Entry) -> [String; 15] {
    let readiness = &entry.restore_readiness;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (why, fix) = told(entry);
    [
        entry.namespace.clone(),
        entry.pvc.clone(),
        text(&entry.intent.app),
        entry.intent.standing.to_owned(),
        readiness.verdict.to_owned(),
        readiness.severity.to_owned(),
        readiness.rebuild.to_owned(),
        readiness.pvc_recreate.to_owned(),
        text(&readiness.restore_point),
        text(&readiness.recreate_point),
        text(&entry.backup.last_success),
        text(&readiness.last_drill),
        text(&entry.intent.path),
        why,
        fix,
    ]
}

/// What matters about a volume, and what to do.
fn told(entry: &Entry) -> (String, String) {
    let loud = |severity: &str| severity != Severity::Info.id();
    let findings = entry.restore_readiness.findings.iter().filter(|f| loud(f.severity));
    let (why, fix): (Vec<&str>, Vec<String>) = findings
        .map(|finding| {
            let fix = match &finding.fix.command {
                Some(command) => format!("{} ({command})", finding.fix.text),
                None => finding.fix.text.clone(),
            };
            (finding.message.as_str(), fix)
        })
        .unzip();
    (why.join("; "), fix.join("; "))
}

fn quoted(cell: &str) -> String {
    let formula =
        cell.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let safe = if formula { format!("'{cell}") } else { cell.to_owned() };
    if safe.contains([',', '"', '\n', '\r', '\'']) || safe != safe.trim() {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// Writes the volumes that were asked for, on all pages, as Markdown, for a ticket.
pub fn markdown(input: &PageInput<'_>, query: &Query) -> String {
    let mut out = format!(
        "# {} {}\n\nAsked at {}.\n\n| volume | rebuild | recreate | verdict | backup | why | what to do |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        sentence(input.document, query.scenario),
        when(query.scenario),
        input.now
    );
    for rated in select(input.document, query) {
        let entry = rated.entry();
        let readiness = &entry.restore_readiness;
        let (why, fix) = told(&entry);
        let cells = [
            format!("{}/{}", entry.namespace, entry.pvc),
            readiness.rebuild.to_owned(),
            readiness.pvc_recreate.to_owned(),
            readiness.verdict.to_owned(),
            entry.backup.last_success.clone().unwrap_or_else(|| "-".to_owned()),
            why,
            fix,
        ];
        let cells = cells.map(|cell| escaped(&cell));
        out.extend([format!("| {} |\n", cells.join(" | "))]);
    }
    out
}

/// Writes a text so that Markdown shows it as it is.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, quoted};

    #[test]
    fn no_cell_is_a_formula() {
        let cells =
            ["=1+1", "+1", "-2", "@x", " =1", "\"=1", "\t=1", "\r=1", "plain", "a,b", "a\"b"];
        let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        assert_eq!(
            quoted,
            [
                "\"'=1+1\"",
                "\"'+1\"",
                "\"'-2\"",
                "\"'@x\"",
                "\"' =1\"",
                "\"'\"\"=1\"",
                "\"'\t=1\"",
                "\"'\r=1\"",
                "plain",
                "\"a,b\"",
                "\"a\"\"b\""
            ]
        );
    }

    #[test]
    fn markdown_stays_text() {
        assert_eq!(escaped("a|<b>`_x_`\n&"), "a\\|&lt;b>\\`\\_x\\_\\` &amp;");
    }
}
