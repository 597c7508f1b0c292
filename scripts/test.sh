#!/bin/bash
# Runs every test of the workspace; arguments go to the test runner.
set -euo pipefail
cd "$(dirname "$0")/.."

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked --no-fail-fast "$@"
    cargo test --workspace --locked --doc
else
    cargo test --workspace --locked --no-fail-fast "$@"
fi
