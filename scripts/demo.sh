#!/bin/bash
# Three nodes on loopback keep a few thousand files of /usr/share the same: first sync, edit,
# removal, conflict. Usage: demo.sh [PROGRAM]; works with csync2 as well.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

program=$(realpath "${1:-target/release/csync3}")
files=${DEMO_FILES:-3000}
net=127.$((64 + RANDOM % 60)).$((RANDOM % 256))
port=$((20000 + RANDOM % 5000))
work=$(mktemp -d "${TMPDIR:-/tmp}/csync3-demo.XXXXXX")
daemons=()

cleanup() {
    local status=$?
    for pid in "${daemons[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }
fail() {
    say "FAILED: $*" >&2
    tail -n 20 "$work"/*.log >&2 || true
    exit 1
}
name() { printf '%s.%s' "$net" "$1"; }
tree() { printf '%s/tree%s' "$work" "$1"; }
node() { # node NUMBER ARGUMENT..: one call of the program as that node
    local number=$1
    shift
    CSYNC2_SYSTEM_DIR=$work/system$number "$program" \
        -N "$(name "$number")" -p "$port" -D "$work/db$number" "$@"
}
timed() { # timed WHAT COMMAND..: runs it and says how long it took; keeps its exit code
    local what=$1 begin=$EPOCHREALTIME status=0
    shift
    "$@" >>"$work/commands.log" 2>&1 || status=$?
    awk -v what="$what" -v begin="$begin" -v end="$EPOCHREALTIME" \
        'BEGIN { printf "  %-52s %7.2f s\n", what, end - begin }'
    return "$status"
}
same() {
    for peer in 2 3; do
        diff -r --no-dereference "$(tree 1)" "$(tree "$peer")" >"$work/diff.log" ||
            fail "the trees of node 1 and node $peer differ"
    done
    say "  diff -r: all three trees are the same"
}

set_up() {
    for number in 1 2 3; do
        mkdir -p "$work/system$number" "$work/db$number" "$(tree "$number")"
    done
    "$program" -k "$work/system1/demo.key"
    {
        say "nossl * *;"
        say "prefix tree {"
        for number in 1 2 3; do
            say "  on $(name "$number"): $(tree "$number");"
        done
        say "}"
        say "group demo {"
        say "  host $(name 1) $(name 2) $(name 3);"
        say "  key demo.key;"
        say "  include %tree%;"
        say "}"
    } >"$work/system1/csync2.cfg"
    for number in 2 3; do
        cp -p "$work"/system1/* "$work/system$number/"
    done
    (cd /usr/share && find . -xdev -type f -size -256k -print0 | sort -z | sed -nz "1,${files}p" |
        tar -cf - --null --no-recursion -T -) | tar -xf - -C "$(tree 1)" --no-same-owner
}

start_daemons() {
    for number in 1 2 3; do
        # Not through the function: the id shall be the program's, not a shell's.
        CSYNC2_SYSTEM_DIR=$work/system$number "$program" -N "$(name "$number")" -p "$port" \
            -D "$work/db$number" -ii >"$work/daemon$number.log" 2>&1 &
        daemons+=("$!")
    done
    for number in 1 2 3; do
        for _ in {1..100}; do
            (exec 3<>"/dev/tcp/$(name "$number")/$port") 2>/dev/null && continue 2
            sleep 0.05
        done
        fail "node $number does not listen"
    done
}

[[ -x $program ]] || fail "no program at $program"
set_up
start_daemons
say "csync3 demo: three nodes, $(name 1) to $(name 3), port $port, program ${program##*/}"

count=$(find "$(tree 1)" | wc -l)
size=$(du -sm "$(tree 1)" | cut -f1)
say "1. first sync: $count objects, $size MB, to two peers"
timed "check: find and mark what is new" node 1 -cr / || fail "check"
say "  $(node 1 -M | wc -l) dirty rows"
timed "update: push to both peers" node 1 -u || fail "first push"
same

say "2. nothing has changed"
timed "check and update" node 1 -x || fail "idle run"

edited=$(find "$(tree 1)" -type f | sort | sed -n 1p)
removed=$(find "$(tree 1)" -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1)
gone=$(find "$removed" | wc -l)
say "3. one file edited, one directory of $gone objects removed"
echo "edited on node 1" >>"$edited"
rm -rf "$removed"
timed "check and update" node 1 -x || fail "edit and removal"
same

say "4. the same file edited on node 1 and on node 2"
echo "node 1 says this" >>"$edited"
echo "node 2 says something else" >>"$(tree 2)${edited#"$(tree 1)"}"
log_length=$(wc -l <"$work/commands.log")
if timed "check and update (node 2 has to refuse)" node 1 -x; then
    fail "node 2 accepted a change that it should have refused"
fi
say "  what node 1 says:"
tail -n "+$((log_length + 1))" "$work/commands.log" | sed 's/^/    /'
say "  still dirty on node 1:"
node 1 -M | sed 's/^/    /'
say "  node 1 shall win: -f, then -u"
node 1 -f "$edited"
timed "update" node 1 -u || fail "forced push"
same
node 1 -M >/dev/null && fail "something is still dirty"
say "all done in $SECONDS s"
