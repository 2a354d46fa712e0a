//! Findings that are allowed at an object: `code: reason; code: reason` in an annotation.

use super::finding::{Allowance, Finding};
use super::view::View;
use super::{Family, Rule};
use crate::api::labels;
use crate::diagnostic::Code;
use crate::object::Node;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[Rule {
        code: Code::InvalidAllow,
        why: "An allowance without a reason, or with a code that does not exist, allows nothing: \
              the finding that somebody believed to be settled is still there, or will be gone \
              unseen once it is.",
        fix: "Write `pvc-plumber.io/allow: \"code: why\"`, several parted by semicolons.",
    }],
};

/// One part of the annotation that does not count, and what to do.
struct Wrong {
    message: String,
    help: String,
}

/// Returns what an object's annotation allows.
pub(super) fn allowances(node: &Node) -> Vec<Allowance> {
    annotation(node).map(|text| parse(text).0).unwrap_or_default()
}

fn annotation(node: &Node) -> Option<&str> {
    node.text_at(&["metadata", "annotations", labels::ALLOW])
}

fn parse(text: &str) -> (Vec<Allowance>, Vec<Wrong>) {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (id, reason) = part.split_once(':').unwrap_or((part, ""));
        let (id, reason) = (id.trim(), reason.trim());
        match Code::parse(id) {
            None => wrong.push(Wrong {
                message: format!("there is no code `{id}` to allow"),
                help: Code::suggest(id),
            }),
            Some(_) if reason.is_empty() => wrong.push(Wrong {
                message: format!("`{id}` is allowed without a reason, which does not count"),
                help: format!("{}: \"{id}: why\"", labels::ALLOW),
            }),
            Some(code) if !code.can_be_allowed() => wrong.push(Wrong {
                message: format!("`{id}` cannot be allowed"),
                help: "correct what it is about".to_owned(),
            }),
            Some(code) => good.push(Allowance { code, reason: reason.to_owned() }),
        }
    }
    (good, wrong)
}

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for member in view.everything() {
        let Some(text) = member.annotation(labels::ALLOW) else { continue };
        for wrong in parse(text).1 {
            found.push(
                member
                    .finding(Code::InvalidAllow, wrong.message)
                    .at(member.at(&["metadata", "annotations", labels::ALLOW]))
                    .help(wrong.help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn codes_are_allowed_with_a_reason_alone() {
        let (good, wrong) = parse(
            "retention-missing: the repository's policy: 7 days; trigger-missing ; trigger-mising: x;;",
        );
        assert_eq!(good.len(), 1);
        assert_eq!(good[0].reason, "the repository's policy: 7 days");
        let messages: Vec<_> =
            wrong.iter().map(|w| format!("{} ({})", w.message, w.help)).collect();
        assert_eq!(
            messages,
            [
                "`trigger-missing` is allowed without a reason, which does not count \
                 (pvc-plumber.io/allow: \"trigger-missing: why\")",
                "there is no code `trigger-mising` to allow (did you mean `trigger-missing`?)",
            ]
        );
    }
}
