//! Where manifests and configuration are read from: standard input, files, folders, and the
//! programs that build folders.
//!
//! Part of the shell: the only modules that open files and start programs.

pub mod apps;
pub mod build;
mod bytes;
pub mod configuration;
pub mod copy;
pub mod files;
pub mod folder;
pub mod git;
pub mod helm;
pub mod intended;
mod interrupt;
mod kustomize;
pub mod observed;
pub(crate) mod pipe;
mod program;
mod redact;
pub mod tree;
pub mod unrendered;
