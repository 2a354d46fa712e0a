//! A plan and its stream → what Git intends, with the manifests that stand beside what is rendered.

use super::observed::beside;
use crate::api::name::{hex, sha256};
use crate::audit::{self, Intent, Origin, Packer};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::manifest::{Framing, Source, Stream, apply};
use crate::plan::Plan;

/// Renders a plan and reads what leaves. The origin gets the SHA-256 of the manifests.
///
/// # Errors
/// What keeps the manifests from rendering.
pub fn intended(
    plan: &Plan,
    stream: &Stream,
    config: &Config,
    paths: &[String],
    origin: Origin,
    packer: &Packer,
) -> Result<Intent, Vec<Diagnostic>> {
    let broken: Vec<Diagnostic> = plan
        .diagnostics
        .iter()
        .filter(|found| found.severity() == Severity::Error)
        // Told of the volumes that share it.
        .filter(|found| found.code != Code::IdentityDuplicate)
        .cloned()
        .collect();
    if !broken.is_empty() {
        return Err(broken);
    }
    let output = apply(stream, &plan.edits())?;
    let mut text = String::with_capacity(output.len());
    // Each piece is let go when it is copied: all of them and all of the text are much.
    output.pieces.into_iter().for_each(|piece| text.push_str(&piece));
    let origin = Origin { digest: hex(&sha256(&text)), ..origin };
    let source = Source { name: "<rendered>".into(), text, framing: Framing::Stream };
    let rendered = audit::rendered(source, packer)?;
    let others: Vec<_> = beside(paths)
        .into_iter()
        .flat_map(|file| audit::rendered(file, packer).unwrap_or_default())
        .collect();
    let others = audit::unrendered(&others, &rendered);
    Ok(audit::intent(plan, rendered, config, origin, others, packer))
}
