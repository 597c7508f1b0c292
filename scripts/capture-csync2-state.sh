#!/bin/bash
# Lets the packaged csync2 write a database with rows of every kind, as testdata/state has it. The
# files there are frozen: run this into another directory. Usage: capture-csync2-state.sh DIRECTORY
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

out=$(realpath "${1:?directory for the database}")
work=/tmp/csync2-state
port=30876
a=127.77.0.1 b=127.77.0.2 c=127.77.0.3
server=

mkdir "$work"
cleanup() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

csync2() { # csync2 NODE ARGUMENT..
    local n=$1
    shift
    (cd "$work/node$n" && CSYNC2_SYSTEM_DIR=$work/node$n/system /usr/sbin/csync2 \
        -N "127.77.0.$n" -p $port -D "$work/node$n/db" "$@")
}
old() { touch -h -d '2024-05-06 07:08:09' "$@"; }

for n in 1 2; do
    mkdir -p "$work/node$n"/{system,db,home,gone,abs}
    printf 'recorded.key.of.the.test.cluster.0123456789\n' >"$work/node$n/system/k"
    openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj "/O=csync2 test" \
        -keyout "$work/node$n/system/csync2_ssl_key.pem" \
        -out "$work/node$n/system/csync2_ssl_cert.pem" 2>/dev/null
    cat >"$work/node$n/system/csync2.cfg" <<CFG
nossl * $c;
prefix home {
  on $a: $work/node1/home;
  on $b: $work/node2/home;
}
prefix gone {
  on $a: $work/node1/gone;
}
group web {
  host $a $b ($c);
  key k;
  include %home%;
  exclude *.swp;
  action {
    pattern %home%/conf;
    exec "systemctl reload 'my app' %%";
    logfile "/var/log/csync2 actions.log";
    do-local;
  }
  action {
    exec "echo 100% done: a|b; c";
    do-local-only;
  }
}
group local {
  host $a@localhost.test $c;
  key k;
  include %gone% /tmp/csync2-state/node1/abs;
}
CFG
done

home=$work/node1/home
mkdir -p "$home/conf" "$home/two words" "$home/empty"
echo one >"$home/f"
echo conf >"$home/conf/app.conf"
echo swap >"$home/.f.swp"
echo x >"$home/two words/it's 100% \"quoted\""
printf 'x' >"$home/"$'latin1-\xe4\xf6\xfc'
printf 'x' >"$home/"$'broken-\xff\xfe'
printf 'x' >"$home/utf8-äöü-€"
printf 'x' >"$home/"$'tab\tline\nbell\x07del\x7f'
printf 'x' >"$home/col:on|pipe\$dollar\\back"
printf 'x' >"$home/%25"
printf 'x' >"$home/$(printf 'n%.0s' {1..255})"
chmod 4751 "$home/f"
chown 1000:100 "$home/conf/app.conf"
ln -s "../else where" "$home/link"
mkfifo -m 640 "$home/pipe"
mknod -m 660 "$home/null" c 1 3
mknod -m 660 "$home/disk" b 259 3
ln -s "/an absolute/target" "$work/node1/abs/link"
echo y >"$work/node1/abs/file with spaces"
echo z >"$work/node1/gone/z"
find "$work/node1" -depth -exec touch -h -d '2024-05-06 07:08:09' {} +

(cd "$work/node2" && CSYNC2_SYSTEM_DIR=$work/node2/system exec /usr/sbin/csync2 -N $b -p $port \
    -D "$work/node2/db" -ii) >/dev/null 2>&1 &
server=$!
until ss -Htln "src $b" | grep -q ":$port "; do sleep 0.05; done

# Rows of files; dirty rows for node 3, which is down, and the certificate of node 2.
csync2 1 -cIr / 2>/dev/null
csync2 1 -m "$home/f" "$home/two words" 2>/dev/null
csync2 1 -u -P $b
echo longer >"$home/f" && old "$home/f"
printf 'xx' >"$home/"$'latin1-\xe4\xf6\xfc' && old "$home/"$'latin1-\xe4\xf6\xfc'
printf 'longer' >"$work/node1/abs/file with spaces" && old "$work/node1/abs/file with spaces"
csync2 1 -cr "$home" "$work/node1/abs" 2>/dev/null
csync2 1 -f "$home/f"
# Hints are only noted.
csync2 1 -h "$home/conf" "$home/two words/it's 100% \"quoted\""
csync2 1 -hr "$home" "$work/node1/abs"
csync2 1 -h "$home/"$'latin1-\xe4\xf6\xfc'
# Actions are kept when the run ends with a fatal error: here a prefix that is no longer defined.
sed -i "s/on $a: \(.*gone\);/on nobody: \1;/" "$work/node1/system/csync2.cfg"
echo changed >"$home/conf/app.conf" && old "$home/conf/app.conf"
csync2 1 -cr "$home/conf" "/" 2>"$work/fatal" && exit 1
cat "$work/fatal"

# The lists as csync2 prints them with the configuration as it was.
sed -i "s/on nobody:/on $a:/" "$work/node1/system/csync2.cfg"
db=$work/node1/db/$a.db3
cp "$db" "$work/kept.db3"
list() { # list FILE ARGUMENT..: from a copy, since every run carries out pending actions
    cp "$work/kept.db3" "$db"
    sqlite3 "$db" 'DELETE FROM action'
    csync2 1 "${@:2}" >"$out/csync2-2.1.$1"
}
list hints.txt -H
list files.txt -L
list dirty.txt -M
list pair.txt -S $a $b
cp "$work/kept.db3" "$out/csync2-2.1.db3"
cp "$work/node1/system/csync2.cfg" "$out/csync2-2.1.cfg"
sqlite3 "$out/csync2-2.1.db3" .dump >"$out/csync2-2.1.sql"
chmod 644 "$out"/csync2-2.1.*
