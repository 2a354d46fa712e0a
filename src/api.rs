//! The outside world's vocabulary, spelled once: label keys, VolSync's API, the fields of a volume.

pub mod compact;
pub mod fields;
pub mod kinds;
pub mod labels;
pub mod mode;
pub mod mover;
pub mod name;
pub mod quantity;
pub mod schedule;
pub mod suggest;
pub mod volsync;
pub mod volume;
