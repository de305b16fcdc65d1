#!/usr/bin/env bash
# What gladys costs on a container engine: `start all` against `docker-compose up -d` and waiting until everything is
# healthy, `status` against `docker-compose ps`; side by side, alternating, medians.
#
#   benches/docker.sh GLADYS            for example: PAIRS=10 benches/docker.sh target/release/gladys
#
# Run in the folder of this repository, with the images of `gladys build -p docker`. It takes ports and a compose project of
# its own, and removes what it made. Each start begins with containers that were made and stopped: both then do the same.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 GLADYS" >&2; exit 2; }
gladys=$(realpath "$1")
pairs=${PAIRS:-10}
export GLADYS_PROFILE=docker GLADYS_PORT_OFFSET=${GLADYS_PORT_OFFSET:-4200}
export COMPOSE_PROJECT_NAME=gladys-bench COMPOSE_FILE=$PWD/environments/docker-compose.yml
# The variables that the profile passes on, so that both have the same containers.
read_env() {
    "$gladys" start all --dry-run --json | awk -F'"' '/"(PUBLISH_[A-Z_]*|DB_NAME|OLLAMA_URL)": / { print $2 "=" $4 }' | sort -u
}
while IFS= read -r pair; do export "${pair?}"; done < <(read_env)

if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
trap '"${compose[@]}" down --volumes >/dev/null 2>&1' EXIT

theirs_start() {
    if "${compose[@]}" up --help 2>/dev/null | grep -q -- --wait; then
        "${compose[@]}" up -d --wait
    else
        "${compose[@]}" up -d
        # What `--wait` does where there is no `--wait`.
        while docker ps --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Status}}' | grep -qv '(healthy)'; do
            sleep 0.1
        done
    fi
}
ours_start() { "$gladys" start all --no-migrate; }
theirs_status() { "${compose[@]}" ps; }
ours_status() { "$gladys" status apps db; }
stop() { docker stop $(docker ps --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME") >/dev/null; }

# measure COMMAND: the seconds that it took
measure() {
    local begun=$EPOCHREALTIME
    "$@" >/dev/null 2>&1
    awk -v begun="$begun" -v ended="$EPOCHREALTIME" 'BEGIN { print ended - begun }'
}
median() { sort -g "$1" | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'; }

work=$(mktemp -d)
ours_start >/dev/null
for ((pair = 0; pair < pairs; pair++)); do
    for who in ours theirs; do
        measure "${who}_status" >> "$work/${who}_status"
        stop
        measure "${who}_start" >> "$work/${who}_start"
    done
done
for what in start status; do
    ours=$(median "$work/ours_$what")
    theirs=$(median "$work/theirs_$what")
    awk -v what=$what -v ours="$ours" -v theirs="$theirs" -v n="$pairs" -v name="${compose[*]}" 'BEGIN {
        printf "%-7s gladys %.2f s, %s %.2f s, ratio %.2f (medians of %d)\n", what, ours, name, theirs, ours / theirs, n }'
done
rm -r "$work"
