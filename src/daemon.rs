//! `plumber audit serve`: watches a cluster and a checkout, and answers over HTTP.
//!
//! Every conclusion is the audit's, which is pure. Here is what goes stale, breaks off and comes
//! back: the [`State`] says of each how old it is. Nothing here writes to a cluster.

pub mod state;

pub use state::State;
