//! The real `psql` of the machine and `gladys psql`, side by side: the same command line, the same script; what they
//! print, what they say on standard error and their exit codes must be equal, byte for byte.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::stocked_shop;
use crate::project::Project;
use crate::skip::{without, without_postgres};

/// Words of the command line.
const OPTIONS: &[&str] = &[
    "",
    "-A",
    "-t",
    "-x",
    "-q",
    "-a",
    "-e",
    "-b",
    "-A -t",
    "-A -x",
    "-t -x",
    "-A -F ';'",
    "-A -R '#'",
    "--csv",
    "--csv -t",
    "--csv -P csv_fieldsep=';'",
    "-H",
    "-H -x",
    "-H -P tableattr='class=\"a\"' -P title='A & B'",
    "-P border=0",
    "-P border=2",
    "-P border=0 -x",
    "-P border=2 -x",
    "-P linestyle=unicode -P border=2",
    "-P linestyle=unicode -P border=2 -x",
    "-P linestyle=old-ascii",
    "-P unicode_border_linestyle=double -P linestyle=unicode -P border=2",
    "-P format=wrapped -P columns=40",
    "-P format=wrapped -P columns=30 -P border=2",
    "-P format=wrapped -P columns=40 -x",
    "-P format=latex",
    "-P format=latex -x -P border=2",
    "-P format=latex-longtable -P border=3",
    "-P format=troff-ms",
    "-P format=asciidoc",
    "-P format=asciidoc -x -P border=2",
    "-P null='(null)'",
    "-P null='(null)' -P footer=off",
    "-P expanded=auto -P columns=30",
    "-P title='A title'",
    "-P title='A title' -x -A",
    "-P numericlocale=on",
    "-P fieldsep_zero=on -A",
    "-v ON_ERROR_STOP=1",
    "-v ON_ERROR_STOP=1 -1",
    "-v VERBOSITY=verbose",
    "-v VERBOSITY=terse",
    "-v VERBOSITY=sqlstate",
    "-v SHOW_CONTEXT=always",
    "-v SHOW_CONTEXT=never",
    "-v FETCH_COUNT=2",
    "-v ON_ERROR_ROLLBACK=on",
    "-v SHOW_ALL_RESULTS=off",
    "-v AUTOCOMMIT=off",
    "-E -v ON_ERROR_ROLLBACK=on",
    "-E -v AUTOCOMMIT=off",
    "-E -v FETCH_COUNT=2",
    "-E -1",
];

