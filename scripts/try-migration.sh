#!/bin/bash
# Walks through docs/migrate-from-csync2.md: three hosts with csync2 and TLS go to csync3 one after
# the other, work together all the while, and one goes back. Usage: try-migration.sh [CSYNC3]
#
# A host is a directory with etc, srv, usr and var, and a loopback address; what the guide does to
# the root of a host is done to this directory. Needs the Debian packages csync2, dpkg and openssl.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

csync2=$(command -v csync2)
csync3=$(realpath "${1:-target/release/csync3}")
net=127.$((64 + RANDOM % 60)).$((RANDOM % 256))
port=$((20000 + RANDOM % 5000))
work=$(mktemp -d "${TMPDIR:-/tmp}/csync3-migration.XXXXXX")
declare -A servers=()

cleanup() {
    local status=$? number
    for number in "${!servers[@]}"; do
        stop "$number"
    done
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
    say "FAILED: $*" >&2
    tail -n 30 "$work"/*.log >&2 || true
    exit 1
}
root() { printf '%s/host%s' "$work" "$1"; }
data() { printf '%s/srv/data/%s' "$(root "$1")" "$2"; }
address() { printf '%s.%s' "$net" "$1"; }

# on HOST COMMAND ARGUMENT..: a command of a host, as its administrator types it.
on() { (become "$@"); }
become() { # the same, in the place of this process
    local root
    root=$(root "$1")
    shift
    cd "$root"
    PATH=$root/bin:$root/usr/local/sbin:$root/usr/sbin:/usr/bin:/bin
    export PATH CSYNC2_SYSTEM_DIR=$root/etc
    exec "$@"
}
# What a host of its own needs no options for: its name, the port, the place of the database.
as_host() { # as_host HOST PROGRAM FILE
    local root
    root=$(root "$1")
    printf '#!/bin/sh\nexec %s "$@" -N %s -p %s -D %s\n' \
        "$3" "$(address "$1")" "$port" "$root/var/lib/csync2" >"$root/bin/$2"
    chmod 755 "$root/bin/$2"
}
start() { # start HOST: its server, by the name that its unit has
    become "$1" csync2 -ii >>"$work/server$1.log" 2>&1 &
    servers[$1]=$!
    for _ in {1..600}; do
        if listens "$1"; then return; fi
        kill -0 "${servers[$1]}" 2>/dev/null || break
        sleep 0.05
    done
    fail "the server of host $1 does not listen"
}
stop() { # stop HOST: sessions of csync2 hold the port for a moment longer
    kill "${servers[$1]}" 2>/dev/null || true
    wait "${servers[$1]}" 2>/dev/null || true
    unset "servers[$1]"
    for _ in {1..600}; do
        listens "$1" || return 0
        sleep 0.05
    done
}
listens() { # in the kernel's notation
    local a b c d
    IFS=. read -r a b c d <<<"$(address "$1")"
    grep -q "$(printf ' %02X%02X%02X%02X:%04X 00000000:0000 0A' "$d" "$c" "$b" "$a" "$port")" \
        /proc/net/tcp
}
expect() { # expect CODE COMMAND..: the exit code, or the end
    local expected=$1 status=0
    shift
    "$@" >"$work/last.log" 2>&1 || status=$?
    [ "$status" -eq "$expected" ] || fail "exit code $status instead of $expected: $*"
}
nothing_dirty() { expect 2 on "$1" csync2 -M; }
same_everywhere() {
    local number
    for number in 2 3; do
        diff -r --no-dereference "$(data 1 .)" "$(data "$number" .)" >"$work/diff.log" ||
            fail "host 1 and host $number differ"
    done
}
# A change on each host in turn reaches the others, and nothing is owed afterwards.
all_directions() {
    local number
    for number in 1 2 3; do
        printf 'from host %s, %s\n' "$number" "$1" >"$(data "$number" "changed-by-$number")"
        expect 0 on "$number" csync2 -x
        same_everywhere
    done
    for number in 1 2 3; do
        nothing_dirty "$number"
    done
    say "changes of each host have reached the others"
}

set_up() {
    local number
    openssl genrsa -out "$work/key.pem" 1024 2>/dev/null
    openssl req -new -x509 -days 600 -subj "/CN=cluster" -key "$work/key.pem" \
        -out "$work/cert.pem" 2>/dev/null
    "$csync2" -k "$work/key"
    for number in 1 2 3; do
        local root
        root=$(root "$number")
        mkdir -p "$root"/{bin,etc,srv/data,usr/sbin,usr/local/sbin,var/lib/csync2,var/lib/dpkg/info}
        touch "$root/var/lib/dpkg/status"
        ln -s "$csync2" "$root/usr/sbin/csync2"
        as_host "$number" csync2 "$root/usr/sbin/csync2"
        cp "$work/key" "$root/etc/csync2.key"
        cp "$work/key.pem" "$root/etc/csync2_ssl_key.pem"
        cp "$work/cert.pem" "$root/etc/csync2_ssl_cert.pem"
        chmod 600 "$root"/etc/*
        {
            say "prefix data {"
            say "  on $(address 1): $(root 1)/srv/data;"
            say "  on $(address 2): $(root 2)/srv/data;"
            say "  on $(address 3): $(root 3)/srv/data;"
            say "}"
            say "group web {"
            say "  host $(address 1) $(address 2) $(address 3);"
            say "  key csync2.key;"
            say "  include %data%;"
            say "}"
        } >"$root/etc/csync2.cfg"
    done
    mkdir -p "$(data 1 dir/sub)"
    printf 'hello\n' >"$(data 1 dir/sub/file)"
    printf 'with spaces\n' >"$(data 1 'two words')"
    ln -s dir/sub/file "$(data 1 link)"
}

# csync2 records no targets of links below a prefix; csync3 adds them.
without_links() { sed 's/:type=lnk:target=[^\t]*/:type=lnk/'; }

# Step 4 of the guide on one host.
swap() {
    local root
    root=$(root "$1")
    on "$1" csync2 -L | without_links >"$work/before.$1"
    stop "$1"
    cp -a "$root/var/lib/csync2" "$root/var/lib/csync2.before"
    cp -a "$root/etc" "$root/etc.before"
    install -m 0755 "$csync3" "$root/usr/local/sbin/csync3"
    as_host "$1" csync3 "$root/usr/local/sbin/csync3"
    dpkg-divert --quiet --root "$root" --add --rename --divert /usr/sbin/csync2.orig /usr/sbin/csync2
    ln -s ../local/sbin/csync3 "$root/usr/sbin/csync2"
    on "$1" csync2 --version | grep -q '^csync3 ' || fail "csync2 is not csync3 on host $1"
    [ -L "$root/usr/sbin/csync2.orig" ] || fail "csync2 was not moved aside on host $1"
    # Step 5: nothing has changed, so nothing becomes dirty.
    expect 0 on "$1" csync2 -cr /
    nothing_dirty "$1"
    on "$1" csync2 -L | without_links | cmp -s - "$work/before.$1" || fail "other rows on host $1"
    start "$1"
    say "host $1 runs csync3; no file became dirty"
}

# The way back of the guide on one host.
swap_back() {
    local root
    root=$(root "$1")
    stop "$1"
    rm "$root/usr/sbin/csync2"
    dpkg-divert --quiet --root "$root" --remove --rename /usr/sbin/csync2
    [ "$(realpath "$root/usr/sbin/csync2")" = "$(realpath "$csync2")" ] || fail "csync2 is not back"
    start "$1"
    # csync2 cannot see targets of links below a prefix, and finds them changed.
    expect 0 on "$1" csync2 -cr /
    expect 0 on "$1" csync2 -M
    grep -qv '/link$' "$work/last.log" && fail "more than links became dirty on host $1"
    expect 0 on "$1" csync2 -u
    nothing_dirty "$1"
    say "host $1 runs csync2 again; links below a prefix were compared once more"
}

step "three hosts with csync2, TLS, certificates of csync2's recipe"
set_up
for number in 1 2 3; do start "$number"; done
expect 0 on 1 csync2 -x
same_everywhere
all_directions "with csync2"

step "one host"
swap 2
all_directions "with csync3 on host 2"
expect 2 on 1 csync2 -T
expect 2 on 2 csync2 -T
expect 0 on 2 csync3 status

step "conflicts between both programs"
printf 'one\n' >"$(data 1 both)"
expect 0 on 1 csync2 -x
printf 'here\n' >"$(data 1 both)"
printf 'there, and longer\n' >"$(data 2 both)"
touch -d '2021-01-01' "$(data 2 both)"
expect 0 on 2 csync2 -cr /
expect 1 on 1 csync2 -x
grep -q 'there' "$(data 2 both)" || fail "a conflict was decided by nobody"
expect 0 on 2 csync2 -f "$(data 2 both)"
expect 0 on 2 csync2 -u
expect 0 on 1 csync2 -x
same_everywhere
say "a conflict stays until somebody decides it, on either host"

step "a host that was down while it was changed elsewhere"
stop 3
printf 'while 3 was down\n' >"$(data 1 later)"
printf 'from 2 while 3 was down\n' >"$(data 2 later-too)"
expect 1 on 1 csync2 -x
expect 1 on 2 csync2 -x
start 3
expect 0 on 1 csync2 -u
expect 0 on 2 csync2 -u
same_everywhere
say "what it missed has reached it"

step "scripts: cron, inotify, logout"
printf 'by cron\n' >"$(data 2 cron)"
expect 0 on 2 csync2 -xl
printf 'by a watcher\n' >"$(data 2 watched)"
expect 0 on 2 csync2 -B -A -rh "$(data 2 watched)"
expect 0 on 2 csync2 -c
expect 0 on 2 csync2 -u
same_everywhere
cp contrib/csync3-locheck.sh "$(root 2)/usr/local/sbin/"
expect 0 on 2 csync3-locheck.sh
printf 'not sent yet\n' >"$(data 2 logout)"
expect 1 on 2 csync3-locheck.sh
grep -q "2 updates are still to be sent" "$work/last.log" || fail "the logout check does not count"
expect 0 on 2 csync2 -u
nothing_dirty 2
say "what calls csync2 goes on as before"

step "the other hosts, in any order"
swap 3
all_directions "with csync3 on hosts 2 and 3"
swap 1
all_directions "with csync3 everywhere"

step "certificates of today"
for number in 1 2 3; do
    expect 0 on "$number" csync3 cert create --force
done
for number in 1 2 3; do
    for peer in 1 2 3; do
        [ "$peer" = "$number" ] || expect 0 on "$number" csync3 cert trust "$(address "$peer")" \
            "$(root "$peer")/etc/csync2_ssl_cert.pem"
    done
done
all_directions "with new certificates"

step "the way back, on one host"
swap_back 2
all_directions "with csync2 on host 2 again"

step "done"
