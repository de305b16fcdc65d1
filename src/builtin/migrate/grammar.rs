//! The words of `migrate`.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{Adopt, Migrate, Task, Which};
use crate::text;

/// Adds the flags and arguments of `migrate`.
pub fn grammar(command: Command) -> Command {
    command
        .arg(option("file", "NAME", "Apply only the file whose name contains NAME").short('f'))
        .arg(option("to", "VERSION", "Apply up to this version; with --down, undo what is newer"))
        .arg(
            flag("down", "Undo the newest applied file with its `.down.sql`")
                .conflicts_with_all(["file", "out-of-order"]),
        )
        .arg(flag("status", "Show every migration and how it stands").conflicts_with_all([
            "file",
            "dry-run",
            "to",
            "down",
            "out-of-order",
            "verify",
            "new",
        ]))
        .arg(flag("dry-run", "Show what would run, without running it"))
        .arg(
            flag("verify", "Replay all files in a scratch database and compare it with this one")
                .conflicts_with_all(["file", "dry-run", "to", "down", "out-of-order", "new"]),
        )
        .arg(option("new", "NAME", "Begin a new file with the next number").conflicts_with_all([
            "file",
            "dry-run",
            "to",
            "down",
            "out-of-order",
        ]))
        .arg(flag("kill-blockers", "End the sessions that hold a lock which a file needs"))
        .arg(
            option("lock-timeout", "TIME", "How long a statement may wait for a lock")
                .default_value("10s")
                .value_parser(duration)
                .global(true),
        )
        .arg(flag("out-of-order", "Also apply files older than the newest applied one"))
        .arg(
            option("wait", "TIME", "How long to wait for another migration")
                .default_value("60s")
                .value_parser(duration)
                .global(true),
        )
        .arg(option("database", "NAME", "Which database of the manifest; the first by default").global(true))
        .subcommand(adopt())
        .subcommand(repair())
        .args_conflicts_with_subcommands(true)
}

fn adopt() -> Command {
    Command::new("adopt")
        .about("Record files as applied in a database that has their tables and no ledger")
        .long_about(
            "Record files as applied in a database that has their tables and no ledger. The files are replayed in a \
             scratch database, and recorded up to the one after which it is made as this database is. Data is not \
             compared",
        )
        .arg(option("to", "VERSION", "Compare nothing: this is the last file that was applied"))
        .arg(flag("none", "None was applied: begin with an empty ledger").conflicts_with("to"))
        .arg(flag("yes", "I know that they were applied"))
}

fn repair() -> Command {
    Command::new("repair")
        .about("Record files of which comments or layout changed, and forget those that are gone; runs no SQL")
        .long_about(
            "Record files of which comments or layout changed as they are now, and forget those that are gone. A file \
             whose statements changed is refused, unless --accept-edits names its version. No SQL of any file is run",
        )
        .arg(
            option("accept-edits", "VERSION", "Also record this file as it is now: its changed statements are not run")
                .action(ArgAction::Append)
                .value_delimiter(','),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn duration(text: &str) -> Result<Duration, String> {
    text::parse_duration(text).ok_or_else(|| "expected a time such as `30s` or `5m`".to_owned())
}

/// The value that a command line stands for.
#[expect(clippy::unnecessary_wraps, reason = "every verb has this signature")]
pub fn parse(matches: &ArgMatches) -> Result<Migrate, clap::Error> {
    let text = |matches: &ArgMatches, name: &str| matches.get_one::<String>(name).cloned();
    let task = match matches.subcommand() {
        Some(("adopt", own)) => Task::Adopt(match text(own, "to") {
            Some(version) => Adopt::To { version, yes: own.get_flag("yes") },
            None if own.get_flag("none") => Adopt::None,
            None => Adopt::Matching,
        }),
        Some((_, own)) => Task::Repair {
            accepted: own.get_many::<String>("accept-edits").unwrap_or_default().cloned().collect(),
        },
        None if matches.get_flag("status") => Task::Status,
        None if matches.get_flag("verify") => Task::Verify,
        None if matches.contains_id("new") => Task::New(text(matches, "new").unwrap_or_default()),
        None if matches.get_flag("down") => {
            Task::Down { to: text(matches, "to"), dry: matches.get_flag("dry-run") }
        }
        None => Task::Apply {
            which: Which {
                file: text(matches, "file"),
                to: text(matches, "to"),
                out_of_order: matches.get_flag("out-of-order"),
            },
            dry: matches.get_flag("dry-run"),
        },
    };
    let own = matches.subcommand().map_or(matches, |(_, own)| own);
    let time = |name: &str, default| own.get_one(name).copied().unwrap_or(Duration::from_secs(default));
    Ok(Migrate {
        task,
        database: text(own, "database"),
        wait: time("wait", 60),
        lock_timeout: time("lock-timeout", 10),
        kill_blockers: matches.get_flag("kill-blockers"),
    })
}
