#!/bin/bash
# Says at logout what has not reached every host yet. Run it from a logout file, for instance
# /root/.bash_logout:
#
#   /usr/local/sbin/csync3-locheck.sh
#
# It checks everything, so that changes of this session are found, and sends nothing. Arguments
# are passed on to csync3: `-C NAME` for another configuration. Exit code: 0 if nothing is to be
# sent, 1 if something is, 2 if that could not be found out.
set -u

program=csync3
command -v csync3 >/dev/null || program=csync2

# Problems of the check are on standard error already; what was recorded before still counts.
"$program" "$@" -cr / || checked=no
dirty=$("$program" "$@" -M)
case $? in
    0) ;;
    2)
        [ "${checked-yes}" = yes ] || exit 2
        exit 0
        ;;
    *) exit 2 ;;
esac

count=$(printf '%s\n' "$dirty" | wc -l)
{
    echo
    echo "*** $count updates are still to be sent to other hosts:"
    echo
    printf '%s\n' "$dirty" | head -n 10
    [ "$count" -le 10 ] || echo "... and $((count - 10)) more: $program -M"
    echo
    echo "*** Run '$program -u' to send them."
    echo
} >&2
exit 1
