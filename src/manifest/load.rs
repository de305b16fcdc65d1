//! Reading the files of a manifest: the root file and what it includes.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Problem;
use super::node::{Node, Reader};
use super::project::{Include, Project};
use super::{Manifest, syntax};
use crate::files;
use crate::span::{Sources, Span};

/// No hand-written manifest comes near it: 40,000 services have room. A file beyond it is something else.
const LARGEST: u64 = 4 << 20;

/// Reads a manifest and everything it includes. Returns it with the list of everything that is wrong with the text of
/// each file; names are compared later.
pub fn load(path: &Path) -> (Manifest, Vec<Problem>) {
    let root = path.parent().filter(|root| !root.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut manifest = Manifest { root: root.to_owned(), file: path.to_owned(), ..Manifest::default() };
    let problems = RefCell::new(Vec::new());
    let mut loader = Loader { sources: Sources::default(), problems: &problems, read: Vec::new() };
    loader.file(path, None, &mut manifest);
    let includes = std::mem::take(&mut manifest.project.includes);
    for include in &includes {
        loader.include(include, &mut manifest);
    }
    manifest.project.includes = includes;
    if manifest.project.name.is_empty() {
        let folder = std::path::absolute(root).ok();
        let name =
            folder.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        manifest.project.name = name.unwrap_or_else(|| "project".to_owned());
    }
    manifest.sources = loader.sources;
    (manifest, problems.into_inner())
}

struct Loader<'a> {
    sources: Sources,
    problems: &'a RefCell<Vec<Problem>>,
    read: Vec<PathBuf>,
}

impl Loader<'_> {
    fn complain(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    fn include(&mut self, include: &Include, manifest: &mut Manifest) {
        let paths = match files::matching(&manifest.root, &include.pattern) {
            Ok(paths) => paths,
            Err(error) => {
                let (pattern, reason) = (include.pattern.clone(), error.msg.to_owned());
                return self.complain(Problem::BadPattern { pattern, reason, span: include.span });
            }
        };
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) => self.file(&path, Some(include.span), manifest),
                Err((path, error)) => self.unreadable(&path, &error, Some(include.span)),
            }
        }
        if !any && !include.optional {
            self.complain(Problem::IncludeNothing { pattern: include.pattern.clone(), span: include.span });
        }
    }

    /// A file that was already read is not read again: a circle of includes ends here.
    fn file(&mut self, path: &Path, span: Option<Span>, manifest: &mut Manifest) {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.read.contains(&identity) {
            return;
        }
        self.read.push(identity);
        let Some(text) = self.text(path, span) else { return };
        let file = self.sources.add(path.to_owned(), text.clone());
        match syntax::parse(&text, file) {
            Ok(document) => {
                let reader = Reader::new(file, &text, self.problems);
                for kdl in document.nodes() {
                    manifest.declare(Node::new(kdl, &reader), span.is_none());
                }
            }
            Err(problems) => {
                self.problems.borrow_mut().extend(problems);
                if span.is_none() {
                    manifest.project.includes = likely_includes(&text, file);
                }
            }
        }
    }

    fn text(&self, path: &Path, span: Option<Span>) -> Option<Arc<str>> {
        let mut bytes = Vec::new();
        if path.is_dir() {
            self.complain(Problem::IsFolder { path: path.to_string_lossy().into_owned(), span });
            return None;
        }
        let file = crate::text::regular(path).and_then(|()| File::open(path));
        let read = file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
        let name = path.to_string_lossy().into_owned();
        if let Err(error) = read {
            self.unreadable(path, &error, span);
            return None;
        }
        if bytes.len() as u64 > LARGEST {
            let bytes = path.metadata().map_or(LARGEST + 1, |file| file.len());
            self.complain(Problem::TooLarge { path: name, bytes, limit: LARGEST, span });
            return None;
        }
        match String::from_utf8(bytes) {
            // A byte order mark is no part of the text: places are counted without it.
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(&text).into()),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                self.complain(Problem::NotText { path: name, offset, span });
                None
            }
        }
    }

    fn unreadable(&self, path: &Path, error: &std::io::Error, span: Option<Span>) {
        let reason = crate::text::io_reason(error);
        self.complain(Problem::Unreadable { path: path.to_string_lossy().into_owned(), reason, span });
    }
}

/// The other files of a root file that cannot be parsed: what is wrong with them is told in the same run.
fn likely_includes(text: &str, file: usize) -> Vec<Include> {
    let include = |(offset, pattern): (usize, &str)| {
        let span = Span { file, offset, len: pattern.len() };
        Include { pattern: pattern.to_owned(), optional: true, span }
    };
    syntax::includes(text).into_iter().map(include).collect()
}

impl Manifest {
    fn declare(&mut self, node: Node<'_>, at_root: bool) {
        match node.name() {
            "project" if at_root => match self.project.span {
                Some(first) => {
                    let (name, span) = ("project".to_owned(), node.span());
                    node.complain(Problem::DuplicateChild { name, first, span });
                }
                None => self.project = Project::parse(node).unwrap_or_default(),
            },
            "project" => {
                let root = self.file.to_string_lossy().into_owned();
                node.complain(Problem::NestedInclude { span: node.span(), root });
            }
            _ => self.declare_named(node),
        }
    }
}
