//! The arrows between the crates are those of the table in ARCHITECTURE.md, and no others.
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The header of the table that states the rules.
const HEADER: &str = "| Crate | May depend on | Must never |";
/// The one crate that every other may use in its tests, and in nothing else.
const KIT: &str = "csync3-testkit";

/// Crates by name, each with the names of others of ours.
type Arrows = BTreeMap<String, BTreeSet<String>>;

fn workspace() -> &'static Path {
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    app.ancestors().nth(2).expect("the crate lies two levels down")
}

/// What ARCHITECTURE.md allows.
fn allowed() -> Arrows {
    let path = workspace().join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(path).expect("ARCHITECTURE.md is part of the repository");
    parse_table(&text)
}

fn parse_table(text: &str) -> Arrows {
    text.lines()
        .skip_while(|line| *line != HEADER)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| {
            let mut cells = row.split('|').skip(1);
            let mut names = || quoted(cells.next().expect("a row has three cells"));
            let krate = names().into_iter().next().expect("a row names its crate");
            (krate, names())
        })
        .collect()
}

/// The words of a cell that stand between backquotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    let words = cell.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// What the manifests say: dependencies of ours, those for tests apart.
fn actual() -> (Arrows, Arrows) {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs its own tests");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let ours: BTreeSet<&str> = packages.iter().map(|it| text(it, "name")).collect();
    let (mut normal, mut dev) = (Arrows::new(), Arrows::new());
    for package in packages {
        let krate = text(package, "name");
        normal.entry(krate.to_owned()).or_default();
        for dependency in package["dependencies"].as_array().expect("a list") {
            let name = text(dependency, "name");
            let arrows = match dependency["kind"] == "dev" {
                true => &mut dev,
                false => &mut normal,
            };
            if ours.contains(name) {
                let needs = arrows.entry(krate.to_owned()).or_default();
                needs.insert(name.to_owned());
            }
        }
    }
    (normal, dev)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("a text")
}

#[test]
fn every_crate_has_a_row_and_every_row_a_crate() {
    let rows: Vec<String> = allowed().into_keys().collect();
    let crates: Vec<String> = actual().0.into_keys().collect();
    assert_eq!(rows, crates);
}

#[test]
fn no_crate_depends_on_more_than_its_row_allows() {
    let allowed = allowed();
    for (krate, dependencies) in actual().0 {
        let more: Vec<_> = dependencies.difference(&allowed[&krate]).collect();
        assert!(more.is_empty(), "{krate} must not depend on {more:?}");
    }
}

#[test]
fn a_test_reaches_no_further_than_its_crate_but_for_the_kit() {
    let allowed = allowed();
    for (krate, dependencies) in actual().1 {
        let mut more: BTreeSet<_> = dependencies.difference(&allowed[&krate]).collect();
        more.remove(&KIT.to_owned());
        assert!(more.is_empty(), "the tests of {krate} must not depend on {more:?}");
    }
}

#[test]
fn nothing_is_built_with_the_kit() {
    for (krate, dependencies) in actual().0 {
        assert!(!dependencies.contains(KIT), "{krate} is built with {KIT}");
    }
}

#[test]
fn the_arrows_of_the_table_have_no_circle() {
    let mut left = allowed();
    while !left.is_empty() {
        let leaf = left.iter().find(|(_, needs)| needs.is_empty());
        let leaf = leaf.map(|(krate, _)| krate.clone());
        let leaf = leaf.unwrap_or_else(|| panic!("a circle among {left:?}"));
        left.remove(&leaf);
        for needs in left.values_mut() {
            needs.remove(&leaf);
        }
    }
}

#[test]
fn a_table_is_read_as_it_is_written() {
    let rows = "|---|---|---|\n| `a` | `b` `c` | x |\n| `b` | none | y |\n\n| `z` | `z` | z |";
    let table = parse_table(&format!("text\n\n{HEADER}\n{rows}"));
    assert_eq!(table.len(), 2);
    assert_eq!(table["a"].iter().collect::<Vec<_>>(), ["b", "c"]);
    assert!(table["b"].is_empty());
}
