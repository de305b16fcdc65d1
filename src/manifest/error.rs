//! Everything that can be wrong with a manifest, and all of its wording.

use miette::LabeledSpan;

use crate::span::Span;
use crate::text::{closest, either, list};

/// How a manifest is called where it does not know a node, which may be a misspelt declaration.
pub const MANIFEST: &str = "a manifest";

/// One thing that is wrong with a manifest or with what was asked of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Problem {
    /// The text is not KDL.
    Syntax { span: Span, message: String, label: String, help: Option<String> },
    /// A file cannot be read; `span` is where it was included.
    Unreadable { path: String, reason: String, span: Option<Span> },
    /// A line of a `dotenv` file that is not `NAME=value`; `name` is what stands before its `=`.
    DotenvLine { path: String, name: String, span: Span },
    /// A file is not UTF-8.
    NotText { path: String, offset: usize, span: Option<Span> },
    /// A file is larger than any manifest should be.
    TooLarge { path: String, bytes: u64, limit: u64, span: Option<Span> },
    /// An `include` pattern that matches no file.
    IncludeNothing { pattern: String, span: Span },
    /// A glob pattern that is not one.
    BadPattern { pattern: String, reason: String, span: Span },
    /// `include` or `project` in a file that was itself included.
    NestedInclude { span: Span, root: String },
    /// A node that this place does not know.
    UnknownNode { name: String, place: &'static str, known: Vec<String>, span: Span },
    /// A child block where none is meant: an unquoted `{placeholder}`.
    UnquotedPlaceholder { name: String, span: Span },
    /// A property that this node does not know.
    UnknownProperty { name: String, node: String, known: Vec<&'static str>, span: Span },
    /// `FOO=bar` among words, which KDL takes out of them.
    PropertyAmongWords { name: String, value: String, node: String, span: Span },
    /// `cd`, `&&` and their like among the words of a program, which no shell reads.
    ShellWord { word: String, node: String, words: Vec<String>, span: Span },
    /// `$NAME` where no shell puts a variable in.
    ShellVariable { name: String, span: Span },
    /// A word that starts with a single quote.
    SingleQuoted { span: Span },
    /// An unquoted word that ended at `//`, which starts a comment.
    CutByComment { word: String, span: Span },
    /// The same property twice: KDL takes the last one.
    DuplicateProperty { name: String, first: Span, span: Span },
    /// A required word is not there.
    MissingWord { node: String, what: &'static str, span: Span },
    /// More words than the node takes.
    ExtraWord { node: String, word: String, most: usize, span: Span },
    /// A child node that must be there is not.
    MissingChild { node: String, child: &'static str, example: &'static str, span: Span },
    /// A child node that may stand once stands twice.
    DuplicateChild { name: String, first: Span, span: Span },
    /// A word that is not of the expected kind.
    BadValue { what: &'static str, found: String, expected: String, span: Span },
    /// A word that is not one of a fixed list.
    UnknownWord { what: &'static str, found: String, known: Vec<String>, span: Span },
    /// Two declarations with one name.
    Duplicate { kind: &'static str, name: String, first: Span, span: Span },
    /// A parameter that the native verb of its command has itself; `place` is where the verb stands.
    ParameterTaken {
        name: String,
        param: String,
        positional: bool,
        verb: &'static str,
        place: Span,
        span: Span,
    },
    /// A parameter behind one that takes every word, or one that must be given behind one that may be left out.
    ParameterOrder {
        name: String,
        before: String,
        both_take_all: bool,
        takes_all: bool,
        first: Span,
        span: Span,
    },
    /// A name that cannot be used, because gladys uses it itself.
    Reserved { kind: &'static str, name: String, span: Span },
    /// A name that contains something a name must not.
    BadName { kind: &'static str, name: String, span: Span },
    /// A name that refers to nothing.
    Unknown { kind: &'static str, name: String, known: Vec<String>, span: Span },
    /// A placeholder that refers to nothing.
    UnknownPlaceholder { name: String, known: Vec<String>, span: Span },
    /// A brace that opens no placeholder or closes none.
    StrayBrace { brace: char, span: Span },
    /// A placeholder that stands for several words, inside a word.
    ManyInsideWord { name: String, span: Span },
    /// An environment variable that is not set and has no default.
    Unset { variable: String, span: Span },
    /// An environment variable whose text is not what the place needs.
    BadVariable { variable: String, expected: String, span: Span },
    /// Values that are defined by each other.
    ValueCircle { names: Vec<String>, spans: Vec<Span> },
    /// Services that need each other.
    NeedsCircle { names: Vec<String>, spans: Vec<Span> },
    /// Commands that run each other.
    CommandCircle { names: Vec<String>, spans: Vec<Span> },
    /// Two services of one profile on one port.
    PortTaken { port: u16, profile: String, first_service: String, service: String, first: Span, span: Span },
    /// The offset moves a port out of range.
    PortRange { port: u16, offset: i64, span: Span },
    /// None of the choices of a value works on this machine.
    NoChoice { name: String, tried: Vec<String>, span: Span },
    /// A program that was to print a value did not.
    NoAnswer { name: String, program: String, reason: String, span: Span },
    /// `ready status` in a profile whose `recipe status` says nothing about services.
    NoStatus { profile: String, span: Span },
    /// A program that is not on this machine.
    MissingProgram { program: String, hint: Option<String>, span: Span },
    /// A folder that is not there.
    MissingFolder { path: String, span: Span },
    /// A secret in the words of a program, where every user of the machine could read it.
    SecretArgument { span: Span },
    /// Two profiles are the default one.
    TwoDefaults { first: Span, span: Span },
    /// A manifest without a profile, although services are declared.
    NoProfile { span: Span },
    /// No profile is the default one, and none was asked for.
    NoDefault { known: Vec<String>, span: Span },
    /// A service has no entry in the profile that is to run it.
    NotInProfile { service: String, profile: String, needed_by: Option<String>, span: Span },
    /// A profile has no recipe for what a command does with each service.
    NoRecipe { recipe: String, profile: String, known: Vec<String>, profile_span: Span, span: Span },
    /// `spawn` for a service that has no `exec`.
    NothingToExec { service: String, profile: String, span: Span },
    /// `lost=` for something whose end no supervisor sees.
    NotWatched { need: String, why: &'static str, span: Span },
    /// A probe that needs the service's port, for a service without one.
    NoPort { service: String, profile: String, span: Span },
    /// The words given to a native verb, or to another command, are not of its form.
    BadCall { name: String, message: String, help: Option<String>, label: &'static str, span: Span },
    /// A database verb in a manifest without a database.
    NoDatabase { span: Span },
}

/// The message, help and labels of a problem.
pub struct Wording {
    /// Lower case, names in backticks.
    pub message: String,
    /// What the place is labelled with.
    pub labels: Vec<(Span, String)>,
    /// The edit or command that mends it.
    pub help: Option<String>,
}

/// Something that is wrong, with its places in the sources.
pub trait Told {
    /// A stable identifier of its kind, for programs and for searching.
    fn code(&self) -> &'static str;
    /// What is said about it.
    fn wording(&self) -> Wording;
}

impl Told for Problem {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn wording(&self) -> Wording {
        Self::wording(self)
    }
}

impl Problem {
    /// A stable identifier of the kind of problem, for programs and for searching.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "manifest::syntax",
            Self::Unreadable { .. } => "manifest::unreadable",
            Self::DotenvLine { .. } => "manifest::dotenv-line",
            Self::NotText { .. } => "manifest::not-text",
            Self::TooLarge { .. } => "manifest::too-large",
            Self::IncludeNothing { .. } => "manifest::include-nothing",
            Self::BadPattern { .. } => "manifest::bad-pattern",
            Self::NestedInclude { .. } => "manifest::nested-include",
            Self::UnknownNode { .. } => "manifest::unknown-node",
            Self::UnquotedPlaceholder { .. } => "manifest::unquoted-placeholder",
            Self::UnknownProperty { .. } => "manifest::unknown-property",
            Self::PropertyAmongWords { .. } => "manifest::property-among-words",
            Self::ShellWord { .. } => "manifest::shell-word",
            Self::ShellVariable { .. } => "manifest::shell-variable",
            Self::SingleQuoted { .. } => "manifest::single-quoted",
            Self::CutByComment { .. } => "manifest::cut-by-comment",
            Self::DuplicateProperty { .. } => "manifest::duplicate-property",
            Self::MissingWord { .. } => "manifest::missing-word",
            Self::ExtraWord { .. } => "manifest::extra-word",
            Self::MissingChild { .. } => "manifest::missing-child",
            Self::DuplicateChild { .. } => "manifest::duplicate-child",
            Self::BadValue { .. } => "manifest::bad-value",
            Self::UnknownWord { .. } => "manifest::unknown-word",
            Self::Duplicate { .. } => "manifest::duplicate",
            Self::ParameterTaken { .. } => "manifest::parameter-taken",
            Self::ParameterOrder { .. } => "manifest::parameter-order",
            Self::Reserved { .. } => "manifest::reserved",
            Self::BadName { .. } => "manifest::bad-name",
            Self::Unknown { .. } => "manifest::unknown-name",
            Self::UnknownPlaceholder { .. } => "manifest::unknown-placeholder",
            Self::StrayBrace { .. } => "manifest::stray-brace",
            Self::ManyInsideWord { .. } => "manifest::many-inside-word",
            Self::Unset { .. } => "manifest::unset-variable",
            Self::BadVariable { .. } => "manifest::bad-variable",
            Self::ValueCircle { .. } => "manifest::value-circle",
            Self::NeedsCircle { .. } => "manifest::needs-circle",
            Self::CommandCircle { .. } => "manifest::command-circle",
            Self::PortTaken { .. } => "manifest::port-taken",
            Self::PortRange { .. } => "manifest::port-range",
            Self::NoChoice { .. } => "manifest::no-choice",
            Self::NoAnswer { .. } => "manifest::no-answer",
            Self::NoStatus { .. } => "manifest::no-status",
            Self::MissingProgram { .. } => "manifest::missing-program",
            Self::MissingFolder { .. } => "manifest::missing-folder",
            Self::SecretArgument { .. } => "manifest::secret-argument",
            Self::TwoDefaults { .. } => "manifest::two-defaults",
            Self::NoProfile { .. } => "manifest::no-profile",
            Self::NoDefault { .. } => "manifest::no-default",
            Self::NotInProfile { .. } => "manifest::not-in-profile",
            Self::NoRecipe { .. } => "manifest::no-recipe",
            Self::NothingToExec { .. } => "manifest::nothing-to-exec",
            Self::NotWatched { .. } => "manifest::not-watched",
            Self::NoPort { .. } => "manifest::no-port",
            Self::BadCall { .. } => "manifest::bad-call",
            Self::NoDatabase { .. } => "manifest::no-database",
        }
    }

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
                message: format!("`{path}` has {} MB; a manifest has at most {}", bytes >> 20, limit >> 20),
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
            Self::ValueCircle { names, spans } => {
                circle("these values are defined by each other", names, spans, "is defined by")
            }
            Self::NeedsCircle { names, spans } => {
                circle("these services need each other, so none could start first", names, spans, "needs")
            }
            Self::CommandCircle { names, spans } => {
                circle("these commands run each other", names, spans, "runs")
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
            Self::MissingFolder { path, span } => say(
                format!("the folder `{path}` does not exist"),
                *span,
                "no such folder",
                Some("paths are relative to the folder of the manifest".into()),
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

    /// Whether the rest of the manifest is still whole: names that a lost file would have declared are not missed.
    pub fn is_local(&self) -> bool {
        !matches!(
            self,
            Self::Syntax { .. }
                | Self::Unreadable { .. }
                | Self::NotText { .. }
                | Self::TooLarge { .. }
                | Self::IncludeNothing { .. }
                | Self::BadPattern { .. }
                | Self::MissingWord { .. }
                | Self::UnknownNode { place: MANIFEST, .. }
        )
    }

    /// Whether names and words are whole all the same, so that plans can be made and tell what else is wrong.
    pub fn leaves_plans(&self) -> bool {
        matches!(
            self,
            Self::PortTaken { .. }
                | Self::NeedsCircle { .. }
                | Self::NotWatched { .. }
                | Self::TwoDefaults { .. }
        )
    }

    /// Whether it depends on the machine rather than on the manifest.
    pub fn is_of_machine(&self) -> bool {
        matches!(
            self,
            Self::MissingProgram { .. }
                | Self::NoChoice { .. }
                | Self::NoAnswer { .. }
                | Self::MissingFolder { .. }
                | Self::Unset { .. }
                | Self::BadVariable { .. }
        )
    }

    /// Where the problem is, for sorting; the first of its places.
    pub fn span(&self) -> Option<Span> {
        self.wording().labels.first().map(|(span, _)| *span)
    }
}

impl Wording {
    /// The labels that lie in `file`, in miette's form.
    pub fn labels_in(&self, file: usize) -> Vec<LabeledSpan> {
        let here = self.labels.iter().filter(|(span, _)| span.file == file);
        here.map(|(span, text)| LabeledSpan::new_with_span(Some(text.clone()), *span)).collect()
    }
}

fn included_here(span: Option<Span>) -> Vec<(Span, String)> {
    span.map(|span| (span, "included here".to_owned())).into_iter().collect()
}

/// A shell is a program too; only for a folder there is a node.
fn in_a_shell(node: &str, words: &[String]) -> String {
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
fn quote_or_set(name: &str, value: &str, node: &str) -> String {
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
fn home(place: &str, name: &str) -> Option<&'static str> {
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
        _ => None,
    }
}

/// What a node looks like.
fn example(node: &str) -> Option<&'static str> {
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
        _ => return None,
    })
}

fn most_words(most: usize) -> String {
    match most {
        0 => "no words".into(),
        1 => "one word".into(),
        most => format!("at most {most} words"),
    }
}

fn circle(message: &str, names: &[String], spans: &[Span], verb: &str) -> Wording {
    let edges = names.iter().zip(names.iter().cycle().skip(1)).zip(spans);
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
