//! Migrations and schemas, with what a database would say given as values.

use super::{Project, check};
use crate::sync::{Check, Database, Kind, LedgerView, Reader, Row, Schema, Whose};

fn rows(names: &str) -> Vec<Row> {
    let row = |name: &str| {
        let (version, sum) = name.split_once('=').unwrap_or((name, "same"));
        Row { version: version.to_owned(), sum: sum.to_owned() }
    };
    names.split_whitespace().map(row).collect()
}

/// The only database of a profile, or `profile/name`.
fn whose(text: &str) -> Whose {
    let (profile, database) =
        text.split_once('/').map_or((text, None), |(profile, name)| (profile, Some(name.to_owned())));
    Whose { profile: profile.to_owned(), database }
}

/// Databases by profile: the ledger's rows, none, or a failure.
fn migrations(files: &str, databases: &[(&str, Result<Option<&str>, &str>)]) -> Check {
    let database = |(profile, said): &(&str, Result<Option<&str>, &str>)| {
        let said = match said {
            Ok(applied) => Ok(LedgerView { files: rows(files), applied: applied.map(rows), tables: 0 }),
            Err(why) => Err((*why).to_owned()),
        };
        let flags = format!(" --profile {profile}");
        Database { whose: whose(profile), flags, read: Reader::new(move || said.clone()) }
    };
    check("migrations", "Migrations", Kind::Migrations(databases.iter().map(database).collect()))
}

#[test]
fn every_way_in_which_a_database_differs_is_told_apart() {
    let cases = [
        (Ok(Some("001 002 003")), 0, "  [OK] local DB: 3 migrations applied"),
        (Ok(Some("001 002")), 1, "  [X] local DB: OUT OF SYNC, 1 migration pending\n     - 003"),
        (
            Ok(Some("001 003")),
            1,
            "  [X] local DB: OUT OF SYNC, 1 migration out of order, older than one that is applied: renumber, or apply out of order\n     - 002",
        ),
        (
            Ok(Some("001 002=edited 003")),
            1,
            "  [X] local DB: OUT OF SYNC, 1 migration modified after being applied: restore the file, or repair\n     - 002",
        ),
        (
            Ok(Some("001 002 003 004")),
            1,
            "  [X] local DB: OUT OF SYNC, 1 migration applied of which the file is missing: restore the file, or repair\n     - 004",
        ),
        (
            Ok(Some("")),
            1,
            "  [X] local DB: OUT OF SYNC, 3 migrations pending\n     - 001\n     - 002\n     - 003",
        ),
        (Ok(None), 1, "  [X] local DB: OUT OF SYNC, it is empty: 3 migrations pending"),
        (Err("connection refused"), 2, "  [!] local DB: unknown, it cannot be checked: connection refused"),
    ];
    let project = Project::new(&[]);
    for (said, code, expected) in cases {
        assert_eq!(
            project.judge(&migrations("001 002 003", &[("local", said)])),
            (code, expected.to_owned())
        );
    }
    let (code, text) = project.judge(&migrations("", &[("local", Ok(Some("")))]));
    assert_eq!(
        (code, text.as_str()),
        (2, "  [!] local DB: unknown, there are no migration files (gladys.kdl:2)")
    );
    let (code, text) = project.judge(&migrations("001", &[]));
    assert_eq!((code, text.as_str()), (2, "  [!] migrations: nothing was compared"));
}

#[test]
fn the_fix_of_a_check_is_for_what_is_pending_alone() {
    let project = Project::new(&[]);
    let actions = |applied: &'static str| {
        let check = migrations("001 002 003", &[("local", Ok(Some(applied)))]);
        project.run(&[Check { fix_shown: Some("gladys migrate".to_owned()), ..check }]).actions
    };
    assert_eq!(actions("001 002"), ["gladys migrate --profile local"]);
    assert_eq!(actions("001 003"), ["gladys migrate --out-of-order --profile local"]);
    assert_eq!(actions("001 002=edited 003"), ["gladys migrate repair --profile local"]);
    assert_eq!(actions("001 002 003 004"), ["gladys migrate repair --profile local"]);
}

