//! What belongs to a volume, by the names that Git states.

use super::reference::reference;
use super::{Case, Question, Reference, Standing};
use crate::audit::intended::Wired;
use crate::audit::key::Key;
use crate::audit::spec::Role;
use crate::desired::destination_name;

impl<'a> Case<'a> {
    /// Puts together what belongs to a volume.
    #[expect(clippy::similar_names, reason = "rs and rd are what everybody calls them")]
    pub fn new(key: &'a Key, question: Question<'a>) -> Self {
        let Question { intent, observed, shared, desk, now } = question;
        let (namespace, name) = (key.namespace(), key.name());
        let stated = intent.volumes.get(key);
        let git = stated.map(|stated| stated.intended.as_ref());
        let git_pvc = intent.pvc(key).map(|pvc| &desk.lay(pvc).node);
        let live = desk.volume(observed, key);
        let git_ref = reference(git_pvc, namespace);
        let live_ref = reference(live.map(|live| &live.live.node), namespace);
        let at = |name: &str| key.beside(name);
        let planned_rd = git
            .and_then(|git| git.names.rd.clone())
            .unwrap_or_else(|| destination_name(name).into());
        let git_rd = match &git_ref {
            Reference::Destination(name) => intent.destination(&at(name)),
            Reference::None | Reference::Elsewhere(_) => intent.destination(&at(&planned_rd)),
        };
        let git_rd = git_rd.map(|rd| desk.lay(rd));
        let git_rs = git_source(question, shared.rendered_of(key), git_rd);
        let live_rs = match git_rs {
            Some(rs) => desk.source(observed, &at(&rs.name)),
            None => shared.sources_of(key).next().and_then(|key| desk.source(observed, key)),
        };
        let live_rd = match (&git_ref, &live_ref) {
            (Reference::Destination(name), _)
            | (Reference::None | Reference::Elsewhere(_), Reference::Destination(name)) => {
                desk.destination(observed, &at(name))
            }
            (
                Reference::None | Reference::Elsewhere(_),
                Reference::None | Reference::Elsewhere(_),
            ) => desk.destination(observed, &at(&planned_rd)),
        };
        let live_rs = live_rs.filter(|rs| !rs.live.is_going);
        let live_rd = live_rd.filter(|rd| !rd.live.is_going);
        let image = live_rd.and_then(|rd| rd.status.latest_image.as_ref());
        let snapshot = image
            .and_then(|image| desk.snapshot(observed, &at(&image.name)))
            .filter(|snapshot| !snapshot.live.is_going);
        let mut case = Self {
            key,
            intent,
            observed,
            shared,
            desk,
            now,
            standing: Standing::Unintended,
            git,
            git_origin: stated.map(|stated| &stated.origin),
            git_pvc,
            git_ref,
            git_rs,
            git_rd,
            live,
            live_ref,
            live_rs,
            live_rd,
            snapshot,
        };
        case.standing = case.standing();
        case
    }
}

/// Returns the rendered source of a volume. Of several targets it is the one that keeps what the
/// destination restores.
fn git_source<'a>(
    question: Question<'a>,
    keys: impl Iterator<Item = &'a Key>,
    rd: Option<&Wired>,
) -> Option<&'a Wired> {
    let Question { intent, desk, .. } = question;
    let read = |key| intent.source(key).map(|rs| desk.lay(rs));
    let sources: Vec<&Wired> = keys.filter_map(read).collect();
    let fits = |rs: &&&Wired| {
        let (rs, Some(rd)) = (rs.spec(Role::Source), rd.map(|rd| rd.spec(Role::Destination)))
        else {
            return false;
        };
        rs.mover() == rd.mover()
            && rs.repository() == rd.repository()
            && rs.identity() == rd.identity()
    };
    sources.iter().find(fits).or(sources.first()).copied()
}
