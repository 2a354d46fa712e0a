//! Pipes whose other end goes away.

use crate::support::{Folder, VOLUME};
use std::io::Read as _;
use std::process::{Command, Stdio};

#[test]
fn a_reader_that_closes_early_has_what_it_wanted() {
    let volume = |n: i32| VOLUME.replace("name: data", &format!("name: v{n}"));
    let many = (0..300).map(volume).collect::<Vec<_>>().join("---\n");
    let folder = Folder::with("a.yaml", many);
    for bytes in [0, 10] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plumber"))
            .env_clear()
            .args(["render", "--managed-namespace=*"])
            .arg(folder.path("a.yaml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut vec![0; bytes]).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(stderr, @"plumber: 300 volumes: 300 wired");
        }
    }
}

#[test]
fn nobody_reads_what_is_said() {
    let folder = Folder::with("a.yaml", VOLUME);
    let mut child = Command::new(env!("CARGO_BIN_EXE_plumber"))
        .env_clear()
        .args(["render", "--managed-namespace=*"])
        .arg(folder.path("a.yaml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.is_empty());
}
