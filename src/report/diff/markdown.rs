//! A comparison as a comment on a pull request: short where there is little to say, and nothing
//! in it is interpreted that came from a manifest.

use super::{Objects, counts, not_compared, outcomes, parted, verdicts};
use crate::compare::{Comparison, ObjectDiff, Part, Sentence, Unread, VolumeChange, visible};
use crate::diagnostic::Severity;
use std::fmt::Write as _;

/// Below the 65,536 characters that GitHub takes, with room for the last line.
const LIMIT: usize = 64_000;
/// How much is told of an application that could not be read.
const FINDINGS: usize = 10;
/// The first line, by which a program finds its own comment again.
const MARK: &str = "<!-- plumber diff -->\n";

/// Writes a comparison. `base` and `head` name the sides.
pub fn markdown(comparison: &Comparison, base: &str, head: &str, objects: Objects) -> String {
    let mut out = String::from(MARK);
    let complete = comparison.is_complete();
    if comparison.volumes.is_empty() && complete {
        push(&mut out, format_args!("**Volumes:** {}.\n", counts(comparison)));
        return out;
    }
    push(&mut out, format_args!("### {}\n\n", headline(comparison)));
    push(
        &mut out,
        format_args!("What happens to their data from {} to {}.\n", code(base), code(head)),
    );
    for (side, list) in [("BASE", &comparison.unread_base), ("HEAD", &comparison.unread_head)] {
        for unread in list {
            push(&mut out, format_args!("\n{}\n", self::unread(side, unread)));
        }
    }
    let grave = |volume: &&VolumeChange| {
        volume.worst().is_some_and(|worst| worst.severity() > Severity::Info)
    };
    let (told, unread) = parted(comparison);
    if !unread.is_empty() {
        push(&mut out, format_args!("\n{}\n", not_compared(&unread, code)));
    }
    let (graves, harmless): (Vec<_>, Vec<_>) = told.into_iter().partition(grave);
    let mut left_out = 0;
    for volume in graves {
        let block = format!("\n{}", block(volume));
        if out.len() + block.len() > LIMIT {
            left_out += 1;
            continue;
        }
        out.push_str(&block);
        diffs(&mut out, volume, objects);
    }
    if !harmless.is_empty() {
        let summary = match harmless.len() {
            1 => "1 volume changes and loses nothing".into(),
            count => format!("{count} volumes change and lose nothing"),
        };
        let open = format!("\n<details><summary>{summary}</summary>\n");
        let close = "\n</details>\n";
        out.push_str(&open);
        for volume in harmless {
            let block = format!("\n{}", block(volume));
            if out.len() + block.len() + close.len() > LIMIT {
                left_out += 1;
                continue;
            }
            out.push_str(&block);
            diffs(&mut out, volume, objects);
        }
        out.push_str(close);
    }
    if left_out > 0 {
        let s = if left_out == 1 { "" } else { "s" };
        push(
            &mut out,
            format_args!(
                "\n{left_out} more volume{s} did not fit into this comment: run `plumber diff` to \
                 see all.\n"
            ),
        );
    }
    out
}

fn headline(comparison: &Comparison) -> String {
    if comparison.volumes.is_empty() {
        return "Volumes: not compared".into();
    }
    format!("Volumes: {}", outcomes(comparison))
}

fn unread(side: &str, unread: &Unread) -> String {
    let mut out = format!(
        "**{side} could not be read**, so what is in it is unknown: {}\n",
        code(&unread.application)
    );
    for found in unread.diagnostics.iter().take(FINDINGS) {
        let place = found
            .location
            .as_ref()
            .map_or(String::new(), |p| format!("{}: ", code(&p.to_string())));
        push(&mut out, format_args!("- {place}{}\n", escaped(&found.message)));
    }
    if let Some(more) = unread.diagnostics.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
        push(&mut out, format_args!("- and {more} more\n"));
    }
    if let Some((message, help)) = &unread.problem {
        push(&mut out, format_args!("- {}. {}\n", escaped(message), escaped(help)));
    }
    out
}

