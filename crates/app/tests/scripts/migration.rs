//! The steps of `docs/migrate-from-csync2.md`, on three hosts.
use crate::{csync3, repository};
use csync3_testkit::Running;
use std::process::Command;
use std::time::Duration;

#[test]
fn hosts_go_to_csync3_one_by_one_and_back_as_the_guide_says() {
    let mut command = Command::new(repository("scripts/try-migration.sh"));
    command.arg(csync3().path());
    let output = Running::start(&mut command).wait_within(Duration::from_secs(600)).success();
    assert!(output.stdout_text().ends_with("== done\n"), "{output}");
}