/// Scripts with their names; one table, `odd`, is there for them.
const SCRIPTS: &[(&str, &str)] = &[
    ("rows", "select * from odd order by id;\nselect id, t from odd where id = 1;\n"),
    ("wide", "select * from wide order by 1;\n"),
    (
        "types",
        "select 1::int2, 2::int4, 3::int8, 4.5::float4, 'NaN'::float8, 1e100::numeric, true, null::bool;\n\
         select '2026-01-31'::date, '12:00'::time, '2026-01-31 12:00+00'::timestamptz, '1 day 2 h'::interval;\n\
         select '\\xdeadbeef'::bytea, '{1,null,3}'::int[], '{\"a\": [1, null]}'::jsonb, '(1,2)'::point, 12.5::money;\n\
         select 'abc'::char(5), 'abc'::varchar, 'x'::name, '1'::oid, '10.0.0.1'::inet, B'101', row(1, 'a b', null);\n",
    ),
    (
        "nothing",
        "select;\nselect where false;\nselect 1 as one where false;\nselect from generate_series(1, 3);\n;\n",
    ),
    ("headings", "select 1 as \"a b\", 2 as \"A\nB\", 3 as \"\", 4 as \"ä|ö\", 5 as \"日本\";\n"),
    (
        "errors",
        "select nmae from odd;\nslect 1;\nselect 1 / 0;\nselect\n  id,\n  no_column\nfrom odd;\nselect 'ä' || nix;\n\
         insert into odd (id) values (1);\nselect 1;\n",
    ),
    (
        "messages",
        "do $$ begin raise notice 'one'; raise warning 'two' using detail = 'why', hint = 'do'; raise info 'three'; \
         end $$;\ndrop table if exists nowhere;\ndo $$ begin raise exception 'no' using errcode = 'P0042'; end $$;\n\
         create function pg_temp.f() returns int language plpgsql as 'begin return 1/0; end';\nselect pg_temp.f();\n",
    ),
    (
        "many",
        "select 1 \\; select 2, 3 \\; do $$ begin raise notice 'n'; end $$ \\; select 4;\n\
         select 1 \\; select 1/0 \\; select 3;\nselect 5; select 6;\n",
    ),
    (
        "copy",
        "create temp table c (i int, t text);\ncopy c from stdin;\n1\tone\n2\t\\N\n\\.\ncopy c to stdout;\n\
         copy (select * from c) to stdout (format csv, header);\ncopy c from stdin (format csv);\n3,\"a,b\"\n\\.\n\
         copy c from stdin;\nx\ty\n\\.\nselect * from c;\n\\copy c to stdout\n\\copy (select 1) to stdout csv\n\\copy (select 2) to pstdout\n",
    ),
    (
        "tags",
        "create temp table g (i int);\ninsert into g values (1), (2) returning i;\nupdate g set i = i + 1;\n\
         delete from g where i = 3 returning *;\nbegin;\nsavepoint s;\nrollback to s;\ncommit;\ntruncate g;\n\
         explain (costs off) select * from g;\nvalues (1), (2);\ntable g;\n",
    ),
    (
        "transactions",
        "begin;\nselect 1;\nselect 1/0;\nselect 2;\nrollback;\nselect 3;\ncommit;\nbegin;\nselect 4;\nabort;\n",
    ),
    (
        "variables",
        "\\set n 5\n\\set q 'it''s'\n\\set name odd\nselect :n + 1 as sum, :'q' as text, :\"name\".id from :name limit 1;\n\
         select :missing;\nselect ':n', \"a:n\" from (select 1 as \"a:n\") x;\n\\echo :n :'q' :\"name\" :{?n} :{?m}\n\
         \\unset n\n\\echo :n\n",
    ),
    ("tuples only", "\\t on\n\\t off\nselect 1;\n\\t\n\\t\n\\pset footer off\n\\pset numericlocale on\n"),
    // The version is that of the shell.
    ("all variables", "\\unset VERSION\n\\unset VERSION_NAME\n\\set\n"),
    (
        "echoes",
        "\\echo plain 'quoted text' \"double\"\n\\echo -n no newline\n\\echo\n\\qecho to the query output\n\
         \\warn to standard error\n\\echo `echo from a program`\n\\echo a\tb  c\n",
    ),
    (
        "conditions",
        "\\if true\nselect 1;\n\\elif true\nselect 2;\n\\else\nselect 3;\n\\endif\n\\if 0\nselect 4;\n\\if 1\nselect 5;\n\
         \\endif\n\\else\nselect 6;\n\\endif\n\\if nonsense\nselect 7;\n\\endif\n\\endif\n",
    ),
    (
        "sending",
        "select 1 as a, 'x' as b \\gset p_\n\\echo :p_a :p_b\nselect 2 as c \\gx\nselect 3 as d \\g\n\
         select 1 as i, 'x'::text as t, null as u \\gdesc\nselect 'select ' || i from generate_series(7, 8) i \\gexec\n\
         select 1 as a, 2 as b \\g (format=unaligned fieldsep=',')\nselect 1 where false \\gset\n",
    ),
    (
        "crosstab",
        "select x, y, x * y as p from generate_series(1, 3) x, generate_series(1, 2) y \\crosstabview\n\
         select x, y, 'v' from generate_series(1, 2) x, generate_series(1, 2) y \\crosstabview 2 1\n",
    ),
    (
        "settings",
        "\\pset null NULL\n\\pset border 2\n\\pset format unaligned\n\\a\n\\t\n\\t\n\\x\nselect 1 as a, null as b;\n\
         \\x auto\n\\pset footer\n\\pset title 'T'\nselect 1;\n\\pset title\n\\f ','\n\\pset nonsense\n\\pset format nix\n\\C cap\n\
         select 2;\n\\pset\n",
    ),
    (
        "branches with too many words",
        "\\if true \\echo one\n\\else 2 3\n\\endif 4\n\\if false\n\\else x\n\\endif y\n",
    ),
    (
        "programs that fail",
        "\\copy (select 1) to program 'cat; exit 3'\n\\copy (select 1) to program 'cat > /dev/null; exit 127'\n\
         create temp table p (i int);\n\\copy p from program 'echo 3; exit 2'\n\\copy p from program 'echo 4'\n\
         table p;\n\\echo `no-such-program`\n",
    ),
    (
        "the old word of COPY",
        "create temp table c as select 7 as i;\n\\copy binary c to 'data'\n\\copy binary c from 'data'\ntable c;\n",
    ),
    ("wrong", "\\nonsense\nselect 1 \\nonsense\nselect 2;\n\\pset border x\n\\i no_such_file\n\\unset 1a\n"),
    ("long", "select repeat('word ', 20) as text, repeat('x', 50) as solid, E'two\\nlines' as lines;\n"),
    (
        "comments",
        "-- one\nselect 1 -- two\n, 2 /* three /* four */ ; */\n;\n/* five */ select 3;\n  select $$ ; -- $$, $a$ $$ $a$;\n",
    ),
    ("unfinished", "select 1;\nselect (2\n"),
    ("quote left open", "select 1;\nselect 'abc\n;\n"),
    ("quit", "select 1;\n\\q\nselect 2;\n"),
    (
        "rows in parts",
        "select i, repeat('y', i) from generate_series(1, 5) i;\nselect 1/(3 - i) from generate_series(1, 5) i;\n",
    ),
];

