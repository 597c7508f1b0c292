//! `docs/json.md`, read as rules for lines.
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// A field of a kind of line.
#[derive(Debug)]
struct Field {
    optional: bool,
    of_type: String,
}

type Kinds = BTreeMap<String, BTreeMap<String, Field>>;

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    parse(&std::fs::read_to_string(path).expect("the description is part of the repository"))
});

/// A paragraph that begins with `` `kind`: `` names a kind; the rows after it are its fields.
fn parse(text: &str) -> Kinds {
    let mut kinds = Kinds::new();
    let mut kind = String::new();
    for line in text.lines() {
        if let Some((name, _)) = line.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
            name.clone_into(&mut kind);
            kinds.insert(kind.clone(), BTreeMap::new());
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        let [first, of_type, ..] = cells[..] else { continue };
        let first = first.trim_start_matches("| ");
        let optional = first.starts_with('[');
        let name = first.trim_matches(['[', ']', '`']);
        if line.starts_with('|') && name != "Field" {
            let field = Field { optional, of_type: of_type.to_owned() };
            kinds.get_mut(&kind).expect("a kind before its fields").insert(name.to_owned(), field);
        }
    }
    kinds
}

/// All kinds that are described.
pub(crate) fn kinds() -> Vec<String> {
    KINDS.keys().cloned().collect()
}

/// Demands that a line is as described: its kind comes first, every field is known and of its type,
/// and none is missing.
#[track_caller]
pub(crate) fn check(line: &Value) {
    let object = line.as_object().expect("a line is an object");
    let kind = line["kind"].as_str().expect("every line has a kind");
    let fields = KINDS.get(kind).unwrap_or_else(|| panic!("{kind} is not described"));
    for (name, value) in object.iter().filter(|(name, _)| *name != "kind") {
        let plain = name.strip_suffix("_bytes").unwrap_or(name);
        let field = fields.get(name).or_else(|| fields.get(plain));
        let field = field.unwrap_or_else(|| panic!("{name} of {kind} is not described: {line}"));
        let fits = match &*field.of_type {
            "string" => value.is_string(),
            "number" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "list of strings" => {
                value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
            }
            other => panic!("the type {other} of {name} is not one of ours"),
        };
        assert!(fits, "{name} is no {}: {line}", field.of_type);
    }
    for (name, _) in fields.iter().filter(|(_, field)| !field.optional) {
        let bytes = format!("{name}_bytes");
        let there = object.contains_key(name) || object.contains_key(&bytes);
        assert!(there, "{name} is missing: {line}");
    }
}

#[test]
fn the_description_is_read() {
    let kinds = kinds();
    assert!(kinds.len() >= 18, "{kinds:?}");
    assert!(KINDS["dirty"]["since"].optional && !KINDS["dirty"]["peer"].optional);
    assert_eq!(KINDS["problem"]["causes"].of_type, "list of strings");
}
