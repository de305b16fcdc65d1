//! Everything that can be wrong with a manifest. [`wording`]: what is said about it; [`help`]: what to do about it.

mod help;
mod wording;

use miette::LabeledSpan;

use crate::span::Span;
pub use help::suggestion;

/// How a manifest is called where it does not know a node, which may be a misspelt declaration.
pub const MANIFEST: &str = "a manifest";

/// One thing that is wrong with a manifest or with what was asked of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Problem {
    /// The text is not KDL.
    Syntax { span: Span, message: String, label: String, help: Option<String> },
    /// A file cannot be read; `span` is where it was included.
    Unreadable { path: String, reason: String, span: Option<Span> },
    /// A folder where a manifest should be.
    IsFolder { path: String, span: Option<Span> },
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
    /// A word that holds the character that ends words.
    Nul { span: Span },
    /// A word that may stand once, twice: two letters of one flag.
    DuplicateWord { node: String, what: &'static str, first: Span, span: Span },
    /// Two native verbs that would both read the words of the command line.
    TwoVerbs { first_verb: String, verb: String, first: Span, span: Span },
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
    /// Groups that are members of each other.
    GroupCircle { names: Vec<String>, spans: Vec<Span> },
    /// Commands that run each other.
    CommandCircle { names: Vec<String>, spans: Vec<Span> },
    /// What refers to others that refer to others comes to more than anybody means.
    TooMuch { what: &'static str, help: &'static str, span: Span },
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
    /// What stands where a program should be, and cannot be executed: a folder, or a file without that permission.
    NotExecutable { program: String, folder: bool, span: Span },
    /// A folder that is not there.
    MissingFolder { path: String, span: Span },
    /// A file that a program reads is not there.
    MissingFile { path: String, span: Span },
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
    #[expect(clippy::too_many_lines, reason = "every kind has its line in one exhaustive match")]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "manifest::syntax",
            Self::Unreadable { .. } => "manifest::unreadable",
            Self::IsFolder { .. } => "manifest::is-folder",
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
            Self::Nul { .. } => "manifest::nul",
            Self::DuplicateWord { .. } => "manifest::duplicate-word",
            Self::TwoVerbs { .. } => "manifest::two-verbs",
            Self::ManyInsideWord { .. } => "manifest::many-inside-word",
            Self::Unset { .. } => "manifest::unset-variable",
            Self::BadVariable { .. } => "manifest::bad-variable",
            Self::ValueCircle { .. } => "manifest::value-circle",
            Self::NeedsCircle { .. } => "manifest::needs-circle",
            Self::GroupCircle { .. } => "manifest::group-circle",
            Self::CommandCircle { .. } => "manifest::command-circle",
            Self::TooMuch { .. } => "manifest::too-much",
            Self::PortTaken { .. } => "manifest::port-taken",
            Self::PortRange { .. } => "manifest::port-range",
            Self::NoChoice { .. } => "manifest::no-choice",
            Self::NoAnswer { .. } => "manifest::no-answer",
            Self::NoStatus { .. } => "manifest::no-status",
            Self::MissingProgram { .. } => "manifest::missing-program",
            Self::NotExecutable { .. } => "manifest::not-executable",
            Self::MissingFolder { .. } => "manifest::missing-folder",
            Self::MissingFile { .. } => "manifest::missing-file",
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

    /// Whether the rest of the manifest is still whole: names that a lost file would have declared are not missed.
    pub fn is_local(&self) -> bool {
        !matches!(
            self,
            Self::Syntax { .. }
                | Self::Unreadable { .. }
                | Self::IsFolder { .. }
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
                | Self::GroupCircle { .. }
                | Self::NotWatched { .. }
                | Self::TwoDefaults { .. }
        )
    }

    /// Whether it depends on the machine rather than on the manifest.
    pub fn is_of_machine(&self) -> bool {
        matches!(
            self,
            Self::MissingProgram { .. }
                | Self::NotExecutable { .. }
                | Self::NoChoice { .. }
                | Self::NoAnswer { .. }
                | Self::MissingFolder { .. }
                | Self::MissingFile { .. }
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