#[test]
fn databases_are_compared_by_their_sets_and_not_by_counts() {
    let project = Project::new(&[]);
    let check = migrations("001 002", &[("local", Ok(Some("001 002"))), ("remote", Ok(Some("001 009")))]);
    let report = project.run(&[check]);
    let expected = "  [OK] local DB: 2 migrations applied\n\
                    \x20 [X] remote DB: OUT OF SYNC, 1 migration applied of which the file is missing: restore the file, or repair\n     - 009\n\
                    \x20 [X] remote DB: OUT OF SYNC, 1 migration pending\n     - 002\n\
                    \x20 [X] the databases of `local` and `remote` differ\n\
                    \x20    - 002: in `local`, not in `remote`\n     - 009: in `remote`, not in `local`";
    assert_eq!(super::shown(&report), (1, expected.to_owned()));
    assert_eq!(report.actions, ["gladys migrate repair --profile remote", "gladys migrate --profile remote"]);
}

#[test]
fn databases_of_different_names_hold_different_things() {
    let project = Project::new(&[]);
    let databases = [
        ("local/shop", Ok(Some("001 002"))),
        ("local/audit", Ok(Some("001"))),
        ("remote/shop", Ok(Some("001 002"))),
        ("remote/audit", Ok(Some("001 002"))),
    ];
    let report = project.run(&[migrations("001 002", &databases)]);
    let expected = "  [OK] local DB `shop`: 2 migrations applied\n\
                    \x20 [X] local DB `audit`: OUT OF SYNC, 1 migration pending\n     - 002\n\
                    \x20 [OK] remote DB `shop`: 2 migrations applied\n\
                    \x20 [OK] remote DB `audit`: 2 migrations applied\n\
                    \x20 [X] the databases `audit` of `local` and `remote` differ\n     - 002: in `remote`, not in `local`";
    assert_eq!(super::shown(&report), (1, expected.to_owned()));
}

#[test]
fn a_database_with_tables_and_no_ledger_is_to_be_adopted() {
    let project = Project::new(&[]);
    let said = LedgerView { files: rows("001 002"), applied: None, tables: 7 };
    let read = Reader::new(move || Ok(said.clone()));
    let database = Database { whose: whose("local"), flags: " --database shop".to_owned(), read };
    let report = project.run(&[check("migrations", "Migrations", Kind::Migrations(vec![database]))]);
    let expected = "  [X] local DB: OUT OF SYNC, it has 7 tables and no ledger of its 2 migrations";
    assert_eq!(super::shown(&report), (1, expected.to_owned()));
    assert_eq!(report.actions, ["gladys migrate adopt --database shop"]);
}

#[test]
fn a_reader_that_panics_is_unknown() {
    let project = Project::new(&[]);
    let read = Reader::new(|| -> Result<LedgerView, String> { panic!("no database") });
    let database = Database { whose: whose("local"), flags: String::new(), read };
    let (code, text) = project.judge(&check("migrations", "Migrations", Kind::Migrations(vec![database])));
    assert_eq!(
        (code, text.as_str()),
        (2, "  [!] local DB: unknown, it cannot be checked: looking at it failed")
    );
}

#[test]
fn a_schema_is_compared_with_what_the_last_migrate_left() {
    let project = Project::new(&[]);
    let judge = |said: Result<(&str, Option<&str>), &str>| {
        let said = said.map(|(now, then)| (now.to_owned(), then.map(str::to_owned))).map_err(str::to_owned);
        let schema = Schema { whose: whose("local"), read: Reader::new(move || said.clone()) };
        project.judge(&check("schema", "Schema", Kind::Schema(vec![schema])))
    };
    assert_eq!(judge(Ok(("1", Some("1")))).0, 0);
    let expected = "  [X] local DB: OUT OF SYNC, its schema changed since the last migrate\n     - then: 2\n     - now: 1";
    assert_eq!(judge(Ok(("1", Some("2")))), (1, expected.to_owned()));
    assert_eq!(judge(Ok(("1", None))).0, 2);
    assert_eq!(judge(Err("down")).0, 2);
}
