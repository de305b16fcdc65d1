//! The parts of a message that depend on what was written: the edit that mends it, and labels that several share.

use super::{MANIFEST, Wording};
use crate::span::Span;
use crate::text::{closest, either, list};

pub(super) fn included_here(span: Option<Span>) -> Vec<(Span, String)> {
    span.map(|span| (span, "included here".to_owned())).into_iter().collect()
}

/// A shell is a program too; only for a folder there is a node.
pub(super) fn in_a_shell(node: &str, words: &[String]) -> String {
    let shell = format!("use a shell: `{node} sh -c \"{}\"`", words.join(" "));
    match words {
        [cd, folder, ..] if cd == "cd" && node == "exec" => {
            format!("set the folder beside `exec`: `cwd \"{folder}\"`; or {shell}")
        }
        [cd, folder, ..] if cd == "cd" => {
            format!("set the folder, as a child: `{{ cwd \"{folder}\" }}`; or {shell}")
        }
        _ => shell,
    }
}

/// Quoting is one way to mend a property among words; where it looks like a variable, setting it is another.
pub(super) fn quote_or_set(name: &str, value: &str, node: &str) -> String {
    let quote = format!("quote the whole word: \"{name}={value}\"");
    let variable = name.starts_with(|c: char| c.is_ascii_uppercase());
    match node {
        "run" | "prepare" if variable => {
            format!("{quote}; or set a variable, as a child: {{ env {name}=\"{value}\" }}")
        }
        "exec" if variable => format!("{quote}; or set a variable beside `exec`: env {name}=\"{value}\""),
        _ => quote,
    }
}

/// Where a node belongs that stands in the wrong place.
pub(super) fn home(place: &str, name: &str) -> Option<&'static str> {
    match (place, name) {
        (MANIFEST, "include" | "dotenv") => Some("it stands inside `project NAME { … }`"),
        (MANIFEST, "recipe") => Some("it stands inside `profile NAME { … }`"),
        (MANIFEST, "url" | "migrations" | "password") => Some("it stands inside `database { … }`"),
        (
            "a service",
            "port" | "cwd" | "exec" | "env" | "prepare" | "stop" | "restart" | "limits" | "let",
        ) => Some("how a service runs stands in a profile: `profile NAME { service NAME { … } }`"),
        ("a service", "alias" | "infrastructure") => {
            Some("this is so in every profile: it stands where the service itself is declared")
        }
        ("a service", "run" | "do" | "builtin") => {
            Some("what runs to completion is a `job`; a service has `exec` in a profile")
        }
        ("a command" | "a recipe" | "a job", "exec") => Some(
            "a program that ends is `run program argument`; `exec` stands in `profile NAME { service NAME { … } }`",
        ),
        _ => None,
    }
}

/// What a node looks like.
pub(super) fn example(node: &str) -> Option<&'static str> {
    Some(match node {
        "service" => "service NAME \"what it is\"",
        "job" => "job NAME \"what it does\" { run program }",
        "group" => "group NAME \"what it is\" { members A B }",
        "command" => "command NAME \"what it does\" { run program }",
        "profile" => "profile NAME \"where it is\"",
        "recipe" => "recipe start { spawn }",
        "let" => "let NAME \"text\"",
        "port" => "port 8080",
        "exec" => "exec program argument",
        "run" => "run program argument",
        "prepare" => "prepare program argument",
        "cwd" => "cwd \"folder\"",
        "env" => "env NAME=\"value\"",
        "needs" => "needs SERVICE",
        "members" => "members SERVICE GROUP",
        "ready" => "ready http \"/health\"",
        "flag" => "flag -n --name \"what it does\"",
        "option" => "option -n --name \"what it is\" value=N",
        "arg" => "arg NAME \"what it is\"",
        "choice" => "choice WORD \"what it stands for\"",
        "do" => "do COMMAND",
        "builtin" => "builtin status",
        "each" => "each start order=needs",
        "restart" => "restart on-failure max=5",
        "stop" => "stop signal=INT grace=\"10s\"",
        "terminate" => "terminate signal=INT grace=\"10s\"",
        "url" => "url \"postgres://user@localhost:5432/name\"",
        "include" => "include \"environments/*.kdl\"",
        "dotenv" => "dotenv \".env\"",
        "project" => "project NAME \"what it is\"",
        "alias" => "alias NAME",
        "rest" => "rest NAME \"what they are\"",
        "use" => "use PROFILE SERVICE",
        "check" => "check NAME \"title\" { run program argument }",
        "same" => "same \"*.proto\" { in \"folder-a\" \"folder-b\" }",
        "locked" => "locked \"Cargo.lock\" { by cargo tree --locked --offline }",
        "built" => "built \"target/release/program\" { from \"src/**/*.rs\" }",
        "fix" => "fix program argument",
        _ => return None,
    })
}

pub(super) fn most_words(most: usize) -> String {
    match most {
        0 => "no words".into(),
        1 => "one word".into(),
        most => format!("at most {most} words"),
    }
}

/// A circle of `names`, each with the place where it leads to the next; `alone` is said of a circle of one.
pub(super) fn circle(alone: &str, message: &str, names: &[String], spans: &[Span], verb: &str) -> Wording {
    let edges = names.iter().zip(names.iter().cycle().skip(1)).zip(spans);
    if let [name] = names {
        let labels = edges.map(|(_, span)| (*span, format!("`{name}` {verb} `{name}`"))).collect();
        return Wording { message: alone.to_owned(), labels, help: Some("remove it here".into()) };
    }
    let mut path = names.to_vec();
    path.extend(names.first().cloned());
    Wording {
        message: message.to_owned(),
        labels: edges.map(|((from, to), span)| (*span, format!("`{from}` {verb} `{to}`"))).collect(),
        help: Some(format!("the circle is {}; remove one of its edges", path.join(" → "))),
    }
}

/// "did you mean", or the list of what there is where nothing is close.
pub fn suggestion<S: AsRef<str>>(wrong: &str, known: &[S]) -> String {
    const FEW: usize = 16;
    match closest(wrong, known.iter().map(AsRef::as_ref)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None if known.len() == 1 => format!("there is only {}", list(known)),
        None if known.len() <= FEW => format!("expected {}", either(known)),
        None => "`gladys list` shows what there is".to_owned(),
    }
}
