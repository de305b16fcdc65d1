//! File descriptors: what a `.proto` compiles to, what a stub carries, and how the two differ.
//!
//! Compared as `google.protobuf.FileDescriptorProto` (protobuf, `descriptor.proto`) without what only one side
//! can have: source positions and comments, JSON names that say nothing beyond the default, and the syntax
//! `proto2`, which is the default. Options that `descriptor.proto` does not know are compared as raw bytes.

use std::path::PathBuf;

use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value};

/// Differences that are named before the rest is only counted.
const NAMED: usize = 5;

/// One file's descriptor, ready to be compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Descriptor(DynamicMessage);

fn kind() -> MessageDescriptor {
    FileDescriptorProto::default().descriptor()
}

impl Descriptor {
    /// Reads a serialized descriptor; `None` if the bytes are not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut message = DynamicMessage::decode(kind(), bytes).ok()?;
        normalize(&mut message);
        Some(Self(message)).filter(|descriptor| !descriptor.name().is_empty())
    }

    /// The name under which the file was compiled, relative to an include folder.
    pub fn name(&self) -> String {
        text(&self.0, "name")
    }

    /// The names of the files it imports.
    pub fn imports(&self) -> Vec<String> {
        let imports = self.0.get_field_by_name("dependency");
        let list = imports.as_deref().and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// What `source` has that `self`, a stub, has not, and the other way round; empty if they are the same.
    pub fn differences(&self, source: &Self) -> Vec<String> {
        let mut found = Vec::new();
        compare("", &self.0, &source.0, &mut found);
        let more = found.len().saturating_sub(NAMED);
        found.truncate(NAMED);
        if more > 0 {
            found.push(format!("and {more} more"));
        }
        found
    }
}

/// Compiles the file called `name` in the first of the include folders that has it; the compiler's message if
/// it cannot be compiled.
pub fn compile(name: &str, includes: &[PathBuf]) -> Result<Descriptor, String> {
    let mut compiler = protox::Compiler::new(includes).map_err(|error| error.to_string())?;
    compiler.include_source_info(false).include_imports(false);
    compiler.open_file(name).map_err(|error| error.to_string())?;
    let set = compiler.encode_file_descriptor_set();
    let pool = protox::prost_reflect::DescriptorPool::global();
    let kind = pool.get_message_by_name("google.protobuf.FileDescriptorSet");
    let set = kind.and_then(|kind| DynamicMessage::decode(kind, set.as_slice()).ok());
    let mut file = set.and_then(|mut set| match set.take_field_by_name("file") {
        Some(Value::List(files)) => files.into_iter().next_back(),
        _ => None,
    });
    let message = file.as_mut().and_then(Value::as_message_mut).ok_or("the compiler gave no descriptor")?;
    normalize(message);
    Ok(Descriptor(message.clone()))
}

/// Takes away what does not count, at every depth.
fn normalize(message: &mut DynamicMessage) {
    match message.descriptor().name() {
        "FileDescriptorProto" => {
            message.clear_field_by_name("source_code_info");
            if text(message, "syntax") == "proto2" {
                message.clear_field_by_name("syntax");
            }
        }
        "FieldDescriptorProto" if text(message, "json_name") == default_json_name(&text(message, "name")) => {
            message.clear_field_by_name("json_name");
        }
        _ => {}
    }
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(inner) => normalize(inner),
            Value::List(list) => list.iter_mut().filter_map(Value::as_message_mut).for_each(normalize),
            _ => {}
        }
    }
}

/// lowerCamelCase, as protoc makes it (protobuf, `ToJsonName` in `descriptor.cc`).
fn default_json_name(name: &str) -> String {
    let mut json = String::new();
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                json.push(letter.to_ascii_uppercase());
                upper = false;
            }
            letter => json.push(letter),
        }
    }
    json
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Says what differs below `path` (`message Event, field id, `), the most precise thing that can be named.
fn compare(path: &str, stub: &DynamicMessage, source: &DynamicMessage, found: &mut Vec<String>) {
    let before = found.len();
    for field in stub.descriptor().fields() {
        let (old, new) = (stub.get_field(&field), source.get_field(&field));
        match (old.as_ref(), new.as_ref()) {
            _ if old == new && stub.has_field(&field) == source.has_field(&field) => {}
            (Value::List(old), Value::List(new)) if named(old) && named(new) => {
                lists(path, word(field.name()), old, new, found);
            }
            _ => found.push(format!("{path}{} changed", field.name().replace('_', " "))),
        }
    }
    if found.len() == before && stub != source {
        found.push(format!("{path}options changed"));
    }
}

fn named(list: &[Value]) -> bool {
    list.iter().all(|value| value.as_message().is_some_and(|message| !text(message, "name").is_empty()))
}