fn block(volume: &VolumeChange) -> String {
    let key = code(&volume.key.to_string());
    let key = match &volume.moved_from {
        Some(from) => format!("{} → {key}", code(&from.to_string())),
        None => key,
    };
    let title = volume.worst().map_or("", |worst| worst.title());
    let place = volume.location.as_ref();
    let place = place.map_or(String::new(), |p| code(&p.to_string()));
    let mut out = format!("#### {key} {title}\n\n");
    for change in &volume.changes {
        let consequence = change.consequence;
        let mark = match consequence.severity() {
            Severity::Error => "🛑",
            Severity::Warning => "⚠️",
            Severity::Info => "ℹ️",
        };
        push(
            &mut out,
            format_args!("- {mark} `{}`: {}", consequence.id(), sentence(&change.message)),
        );
        if let (Some(old), Some(new)) = (&change.old, &change.new) {
            push(&mut out, format_args!("\n  - {} → {}", code(old), code(new)));
        }
        if let Some(remedy) = change.remedy() {
            push(&mut out, format_args!("\n  - **Fix:** {}", sentence(&remedy)));
        }
        out.push('\n');
    }
    let verdicts = verdicts(volume).map_or(String::new(), |(base, head)| {
        let reason = volume.head.as_ref().and_then(|head| head.reason.as_ref());
        let reason = reason.map_or(String::new(), |r| format!(": {}", escaped(&r.message)));
        format!("verdict `{base}` → `{head}`{reason}")
    });
    let last: Vec<String> = [place, verdicts].into_iter().filter(|part| !part.is_empty()).collect();
    if !last.is_empty() {
        push(&mut out, format_args!("- {}\n", last.join(", ")));
    }
    out
}

fn diffs(out: &mut String, volume: &VolumeChange, objects: Objects) {
    if objects == Objects::None || volume.objects.is_empty() {
        return;
    }
    let lines: Vec<&str> = volume.objects.iter().flat_map(|o| o.diff.lines()).collect();
    let text: String = volume.objects.iter().map(titled).collect();
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let details = format!(
        "\n<details><summary>objects of {}, {} lines</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>\n",
        html(&volume.key.to_string()),
        lines.len()
    );
    if out.len() + details.len() <= LIMIT {
        out.push_str(&details);
    } else {
        let note = "\nThe objects did not fit into this comment.\n";
        if out.len() + note.len() <= LIMIT {
            out.push_str(note);
        }
    }
}

fn titled(object: &ObjectDiff) -> String {
    let mut out = format!("# {} {} ({})\n", object.kind, visible(&object.name), object.change.id());
    for line in object.diff.lines() {
        out.push_str(&visible(line));
        out.push('\n');
    }
    out
}

/// Writes a sentence: the project's own words as they are, values as code.
fn sentence(sentence: &Sentence) -> String {
    let part = |part: &Part| match part {
        Part::Words(words) => escaped(words),
        Part::Value(value) => code(value),
    };
    sentence.parts().iter().map(part).collect()
}

/// Writes a value as code, which no reader interprets.
fn code(text: &str) -> String {
    let text = visible(text);
    if text.is_empty() {
        return "`\"\"`".into();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Writes foreign words: what Markdown, HTML and GitHub's mentions and references would read is
/// escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A comment parts the sign from the name, which is all that a mention looks for.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Neither an address nor `GH-1` becomes a link.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("<!-- -->:"),
            _ => out.push(c),
        }
    }
    out
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    out.write_fmt(arguments).unwrap_or_default();
}

fn html(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

#[cfg(test)]
mod tests {
    use super::{code, escaped};

    #[test]
    fn values_stand_in_code_whatever_they_hold() {
        assert_eq!(code("a|b"), "`a|b`");
        assert_eq!(code("`@x`"), "`` `@x` ``");
        assert_eq!(code("a\nb"), "`a\\nb`");
        assert_eq!(code(""), "`\"\"`");
    }

    #[test]
    fn foreign_words_are_not_interpreted() {
        assert_eq!(escaped("<b> @team #1 *x*"), "&lt;b&gt; @<!-- -->team #<!-- -->1 \\*x\\*");
        assert_eq!(escaped("https://x.example"), "https<!-- -->://x.example");
    }
}
