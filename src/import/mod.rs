//! Taking over what a project has already: from another tool's file to a manifest and a profile.
//!
//! - [`compose`], [`procfile`]: one folder for each format, from text to [`Draft`]; [`yaml`]: YAML with places.
//! - [`item`]: what became of everything that the file says; [`error`]: why nothing was written.
//! - [`mod@write`]: the lines of a manifest, quoted as they must be; [`mod@draft`]: the two files, made of lines and a template
//!   of `templates/`. What starts and stops services stands in those templates, and nowhere here.
//! - [`source`]: finding and reading files; [`mod@save`]: writing both files, or none.

mod compose;
mod draft;
mod error;
mod item;
mod procfile;
mod save;
mod source;
mod write;
mod yaml;

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

pub use draft::Draft;
pub use error::Fault;
pub use item::{Fate, Item};

use crate::span::Sources;
use draft::Place;

/// What is to be taken over, and where to.
#[derive(Clone, Debug)]
pub struct Request {
    /// One of [`FORMATS`].
    pub format: &'static str,
    /// The files; those of the usual names when there are none.
    pub files: Vec<PathBuf>,
    /// The folder of the manifest.
    pub output: PathBuf,
    /// What the profile is to be called, instead of what its template says.
    pub profile: Option<String>,
}

/// The formats: their names, what the files are, and which ones are looked for.
pub const FORMATS: [(&str, &str, &[&str]); 2] = [
    (
        "compose",
        "A compose file: its services become services of a profile that runs this file",
        compose::NAMES,
    ),
    ("procfile", "A Procfile: its processes become services of this machine", procfile::NAMES),
];

/// `gladys import` with a subcommand for each format.
pub fn grammar() -> Command {
    let file = Arg::new("file").value_name("FILE").action(ArgAction::Append);
    let output = Arg::new("output").long("output").value_name("DIR").default_value(".");
    let force = Arg::new("force").long("force").action(ArgAction::SetTrue);
    let profile = Arg::new("profile").long("profile").value_name("NAME");
    let format = |(name, about, files): (&'static str, &'static str, &[&str])| {
        Command::new(name)
            .about(about)
            .arg(file.clone().help(format!("What to read; without it {}", files.join(", "))))
            .arg(output.clone().help("The folder that gets `gladys.kdl` and `environments/`"))
            .arg(profile.clone().help("What to call the profile"))
            .arg(force.clone().help("Write over files that are there"))
    };
    Command::new("import")
        .about("Write a manifest and a profile from another tool's file")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(FORMATS.map(format))
}

/// What was typed for one format; `None` if it is none of [`FORMATS`].
pub fn request(format: &str, matches: &ArgMatches) -> Option<Request> {
    let (format, _, _) = FORMATS.into_iter().find(|(name, _, _)| *name == format)?;
    let files = matches.get_many::<String>("file").unwrap_or_default().map(PathBuf::from).collect();
    let output = matches.get_one::<String>("output").map(PathBuf::from).unwrap_or_default();
    let profile = matches.get_one::<String>("profile").cloned();
    Some(Request { format, files, output, profile })
}

/// Reads the files and drafts the manifest. Nothing is written. The files are added to `sources`; every fault of theirs
/// is returned together.
pub fn draft(request: &Request, sources: &mut Sources) -> Result<Draft, Vec<Fault>> {
    let place = Place::new(request)?;
    match request.format {
        "compose" => compose::draft(request, &place, sources),
        _ => procfile::draft(request, &place, sources),
    }
}

/// Writes both files, or none. Without `force`, files that are there are left alone and refused.
pub fn save(draft: &Draft, force: bool) -> Result<(), Vec<Fault>> {
    save::save(draft, force)
}
