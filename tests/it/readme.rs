//! The README and `docs/json.md`, run: their commands work, their manifest starts, their documents have the real keys.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::sandbox::{GLADYS, Sandbox, free_port, project};

/// Commands that build and start everything; tests of their own do what they do.
const HEAVY: &str = "cargo ";
/// The port of the manifest in ten lines.
const PORT: u16 = 8000;

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said by name")]
fn its_commands_work() {
    let readme = fs::read_to_string(project().join("README.md")).expect("the README");
    let mut sandbox = checkout();
    let (mut ran, mut skipped) = (Vec::new(), Vec::new());
    let blocks = blocks(&readme);
    for block in &blocks {
        match block.kind.as_str() {
            "kdl" => {
                if !has("python3") {
                    eprintln!(
                        "skipped: `python3` is not on this machine, so the manifest in ten lines is not started"
                    );
                    break;
                }
                assert!(block.text.trim().lines().filter(|line| !line.is_empty()).count() <= 10);
                sandbox = with_gladys()
                    .env("GLADYS_PORT_OFFSET", &(i32::from(free_port()) - i32::from(PORT)).to_string());
                sandbox.write("gladys.kdl", &block.text);
            }
            "sh" => {
                for line in block.text.lines() {
                    if line.starts_with(HEAVY) {
                        skipped.push(line);
                    } else {
                        sandbox.run("sh", &["-c", line]).quietly();
                        ran.push(line.split("  ").next().unwrap_or(line));
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(skipped, ["cargo run --release -- run start all", "cargo test"]);
    let expected = ["gladys list", "gladys start --help", "gladys start all --dry-run", "gladys check"];
    assert_eq!(ran[..4], expected);
    assert!(!has("python3") || ran[4..] == ["gladys start", "gladys start", "gladys stop"]);
}

#[test]
fn its_message_is_the_real_one() {
    let readme = fs::read_to_string(project().join("README.md")).expect("the README");
    let shown = blocks(&readme).into_iter().find(|block| block.kind == "text").expect("a message").text;
    let real = project().join("tests/diagnostics/three-typos.stderr");
    assert_eq!(shown.trim_end(), fs::read_to_string(real).expect("the gallery").trim_end());
}

#[test]
fn its_manifest_is_the_one_that_gladys_suggests() {
    let readme = fs::read_to_string(project().join("README.md")).expect("the README");
    let shown = blocks(&readme).into_iter().find(|block| block.kind == "kdl").expect("a manifest").text;
    let said = Sandbox::new().gladys(&["start"]).with_code(2).stderr;
    let lines = |text: &str| {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    let (shown, said) = (lines(&shown), lines(&said));
    let missing: Vec<_> = shown.iter().filter(|line| !said.contains(line)).collect();
    assert!(missing.is_empty(), "not suggested: {missing:#?}\n{said:#?}");
}

#[test]
fn its_verbs_are_those_of_the_manifest() {
    let readme = fs::read_to_string(project().join("README.md")).expect("the README");
    let table =
        readme.split("## The verbs").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the verbs");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split([' ', '`']).next());
    let list: Value = serde_json::from_str(&checkout().gladys(&["list", "--json"]).quietly()).expect("JSON");
    let commands = list["commands"].as_array().expect("commands").iter();
    let names: Vec<_> = commands.filter_map(|command| command["name"].as_str()).collect();
    assert_eq!(rows.collect::<std::collections::BTreeSet<_>>(), names.into_iter().collect());
}

#[test]
fn its_links_lead_somewhere() {
    let pages = ["manifest", "json", "import", "databases", "psql", "reliability", "scaling", "sync-check"];
    let pages = pages.map(|page| format!("docs/{page}.md"));
    let pages = pages.iter().map(String::as_str).chain(["README.md", "CONTRIBUTING.md"]);
    for page in pages {
        let path = project().join(page);
        let text = fs::read_to_string(&path).expect("a page");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.starts_with("https://")) {
            assert!(path.parent().expect("a folder").join(link).exists(), "{page} links to `{link}`");
        }
    }
}

#[test]
fn every_document_has_the_keys_that_are_written_down() {
    let pages = fs::read_to_string(project().join("docs/json.md")).expect("the documents");
    let written = blocks(&pages).into_iter().filter(|block| block.kind == "json");
    let written: BTreeMap<String, Value> = written
        .map(|block| serde_json::from_str::<Value>(&block.text).expect("JSON"))
        .map(|value| (value["schema"].as_str().unwrap_or("logs").to_owned(), value))
        .collect();
    let sandbox = Sandbox::new();
    sandbox.copy(&project().join("examples/minimal"));
    let say =
        |words: &[&str]| -> Value { serde_json::from_str(&sandbox.gladys(words).stdout).expect("JSON") };
    sandbox.gladys(&["start"]).quietly();
    let words = [
        &["list", "--json"][..],
        &["check", "--json"],
        &["start", "--dry-run", "--json"],
        &["status", "--json"],
        &["start", "redaer", "--json"],
    ];
    let real = words.map(say);
    for document in &real {
        let schema = document["schema"].as_str().expect("a schema");
        assert_eq!(first_keys(&written[schema]), first_keys(document), "{schema}");
    }
    let logs = sandbox.gladys(&["logs", "reader", "--json"]).quietly();
    let line = logs.lines().find(|line| line.contains("\"line\"")).expect("a line");
    assert_eq!(first_keys(&written["logs"]), first_keys(&serde_json::from_str(line).expect("JSON")));
    let manifest = fs::read_to_string(sandbox.path().join("gladys.kdl")).expect("the manifest");
    sandbox.write("gladys.kdl", format!("{manifest}\ncommand why {{ builtin why }}\n"));
    sandbox.gladys(&["stop"]).quietly();
    let why = say(&["why", "clock", "--json"]);
    assert_eq!(first_keys(&written["gladys.why/1"]), first_keys(&why), "{why:#}");
    // Those of databases are compared in `database/migrate.rs` and `database/documents.rs`, that of `import` in its own tests.
    let others =
        ["run", "clean", "migrated", "migrations", "verify", "migrate-plan", "import", "why", "sync-check"]
            .map(|name| format!("gladys.{name}/1"));
    assert!(others.iter().all(|schema| written.contains_key(schema)));
    assert_eq!(written.len(), real.len() + 1 + others.len());
}

#[test]
fn a_sync_check_says_what_is_written_down() {
    let written = documented("gladys.sync-check/1");
    let sandbox = Sandbox::new();
    sandbox.write("server/shop.proto", "a\n").write("client/shop.proto", "b\n");
    let check = r#"check protos "Protos" { same "*.proto" { in server client; source server } }"#;
    sandbox
        .write("gladys.kdl", format!("command sync-check {{ builtin sync-check }}\n{check}\nprofile local"));
    let said = sandbox.gladys(&["sync-check", "--json"]).with_code(1).stdout;
    assert_eq!(serde_json::from_str::<Value>(&said).expect("JSON"), written);
}

#[test]
fn a_failed_run_has_the_keys_that_are_written_down() {
    let written = documented("gladys.run/1");
    let sandbox = Sandbox::new();
    let manifest = fs::read_to_string(project().join("examples/minimal/gladys.kdl")).expect("a manifest");
    sandbox.write(
        "gladys.kdl",
        manifest.replace(
            "while date +%T > \\\"$FILE\\\"; do sleep 1; done",
            "sleep 0.3; echo the disk is full; exit 1",
        ),
    );
    let ended = sandbox.gladys(&["start", "--json"]).with_code(1);
    let real: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(first_keys(&real), first_keys(&written));
    let failure = |document: &Value, key: &str| document["failures"][0][key].clone();
    for key in ["service", "step", "code", "message", "note", "help", "lines"] {
        assert_eq!(failure(&real, key), failure(&written, key), "{key}");
    }
    let outcomes = |document: &Value| {
        let steps = document["steps"].as_array().expect("steps").iter().take(3);
        steps.map(|step| (step["title"].clone(), step["outcome"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&real), outcomes(&written));
    assert_eq!(real["steps"][2]["text"], written["steps"][2]["text"]);
}

/// The example of `docs/json.md` for a schema.
pub fn documented(schema: &str) -> Value {
    let pages = fs::read_to_string(project().join("docs/json.md")).expect("the documents");
    let begin = format!("{{\n  \"schema\": \"{schema}\"");
    let block = blocks(&pages).into_iter().find(|block| block.text.starts_with(&begin)).expect("an example");
    serde_json::from_str(&block.text).expect("JSON")
}

/// One fenced block.
struct Block {
    kind: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let fenced = page.split("\n```").skip(1).step_by(2).filter_map(|fenced| fenced.split_once('\n'));
    fenced.map(|(kind, text)| Block { kind: kind.to_owned(), text: format!("{text}\n") }).collect()
}

/// The keys of a document, and those of the first element of every list in it, as paths.
fn first_keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let inside = |(key, value): (&String, &Value)| {
                // What a program's variables and a service's ports are called is not fixed.
                let free = matches!(key.as_str(), "env" | "ports" | "params" | "facts");
                let below = if free { Vec::new() } else { first_keys(value) };
                std::iter::once(key.clone())
                    .chain(below.into_iter().map(|path| format!("{key}.{path}")))
                    .collect::<Vec<_>>()
            };
            map.iter().flat_map(inside).collect()
        }
        Value::Array(all) => all.first().map(first_keys).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A folder where `gladys` is on the PATH.
fn with_gladys() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("bin")).expect("a folder");
    symlink(GLADYS, sandbox.path().join("bin/gladys")).expect("a link");
    let path =
        format!("{}:{}", sandbox.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
    sandbox.env("PATH", &path)
}

/// The manifest of this checkout, in a folder of its own.
fn checkout() -> Sandbox {
    let sandbox = with_gladys();
    for file in ["gladys.kdl", "environments/local.kdl"] {
        sandbox.write(file, fs::read(project().join(file)).expect("the manifest"));
    }
    sandbox
}

fn has(program: &str) -> bool {
    which::which(program).is_ok()
}
