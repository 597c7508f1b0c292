#!/bin/bash
# Proves that crates/core/clippy.toml is read and that every ban in it works: clippy must complain
# about each line of crates/core/violations that is marked `forbidden`, and about no ban it cannot
# resolve.
set -euo pipefail
cd "$(dirname "$0")/.."

crate=crates/core/violations
source=$crate/src/lib.rs
bans=crates/core/clippy.toml
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Looks at the crate again even when only the configuration changed.
touch "$source"
cargo clippy --quiet --manifest-path "$crate/Cargo.toml" --target-dir target/violations \
    --message-format short >"$out" 2>&1 || true

failed=0
while IFS=: read -r line _; do
    if ! grep -q "^[^ ]*src/lib.rs:$line:" "$out"; then
        echo "clippy accepts line $line of $source: $(sed -n "${line}p" "$source")" >&2
        failed=1
    fi
done < <(grep -n 'forbidden$' "$source")

for path in $(sed -n 's/.*path = "\([^"]*\)".*/\1/p' "$bans"); do
    if ! grep -q "$path\b.*forbidden$" "$source"; then
        echo "no line of $source shows the ban of $path" >&2
        failed=1
    fi
done

if grep -q 'clippy.toml' "$out"; then
    grep 'clippy.toml' "$out" >&2
    failed=1
fi
count=$(grep -c 'forbidden$' "$source")
((failed)) || echo "clippy rejects all $count violations"
exit "$failed"
