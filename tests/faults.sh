#!/bin/sh
# Runs the fault suite and prints its table: fault, runs, survived. GLADYS_FAULTS=full runs every race 200 times.
set -u
cd "$(dirname "$0")/.." || exit 1
rm -f target/faults.tsv
# Databases and containers have faults of their own, which are not in the table.
cargo test --quiet --test it faults:: -- --skip database:: --skip docker:: >target/faults.log 2>&1
code=$?
printf '| fault | runs | survived |\n|---|---|---|\n'
sort target/faults.tsv | awk -F '\t' '{ printf "| %s | %s | %s |\n", $1, $2, $3 }'
[ "$code" -eq 0 ] || echo "not everything was survived: see target/faults.log"
exit "$code"