/// Compares two lists of named things, name by name.
fn lists(path: &str, kind: &str, stub: &[Value], source: &[Value], found: &mut Vec<String>) {
    let before = found.len();
    let messages = |list: &[Value]| -> Vec<DynamicMessage> {
        list.iter().filter_map(Value::as_message).cloned().collect()
    };
    let (stub, source) = (messages(stub), messages(source));
    let find =
        |list: &[DynamicMessage], name: &str| list.iter().find(|one| text(one, "name") == name).cloned();
    for new in &source {
        let name = text(new, "name");
        match find(&stub, &name) {
            Some(old) => compare(&format!("{path}{kind} `{name}`: "), &old, new, found),
            None => found.push(format!("{path}{kind} `{name}` is not in the stub")),
        }
    }
    for old in &stub {
        let name = text(old, "name");
        if find(&source, &name).is_none() {
            found.push(format!("{path}{kind} `{name}` is only in the stub"));
        }
    }
    if found.len() == before {
        found.push(format!("{path}the order of each {kind} changed"));
    }
}

/// What a list in `descriptor.proto` holds, in the words of the language.
fn word(field: &str) -> &str {
    match field {
        "message_type" | "nested_type" => "message",
        "enum_type" => "enum",
        "oneof_decl" => "oneof",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, compile, default_json_name};
    use crate::sync::python;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sync")
    }

    fn stub(path: &Path) -> Descriptor {
        let bytes = python::descriptor(&fs::read(path).expect("a stub")).expect("a descriptor literal");
        Descriptor::decode(&bytes).expect("a descriptor")
    }

    /// The differences of the newest `types_pb2.py` from `types.proto` with one text replaced.
    fn edited(old: &str, new: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let text = fs::read_to_string(fixtures().join("proto/types.proto")).expect("types.proto");
        assert!(text.contains(old), "{old} is not in the file");
        fs::write(folder.path().join("types.proto"), text.replacen(old, new, 1)).expect("a proto");
        let source = compile("types.proto", &[folder.path().to_path_buf()]).expect("it compiles");
        stub(&fixtures().join("protoc-35/types_pb2.py")).differences(&source)
    }

    #[test]
    fn what_five_versions_of_protoc_wrote_equals_what_is_compiled_now() {
        let mut seen = 0;
        for version in ["3.6", "3.8", "19", "21", "35"] {
            for file in
                fs::read_dir(fixtures().join(format!("protoc-{version}"))).expect("a folder").flatten()
            {
                if file.file_name().to_string_lossy().ends_with("_pb2.py") {
                    let stub = stub(&file.path());
                    let source = compile(&stub.name(), &[fixtures().join("proto")]).expect("it compiles");
                    assert_eq!(stub.differences(&source), Vec::<String>::new(), "{}", file.path().display());
                    assert_eq!(stub, source);
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 18);
    }

    #[test]
    fn an_edit_of_comments_or_blanks_makes_no_difference() {
        assert_eq!(
            edited("// How an event was judged.", "/* Said\n   differently. */\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_edit_of_substance_is_named() {
        let cases = [
            (
                "string id = 1;",
                "string id = 1; string note = 10;",
                "message `Event`: field `note` is not in the stub",
            ),
            ("float novelty = 2;", "", "message `Salience`: field `novelty` is only in the stub"),
            ("float threat = 1;", "double threat = 1;", "message `Salience`: field `threat`: type changed"),
            ("float threat = 1;", "float threat = 7;", "message `Salience`: field `threat`: number changed"),
            ("SOURCE_USER = 2", "SOURCE_USER = 3", "enum `Source`: value `SOURCE_USER`: number changed"),
            ("\"rawJSON\"", "\"rawJson2\"", "message `Event`: field `raw_json`: json name changed"),
            ("deprecated = true", "deprecated = false", "message `Event`: field `raw_json`: options changed"),
            ("reserved 20 to 29", "reserved 20 to 28", "message `Event`: reserved range changed"),
            ("package gladys.types", "package gladys.kinds", "package changed"),
        ];
        for (old, new, expected) in cases {
            let found = edited(old, new);
            assert!(found.iter().any(|line| line == expected), "{old} -> {new}: {found:?}");
        }
    }

    #[test]
    fn a_broken_or_missing_source_is_an_error_with_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.proto"), "syntax = \"proto3\"; message {").expect("a proto");
        let roots = [folder.path().to_path_buf()];
        assert!(compile("a.proto", &roots).expect_err("broken").contains("expected"));
        assert!(compile("b.proto", &roots).expect_err("missing").contains("b.proto"));
        assert_eq!(Descriptor::decode(b"\xff\xff"), None);
        assert_eq!(Descriptor::decode(b""), None);
        assert_eq!(default_json_name("raw_json_2"), "rawJson2");
    }
}
