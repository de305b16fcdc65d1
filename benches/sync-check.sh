#!/usr/bin/env bash
# What sync-check costs against openssl hashing the same files: CPU time (user + system), the best of several runs.
#
#     benches/sync-check.sh COMMAND...     for example: benches/sync-check.sh gladys sync-check
#
# Each run happens in a folder with the files below `a/` and `b/`, equal in both, and this manifest:
#   project Bench
#   check bench "Bench" { same "**" { in "a" "b" } }
#   command sync-check { builtin sync-check }
#   profile local
# The command must end with 0: everything in step. Needs openssl, bash, awk.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# best NAME COMMAND...: the least "CPU wall" in seconds, in the variable NAME
best() {
    local name=$1 least= line; shift
    for ((run = 0; run < runs; run++)); do
        line=$( { TIMEFORMAT='%U %S %R'; time "$@" >/dev/null; } 2>&1 | tail -1 | awk '{ print $1 + $2, $3 }')
        if [ -z "$least" ] || awk "BEGIN { exit !(${line% *} < ${least% *}) }"; then least=$line; fi
    done
    printf -v "$name" '%s' "$least"
}

hash_all() { find a b -type f -print0 | xargs -0 openssl dgst -sha256; }

compare() {
    "${command[@]}" >/dev/null
    hash_all >/dev/null
    best ours "${command[@]}"
    best theirs hash_all
    awk -v title="$1" -v ours="$ours" -v theirs="$theirs" 'BEGIN {
        split(ours, o); split(theirs, t)
        printf "%-28s cpu %.3f s (openssl %.3f s, ratio %.2f), wall %.3f s (%.3f s, ratio %.2f)\n",
            title, o[1], t[1], o[1] / t[1], o[2], t[2], o[2] / t[2]
    }'
}

command=("$@")
cd "$work"
sed -n 's/^#   //p' "$here/sync-check.sh" | tail -4 > gladys.kdl

mkdir a
head -c $((5000 * 4096)) /dev/urandom | split -b 4096 -a 4 -d - a/file-
cp -r a b
compare "10,000 files of 4 KiB"

rm -rf a b; mkdir a b
head -c 1G /dev/urandom > a/big
echo > b/small
compare "one file of 1 GiB"

rm -rf a b; mkdir a
for n in 1 2 3 4; do head -c 128M /dev/urandom > a/$n; done
cp -r a b
compare "eight files of 128 MiB"
