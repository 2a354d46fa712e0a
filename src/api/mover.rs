//! The movers that are rendered, and the two sides of a pair that each has.

/// A mover: the part of VolSync that carries a volume's data to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mover {
    /// kopia, of the perfectra1n fork of VolSync.
    #[default]
    Kopia,
    /// restic, of VolSync itself.
    Restic,
}

impl Mover {
    /// Every mover that is rendered.
    pub const ALL: &'static [Self] = &[Self::Kopia, Self::Restic];

    /// The field of `spec` that holds it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Kopia => "kopia",
            Self::Restic => "restic",
        }
    }

    /// Reads a mover's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mover| mover.id() == word)
    }

    /// Returns why VolSync's other movers are not rendered, for those that exist.
    pub fn refusal(word: &str) -> Option<&'static str> {
        match word {
            "rclone" => Some(
                "rclone makes the remote equal to the volume and runs as soon as it is applied: \
                 from a new, empty volume it would erase the backup",
            ),
            "rsync" | "rsyncTLS" => Some(
                "it copies to another volume and keeps no earlier state, so it is no backup to \
                 restore from",
            ),
            "syncthing" => Some(
                "it keeps volumes alike in both directions and has no destination to restore from",
            ),
            _ => None,
        }
    }
}

/// One of the two objects of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The `ReplicationSource`.
    Source,
    /// The `ReplicationDestination`.
    Destination,
}

impl Side {
    /// Both sides.
    pub const ALL: &'static [Self] = &[Self::Source, Self::Destination];

    /// The word for it in `plumber.yaml`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}
