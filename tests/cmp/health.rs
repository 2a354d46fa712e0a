//! The health checks, run by the Lua that Argo CD runs: 5.1.

use crate::tools::installed;
use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// Runs both checks on an object that is written in Lua; nothing where there is no Lua 5.1.
fn health(object: &str) -> Option<[String; 2]> {
    let lua = ["lua5.1", "luajit"].into_iter().find_map(installed)?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/argocd/health/argocd-cm.yaml");
    let patch: Value = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let checks = ["ReplicationSource", "ReplicationDestination"].map(|kind| {
        let key = format!("resource.customizations.health.volsync.backube_{kind}");
        let check = patch["data"][&key].as_str().unwrap();
        let program = format!(
            "local obj = {object}\nlocal health = (function()\n{check}\nend)()\n\
             io.write(health.status, ': ', health.message)\n"
        );
        let output = Command::new(&lua).arg("-e").arg(program).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    });
    Some(checks)
}

#[test]
fn the_checks_say_what_the_table_says() {
    let rows = [
        ("nothing yet", "{}"),
        (
            "running",
            "{status = {conditions = {{type = 'Synchronizing', reason = 'SyncInProgress'}}}}",
        ),
        (
            "well",
            "{status = {lastSyncTime = '2026-01-02', latestMoverStatus = {result = 'Successful'}}}",
        ),
        ("failed at first", "{status = {latestMoverStatus = {result = 'Failed'}}}"),
        (
            "failed later, and tried again",
            "{status = {lastSyncTime = '2026-01-02', latestMoverStatus = {result = 'Failed'}, \
             conditions = {{type = 'Synchronizing', reason = 'SyncInProgress'}}}}",
        ),
        (
            "not set up",
            "{status = {conditions = {{type = 'Synchronizing', reason = 'Error', message = 'no secret'}}}}",
        ),
        (
            "not set up any more",
            "{status = {lastSyncTime = '2026-01-02', \
             conditions = {{type = 'Synchronizing', reason = 'Error', message = 'no secret'}}}}",
        ),
    ];
    let mut said = Vec::new();
    for (situation, object) in rows {
        let Some([source, destination]) = health(object) else {
            eprintln!("skipped: the_checks_say_what_the_table_says: no lua5.1 nor luajit in PATH");
            return;
        };
        said.push(format!("{situation}\n  {source}\n  {destination}"));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    nothing yet
      Healthy: no backup has ended yet
      Healthy: no restore has ended yet
    running
      Healthy: no backup has ended yet
      Healthy: no restore has ended yet
    well
      Healthy: the last backup ended 2026-01-02
      Healthy: the last restore ended 2026-01-02
    failed at first
      Progressing: the last backup failed; see status.latestMoverStatus.logs
      Progressing: the last restore failed; see status.latestMoverStatus.logs
    failed later, and tried again
      Degraded: the last backup failed; see status.latestMoverStatus.logs; it last worked 2026-01-02
      Degraded: the last restore failed; see status.latestMoverStatus.logs; it last worked 2026-01-02
    not set up
      Progressing: the backup cannot be set up: no secret
      Progressing: the restore cannot be set up: no secret
    not set up any more
      Degraded: the backup cannot be set up: no secret; it last worked 2026-01-02
      Degraded: the restore cannot be set up: no secret; it last worked 2026-01-02
    ");
}
