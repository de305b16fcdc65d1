//! The database verbs, on a PostgreSQL that gladys makes itself.

mod clean;
mod connect;
mod differential;
mod documents;
mod down;
mod faults;
mod migrate;
mod psql;
mod query;
mod regress;
mod server;
mod standby;
mod sync_check;
mod terminal;
mod tls;
mod verify;

use crate::project::Project;

/// A manifest with a database and a service that needs it.
const MANIFEST: &str = r#"
service db "PostgreSQL" { infrastructure; ready postgres timeout="60s" }
service web "Uses the database" { needs db; ready log started }
group everything "All of it" { members web db }
database {
    url "postgres://gladys@localhost:{db.port}/shop"
    password env=DB_PASSWORD default=gladys
    migrations "migrations/*.sql"
    service db
}
command start "Start" { targets default="*"; each start order=needs { wait } }
command stop "Stop" { targets default=everything; each stop order=reverse }
command status "State" { builtin status }
command query "Query" { builtin query }
command psql "Shell" { builtin psql }
command migrate "Migrate" { builtin migrate }
command clean "Empty tables" {
    arg set "Which" { choice fruit "fruit"; choice all "fruit, sales"; choice gone "vegetables"; choice ledger "fruit, gladys_migrations" }
    flag --check "Only look"
    builtin clean "{set}" "{check}"
}
command reset "From nothing" {
    arg set "Which" default=all
    flag --no-start "Leave it stopped"
    do start web
    do clean "{set}" --check
    do stop web
    do clean "{set}"
    do start web unless=no-start
}
profile local "Here" default=#true {
    recipe start { spawn }
    recipe stop { terminate grace="5s" }
    service db {
        port 54320 env=DB_PORT
        prepare "{gladys}" tool postgres prepare --data "{state}/data" --user gladys --database shop { env PGPASSWORD="{database.password}" }
        exec "{gladys}" tool postgres serve --data "{state}/data" --port "{port}"
        stop signal=INT grace="20s"
    }
    service web { exec standin fixture --name web --append order web }
}
"#;

const FRUIT: &str = "create table fruit (id int primary key, name text, price numeric);\n";
const SALES: &str = "create table sales (fruit int references fruit, at date);\n";
const FIRST: &str = "insert into fruit values (1, 'apple', 0.5), (2, 'pear', null);\n";

/// A project with three migrations; nothing runs.
fn shop() -> Project {
    Project::new()
        .manifest(MANIFEST)
        .port("DB_PORT")
        .file("migrations/001_fruit.sql", FRUIT)
        .file("migrations/002_sales.sql", SALES)
        .file("migrations/003_first_fruit.sql", FIRST)
}

/// The same with its database running.
fn open_shop() -> Project {
    let project = shop();
    project.gladys(["start", "db"]).any_stdout();
    project
}

/// And migrated.
fn stocked_shop() -> Project {
    let project = open_shop();
    project.gladys(["migrate"]).any_stdout();
    project
}

/// The largest resident set of `gladys` with these words, in kilobytes (proc(5), `VmHWM`), while the rows of a slow reader
/// wait: it stops in the middle of 40 MB, looks how much memory the writer has needed, and goes away.
fn peak(project: &Project, words: &str) -> u64 {
    let script = format!(
        "mkfifo rows; $GLADYS {words} >rows & exec 3<rows; head -c 30000000 <&3 >/dev/null; \
         grep VmHWM /proc/$!/status; exec 3<&-; wait $!; rm rows"
    );
    let told = project.sh(&script).anything().found();
    let peak = told.split_whitespace().nth(1).and_then(|peak| peak.parse().ok());
    peak.unwrap_or_else(|| panic!("{words}: {told}"))
}
