//! The section of a source or destination that names its engine, with VolSync's rules for what is
//! left out.

use super::flat::Part;
use super::member::Member;
use crate::api::volsync::{REPLICATION_SOURCE, default_username};
use crate::object::Location;

/// VolSync's engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Engine {
    /// `kopia`, of the fork.
    Kopia,
    /// `restic`.
    Restic,
    /// `rclone`.
    Rclone,
    /// `rsync`, `rsyncTLS` and `syncthing`: replication between clusters.
    Replication,
}

const SECTIONS: &[(&str, Engine)] = &[
    ("kopia", Engine::Kopia),
    ("restic", Engine::Restic),
    ("rclone", Engine::Rclone),
    ("rsyncTLS", Engine::Replication),
    ("rsync", Engine::Replication),
    ("syncthing", Engine::Replication),
];

/// The engine's section of a source or destination.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mover<'v> {
    /// The object.
    pub(super) member: &'v Member,
    /// Which engine.
    pub(super) engine: Engine,
    /// The section's key.
    pub(super) section: &'static str,
    part: Part<'v>,
}

/// Whom backups are kept under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KopiaIdentity {
    /// kopia's user name.
    pub(super) username: String,
    /// kopia's host name; nothing where it is a namespace that nothing says.
    pub(super) hostname: Option<String>,
}

/// Returns the engine's section.
pub(super) fn mover(member: &Member) -> Option<Mover<'_>> {
    SECTIONS.iter().find_map(|(section, engine)| {
        let part = member.get(&["spec", section])?;
        Some(Mover { member, engine: *engine, section, part })
    })
}

impl<'v> Mover<'v> {
    /// Returns a field, unless nothing is there.
    pub(super) fn get(&self, key: &str) -> Option<Part<'v>> {
        self.part.get(key).filter(|part| !part.is_null())
    }

    /// Returns the text of a field; an empty one counts as none.
    pub(super) fn text(&self, key: &str) -> Option<&'v str> {
        self.get(key).and_then(Part::as_str).filter(|text| !text.is_empty())
    }

    /// Returns a field of any scalar type as text, as a quantity may be written without quotes.
    pub(super) fn scalar(&self, key: &str) -> Option<String> {
        let part = self.get(key)?;
        part.as_str().map(str::to_owned).or_else(|| part.as_i64().map(|number| number.to_string()))
    }

    /// Returns whether a field is `true`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.member.is_true(&["spec", self.section, key])
    }

    /// Returns where a field stands, or the section.
    pub(super) fn at(&self, key: &str) -> Location {
        self.member.at(&["spec", self.section, key])
    }

    /// Returns the texts of a list.
    pub(super) fn list(&self, key: &str) -> Vec<&'v str> {
        self.get(key).into_iter().flat_map(Part::items).filter_map(Part::as_str).collect()
    }

    /// Returns the identity that kopia uses, by the fork's rules; nothing for a destination with
    /// half an identity, which the fork refuses.
    pub(super) fn identity(&self) -> Option<KopiaIdentity> {
        let namespace = self.member.namespace();
        let (username, hostname) = (self.text("username"), self.text("hostname"));
        let own = |text: &str| text.to_owned();
        if self.member.kind() == REPLICATION_SOURCE {
            return Some(KopiaIdentity {
                username: username.map_or_else(|| default_username(self.member.name()), own),
                hostname: hostname.or(namespace).map(own),
            });
        }
        match (username, hostname) {
            (Some(username), Some(hostname)) => {
                Some(KopiaIdentity { username: own(username), hostname: Some(own(hostname)) })
            }
            (Some(_), None) | (None, Some(_)) => None,
            (None, None) => {
                let asked = |key: &str| self.part.text_at(&["sourceIdentity", key]);
                let name = asked("sourceName").unwrap_or(self.member.name());
                Some(KopiaIdentity {
                    username: default_username(name),
                    hostname: asked("sourceNamespace").or(namespace).map(own),
                })
            }
        }
    }

    /// Returns whether a destination asks for the identity of a source by that source's name, so
    /// that the fork may look the source's own identity up.
    pub(super) fn is_discovering(&self) -> bool {
        self.text("username").is_none()
            && self.part.text_at(&["sourceIdentity", "sourceName"]).is_some()
    }

    /// Returns the mover's user and groups, as far as they are stated.
    pub(super) fn user_and_groups(&self) -> (Option<i64>, Vec<i64>) {
        let context = self.get("moverSecurityContext");
        let number =
            |key: &str| context.and_then(|context| context.get(key)).and_then(Part::as_i64);
        let more = context.and_then(|context| context.get("supplementalGroups"));
        let groups = ["runAsGroup", "fsGroup"].into_iter().filter_map(number);
        let groups =
            groups.chain(more.into_iter().flat_map(Part::items).filter_map(Part::as_i64)).collect();
        (number("runAsUser"), groups)
    }
}

impl KopiaIdentity {
    /// Returns it as kopia shows it.
    pub(super) fn shown(&self) -> String {
        format!("{}@{}", self.username, self.hostname.as_deref().unwrap_or("?"))
    }
}
