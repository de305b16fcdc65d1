//! What is said about each problem, where, and with which help.

use super::help::{circle, example, home, in_a_shell, included_here, most_words, quote_or_set, suggestion};
use super::{Problem, Wording};
use crate::span::Span;
use crate::text::{closest, either, shell_word};

impl Problem {
    /// What is said about it.
    #[expect(clippy::too_many_lines, reason = "all wording of the domain stands in one exhaustive match")]
    pub fn wording(&self) -> Wording {
        let say = |message: String, span: Span, label: &str, help: Option<String>| Wording {
            message,
            labels: vec![(span, label.to_owned())],
            help,
        };
        match self {
            Self::Syntax { span, message, label, help } => say(message.clone(), *span, label, help.clone()),
            Self::Unreadable { path, reason, span } => Wording {
                message: format!("cannot read `{path}`: {reason}"),
                labels: included_here(*span),
                help: Some("check that the file exists and that you may read it".into()),
            },
            Self::IsFolder { path, span } => Wording {
                message: format!("`{path}` is a folder, and a manifest is a file"),
                labels: included_here(*span),
                help: Some(match span {
                    Some(_) => "include the files in it instead, or give the folder another name".into(),
                    None => "give the folder another name, or name the manifest: `--manifest FILE`".into(),
                }),
            },
            Self::DotenvLine { path, name, span } => say(
                format!("the line of `{name}` in `{path}` is not of the form NAME=value"),
                *span,
                "read from here",
                Some("put the value between quotes, and close them; `#` begins a comment".into()),
            ),
            Self::NotText { path, offset, span } => Wording {
                message: format!("`{path}` is not text: byte {offset} is not UTF-8"),
                labels: included_here(*span),
                help: Some("a manifest is a KDL file in UTF-8; is this the right file?".into()),
            },
            Self::TooLarge { path, bytes, limit, span } => Wording {
                message: format!("`{path}` has {bytes} bytes; a manifest has at most {limit}"),
                labels: included_here(*span),
                help: Some("split it with `include`, or check that this is the right file".into()),
            },
            Self::IncludeNothing { pattern, span } => say(
                format!("`include \"{pattern}\"` matches no file"),
                *span,
                "no file here",
                Some("patterns are relative to the manifest's folder; `optional=#true` allows none".into()),
            ),
            Self::BadPattern { pattern, reason, span } => {
                let help = "`*` stands for a part of a name, `**` for any folders, `?` for one character";
                let message = format!("`{pattern}` is not a file pattern: {}", reason.to_lowercase());
                say(message, *span, "this pattern", Some(help.into()))
            }
            Self::NestedInclude { span, root } => say(
                format!("only `{root}` may hold `project` and its `include`"),
                *span,
                "in a file that was included itself",
                Some(format!("move it to `{root}`: one file says what belongs to the project")),
            ),
            Self::UnknownNode { name, place, known, span } => say(
                format!("{place} does not know `{name}`"),
                *span,
                "unknown",
                Some(home(place, name).map_or_else(|| suggestion(name, known), str::to_owned)),
            ),
            Self::UnquotedPlaceholder { name, span } => say(
                "an unquoted placeholder is a block of children to KDL, not a word".into(),
                *span,
                "this is a child block",
                Some(format!("quote it: \"{{{name}}}\"")),
            ),
            Self::UnknownProperty { name, node, known, span } => say(
                format!("`{node}` has no property `{name}`"),
                *span,
                "unknown property",
                Some(if known.is_empty() {
                    format!("`{node}` takes no properties")
                } else {
                    suggestion(name, known)
                }),
            ),
            Self::PropertyAmongWords { name, value, node, span } => say(
                format!(
                    "`{name}={value}` is a property to KDL: it would be taken out of the words of `{node}`"
                ),
                *span,
                "not a word",
                Some(quote_or_set(name, value, node)),
            ),
            Self::ShellWord { word, node, words, span } => say(
                format!("`{word}` means something to a shell only, and no shell reads the words of `{node}`"),
                *span,
                "only a shell knows this",
                Some(in_a_shell(node, words)),
            ),
            Self::ShellVariable { name, span } => say(
                format!("`${name}` would stay as it is: no shell puts the variable in here"),
                *span,
                "not a variable",
                Some(format!("write `{{{name}}}` in its place; a raw string #\"…\"# keeps the `$`")),
            ),
            Self::SingleQuoted { span } => say(
                "KDL strings stand in double quotes; single quotes would become part of the word".into(),
                *span,
                "single quotes",
                Some("write it with double quotes".into()),
            ),
            Self::CutByComment { word, span } => say(
                format!("the word `{word}` ends here, because `//` starts a comment"),
                *span,
                "cut short",
                Some(format!("quote the whole word: \"{word}//…\"")),
            ),
            Self::DuplicateProperty { name, first, span } => Wording {
                message: format!("the property `{name}` stands twice; KDL would keep only the last one"),
                labels: vec![(*first, "first here".into()), (*span, "again here".into())],
                help: Some("keep one of them".into()),
            },
            Self::MissingWord { node, what, span } => {
                let help = example(node).map(|example| format!("write it as `{example}`"));
                say(format!("`{node}` needs {what}"), *span, "something is missing here", help)
            }
            Self::ExtraWord { node, word, most, span } => say(
                format!("`{node}` takes {}, and `{word}` is one too many", most_words(*most)),
                *span,
                "one word too many",
                Some(match example(node) {
                    Some(example) => {
                        format!("write it as `{example}`; a text with spaces stands in double quotes")
                    }
                    None => "a text with spaces stands in double quotes".into(),
                }),
            ),
            Self::MissingChild { node, child, example, span } => say(
                format!("{node} has no `{child}`"),
                *span,
                "declared here",
                Some(format!("add `{example}`")),
            ),
            Self::DuplicateChild { name, first, span } => Wording {
                message: format!("`{name}` stands twice"),
                labels: vec![(*first, "first here".into()), (*span, "again here".into())],
                help: Some("keep one of them".into()),
            },
            Self::BadValue { what, found, expected, span } => say(
                format!("`{found}` is not {what}"),
                *span,
                "not understood",
                Some(format!("expected {expected}")),
            ),
            Self::UnknownWord { what, found, known, span } => {
                say(format!("`{found}` is not {what}"), *span, "unknown", Some(suggestion(found, known)))
            }
            Self::Duplicate { kind, name, first, span } => Wording {
                message: format!("the {kind} `{name}` is declared twice"),
                labels: vec![(*first, "first here".into()), (*span, "again here".into())],
                help: Some("give one of them another name, or remove it".into()),
            },
            Self::ParameterTaken { name, param, positional, verb, place, span } => Wording {
                message: if *positional {
                    format!("`{name}` and `builtin {verb}` both want the words of the command line")
                } else {
                    format!("`{name}` is already an option of `builtin {verb}`")
                },
                labels: vec![(*span, "declared here".into()), (*place, "brings its own parameters".into())],
                help: Some(format!(
                    "remove it: `{verb}` reads the command line itself; or pass it on: `builtin {verb} \"{{{param}}}\"`"
                )),
            },
            Self::ParameterOrder { name, before, both_take_all, takes_all, first, span } => Wording {
                message: if *takes_all {
                    format!("`{name}` stands behind `{before}`, which takes every word that is left")
                } else {
                    format!("`{name}` must be given, and stands behind `{before}`, which may be left out")
                },
                labels: vec![(*first, "first here".into()), (*span, "then this".into())],
                help: Some(match (both_take_all, takes_all) {
                    (true, _) => "keep one of them".into(),
                    (false, true) => format!("move `{name}` in front of `{before}`"),
                    (false, false) => {
                        format!("move it in front of `{before}`, or let it be left out too: `optional=#true`")
                    }
                }),
            },
            Self::Reserved { kind, name, span } => say(
                format!("a {kind} cannot be called `{name}`"),
                *span,
                "this name is taken",
                Some("gladys uses this name itself; choose another one".into()),
            ),
            Self::BadName { kind, name, span } => say(
                format!("`{name}` cannot be the name of a {kind}"),
                *span,
                "not a name",
                Some("a name starts with a letter and has letters, digits, `-` and `_`".into()),
            ),
            Self::Unknown { kind, name, known, span } => {
                say(format!("there is no {kind} `{name}`"), *span, "unknown", Some(suggestion(name, known)))
            }
            Self::UnknownPlaceholder { name, known, span } => say(
                format!("the placeholder `{{{name}}}` stands for nothing here"),
                *span,
                "resolves to nothing",
                Some(match closest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{{{near}}}`?"),
                    None if name.contains('.') => {
                        "with a dot it is `{SERVICE.port}`, `{SERVICE.VALUE}` for a `let` of the profile, or \
                         `{database.url}` and its like"
                            .into()
                    }
                    None => "define it with `let`, or write `{{` and `}}` for braces".into(),
                }),
            ),
            Self::StrayBrace { brace, span } => say(
                format!("a lone `{brace}`"),
                *span,
                "opens or closes no placeholder",
                Some(format!("a placeholder is `{{name}}`; for the character itself write `{brace}{brace}`")),
            ),
            Self::Nul { span } => say(
                "the character NUL ends a word for every program, so no word can hold it".into(),
                *span,
                "holds NUL",
                Some("remove `\\u{0}`, or give the program a file".into()),
            ),
            Self::DuplicateWord { node, what, first, span } => Wording {
                message: format!("this `{node}` has two {what}s"),
                labels: vec![(*first, "first here".into()), (*span, "again here".into())],
                help: Some(format!("keep one of them, or declare a second `{node}`")),
            },
            Self::TwoVerbs { first_verb, verb, first, span } => Wording {
                message: format!(
                    "`builtin {first_verb}` and `builtin {verb}` would both read the words of the command line"
                ),
                labels: vec![(*first, "reads them".into()), (*span, "so does this".into())],
                help: Some(format!(
                    "write the words of the second one behind it; or, without any, `do` a command that has `builtin {verb}` alone"
                )),
            },
            Self::ManyInsideWord { name, span } => say(
                format!("`{{{name}}}` can stand for any number of words, so it cannot be a part of one"),
                *span,
                "inside a word",
                Some(format!("make it a word of its own: \"{{{name}}}\"")),
            ),
            Self::Unset { variable, span } => say(
                format!("the variable `{variable}` is not set"),
                *span,
                "needed here",
                Some(format!("set it in the environment or in the `dotenv` file: {variable}=…")),
            ),
            Self::BadVariable { variable, expected, span } => say(
                format!("the variable `{variable}` does not hold {expected}"),
                *span,
                "used here",
                Some(format!("set `{variable}` to {expected}, or unset it")),
            ),
            Self::ValueCircle { names, spans } => circle(
                "this value is defined by itself",
                "these values are defined by each other",
                names,
                spans,
                "is defined by",
            ),
            Self::NeedsCircle { names, spans } => circle(
                "this service needs itself, so it could never start",
                "these services need each other, so none could start first",
                names,
                spans,
                "needs",
            ),
            Self::GroupCircle { names, spans } => circle(
                "this group is a member of itself",
                "these groups are members of each other",
                names,
                spans,
                "has the member",
            ),
            Self::CommandCircle { names, spans } => {
                circle("this command runs itself", "these commands run each other", names, spans, "runs")
            }
            Self::TooMuch { what, help, span } => {
                say(format!("this comes to {what}"), *span, "too much", Some((*help).into()))
            }
            Self::PortTaken { port, profile, first_service, service, first, span } => Wording {
                message: format!("two services of the profile `{profile}` have the port {port}"),
                labels: vec![
                    (*first, format!("`{first_service}` has it")),
                    (*span, format!("so does `{service}`")),
                ],
                help: Some("give one of them another port".into()),
            },
            Self::PortRange { port, offset, span } => say(
                format!("the port {port} with the offset {offset} is not between 1 and 65535"),
                *span,
                "this port",
                Some("choose another `GLADYS_PORT_OFFSET`".into()),
            ),
            Self::NoChoice { name, tried, span } => say(
                format!(
                    "`{name}` needs {}, which this machine does not have",
                    crate::text::either(tried.iter().map(String::as_str))
                ),
                *span,
                "none of these works",
                Some("install one of them, or put its folder on `PATH`".into()),
            ),
            Self::NoAnswer { name, program, reason, span } => say(
                format!("`{name}` is what `{program}` prints, and {reason}"),
                *span,
                "no answer",
                Some("run it by hand to see what it needs".into()),
            ),
            Self::NoStatus { profile, span } => say(
                format!(
                    "`ready status` asks the `recipe status` of the profile `{profile}`, which has none that it can `read`"
                ),
                *span,
                "asked for here",
                Some("add `recipe status { run program --json; read { … } }` to the profile".into()),
            ),
            Self::MissingProgram { program, hint, span } => say(
                format!("the program `{program}` is not on this machine"),
                *span,
                "not found",
                Some(hint.clone().unwrap_or_else(|| "install it, or put its folder on `PATH`".into())),
            ),
            Self::NotExecutable { program, folder: true, span } => say(
                format!("`{program}` is a folder, not a program"),
                *span,
                "a folder",
                Some("name the program in it".into()),
            ),
            Self::NotExecutable { program, folder: false, span } => say(
                format!("the file `{program}` is there, but cannot be executed"),
                *span,
                "not executable",
                Some(format!("allow it: `chmod +x {}`", shell_word(program))),
            ),
            Self::MissingFolder { path, span } => say(
                format!("the folder `{path}` does not exist"),
                *span,
                "no such folder",
                Some("paths are relative to the folder of the manifest".into()),
            ),
            Self::MissingFile { path, span } => say(
                format!("the file `{path}` does not exist"),
                *span,
                "no such file",
                Some("write it, or correct the path: it is relative to the folder of the manifest".into()),
            ),
            Self::SecretArgument { span } => say(
                "a secret among a program's words could be read by every user of this machine".into(),
                *span,
                "holds a secret",
                Some("pass it in a variable: `env NAME=\"{…}\"`".into()),
            ),
            Self::TwoDefaults { first, span } => Wording {
                message: "two profiles are the default one".into(),
                labels: vec![(*first, "first here".into()), (*span, "again here".into())],
                help: Some("keep `default=#true` on one of them".into()),
            },
            Self::NoProfile { span } => say(
                "there are services, but no profile says how to run them".into(),
                *span,
                "declared here",
                Some("add a profile: `profile local \"…\" { … }`, in this file or an included one".into()),
            ),
            Self::NoDefault { known, span } => say(
                "no profile is the default one".into(),
                *span,
                "in which profile?",
                Some(format!(
                    "add {}, or write `default=#true` behind the name of one in the manifest",
                    either(known.iter().map(|name| format!("--profile {name}")))
                )),
            ),
            Self::NotInProfile { service, profile, needed_by, span } => say(
                match needed_by {
                    Some(other) => {
                        format!("`{other}` needs `{service}`, which has no place in the profile `{profile}`")
                    }
                    None => format!("the service `{service}` has no place in the profile `{profile}`"),
                },
                *span,
                "declared here",
                Some(format!("add `service {service} {{ … }}` to `profile {profile}`")),
            ),
            Self::NoRecipe { recipe, profile, known, profile_span, span } => Wording {
                message: format!("the profile `{profile}` has no recipe `{recipe}`"),
                labels: vec![(*span, "asked for here".into()), (*profile_span, "not in this profile".into())],
                help: Some(match closest(recipe, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add `recipe {recipe} {{ … }}` to `profile {profile}`"),
                }),
            },
            Self::NothingToExec { service, profile, span } => say(
                format!("`spawn` has nothing to run for `{service}` in the profile `{profile}`"),
                *span,
                "no `exec` in here",
                Some("add its program: `exec program argument …`".into()),
            ),
            Self::NotWatched { need, why, span } => say(
                format!("`{need}` is {why}: nobody here sees when it goes away"),
                *span,
                "cannot be watched",
                Some("give it a `needs` of its own, without `lost`".into()),
            ),
            Self::NoPort { service, profile, span } => say(
                format!("the port of `{service}` is asked for, and it has none in the profile `{profile}`"),
                *span,
                "needs a port",
                Some(format!("add `port 8080` to `service {service}` in `profile {profile}`")),
            ),
            Self::BadCall { name, message, help, label, span } => {
                say(format!("`{name}`: {message}"), *span, label, help.clone())
            }
            Self::NoDatabase { span } => say(
                "this needs a database, and the manifest declares none".into(),
                *span,
                "needs a database",
                Some("add `database { url \"postgres://user@localhost:{db.port}/name\" }`".into()),
            ),
        }
    }
}