const TABLES: &str = "create table odd (id int primary key, t text, n numeric, b bool, d date);
insert into odd values (1, 'plain', 1.50, true, '2026-01-31'), (2, null, null, null, null), (3, '', 0, false, 'infinity'),
(4, E'tab\\there', -12345678.9, true, '0044-03-15 BC'), (5, E'two\\nlines', 1e10, false, '2000-02-29'),
(6, 'quo\"te, comma; <b>&amp;</b> | pipe \\back {brace} $m$ _u_ #h ~', 3, true, null);
create table wide (w text, \"Überschrift\" text);
insert into wide values ('日本語', 'ascii'), ('e\u{301}combining', 'ü'), ('😀 emoji', E'mixed 日\\n本');";

/// Picks without chance: a linear congruential generator (Knuth, MMIX).
struct Picks(u64);

impl Picks {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % count
    }
}

fn psql() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    folders.map(|folder| folder.path().join("bin/psql")).filter(|program| program.exists()).max()
}

/// Runs both in one go; `how` is how the script gets there.
fn run(project: &Project, psql: &str, options: &str, how: &str) {
    let both = format!(
        "export PGHOST=localhost PGPORT=$DB_PORT PGUSER=gladys PGPASSWORD=gladys PGDATABASE=shop PSQLRC=/dev/null\n\
         {psql} -X {options} {how} >theirs.out 2>theirs.err; echo $? >theirs.code\n\
         $GLADYS psql -X {options} {how} >ours.out 2>ours.err; echo $? >ours.code"
    );
    drop(project.sh(&both));
}

