//! Rows 9 and 12: whether source and destination mean the same backups.

use crate::audit::case::{Case, Standing};
use crate::audit::code::Code;
use crate::audit::finding::{Evidence, Finding, Outcome};
use crate::audit::spec::{Mover, Spec};

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if !matches!(case.standing, Standing::Protected | Standing::BackupOnly) {
        return;
    }
    if let (Some(rs), Some(rd)) = (case.git_source(), case.git_destination()) {
        let seen = |field: &str, values: [String; 2]| {
            let [source, destination] = values;
            vec![
                case.git_rs.map(|rs| rs.evidence(field, source)),
                case.git_rd.map(|rd| rd.evidence(field, destination)),
            ]
        };
        let differs = compare(rs, rd, "in Git", &seen);
        found.extend(differs.into_iter().map(|finding| finding.both(Outcome::Empty)));
    }
    if let (Some(rs), Some(rd)) = (case.live_source(), case.live_destination()) {
        let seen = |field: &str, values: [String; 2]| {
            let [source, destination] = values;
            vec![
                case.live_rs.map(|rs| rs.live.evidence(field, source)),
                case.live_rd.map(|rd| rd.live.evidence(field, destination)),
            ]
        };
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        let differs = compare(rs, rd, "in the cluster", &seen);
        let differs = differs.into_iter().filter(|finding| !codes.contains(&finding.code));
        found.extend(differs.map(|finding| finding.on_recreate(Outcome::Empty)));
    }
    duplicate(case, found);
}

type Seen<'f> = dyn Fn(&str, [String; 2]) -> Vec<Option<Evidence>> + 'f;

fn compare(rs: Spec<'_>, rd: Spec<'_>, place: &str, seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let (names, movers) = ([rs.name(), rd.name()], [rs.mover(), rd.mover()]);
    if movers[0] != movers[1] {
        let words = movers.map(|mover| word(&mover));
        let message = format!(
            "{place} {} backs up with {} and {} restores with {}",
            names[0], words[0], names[1], words[1]
        );
        let seen = seen("spec", words).into_iter().flatten();
        found.push(Finding::new(Code::IdentityMismatch, message).seen(seen));
        return found;
    }
    if movers[0] == Mover::Kopia {
        let identities = [rs.identity(), rd.identity()];
        let shown = identities
            .clone()
            .map(|identity| identity.map_or_else(|why| why, |identity| identity.to_string()));
        let message = match &identities {
            [Ok(source), Ok(destination)] if source == destination => None,
            [Ok(source), Ok(destination)] => Some(format!(
                "{place} {} backs up as {source} and {} restores as {destination}",
                names[0], names[1]
            )),
            [_, Err(why)] => Some(format!("{place} {} {why}, and VolSync refuses it", names[1])),
            [Err(why), _] => Some(format!("{place} {} {why}, and VolSync refuses it", names[0])),
        };
        if let Some(message) = message {
            let seen = seen("spec.kopia", shown).into_iter().flatten();
            found.push(Finding::new(Code::IdentityMismatch, message).seen(seen));
        }
    }
    let repositories = [rs.repository(), rd.repository()];
    if repositories[0] != repositories[1] {
        let shown = repositories.map(|name| name.unwrap_or("none").to_owned());
        let message = format!(
            "{place} {} backs up into {} and {} restores from {}",
            names[0], shown[0], names[1], shown[1]
        );
        let seen = seen("spec.*.repository", shown).into_iter().flatten();
        found.push(Finding::new(Code::RepositoryMismatch, message).seen(seen));
    }
    found
}

fn word(mover: &Mover) -> String {
    match mover {
        Mover::Kopia => "kopia".to_owned(),
        Mover::Restic => "restic".to_owned(),
        Mover::Other(other) => other.clone(),
        Mover::Missing => "no mover".to_owned(),
    }
}

fn duplicate(case: &Case<'_>, found: &mut Vec<Finding>) {
    for spec in case.git_source().into_iter().chain(case.live_source()) {
        let others = case.shared.others(spec, case.key);
        if others.is_empty() {
            continue;
        }
        let repository = spec.repository().unwrap_or_default();
        let message = match spec.identity() {
            Ok(identity) if spec.mover() == Mover::Kopia => format!(
                "{} is also the identity of {} in {repository}: their backups mix",
                identity,
                others.join(", ")
            ),
            Ok(_) | Err(_) => format!(
                "restic keeps {} in {repository} too, under the same name: their backups mix",
                others.join(", ")
            ),
        };
        let fix = match spec.mover() {
            Mover::Kopia => format!(
                "annotate one of them: {}: \"hostname/username\"",
                crate::api::labels::BACKUP_IDENTITY
            ),
            Mover::Restic | Mover::Other(_) | Mover::Missing => {
                "give each volume a repository of its own".to_owned()
            }
        };
        let seen = case.git_rs.map(|rs| rs.evidence("spec.*.repository", repository));
        found.push(
            Finding::new(Code::IdentityDuplicate, message).both(Outcome::Empty).seen(seen).fix(fix),
        );
        return;
    }
}
