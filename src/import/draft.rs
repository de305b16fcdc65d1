//! The two files: lines that were made from what is taken over, and a template around them.

use std::path::{Component, Path, PathBuf};

use kdl::KdlDocument;

use super::Request;
use super::error::Fault;
use super::item::Item;
use super::write::Line;
use crate::manifest::FILE_NAME;

/// What would be written, and what became of everything in the file.
#[derive(Debug)]
pub struct Draft {
    /// The name of the profile.
    pub profile: String,
    /// How many services and jobs there are.
    pub services: usize,
    /// The manifest and the profile.
    pub files: Vec<File>,
    /// In the order of the file.
    pub items: Vec<Item>,
}

/// A file to be written.
#[derive(Debug)]
pub struct File {
    /// Where to.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its text for people and programs: secrets are `***`.
    pub shown: String,
}

/// The commands of every manifest that is made here.
const COMMANDS: &str = include_str!("../../templates/commands.kdl");

/// Where the files go, and what is asked of their names.
pub struct Place {
    output: PathBuf,
    absolute: PathBuf,
    profile: Option<String>,
}

impl Place {
    /// The place that was asked for.
    pub fn new(request: &Request) -> Result<Self, Vec<Fault>> {
        let good = |name: &str| {
            name.starts_with(char::is_alphabetic)
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                && name != "all"
        };
        if let Some(name) = request.profile.clone().filter(|name| !good(name)) {
            return Err(vec![Fault::BadProfile { name }]);
        }
        let output = request.output.clone();
        let absolute = absolute(&output);
        Ok(Self { output, absolute, profile: request.profile.clone() })
    }

    /// The name of the folder that the manifest goes to.
    pub fn folder_name(&self) -> String {
        let name = self.absolute.file_name().map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "project".to_owned())
    }

    /// A path as the manifest says it: relative to its folder where it is below, absolute elsewhere.
    pub fn path(&self, path: &Path) -> String {
        let path = absolute(path);
        path.strip_prefix(&self.absolute).unwrap_or(&path).to_string_lossy().into_owned()
    }
}

/// What a format makes of its file.
pub struct Parts {
    /// Where it came from, for the first line.
    pub origin: String,
    /// The nodes of the manifest, in blocks.
    pub manifest: Vec<Vec<Line>>,
    /// The profile without what follows.
    pub template: &'static str,
    /// What the profile gets in addition.
    pub profile: Vec<Line>,
    /// Lines that hold a password, each with the line that is shown instead.
    pub secrets: Vec<[Line; 2]>,
}

impl Parts {
    /// The two files.
    pub fn files(&self, place: &Place) -> (String, Vec<File>) {
        let (name, template) = named(self.template, place.profile.as_deref());
        let heading = format!("// Written by `{}`. From here on it is yours.\n", self.origin);
        let blocks: String =
            self.manifest.iter().filter(|block| !block.is_empty()).map(|block| text(block, 0)).collect();
        let manifest = format!("{heading}{blocks}\n{COMMANDS}");
        let inside = text(&self.profile, 1);
        let end = template.trim_end().strip_suffix('}').unwrap_or(&template).trim_end();
        let profile = format!("{heading}{end}\n{inside}}}\n");
        let files =
            [(PathBuf::from(FILE_NAME), manifest), (format!("environments/{name}.kdl").into(), profile)];
        let files = files.map(|(path, text)| File {
            path: join(&place.output, &path),
            shown: self.masked(&text),
            text,
        });
        (name, files.into())
    }

    fn masked(&self, text: &str) -> String {
        let mut secrets: Vec<[String; 2]> = self
            .secrets
            .iter()
            .map(|pair| pair.each_ref().map(|line| line.render(0).trim_end().to_owned()))
            .collect();
        // One line may begin as another one does.
        secrets.sort_by_key(|[line, _]| std::cmp::Reverse(line.len()));
        secrets.iter().fold(text.to_owned(), |text, [line, shown]| text.replace(line, shown))
    }
}

/// A template with the profile's name, which is what the template says unless another one is wanted.
fn named(template: &str, wanted: Option<&str>) -> (String, String) {
    let document = KdlDocument::parse_v2(template).unwrap_or_default();
    let profile = document.nodes().iter().find(|node| node.name().value() == "profile");
    let Some(entry) = profile.and_then(|node| node.entries().first()) else {
        return (wanted.unwrap_or("profile").to_owned(), template.to_owned());
    };
    let own = entry.value().as_string().unwrap_or_default();
    let name = wanted.unwrap_or(own).to_owned();
    let start = entry.span().offset() + template[entry.span().offset()..].find(own).unwrap_or(0);
    let text = format!("{}{name}{}", &template[..start], &template[start + own.len()..]);
    (name, text)
}

fn text(block: &[Line], depth: usize) -> String {
    let lines: String = block.iter().map(|line| line.render(depth)).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// Without `.` and with `..` resolved by name, as the tools that read these paths do.
fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.components().fold(PathBuf::new(), |mut clean, part| {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
        clean
    })
}

fn join(folder: &Path, path: &Path) -> PathBuf {
    if folder == Path::new(".") { path.to_owned() } else { folder.join(path) }
}