/// Where the two differ, in a few lines.
fn difference(project: &Project, what: &str) -> Option<String> {
    let differs = ["out", "err", "code"].into_iter().find_map(|stream| {
        let [theirs, ours] = ["theirs", "ours"].map(|who| {
            let bytes = std::fs::read(project.path(&format!("{who}.{stream}"))).expect("it was written");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        if theirs == ours {
            return None;
        }
        let (mut left, mut right) = (theirs.split('\n'), ours.split('\n'));
        let mut line = 0;
        loop {
            line += 1;
            let (left, right) = (left.next(), right.next());
            if left != right {
                return Some(format!("{stream}, line {line}: psql {left:?}, gladys {right:?}"));
            }
        }
    });
    differs.map(|differs| format!("{what}: {differs}"))
}

fn stage() -> Option<(Project, String)> {
    if without_postgres() {
        return None;
    }
    let psql = psql();
    if without("`psql`", psql.is_some()) {
        return None;
    }
    let project = stocked_shop();
    project.gladys(["query", TABLES]).any_stdout();
    Some((project, psql?.display().to_string()))
}

#[test]
fn scripts_in_every_format_are_as_psql_prints_them() {
    let Some((project, psql)) = stage() else { return };
    // Every script plainly, every option with rows, and as many mixtures.
    let mut cases: BTreeSet<(usize, usize, bool)> = BTreeSet::new();
    cases.extend((0..SCRIPTS.len()).flat_map(|script| [(script, 0, true), (script, 0, false)]));
    let few = SCRIPTS
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| ["rows", "wide", "nothing", "headings"].contains(name));
    cases.extend(few.flat_map(|(script, _)| (0..OPTIONS.len()).map(move |options| (script, options, true))));
    let mut picks = Picks(2026);
    while cases.len() < 400 {
        cases.insert((picks.below(SCRIPTS.len()), picks.below(OPTIONS.len()), picks.below(2) == 0));
    }
    let mut differences = Vec::new();
    for (script, options, file) in cases {
        let ((name, text), options) = (SCRIPTS[script], OPTIONS[options]);
        project.write("script.sql", text);
        let how = if file { "-f script.sql" } else { "<script.sql" };
        run(&project, &psql, options, how);
        differences.extend(difference(&project, &format!("`{name}` with `{options} {how}`")));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn commands_of_the_command_line_are_as_in_psql() {
    let Some((project, psql)) = stage() else { return };
    let lines = [
        "-c 'select 1'",
        "-c 'select 1; select 2'",
        "-c 'select 1' -c 'select 2'",
        "-c 'select 1/0' -c 'select 2'",
        "-v ON_ERROR_STOP=1 -c 'select 1/0' -c 'select 2'",
        "-c '\\echo hello'",
        "-c 'select nix'",
        "-c ''",
        "-1 -c 'create table one_go (i int)' -c 'select 1/0'",
        "-c \"select to_regclass('one_go')\"",
        "-At -c 'select 1, 2'",
        "-o result.txt -c 'select 1' -c '\\! cat result.txt'",
        "-c 'copy (select 1) to stdout'",
        "-v who=me -c 'select 1' -c '\\echo :who'",
        "-c '\\pset format nonsense'",
    ];
    let mut differences = Vec::new();
    for line in lines {
        run(&project, &psql, line, "</dev/null");
        differences.extend(difference(&project, &format!("`{line}`")));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// Formats whose rows can be written as they come.
const ROW_BY_ROW: &[&str] = &[
    "--csv",
    "--csv -x",
    "-A",
    "-A -x",
    "-A -t -P title=T",
    "-H",
    "-H -x -P border=2",
    "-P format=latex",
    "-P format=latex -x -P title=T",
    "-P format=latex-longtable -P border=3",
    "-P format=troff-ms",
    "-P format=troff-ms -x -P border=2",
    "-P format=asciidoc",
    "-P format=asciidoc -x -P null=none -P numericlocale=on",
    "-A -v FETCH_COUNT=5000",
    "-P format=asciidoc -v FETCH_COUNT=5000",
];

const LARGE: &str =
    "select i * 1000 as n, repeat('x', i % 90) as text, null as nothing from generate_series(1, 12000) i";

#[test]
fn large_results_are_as_psql_prints_them() {
    let Some((project, psql)) = stage() else { return };
    project.write("one.sql", format!("{LARGE};\n\\echo :ROW_COUNT\n{LARGE} \\g shown\n\\! cat shown\n"));
    project.write("many.sql", format!("select 'small' as one \\; {LARGE} \\; {LARGE} limit 3;\n"));
    let mut differences = Vec::new();
    for (options, script) in ROW_BY_ROW.iter().flat_map(|options| [(options, "one"), (options, "many")]) {
        // Of several statements in one text psql shows nothing at all with FETCH_COUNT.
        if options.contains("FETCH_COUNT") && script == "many" {
            continue;
        }
        run(&project, &psql, options, &format!("-f {script}.sql"));
        differences.extend(difference(&project, &format!("`{options} -f {script}.sql`")));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn data_of_copy_passes_as_through_psql() {
    let Some((project, psql)) = stage() else { return };
    let script = format!(
        "create temp table c (i bigint, t text, n text);\n\\copy ({LARGE}) to 'data'\n\\copy c from 'data'\n\\copy c from program 'cat data'\n\
         copy c from stdin;\n1\tone\t\\N\n\\N\t\\\\.\t\\N\n\\.\nselect count(*), sum(i), max(t) from c;\n\
         copy c to stdout;\n\\copy c to program 'md5sum'\ncopy c to stdout \\g copied\n\\! md5sum < copied\nselect nix;\n"
    );
    project.write("script.sql", script);
    let mut differences = Vec::new();
    for how in ["-f script.sql", "<script.sql"] {
        run(&project, &psql, "-A", how);
        differences.extend(difference(&project, how));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// The seeds of the fuzzer: in a failed transaction nothing runs, and `-e` shows each statement as it was sent. Data of a
/// refused COPY is left out: psql before 15.20 takes it for statements.
#[test]
fn the_seeds_of_the_fuzzer_are_split_as_psql_splits_them() {
    let Some((project, psql)) = stage() else { return };
    let folder = crate::sandbox::project().join("fuzz/corpus/split");
    let mut seeds: Vec<_> =
        std::fs::read_dir(folder).expect("the seeds").flatten().map(|seed| seed.path()).collect();
    seeds.retain(|seed| !seed.ends_with("copy.sql"));
    seeds.sort();
    assert!(!seeds.is_empty());
    let mut differences = Vec::new();
    for seed in seeds {
        let text = std::fs::read(&seed).expect("a seed");
        project.write("script.sql", [b"begin; select 1/0;\n".as_slice(), &text].concat());
        run(&project, &psql, "-e", "-f script.sql");
        differences.extend(difference(&project, &seed.display().to_string()));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}
