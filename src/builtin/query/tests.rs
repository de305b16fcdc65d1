//! `query` and `clean` against a real server.

use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use super::{Query, grammar, parse};
use crate::builtin::clean;
use crate::builtin::context::Context;
use crate::db::testing::{Recorder, connect, server, sql};
use crate::db::{self, Target};

fn query(words: &[&str]) -> Query {
    let command = grammar(clap::Command::new("query").no_binary_name(true));
    parse(&command.try_get_matches_from(words).expect("the words are right")).expect("the words are right")
}

/// Gives a verb a context; what was printed, then its summary or its error with help and labelled place.
fn told(
    target: &Target,
    interrupted: &AtomicBool,
    verb: impl FnOnce(&Context<'_>) -> Result<crate::builtin::context::Verdict, super::Failure>,
) -> (String, String) {
    let recorder = Recorder::default();
    let targets = [target.clone()];
    let context = Context {
        databases: &targets,
        root: std::path::Path::new("/"),
        profile: "local",
        json: false,
        color: false,
        terminal: false,
        step: 0,
        sink: &recorder,
        interrupted,
    };
    let end = match verb(&context) {
        Ok(verdict) => verdict.summary.unwrap_or_default(),
        Err(error) => {
            let label = error.labels().and_then(|mut labels| labels.next());
            let place =
                label.map(|label| format!(" at {}+{}", label.offset(), label.len())).unwrap_or_default();
            let help = error.help().map(|help| format!(" / {help}")).unwrap_or_default();
            format!("error: {error}{place}{help}")
        }
    };
    (recorder.printed(), end)
}

fn run(target: &Target, words: &[&str]) -> (String, String) {
    told(target, &AtomicBool::new(false), |context| query(words).run(context))
}

fn clean(target: &Target, words: &[&str]) -> (String, String) {
    let command = clean::grammar(clap::Command::new("clean").no_binary_name(true));
    let matches = command.try_get_matches_from(words).expect("the words are right");
    let verb = clean::parse(&matches).expect("the words are right");
    told(target, &AtomicBool::new(false), |context| verb.run(context))
}

#[test]
fn every_format_says_the_same_rows() {
    let Some(server) = server("every_format_says_the_same_rows") else { return };
    let target = server.target("postgres");
    let select = "select 1 as n, E'a\\tb|\"' as t, null::text as x, '' as e, '{\"k\": [1]}'::jsonb as j, 'NaN'::numeric as f";
    let shown = |format: &str| run(&target, &["--format", format, select]).0;
    assert_eq!(
        shown("table"),
        [
            " n |      t      | x | e |     j      |  f  ",
            "---+-------------+---+---+------------+-----",
            " 1 | a       b|\" |   |   | {\"k\": [1]} | NaN",
            "(1 row)\n\n"
        ]
        .join("\n")
    );
    assert_eq!(shown("csv"), "n,t,x,e,j,f\n1,\"a\tb|\"\"\",,\"\",\"{\"\"k\"\": [1]}\",NaN\n");
    assert_eq!(shown("tsv"), "n\tt\tx\te\tj\tf\n1\ta\\tb|\"\t\\N\t\t{\"k\": [1]}\tNaN\n");
    let object = r#"{"n":1,"t":"a\tb|\"","x":null,"e":"","j":{"k": [1]},"f":"NaN"}"#;
    assert_eq!(shown("ndjson"), format!("{object}\n"));
    assert_eq!(shown("json"), format!("[\n{object}\n]\n"));
    assert_eq!(
        shown("markdown"),
        "| n | t | x | e | j | f |\n| ---: | --- | --- | --- | --- | ---: |\n| 1 | a\tb\\|\" |  |  | {\"k\": [1]} | NaN |\n"
    );
    assert_eq!(run(&target, &["--format", "json", "select 1 where false"]).0, "[]\n");
}

#[test]
fn statements_of_one_argument_are_whole_and_an_error_points_into_them() {
    let Some(server) = server("statements_of_one_argument_are_whole") else { return };
    let target = server.database("query_whole");
    assert_eq!(
        run(&target, &["create table a (i int)"]),
        ("CREATE TABLE\n".to_owned(), "CREATE TABLE".to_owned())
    );
    let (_, end) = run(&target, &["insert into a values (1); select 'grün', nope from a"]);
    assert_eq!(end, "error: column \"nope\" does not exist at 42+4");
    assert_eq!(sql(&target, "select count(*) from a"), ["0"]);
    let (out, end) = run(&target, &["insert into a values (1)", "selec 1"]);
    assert_eq!(
        (out.as_str(), end.as_str()),
        ("INSERT 0 1\n", "error: syntax error at or near \"selec\" at 0+5")
    );
    assert_eq!(sql(&target, "select count(*) from a"), ["1"]);
    let (out, _) = run(&target, &["-v", "t=a", "-v", "what=it's", "select :'what' as w from :\"t\""]);
    assert_eq!(out, "  w   \n------\n it's\n(1 row)\n\n");
    assert_eq!(
        run(&target, &["select 1 \\gx"]).1,
        "error: `\\gx` is a command of psql, not SQL / run it with `gladys psql -c '\\gx'`"
    );
    assert_eq!(run(&target, &["copy (select 1, 2) to stdout"]).0, "1\t2\n");
}

#[test]
fn a_server_that_is_not_there_or_refuses_is_told_in_one_message() {
    let Some(server) = server("a_server_that_is_not_there_or_refuses") else { return };
    let port = server.port;
    let at = |url: String| {
        let begun = Instant::now();
        let end = run(&Target { url: url.into(), ..server.target("x") }, &["select 1"]).1;
        assert!(begun.elapsed() < Duration::from_secs(5), "{end}");
        end
    };
    assert_eq!(
        at("postgres://me@127.0.0.1:1/x".to_owned()),
        "error: cannot reach database `main` at 127.0.0.1:1: connection refused / start it with `gladys start db`\n\
         host `127.0.0.1`, port `1`, user `me`, database `x` from environments/local.kdl:12"
    );
    let missing = at(format!("postgres://postgres@127.0.0.1:{port}/nope"));
    assert!(
        missing.starts_with(&format!("error: the server at 127.0.0.1:{port} has no database `nope`")),
        "{missing}"
    );
    let stranger = at(format!("postgres://stranger@127.0.0.1:{port}/postgres"));
    let expected = format!(
        "error: the server at 127.0.0.1:{port} refuses user `stranger`: role \"stranger\" does not exist"
    );
    assert!(stranger.starts_with(&expected), "{stranger}");
    let host = at("postgres://me@no-such-host.invalid/x".to_owned());
    assert!(
        host.starts_with("error: the host `no-such-host.invalid` of database `main` is unknown"),
        "{host}"
    );
    let wrong = at("postgres://me:secret@h:port/x".to_owned());
    assert!(
        wrong.starts_with("error: cannot use the address of database `main`") && !wrong.contains("secret"),
        "{wrong}"
    );
}

#[test]
fn a_silent_server_is_given_up_in_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let target = Target {
        name: "main".to_owned(),
        url: format!("postgres://me@127.0.0.1:{port}/x").into(),
        password: None,
        origin: "here".to_owned(),
        span: crate::span::Span::default(),
        service: None,
        migrations: None,
    };
    let begun = Instant::now();
    let error = db::ping(&target, Duration::from_millis(300)).expect_err("silent");
    assert_eq!(
        error.to_string(),
        format!("cannot reach database `main` at 127.0.0.1:{port}: no answer within 300ms")
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn passwords_are_answered_in_every_way_the_server_asks() {
    let Some(server) = server("passwords_are_answered_in_every_way") else { return };
    let target = server.target("postgres");
    let hba = sql(&target, "show hba_file").remove(0);
    let file = "create temp table hba (line text); \
                insert into hba values ('host all p_scram 127.0.0.1/32 scram-sha-256'), \
                ('host all p_md5 127.0.0.1/32 md5'), ('host all p_clear 127.0.0.1/32 password'), \
                ('host all all 127.0.0.1/32 trust')";
    let mut admin = connect(&target);
    for user in ["p_scram", "p_md5", "p_clear"] {
        let encryption = if user == "p_md5" { "md5" } else { "scram-sha-256" };
        admin.rows(&format!("set password_encryption = '{encryption}'")).expect("set");
        admin.rows(&format!("create user {user} password 'pässword'")).expect("a user");
    }
    admin.rows(file).expect("lines");
    admin.rows(&format!("copy hba to '{hba}'")).expect("written");
    admin.rows("select pg_reload_conf()").expect("reloaded");
    for user in ["p_scram", "p_md5", "p_clear"] {
        let url = format!("postgres://{user}@127.0.0.1:{}/postgres", server.port);
        let with = |password: &str| Target {
            url: url.clone().into(),
            password: Some(crate::masked::Masked::secret(password)),
            ..target.clone()
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        // The server reads its file again some time after it was told to.
        while db::ping(&with("wrong"), Duration::from_secs(2)).is_ok() {
            assert!(Instant::now() < deadline, "{user} is never asked");
            thread::sleep(Duration::from_millis(20));
        }
        assert!(db::ping(&with("pässword"), Duration::from_secs(2)).is_ok(), "{user}");
        let error = db::ping(&with("wrong"), Duration::from_secs(2)).expect_err("wrong");
        assert_eq!(error.sqlstate(), Some("28P01"), "{error}");
    }
}

#[test]
fn an_interrupted_query_is_cancelled_on_the_server() {
    let Some(server) = server("an_interrupted_query_is_cancelled") else { return };
    let (target, interrupted) = (server.target("postgres"), AtomicBool::new(false));
    let begun = Instant::now();
    let end = thread::scope(|scope| {
        let run = scope
            .spawn(|| told(&target, &interrupted, |context| query(&["select pg_sleep(30)"]).run(context)).1);
        let deadline = Instant::now() + Duration::from_secs(10);
        let running =
            "select 1 from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'";
        while sql(&target, running).is_empty() {
            assert!(Instant::now() < deadline, "it does not run");
            thread::sleep(Duration::from_millis(10));
        }
        interrupted.store(true, std::sync::atomic::Ordering::Relaxed);
        run.join().expect("no panic")
    });
    assert_eq!(end, "error: canceling statement due to user request at 0+19");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn clean_says_what_it_empties_and_takes_names_as_names() {
    let Some(server) = server("clean_says_what_it_empties") else { return };
    let target = server.database("cleaned");
    for statement in [
        "create table \"A b\" (i int primary key)",
        "create table c (i int references \"A b\")",
        "create table d (i int)",
        "create view v as select 1 as i",
        "insert into \"A b\" values (1), (2)",
        "insert into c values (1)",
    ] {
        sql(&target, statement);
    }
    let (out, end) = clean(&target, &["--check", "A b, d"]);
    assert_eq!((out.as_str(), end.as_str()), ("", "`\"A b\"`, `d`, and `c` can be emptied"));
    let (out, end) = clean(&target, &["A b, d"]);
    let place = format!("127.0.0.1:{}/cleaned", server.port);
    let expected =
        format!("emptying in {place} (profile local):\n  \"A b\": 2 rows\n  d: 0 rows\n  c: 1 row\n");
    assert_eq!((out, end.as_str()), (expected, "3 rows removed from 3 tables"));
    assert_eq!(
        clean(&target, &["dd"]).1,
        "error: there is no table `dd` in database `cleaned` / did you mean `d`?"
    );
    assert_eq!(clean(&target, &["v"]).1, "error: `v` is a view, not a table / only tables can be emptied");
    let injected = clean(&target, &["d; drop table d"]).1;
    assert!(injected.starts_with("error: there is no table `d; drop table d` in database"), "{injected}");
    let mut holder = connect(&target);
    holder.rows("begin").expect("begun");
    holder.rows("lock table d in access share mode").expect("locked");
    let locked = clean(&target, &["d"]).1;
    assert!(
        locked.starts_with("error: other sessions use `d` and did not let go for 5 s / process"),
        "{locked}"
    );
}
