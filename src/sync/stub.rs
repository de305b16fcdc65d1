//! Python stubs against the `.proto` files they were generated from: what a stub carries needs no record.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::hash::read_file;
use super::proto::{Descriptor, compile};
use super::python;

/// What comparing a stub with its source gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Carried {
    /// The same.
    Same,
    /// These differences.
    Differs(Vec<String>),
    /// The stub holds nothing that can be compared.
    Damaged,
    /// No include folder has the source.
    Orphan,
    /// The source cannot be compiled; the compiler's words.
    Uncompiled(String),
}

/// One stub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stub {
    /// The name of its source, relative to an include folder; empty if it is damaged.
    pub source: String,
    /// How it compares.
    pub carried: Carried,
    /// The source and everything it imports, as far as it is below the include folders.
    pub closure: BTreeSet<PathBuf>,
}

/// Reads stubs; compiles each source once.
pub struct Library<'a> {
    includes: &'a [PathBuf],
    compiled: RefCell<BTreeMap<String, Result<Descriptor, String>>>,
}

/// Whether a file is one that protoc writes a descriptor into.
pub fn carries(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"_pb2.py")
}

/// The stub that was generated together with a file that carries nothing itself.
pub fn sibling(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let suffixes = ["_pb2_grpc.py", "_pb2_grpc.pyi", "_pb2.pyi", "_grpc.py"];
    let stem = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    Some(path.with_file_name(format!("{stem}_pb2.py")))
}

impl<'a> Library<'a> {
    /// Sources are looked for in these folders, in this order, as protoc does with `-I`.
    pub fn new(includes: &'a [PathBuf]) -> Self {
        Self { includes, compiled: RefCell::default() }
    }

    /// Compares the stub at `path` with its source.
    pub fn stub(&self, path: &Path) -> Stub {
        let bytes = read_file(path).unwrap_or_default();
        let Some(stub) = python::descriptor(&bytes).and_then(|bytes| Descriptor::decode(&bytes)) else {
            return Stub { source: String::new(), carried: Carried::Damaged, closure: BTreeSet::new() };
        };
        let source = stub.name();
        let mut closure = BTreeSet::new();
        self.close(&source, &mut closure);
        let carried = if closure.is_empty() {
            Carried::Orphan
        } else {
            match self.compile(&source) {
                Ok(compiled) => match stub.differences(&compiled) {
                    none if none.is_empty() => Carried::Same,
                    some => Carried::Differs(some),
                },
                Err(why) => Carried::Uncompiled(why),
            }
        };
        Stub { source, carried, closure }
    }

    fn compile(&self, name: &str) -> Result<Descriptor, String> {
        let mut compiled = self.compiled.borrow_mut();
        compiled.entry(name.to_owned()).or_insert_with(|| compile(name, self.includes)).clone()
    }

    /// Adds the file called `name` and what it imports.
    fn close(&self, name: &str, closure: &mut BTreeSet<PathBuf>) {
        let path = self.includes.iter().map(|include| include.join(name)).find(|path| path.exists());
        if !path.is_some_and(|path| closure.insert(path)) {
            return;
        }
        for import in self.compile(name).map(|source| source.imports()).unwrap_or_default() {
            self.close(&import, closure);
        }
    }
}
