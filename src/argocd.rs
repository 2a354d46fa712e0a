//! What Argo CD tells its config management plugin, turned into settings.
//!
//! Takes the plugin's variables, gives how the folder is built and configured. Decides nothing
//! about volumes.

pub mod application;
pub mod discover;
pub mod parameters;
