//! The command line of one command, made from its parameters; and back from what was typed to a [`Request`].

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};

use super::request::{Given, Request};
use crate::builtin::{self, Verb};
use crate::manifest::action::ActionKind;
use crate::manifest::command::{Command, Param, ParamKind};
use crate::manifest::{Manifest, Problem};
use crate::span::{Span, Spanned};

/// The clap command of a manifest's command, with help for every parameter.
pub fn grammar(command: &Command) -> clap::Command {
    let base = clap::Command::new(command.name.value.clone()).about(command.summary.clone());
    let with_params = command.params.iter().fold(base, |clap, param| clap.arg(arg(param)));
    match native(command) {
        Some(verb) => (verb.grammar)(with_params),
        None => with_params,
    }
}

/// The native verb that takes the command's own words: a `builtin` without words.
pub fn native(command: &Command) -> Option<&'static Verb> {
    named_native(command).map(|(verb, _)| verb)
}

/// The positional words of a command's native verb as help shows them: `[TARGET…]`, `SERVICE`.
pub fn native_words(command: &Command) -> Vec<String> {
    let grammar = native(command).map(|verb| (verb.grammar)(clap::Command::new(verb.name)));
    let shown = |arg: &Arg| {
        let name = arg.get_value_names().and_then(|names| names.first());
        let name = name.map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string);
        let many = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        let name = if many { format!("{name}…") } else { name };
        if arg.is_required_set() { name } else { format!("[{name}]") }
    };
    grammar.iter().flat_map(clap::Command::get_positionals).map(shown).collect()
}

fn named_native(command: &Command) -> Option<(&'static Verb, Span)> {
    command.actions.iter().find_map(|action| match &action.kind {
        ActionKind::Builtin { verb, words } if words.is_empty() => Some((builtin::verb(verb)?, verb.span)),
        _ => None,
    })
}

/// Every parameter of a command that its native verb has too, or that would take the words meant for the verb.
pub fn problems(manifest: &Manifest) -> Vec<Problem> {
    let of =
        |command: &Command| taken_by_verb(command).into_iter().chain(two_verbs(command)).collect::<Vec<_>>();
    manifest.commands.values().flat_map(of).collect()
}

/// A second native verb without words would have to share those of the command line with the first.
fn two_verbs(command: &Command) -> Option<Problem> {
    let verbs = command.actions.iter().filter_map(|action| match &action.kind {
        ActionKind::Builtin { verb, words } if words.is_empty() => Some(verb),
        _ => None,
    });
    let mut verbs = verbs.filter(|verb| builtin::verb(verb).is_some());
    let (first, second) = (verbs.next()?, verbs.next()?);
    Some(Problem::TwoVerbs {
        first_verb: first.value.clone(),
        verb: second.value.clone(),
        first: first.span,
        span: second.span,
    })
}

fn taken_by_verb(command: &Command) -> Vec<Problem> {
    let Some((verb, place)) = named_native(command) else { return Vec::new() };
    let own = (verb.grammar)(clap::Command::new(verb.name));
    let taken = |name: String, param: &Param, span| Problem::ParameterTaken {
        name,
        param: param.name.clone(),
        positional: param.is_positional(),
        verb: verb.name,
        place,
        span,
    };
    let mut found = Vec::new();
    for param in &command.params {
        let letter = param
            .short()
            .filter(|letter| own.get_arguments().any(|arg| arg.get_short() == Some(letter.value)));
        found.extend(letter.map(|letter| taken(format!("-{}", letter.value), param, letter.span)));
        if own.get_arguments().any(|arg| clashes(param, arg)) {
            found.push(taken(param.written(), param, param.span));
        }
    }
    found
}

/// Whether both have one name, or the parameter stands where the words of the verb do.
fn clashes(param: &Param, verb: &Arg) -> bool {
    let named = verb.get_id() == param.name.as_str() || verb.get_long() == Some(&param.name);
    let in_front = param.is_positional() && verb.is_positional();
    named || in_front && (param.takes_all() || verb.is_required_set() && !param.is_required())
}

fn arg(param: &Param) -> Arg {
    let base = Arg::new(param.name.clone()).help(param.summary.clone());
    match &param.kind {
        ParamKind::Targets { default } => {
            let arg = base.value_name("TARGET").num_args(0..).action(ArgAction::Append);
            match default {
                Some(target) => arg.help(format!("{} [default: {}]", param.summary, target.value)),
                None => arg,
            }
        }
        ParamKind::Flag { short } => named(base, param, short.as_ref()).action(ArgAction::SetTrue),
        ParamKind::Option { short, value, default, multiple } => {
            let action = if *multiple { ArgAction::Append } else { ArgAction::Set };
            let arg = named(base, param, short.as_ref()).value_name(value.clone()).action(action);
            let arg = arg.allow_negative_numbers(true);
            default.iter().fold(arg, |arg, default| arg.default_value(default.clone()))
        }
        ParamKind::Arg { default, optional, choices } => {
            let arg = base.value_name(param.name.to_uppercase());
            let words: Vec<String> = choices.iter().map(|choice| choice.word.value.clone()).collect();
            let arg = if words.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(words)) };
            let arg = arg.required(!optional && default.is_none());
            default.iter().fold(arg, |arg, default| arg.default_value(default.value.clone()))
        }
        ParamKind::Rest => base
            .value_name(param.name.to_uppercase())
            .num_args(0..)
            .action(ArgAction::Append)
            .trailing_var_arg(true)
            .allow_hyphen_values(true),
    }
}

fn named(arg: Arg, param: &Param, short: Option<&Spanned<char>>) -> Arg {
    let arg = arg.long(param.name.clone());
    short.map(|letter| letter.value).into_iter().fold(arg, Arg::short)
}

/// What was typed, as a request.
pub fn request(command: &Command, matches: &ArgMatches) -> Result<Request, clap::Error> {
    let params = command.params.iter().map(|param| (param.name.clone(), given(param, matches)));
    Ok(Request {
        command: command.name.value.clone(),
        params: params.collect(),
        native: native(command).map(|verb| (verb.parse)(matches)).transpose()?,
    })
}

/// Parses words as they would stand behind the command's name on the command line.
pub fn parse(command: &Command, words: &[String]) -> Result<Request, clap::Error> {
    let clap = grammar(command).no_binary_name(true).disable_help_flag(true);
    request(command, &clap.try_get_matches_from(words)?)
}

fn given(param: &Param, matches: &ArgMatches) -> Given {
    let values =
        || -> Vec<String> { matches.get_many::<String>(&param.name).unwrap_or_default().cloned().collect() };
    let long = format!("--{}", param.name);
    match &param.kind {
        ParamKind::Flag { .. } => {
            let words = if matches.get_flag(&param.name) { vec![long] } else { Vec::new() };
            Given { words, text: None }
        }
        ParamKind::Option { multiple, .. } => {
            let values = values();
            let text = values.first().filter(|_| !multiple).cloned();
            let words = values.into_iter().flat_map(|value| [long.clone(), value]).collect();
            Given { words, text }
        }
        ParamKind::Arg { choices, .. } => {
            let chosen = values().into_iter().map(|word| {
                let choice = choices.iter().find(|choice| choice.word.value == word);
                choice.map_or(word, |choice| choice.value.clone())
            });
            let words: Vec<String> = chosen.collect();
            Given { text: words.first().cloned(), words }
        }
        ParamKind::Targets { default } => {
            let mut words = values();
            if words.is_empty() {
                words.extend(default.iter().map(|target| target.value.clone()));
            }
            Given { words, text: None }
        }
        ParamKind::Rest => Given { words: values(), text: None },
    }
}
