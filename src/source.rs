//! Where manifests and configuration are read from: standard input, files and folders.
//!
//! Part of the shell: the only modules that open files.

pub mod build;
pub mod configuration;
pub mod files;
pub mod folder;
pub mod helm;
mod kustomize;
mod program;
mod redact;
