//! Whether the parameters of a command can stand beside each other on a command line.

use super::name_is_good;
use crate::manifest::Problem;
use crate::manifest::command::{Command, Param, ParamKind};

/// The options that every command has from gladys, with their letters.
pub const OWN: &[(&str, Option<char>)] = &[
    ("help", Some('h')),
    ("profile", Some('p')),
    ("manifest", None),
    ("dry-run", None),
    ("json", None),
    ("color", None),
    ("verbose", Some('v')),
    ("quiet", Some('q')),
    ("fail-fast", None),
    ("keep-going", None),
];

/// Notes every parameter that has another one's name or letter, or one of gladys's own, or that no word could reach.
pub fn check(command: &Command, found: &mut Vec<Problem>) {
    for (index, param) in command.params.iter().enumerate() {
        name_is_good("parameter", &param.name, param.span, found);
        let earlier = &command.params[..index];
        repeated(param, earlier, found);
        letter(param, earlier, found);
        order(param, earlier, found);
        choices(param, found);
    }
}

fn repeated(param: &Param, earlier: &[Param], found: &mut Vec<Problem>) {
    if let Some(first) = earlier.iter().find(|other| other.name == param.name) {
        let (kind, name) = ("parameter", param.name.clone());
        found.push(Problem::Duplicate { kind, name, first: first.span, span: param.span });
    }
    let of_help = param.name == "help";
    if of_help || !param.is_positional() && OWN.iter().any(|(name, _)| param.name == *name) {
        found.push(Problem::Reserved { kind: "parameter", name: param.written(), span: param.span });
    }
}

fn letter(param: &Param, earlier: &[Param], found: &mut Vec<Problem>) {
    let Some(letter) = param.short() else { return };
    let (name, span) = (format!("-{}", letter.value), letter.span);
    if !letter.value.is_alphanumeric() {
        found.push(Problem::BadName { kind: "flag", name: name.clone(), span });
    }
    if let Some(first) = earlier.iter().filter_map(Param::short).find(|other| other.value == letter.value) {
        found.push(Problem::Duplicate { kind: "letter", name: name.clone(), first: first.span, span });
    }
    if OWN.iter().any(|(_, own)| *own == Some(letter.value)) {
        found.push(Problem::Reserved { kind: "flag", name, span });
    }
}

/// Of two choices with one word, nobody could take the second.
fn choices(param: &Param, found: &mut Vec<Problem>) {
    let ParamKind::Arg { choices, .. } = &param.kind else { return };
    for (index, choice) in choices.iter().enumerate() {
        let (name, span) = (choice.word.value.clone(), choice.word.span);
        if let Some(first) = choices[..index].iter().find(|other| other.word.value == name) {
            found.push(Problem::Duplicate { kind: "choice", name, first: first.word.span, span });
        }
    }
}

/// What takes every word comes last, and what must be given comes before what may be left out.
fn order(param: &Param, earlier: &[Param], found: &mut Vec<Problem>) {
    let positional = || earlier.iter().filter(|other| other.is_positional() && other.name != param.name);
    let greedy = positional().find(|other| other.takes_all());
    let optional = positional().find(|other| !other.is_required());
    let before = match param.is_positional() {
        true if greedy.is_some() => greedy,
        true if param.is_required() => optional,
        _ => None,
    };
    let Some(before) = before else { return };
    found.push(Problem::ParameterOrder {
        name: param.written(),
        before: before.written(),
        both_take_all: param.takes_all() && before.takes_all(),
        takes_all: before.takes_all(),
        first: before.span,
        span: param.span,
    });
}
