#!/bin/bash
# Makes sure that the Debian packages are there which the tests run against.
set -euo pipefail

# program:package
needed=(csync2:csync2 rsync:rsync rdiff:rdiff sqlite3:sqlite3 diff:diffutils cc:gcc
    systemd-analyze:systemd openssl:openssl
    pg_ctlcluster:postgresql psql:postgresql-client
    mariadbd:mariadb-server-core mariadb:mariadb-client-core
    groff:groff-base mandoc:mandoc zsh:zsh fish:fish)
PATH=$PATH:/usr/sbin:/sbin

missing=()
for pair in "${needed[@]}"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
if ((${#missing[@]} == 0)); then
    exit 0
fi
if [[ $(id -u) != 0 ]]; then
    echo "missing packages; as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
