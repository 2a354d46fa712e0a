//! `plumber`: three labels on a PVC in, a wired stream of manifests out.
//!
//! Bytes become documents, documents become objects, objects become a plan, and everything else
//! is a view of that plan. A module uses only modules of lower rows:
//!
//! | row | modules |
//! | --- | --- |
//! | 0 | `api`, `junit`, `object`, `parallel` |
//! | 1 | `diagnostic`, `edit` |
//! | 2 | `manifest`, `settings` |
//! | 3 | `config`, `inventory`, `intent` |
//! | 4 | `desired`, `drift` |
//! | 5 | `plan` |
//! | 6 | `adopt`, `compare`, `rules` |
//! | 7 | `report`, `audit` |
//! | 8 | `source`, `argocd`, `daemon`, `cli` |

pub mod adopt;
pub mod api;
pub mod argocd;
pub mod audit;
pub mod cli;
pub mod compare;
pub mod config;
#[cfg(feature = "audit")]
pub mod daemon;
pub mod desired;
pub mod diagnostic;
pub mod drift;
pub mod edit;
pub mod intent;
pub mod inventory;
mod junit;
pub mod manifest;
pub mod object;
mod parallel;
pub mod plan;
pub mod report;
pub mod rules;
pub mod settings;
pub mod source;

#[cfg(test)]
mod testing;
