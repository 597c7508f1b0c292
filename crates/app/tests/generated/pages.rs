//! Pages of section 8: one for each word, from its options, and the one of the program, from
//! `man/csync3.8.in` with the list of words put in.
use crate::{Files, read};
use clap::Command;
use clap_mangen::Man;
use csync3::cli::words;
use std::fmt::Write;

/// Where `man/csync3.8.in` wants the words.
const MARK: &str = ".\\\" WORDS\n";

/// The date of all pages: that of `man/csync3.8.in`.
pub(crate) fn date() -> String {
    let source = read("man/csync3.8.in");
    let date = source.lines().find_map(|line| line.strip_prefix(".Dd "));
    date.expect("a page has a date").to_owned()
}

pub(crate) fn all() -> Files {
    let mut command = words::command().disable_help_subcommand(true);
    command.build();
    let mut files = Files::new();
    for word in command.get_subcommands() {
        add(word, &mut files);
    }
    files.insert("man/csync3.8".into(), main_page(&command).into_bytes());
    files
}

fn add(word: &Command, files: &mut Files) {
    let page = Man::new(word.clone())
        .section("8")
        .date(date())
        .manual("System Manager's Manual")
        .source(concat!("csync3 ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text).expect("a vector takes everything");
    text.extend_from_slice(b".SH \"SEE ALSO\"\n\\fBcsync3\\fR(8), \\fBcsync2.cfg\\fR(5)\n");
    files.insert(format!("man/{}", page.get_filename()).into(), text);
    for part in word.get_subcommands() {
        add(part, files);
    }
}

fn main_page(command: &Command) -> String {
    let source = read("man/csync3.8.in");
    let (before, after) = source.split_once(MARK).expect("a place for the words");
    let mut text = format!(
        ".\\\" Made from man/csync3.8.in and the program by `make man`.\n{before}\
         .Bl -tag -width Ds\n"
    );
    for word in command.get_subcommands() {
        let (name, about) = (word.get_name(), word.get_about().expect("every word is explained"));
        writeln!(text, ".It Cm {name}\n{about}.\nSee\n.Xr csync3-{name} 8 .").expect("a string");
    }
    text + ".El\n" + after
}
