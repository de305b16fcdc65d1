//! Two servers, one of them a standby: which is taken, and what it says to who wants to write.

use super::open_shop;
use crate::project::Project;
use crate::skip::{without_postgres, without_program};

/// Makes a standby of the shop's server, runs `$1` while it is there, and stops it.
const STANDBY: &str = "
    set -e
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
    owner=$(stat -c %u .gladys/local/db/data)
    as=; [ $owner = $(id -u) ] || as=\"setpriv --reuid=$owner --clear-groups\"
    install -d -m 700 -o $owner standby
    {
        $as $bin/pg_basebackup -d \"host=localhost port=$DB_PORT user=gladys password=gladys\" -D standby -R -c fast
        options=\"-p $STANDBY -c unix_socket_directories= -c listen_addresses=localhost\"
        $as $bin/pg_ctl -D standby -w -l standby/log -o \"$options\" start
    } >made 2>&1
    trap '$as $bin/pg_ctl -D standby -m immediate stop >made 2>&1' EXIT
    set +e
";

fn shop() -> Option<Project> {
    if without_postgres() || without_program("setpriv") {
        return None;
    }
    let there = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().count() > 0;
    if crate::skip::without("`pg_basebackup`", there) {
        return None;
    }
    Some(open_shop().port("STANDBY"))
}

#[test]
fn of_a_primary_and_its_standby_the_one_that_is_wanted_is_taken() {
    let Some(project) = shop() else { return };
    let script = format!(
        "{STANDBY}
        for role in any read-write read-only primary standby prefer-standby; do
            echo $role: $($GLADYS psql -XAtc \"select case when pg_is_in_recovery() then 'standby' else 'primary' end\" \\
                \"host=localhost,localhost port=$STANDBY,$DB_PORT user=gladys password=gladys dbname=shop target_session_attrs=$role\")
        done"
    );
    project.sh(&script).stdout(
        "
        any: standby
        read-write: primary
        read-only: standby
        primary: primary
        standby: standby
        prefer-standby: standby
    ",
    );
}

#[test]
fn a_standby_is_named_to_who_wants_to_write() {
    let Some(project) = shop() else { return };
    let manifest = project.read("gladys.kdl").replace("{db.port}/shop", "{standby}/shop");
    let manifest = format!("let standby env=STANDBY default=\"1\"\n{manifest}");
    project.write("standby.kdl", &manifest);
    project.write("writes.kdl", manifest.replace("/shop\"", "/shop?target_session_attrs=read-write\""));
    let script = format!(
        "{STANDBY}
        $GLADYS --manifest standby.kdl query --format csv 'select pg_is_in_recovery()'
        $GLADYS --manifest standby.kdl query 'create table made (i int)' 2>&1 | grep -e × -e help
        $GLADYS --manifest writes.kdl query 'select 1' 2>&1 | grep -e × -e help"
    );
    project.sh(&script).stdout(
        "
        pg_is_in_recovery
        t
          × cannot execute CREATE TABLE in a read-only transaction
          help: localhost:[STANDBY]/shop is a standby: name the primary, or all servers with
          × the server at localhost:[STANDBY] is not a server that can be written to
          help: `target_session_attrs=read-write` comes from writes.kdl:7
    ",
    );
}
