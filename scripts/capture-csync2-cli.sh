#!/bin/bash
# Records what the packaged csync2 prints, as testdata/cli/*.txt. The files are frozen: run this
# into another directory to compare, or to add a recording. Usage: capture-csync2-cli.sh DIRECTORY
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

out=$(realpath "${1:?directory for the recordings}")
work=/tmp/csync2-cli
port=30875
a=127.77.0.1 b=127.77.0.2 c=127.77.0.3
servers=()

mkdir "$work"
cleanup() {
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

# node N: the directory of node N.
node() { printf '%s/node%s' "$work" "$1"; }
address() { printf '127.77.0.%s' "$1"; }

# fresh [GROUP STATEMENTS [GLOBAL STATEMENTS]]: three empty nodes, one tree each.
fresh() {
    stop_servers
    rm -rf "$work"/node*
    for n in 1 2 3; do
        mkdir -p "$(node $n)/system" "$(node $n)/db" "$(node $n)/tree"
        printf 'recorded.key.of.the.test.cluster.0123456789\n' >"$(node $n)/system/k"
        cat >"$(node $n)/system/csync2.cfg" <<CFG
nossl * *;
prefix tree {
  on $a: $(node 1)/tree;
  on $b: $(node 2)/tree;
  on $c: $(node 3)/tree;
}
${2-}
group g {
  host $a $b;
  key k;
  include %tree%;
  ${1-}
}
CFG
        old "$(node $n)/tree"
    done
}

# old PATH..: gives a time that is the same in every recording.
old() { touch -h -d '2024-05-06 07:08:09' "$@"; }
newer() { touch -h -d '2024-05-06 08:08:08' "$@"; }
t() { printf '%s/tree/%s' "$(node "$1")" "$2"; }
put() { # put NODE FILE TEXT
    mkdir -p "$(dirname "$(t "$1" "$2")")"
    printf '%s\n' "$3" >"$(t "$1" "$2")"
    old "$(t "$1" "$2")" "$(node "$1")/tree"
}

bare() { # bare NODE ARGUMENT..
    local n=$1
    shift
    (cd "$(node "$n")" && CSYNC2_SYSTEM_DIR=$(node "$n")/system /usr/sbin/csync2 "$@")
}
quiet() { # quiet NODE ARGUMENT..: runs without recording
    local n=$1
    shift
    bare "$n" -N "$(address "$n")" -p $port -D "$(node "$n")/db" "$@" >/dev/null 2>&1 || true
}
serve() { # serve NODE [ARGUMENT..]
    local n=$1
    shift
    (cd "$(node "$n")" && CSYNC2_SYSTEM_DIR=$(node "$n")/system exec /usr/sbin/csync2 \
        -N "$(address "$n")" -p $port -D "$(node "$n")/db" -ii "$@") \
        >"$work/server$n.out" 2>"$work/server$n.err" &
    servers+=("$!")
    for _ in {1..100}; do
        ss -Htln "src $(address "$n")" | grep -q ":$port " && return
        sleep 0.05
    done
    echo "node $n does not listen" >&2
    exit 1
}
stop_servers() {
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    servers=()
}

file=
into() { # into FILE TEXT: starts a recording
    file=$out/$1
    shift
    printf '# %s\n' "$@" >"$file"
}
note() { printf '\n# %s\n' "$@" >>"$file"; }

# Ephemeral ports and process ids are the only things that differ from run to run.
settle() { sed -E "s/(127\.77\.0\.[0-9]+):(3[2-9]|[4-6][0-9])[0-9]{3}\b/\1:PORT/; s/^<[0-9]+>/<PID>/"; }
stream() { # stream MARK FILE: as the README of the recordings says
    settle <"$2" | perl -pe 's/\\/\\\\/g; s/\t/\\t/g; s/([^\x20-\x7e\n])/sprintf "\\x%02x", ord $1/ge;
        s/\n/\\n/; s/^/'"$1"'> /; s/$/\n/' >>"$file"
}
record() { # record COMMAND..: after the line that shows it
    local status=0
    "$@" >"$work/out" 2>"$work/err" || status=$?
    printf 'exit %s\n' "$status" >>"$file"
    stream 1 "$work/out"
    stream 2 "$work/err"
}
on() { # on NODE ARGUMENT..: with the options of the node, which the recording leaves out
    local n=$1
    shift
    printf '\n[node %s] $ csync2' "$n" >>"$file"
    printf ' %q' "$@" >>"$file"
    printf '\n' >>"$file"
    record bare "$n" -N "$(address "$n")" -p $port -D "$(node "$n")/db" "$@"
}
plain() { # plain NODE ARGUMENT..: no option but those shown
    printf '\n[node %s, no other options] $ csync2' "$1" >>"$file"
    printf ' %q' "${@:2}" >>"$file"
    printf '\n' >>"$file"
    record bare "$@"
}
says() { # says NODE: what its server has printed
    note "what the server of node $1 has printed"
    stream 1 "$work/server$1.out"
    stream 2 "$work/server$1.err"
}

record_usage() {
    fresh
    bare 1 >"$out/usage.txt" 2>/dev/null || true
    into usage-errors.txt "Calls that end with the usage text (usage.txt) or before any work."
    for words in "" "--help" "-Z" "-uc" "-cM" "-HL" "-iiii" "-u -x" "-S one" "-S one two three" \
        "-T a b c d" "-L x" "-R x" "-k" "-v" "-kx -v"; do
        # shellcheck disable=SC2086
        plain 1 $words
    done
    # The usage text itself is in usage.txt.
    python3 - "$file" "$out/usage.txt" <<'PY'
import sys
path, usage = sys.argv[1:]
shown = lambda line: line.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
text = "".join("1> " + shown(line) + "\n" for line in open(usage))
assert text in open(path).read()
body = open(path).read().replace(text, "1> (the usage text)\n")
open(path, "w").write(body)
PY
}

record_lists() {
    fresh
    into list-empty.txt "Lists of an empty database."
    for mode in -H -L -M "-S $a $b" -o -f -m -R -T; do
        # shellcheck disable=SC2086
        on 1 $mode
    done
    into list.txt "Lists: -H -L -M -S. Two files, a directory, a link, a fifo, odd names."
    put 1 f one
    put 1 dir/g two
    ln -s target "$(t 1 link)"
    mkfifo -m 644 "$(t 1 pipe)"
    put 1 $'two words' x
    put 1 $'latin-\xfc' x
    put 1 $'tab\there' x
    put 1 $'line\nbreak' x
    put 1 "quote'percent%colon:" x
    old "$(t 1 dir)" "$(t 1 link)" "$(t 1 pipe)" "$(node 1)/tree"
    quiet 1 -cr /
    quiet 1 -h "$(t 1 f)"
    quiet 1 -hr "$(t 1 dir)"
    on 1 -H
    on 1 -L
    on 1 -M
    on 1 -S "$a" "$b"
    on 1 -S "$b" "$a"
    on 1 -S "$a" nobody
    on 1 -Hv
    quiet 1 -f "$(t 1 f)"
    note "after -f of one file"
    on 1 -M
}

record_check() {
    fresh
    into check.txt "Checks: new, changed, removed; with and without -r; hints."
    put 1 f one
    put 1 dir/g two
    old "$(t 1 dir)" "$(node 1)/tree"
    note "not recursive: only the directory itself"
    on 1 -cv "$(node 1)/tree"
    note "new"
    on 1 -crv /
    note "nothing has changed"
    on 1 -cr /
    on 1 -crv /
    note "changed: content of f, mode of g"
    echo longer >"$(t 1 f)" && newer "$(t 1 f)"
    chmod 600 "$(t 1 dir/g)"
    on 1 -crv "$(node 1)/tree"
    note "removed: dir"
    rm -r "$(t 1 dir)"
    on 1 -crv "$(node 1)/tree"
    on 1 -M
    note "hints: -c without operands works on them and forgets them"
    echo again >"$(t 1 f)"
    on 1 -h "$(t 1 f)"
    on 1 -H
    on 1 -cv
    on 1 -H
    note "no hints"
    on 1 -c
    on 1 -cv
    on 1 -h
    note "a path that no group contains, a path that does not exist"
    on 1 -cv /nowhere/at/all
    on 1 -cv "$(t 1 missing)"
    note "levels 2 and 3 of one new file"
    put 1 new x
    on 1 -cvv "$(t 1 new)"
    put 1 newer x
    on 1 -cvvv "$(t 1 newer)"
    note "-I records and marks nothing"
    put 1 quietly x
    on 1 -cIv "$(t 1 quietly)"
}

record_push() {
    fresh
    serve 2 -v
    into push.txt "Pushes to a server that runs with -v."
    put 1 f one
    put 1 dir/g two
    ln -s target "$(t 1 link)"
    old "$(t 1 dir)" "$(t 1 link)" "$(node 1)/tree"
    note "check and push of new objects"
    on 1 -xv
    note "nothing to do"
    on 1 -xv
    on 1 -x
    on 1 -u
    on 1 -uv
    note "a changed file"
    echo longer >"$(t 1 f)" && newer "$(t 1 f)"
    on 1 -xv
    note "a changed mode, quiet"
    chmod 600 "$(t 1 f)"
    on 1 -x
    note "a changed time only"
    touch -d '2024-05-06 09:09:09' "$(t 1 f)"
    on 1 -xv
    note "a removed directory"
    rm -r "$(t 1 dir)"
    on 1 -xv
    note "levels 2 and 3 of the push of one changed file"
    echo changed >"$(t 1 f)" && newer "$(t 1 f)"
    quiet 1 -cr /
    on 1 -uvv
    echo "once more" >"$(t 1 f)" && newer "$(t 1 f)"
    quiet 1 -cr /
    on 1 -uvvv
    note "only one peer, by -P"
    echo "changed again" >"$(t 1 f)"
    on 1 -xv -P "$b"
    on 1 -xv -P nobody
    note "-u with an operand under a prefix selects nothing"
    echo "and again" >"$(t 1 f)"
    quiet 1 -cr /
    on 1 -uv "$(t 1 f)"
    on 1 -M
    says 2

    fresh
    into push-refused.txt "Pushes to an address where nothing listens."
    put 1 f one
    on 1 -xv
    on 1 -x
    on 1 -u
    on 1 -uv
    on 1 -M
    on 1 -T

    fresh "" ""
    sed -i "s/host $a $b;/host $a $b $c;/" "$work"/node*/system/csync2.cfg
    serve 3
    into push-one-peer-down.txt "Three nodes, of which node 2 does not listen."
    put 1 f one
    on 1 -xv
    on 1 -M
}

record_denied() {
    fresh
    into push-denied.txt "Pushes that node 2 does not accept, each for another reason."
    put 1 f one
    note "another key"
    printf 'another.key.of.the.test.cluster.0123456789..\n' >"$(node 2)/system/k"
    serve 2 -v
    on 1 -xv
    says 2
    fresh
    put 1 f one
    note "node 2 knows no nossl"
    sed -i '/nossl/d' "$(node 2)/system/csync2.cfg"
    serve 2 -v
    on 1 -xv
    says 2
    fresh
    put 1 f one
    note "node 1 knows no nossl, and has no certificate"
    sed -i '/nossl/d' "$(node 1)/system/csync2.cfg"
    serve 2 -v
    on 1 -xv
    fresh
    put 1 f one
    note "node 2 has a configuration with an error"
    sed -i 's/include/includes/' "$(node 2)/system/csync2.cfg"
    serve 2 -v
    on 1 -xv
    says 2
    fresh
    put 1 f one
    note "node 1 claims a name that is not its address"
    sed -i "s/host $a $b;/host $a@$c $b;/" "$(node 1)/system/csync2.cfg"
    serve 2 -v
    on 1 -xv
    says 2
    fresh
    put 1 f one
    note "node 2 is in no group with node 1"
    sed -i "s/host $a $b;/host $b $c;/" "$(node 2)/system/csync2.cfg"
    serve 2 -v
    on 1 -xv
    says 2
    fresh
    put 1 sub/f one
    put 1 sub/deep/f two
    note "the parent directory is missing on node 2, and in no group"
    sed -i "s/include %tree%;/include %tree%\/*\/*;/" "$work"/node*/system/csync2.cfg
    serve 2 -v
    on 1 -xv
    on 1 -M
    fresh
    put 1 f one
    put 1 dir/g two
    note "a removed directory that is not empty on node 2"
    serve 2 -v
    quiet 1 -x
    put 2 dir/own x
    rm -r "$(t 1 dir)"
    on 1 -xv
    on 1 -M
    says 2
}

record_actions() {
    local block="action { pattern %tree%/conf; exec \"echo got %%\"; logfile $work/log; do-local; }"
    fresh "$block action { exec \"exit 3\"; do-local-only; }"
    serve 2 -v
    into actions.txt "Actions: one with do-local for conf, one with do-local-only that fails."
    put 1 conf/a x
    put 1 "conf/b c" x
    put 1 other x
    on 1 -crv /
    on 1 -uv
    says 2
    note "the log file of both nodes"
    stream log "$work/log"
}

record_conflicts() {
    fresh
    serve 2 -v
    into conflict.txt "The same file changed on both; -f and -u decide."
    put 1 f base
    quiet 1 -x
    echo "from node one" >"$(t 1 f)" && newer "$(t 1 f)"
    echo "from two" >"$(t 2 f)" && touch -d '2024-05-06 07:30:00' "$(t 2 f)"
    on 1 -xv
    on 1 -M
    on 2 -M
    note "quiet"
    on 1 -u
    note "the owner decides"
    on 1 -f "$(t 1 f)"
    on 1 -M
    on 1 -uv
    on 1 -M
    on 2 -M
    note "removed here, changed there"
    rm "$(t 1 f)"
    echo "changed by two" >"$(t 2 f)"
    on 1 -xv
    says 2
    local method
    for method in first younger older bigger smaller left right; do
        fresh "auto $method;"
        serve 2
        if [[ $method == first ]]; then
            into conflict-auto.txt "Node 1 has the longer and younger file, and is left of node 2."
        fi
        note "auto $method: node 1 pushes"
        put 1 f base
        quiet 1 -x
        echo "from node one" >"$(t 1 f)" && newer "$(t 1 f)"
        echo "from two" >"$(t 2 f)" && touch -d '2024-05-06 07:30:00' "$(t 2 f)"
        on 1 -xv
        note "auto $method: removal against change"
        rm "$(t 1 f)"
        echo "changed by two" >"$(t 2 f)"
        on 1 -x
    done
    fresh
    sed -i "s/host $a $b;/host $a ($b);/" "$work"/node*/system/csync2.cfg
    serve 1 -v
    serve 2 -v
    into slave.txt "Node 2 is a slave."
    put 1 f base
    quiet 1 -x
    echo "the slave changed it" >"$(t 2 f)"
    on 2 -xv
    on 2 -M
    on 1 -M
    note "the master wins"
    on 1 -uv
    on 2 -M
    says 1
}

record_dry_run() {
    fresh
    serve 2
    into dry-run.txt "-d: same, changed, removed, new, forced."
    put 1 same x
    put 1 changed x
    put 1 removed x
    put 1 forced x
    quiet 1 -x
    echo changed >"$(t 1 changed)"
    rm "$(t 1 removed)"
    put 1 new x
    echo changed >"$(t 1 forced)"
    quiet 1 -cr /
    quiet 1 -m "$(t 1 same)"
    quiet 1 -f "$(t 1 forced)"
    on 1 -M
    on 1 -u -d
    on 1 -M
    on 1 -u -d -v
}

record_marks() {
    fresh
    put 1 f one
    put 1 dir/g two
    old "$(t 1 dir)" "$(node 1)/tree"
    quiet 1 -cIr /
    into mark-force-reset.txt "-m, -f, -R, -o."
    on 1 -mv "$(t 1 f)"
    on 1 -m "$(t 1 dir)"
    on 1 -mrv "$(t 1 dir)"
    on 1 -mv "$(t 1 never-existed)"
    on 1 -mv /outside/of/all/groups
    on 1 -M
    on 1 -fv "$(t 1 f)"
    on 1 -fv "$(t 1 not-dirty)"
    on 1 -fv /outside/of/all/groups
    on 1 -fr "$(t 1 dir)"
    on 1 -fr /
    on 1 -M
    note "-F: what is marked now is forced"
    echo longer >"$(t 1 f)" && newer "$(t 1 f)"
    on 1 -cFv "$(t 1 f)"
    on 1 -M
    note "compare mode"
    on 1 -o "$(t 1 f)"
    on 1 -or "$(node 1)/tree"
    on 1 -or /nowhere
    on 1 -or "$(node 1)/tree" -P "$b"
    on 1 -or "$(node 1)/tree" -P nobody
    note "-R has nothing to forget"
    on 1 -R
    on 1 -Rv
    on 1 -R -G g
    note "-R after dir was excluded and node 2 replaced by node 3"
    sed -i "s/host $a $b;/host $a $c;/; s/include %tree%;/include %tree%; exclude %tree%\/dir;/" \
        "$(node 1)/system/csync2.cfg"
    on 1 -Rv
    on 1 -L
    on 1 -M
    note "-W: the directories that hold matched entries"
    on 1 -cr / -W 1
    on 1 -cr / -W 99
}

record_in_sync() {
    fresh
    serve 2
    into in-sync.txt "-T and -TT; node 2 serves."
    put 1 same x
    put 1 differs x
    put 1 here x
    quiet 1 -x
    echo changed >"$(t 1 differs)" && newer "$(t 1 differs)"
    put 1 zz-new x
    quiet 1 -cIr /
    put 2 aa-there x
    quiet 2 -cIr /
    on 1 -T
    on 1 -T "$(t 1 differs)"
    on 1 -T "$(t 1 same)"
    on 1 -T "$a" "$b"
    on 1 -T "$a" "$b" "$(t 1 same)"
    on 1 -T "$b" "$a"
    on 1 -TT "$(t 1 differs)"
    on 1 -TT "$a" "$b" "$(t 1 same)"
    on 1 -TI
    on 1 -M
    quiet 1 -u
    rm "$(t 2 aa-there)"
    quiet 2 -cIr /
    note "in sync again"
    on 1 -T
    on 1 -Tv
}

record_start_up() {
    fresh
    into start-up.txt "What stops a run before it begins, in a directory of its own each time."
    note "a host that no group contains"
    plain 1 -N 127.77.0.9 -D "$(node 1)/db" -M
    note "no configuration"
    mv "$(node 1)/system/csync2.cfg" "$(node 1)/kept"
    on 1 -M
    on 1 -C other -M
    on 1 -C Other_1 -M
    note "syntax error in line 3"
    printf 'nossl * *;\ngroup g {\n  hosts a b;\n}\n' >"$(node 1)/system/csync2.cfg"
    on 1 -M
    note "no key statement"
    sed '/key k;/d' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    note "key file missing, short, with a character that is not allowed, empty"
    cp "$(node 1)/kept" "$(node 1)/system/csync2.cfg"
    mv "$(node 1)/system/k" "$(node 1)/k"
    on 1 -M
    echo short >"$(node 1)/system/k"
    on 1 -M
    echo 'a key with spaces that is long enough to be used' >"$(node 1)/system/k"
    on 1 -M
    : >"$(node 1)/system/k"
    on 1 -M
    cp "$(node 1)/k" "$(node 1)/system/k"
    note "two keys, two auto statements, an unknown method, an unknown ignore, a relative prefix"
    sed 's/key k;/key k; key k;/' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    sed 's/key k;/key k; auto none; auto none;/' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    sed 's/key k;/key k; auto best;/' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    sed '1a ignore size;' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    sed '1a prefix p { on *: relative; }' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    sed '1a config missing.cfg;' "$(node 1)/kept" >"$(node 1)/system/csync2.cfg"
    on 1 -M
    cp "$(node 1)/kept" "$(node 1)/system/csync2.cfg"
    note "no database directory, unknown scheme"
    plain 1 -N "$a" -D "$(node 1)/nowhere" -M
    plain 1 -N "$a" -D "x://y/z" -M
    note "the lock file"
    touch "$(node 1)/system/csync2.lock"
    on 1 -M
    rm "$(node 1)/system/csync2.lock"
    note "-k: new, then existing, then impossible"
    plain 1 -k new.key
    printf '\n%s bytes, mode %s\n' "$(stat -c %s "$(node 1)/new.key")" \
        "$(stat -c %a "$(node 1)/new.key")" >>"$file"
    plain 1 -k new.key
    plain 1 -k nowhere/new.key
    note "servers: address in use, bad port"
    serve 2
    plain 2 -N "$b" -p $port -D "$(node 2)/db" -ii
    plain 2 -N "$b" -p no-such-service -D "$(node 2)/db" -ii
    note "-i without a socket or pipe; end of input before the first line"
    printf '\n[node 2] $ csync2 -i </dev/null\n' >>"$file"
    record sh -c "CSYNC2_SYSTEM_DIR=$(node 2)/system csync2 -N $b -D $(node 2)/db -i </dev/null"
}

rm -rf "$work"/*
record_usage
record_lists
record_check
record_push
record_denied
record_actions
record_conflicts
record_dry_run
record_marks
record_in_sync
record_start_up
echo "recorded $(ls "$out"/*.txt | wc -l) files in $out"
