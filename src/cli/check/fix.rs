//! What can only be meant one way, written into the files.

use crate::cli::Exit;
use crate::cli::output::write_file;
use crate::cli::run::refuse_with;
use crate::diagnostic::Repair;
use crate::manifest::repair;
use crate::object::Mark;
use crate::report::findings::Checked;
use crate::source::files;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Repairs the files; returns how many repairs were made. What stands in no file, and what is
/// allowed, is left as it is.
pub(super) fn fix(checked: &Checked) -> Result<usize, Exit> {
    let mut by_file: BTreeMap<&str, Vec<(Mark, Repair)>> = BTreeMap::new();
    for finding in checked.findings.iter().filter(|finding| finding.allowed.is_none()) {
        if let (Some(place), Some(repair)) =
            (&finding.diagnostic.location, &finding.diagnostic.repair)
            && !checked.is_printed(&place.source)
        {
            by_file.entry(&place.source).or_default().push((place.mark, repair.clone()));
        }
    }
    let mut made = 0;
    for (file, repairs) in by_file {
        let Some(text) = files::unconverted(file) else { continue };
        let repaired = repair(&text, &repairs);
        if repaired.made == 0 {
            continue;
        }
        write_file(&files::target(file), &[Cow::Owned(repaired.text)]).map_err(|error| {
            refuse_with(&format!("cannot write {file}: {error}"), "check who may write there")
        })?;
        made += repaired.made;
    }
    Ok(made)
}
