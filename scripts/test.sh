#!/bin/bash
# Runs every test of the workspace, and the end-to-end tests once more on each database server;
# arguments go to the test runner of the first.
set -euo pipefail
cd "$(dirname "$0")/.."

if cargo nextest --version >/dev/null 2>&1; then
    runner=(cargo nextest run)
    cargo nextest run --workspace --locked --no-fail-fast "$@"
    cargo test --workspace --locked --doc
else
    runner=(cargo test)
    cargo test --workspace --locked --no-fail-fast "$@"
fi

# A part of the tests was asked for.
(($# == 0)) || exit 0

# These look into the SQLite file, are about there being one for each configuration, or have a server of
# their own.
about_files=(upgrade:: db:: servers:: an_upgrade_and_a_downgrade_keep_what_is_remembered
    both_sides_remember_each_other_as_csync2_does
    a_person_is_shown_the_certificate_and_asked
    nothing_is_remembered_of_a_host_that_has_not_shown_the_key
    what_is_remembered_is_listed_and_forgotten the_rows_of_a_fork_are_taken_over_without_a_mark
    a_peer_with_a_row_of_the_fork_is_in_sync one_daemon_serves_several_configurations
    numbers_of_a_large_database_come_at_once
    every_kind_of_line_is_as_described_and_every_described_kind_occurs)
skipped=()
for test in "${about_files[@]}"; do
    skipped+=(--skip "$test")
done
cargo build --locked --package csync3-testkit --bin on-database
for server in postgresql mariadb; do
    echo "end to end, with every csync3 on $server"
    "${CARGO_TARGET_DIR:-target}/debug/on-database" "$server" \
        "${runner[@]}" --locked --no-fail-fast --package csync3 \
        --test interop --test faults --test machines -- "${skipped[@]}"
done
