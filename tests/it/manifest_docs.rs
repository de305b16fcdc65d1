//! Every block of `docs/manifest.md` is what it says it is: a manifest without a fault, or a wrong one.
//!
//! The word behind `kdl` says what a block is: nothing for a whole manifest; `top` for declarations that lack a profile;
//! `profile` and `service` for what stands inside one; `error` for what must be refused.

use std::fs;

use super::sandbox::{Ended, Sandbox, project};

/// Programs that the blocks name; each is there and does nothing.
const PROGRAMS: [&str; 9] =
    ["npm", "cargo", "make", "serve", "show", "server", "api-server", "cache-server", "unitctl"];
/// Files that the blocks name, and whose folders they name.
const FILES: [&str; 2] = ["src/web/package.json", "src/api/Cargo.toml"];

#[test]
fn every_block_is_what_it_says() {
    let text = fs::read_to_string(project().join("docs/manifest.md")).expect("the reference");
    let blocks = blocks(&text);
    assert!(blocks.len() > 15, "only {} blocks were found", blocks.len());
    let mut wrong = Vec::new();
    for block in &blocks {
        let ended = check(&block.manifest());
        let code = if block.kind == "error" { 2 } else { 0 };
        if ended.code != Some(code) {
            wrong.push(format!("line {}: {} {}", block.line, ended.stdout, ended.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_block_is_noticed() {
    let text =
        "```kdl service\nexec serve \"{nothing}\"\n```\n```kdl error\nservice web\nprofile local\n```\n";
    let codes: Vec<_> = blocks(text).iter().map(|block| check(&block.manifest()).code).collect();
    assert_eq!(codes, [Some(2), Some(0)]);
}

#[test]
fn every_trap_of_kdl_is_refused() {
    let text = fs::read_to_string(project().join("docs/manifest.md")).expect("the reference");
    let block = blocks(&text).into_iter().find(|block| block.kind == "error").expect("a wrong block");
    let said = check(&block.manifest()).stderr;
    let codes: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("manifest::")).collect();
    assert_eq!(codes, ["unquoted-placeholder", "property-among-words", "cut-by-comment", "single-quoted"]);
}

#[test]
fn the_message_it_shows_is_the_real_one() {
    let text = fs::read_to_string(project().join("docs/manifest.md")).expect("the reference");
    let shown = text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a message");
    let block = blocks(&text).into_iter().rfind(|block| block.kind == "error").expect("a wrong block");
    assert_eq!(check(&block.manifest()).stderr.trim_end(), shown.trim_end());
}

/// One fenced block.
struct Block<'a> {
    line: usize,
    kind: &'a str,
    text: String,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for (line, content) in text.lines().enumerate() {
        match content.strip_prefix("```kdl") {
            Some(kind) => {
                open = true;
                blocks.push(Block { line: line + 1, kind: kind.trim(), text: String::new() });
            }
            None if content == "```" => open = false,
            None if open => {
                let block = blocks.last_mut().expect("a block is open");
                block.text = format!("{}{content}\n", block.text);
            }
            None => {}
        }
    }
    blocks
}

impl Block<'_> {
    /// The whole manifest of a block.
    fn manifest(&self) -> String {
        let text = &self.text;
        match self.kind {
            "top" => top(text),
            "profile" => profile(text),
            "service" => format!(
                "service web; service api\ncommand start {{ each start order=needs }}\n{DATABASE}\n\
                 profile local default=#true {{ recipe start {{ spawn }}\n\
                 service api {{ port 8081; exec server }}\nservice web {{ port 8080\n{text}\n}}\n}}\n"
            ),
            _ => text.clone(),
        }
    }
}

const DATABASE: &str = "database { url \"postgres://me@localhost/shop\"; password shop }";

/// Declarations, with a profile that runs their services, and the commands they do not have themselves.
fn top(text: &str) -> String {
    let missing = ["start", "stop"].into_iter().filter(|name| !text.contains(&format!("command {name} ")));
    let commands = lines(missing.map(|name| format!("command {name} {{ targets; each {name} }}")));
    let placed = declared(text).zip(4100..);
    let placed = lines(placed.map(|(name, port)| format!("service {name} {{ port {port}; exec server }}")));
    let recipes = "recipe start { spawn }; recipe stop { terminate }";
    format!("{text}\n{commands}\nprofile local default=#true {{\n{recipes}\n{placed}\n}}\n")
}

/// The inside of a profile, with declarations of its services, and a command for each recipe.
fn profile(text: &str) -> String {
    let services = lines(declared(text).map(|name| format!("service {name}")));
    let recipes = ["start", "stop", "logs"].into_iter();
    let recipes = recipes.filter(|name| text.contains(&format!("recipe {name} ")));
    let flags = "flag -f --follow; option --tail";
    let commands =
        lines(recipes.map(|name| format!("command {name} {{ {flags}; each {name} order=needs }}")));
    format!("{services}\n{commands}\n{DATABASE}\nprofile local default=#true {{\n{text}\n}}\n")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// The names of the services that a block declares, external ones aside.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let nodes = text.lines().flat_map(|line| line.split_inclusive(';'));
    nodes.filter(|node| !node.contains("external")).filter_map(|node| {
        let words = node.strip_prefix("service ").or_else(|| node.strip_prefix(" service "))?;
        words.split([' ', ';']).next()
    })
}

fn check(manifest: &str) -> Ended {
    let sandbox = Sandbox::new();
    for program in PROGRAMS {
        sandbox.program(&format!("bin/{program}"), "#!/bin/sh\n");
    }
    for file in FILES {
        sandbox.write(file, "");
    }
    let path = format!("{}:/usr/bin:/bin", sandbox.path().join("bin").display());
    let sandbox = sandbox.env("PATH", &path);
    sandbox.write("gladys.kdl", manifest).gladys(&["check"])
}
