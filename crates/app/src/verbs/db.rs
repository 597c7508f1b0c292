//! `db`: the database as a whole. Nothing of it needs a peer, and only `check` needs the
//! configuration.
use super::plain;
use crate::cli::{DbCommand, Format, Invocation};
use crate::exit::Outcome;
use crate::render::Console;
use crate::render::json::Line;
use crate::render::list::Rows;
use crate::render::printable::printable;
use crate::render::status::size;
use crate::site::{Sites, environment};
use crate::start::Start;
use csync3_core::doctor::{Finding, Severity};
use csync3_engine::database::check::check;
use csync3_engine::database::copy::{Copied, Others, TABLES, copy};
use csync3_store::upkeep::upkeep;
use csync3_store::url::DatabaseUrl;
use csync3_store::{Rebuilding, Rebuilt, Saved, rebuild};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// What to do once a new database is in place, if states of files were lost.
const AFTER: &str = "\
Objects without a row look new to a check, which would send them to all peers. Instead:
    csync3 check --init -r /     records what is here and marks nothing
    csync3 diff                  names what peers have otherwise (letters: -T)
    csync3 diff --init           marks that, so the next push sends this host's version (-TI;
                                 -TUXI MYNAME PEER: for one peer, with what only it has);
                                 for a peer's version run it there
";

/// Carries out a command.
pub(super) fn run(
    command: &DbCommand,
    invocation: &Invocation,
    start: &Start,
    console: &Arc<Console>,
) -> Result<Outcome, Box<dyn Error>> {
    let call = Call { invocation, start, console };
    match command {
        DbCommand::Copy { from, to, replace } => {
            let others = if *replace { Others::Replace } else { Others::Refuse };
            call.copy(from, to, others)?;
        }
        DbCommand::Check { url } => return call.check(url.as_deref()),
        DbCommand::Vacuum { url } => call.vacuum(&call.place(url.as_deref())?)?,
        DbCommand::Upgrade { url } => call.upgrade(&call.place(url.as_deref())?)?,
        DbCommand::Rebuild { url } => call.rebuild(&call.place(url.as_deref())?)?,
    }
    Ok(Outcome::default())
}

/// One call, and where it says what.
struct Call<'a> {
    invocation: &'a Invocation,
    start: &'a Start,
    console: &'a Arc<Console>,
}

impl Call<'_> {
    /// The database that was named, or this host's own.
    fn place(&self, url: Option<&str>) -> Result<DatabaseUrl, Box<dyn Error>> {
        match url.or(self.invocation.database.as_deref()) {
            Some(named) => self.named(named),
            None => {
                let sites = Sites::new(self.invocation, self.start, self.console);
                Ok(sites.place().map_err(plain)?.1)
            }
        }
    }

    fn named(&self, url: &str) -> Result<DatabaseUrl, Box<dyn Error>> {
        let config_name = self.invocation.config_name.as_deref();
        let host = self.start.host.as_str();
        Ok(DatabaseUrl::decide(Some(url), None, host, config_name)?)
    }

    fn copy(&self, from: &str, to: &str, others: Others) -> Result<(), Box<dyn Error>> {
        let (from, to) = (self.named(from)?, self.named(to)?);
        let names = [shown(&from), shown(&to)];
        if names[0] == names[1] {
            return Err(format!("cannot copy {} to itself", names[0]).into());
        }
        let environment = environment();
        let source = csync3_store::open(&from.expected(), &environment)?;
        let target = csync3_store::open(&to, &environment)?;
        self.console.say(1, &format!("Copying {} to {}.", names[0], names[1]));
        let copied = copy(&*source, &*target, others, &**self.console)?;
        let [from, to] = names;
        self.tell(&of_copy(from.clone(), to.clone(), &copied), || {
            let counts = TABLES.iter().zip(copied.rows);
            let counts: Vec<_> = counts.map(|(table, rows)| format!("{table} {rows}")).collect();
            let Copied { written, replaced, digest, .. } = &copied;
            format!(
                "{to} holds the same rows as {from}: {}; written now: {written}, replaced: \
                 {replaced}\ndigest of both: {digest}\n",
                counts.join(", ")
            )
        })
    }

    fn check(&self, url: Option<&str>) -> Result<Outcome, Box<dyn Error>> {
        let sites = Sites::new(self.invocation, self.start, self.console);
        let (config, own) = sites.place().map_err(plain)?;
        let place = url.map_or(Ok(own), |url| self.named(url))?;
        let mut upkeep = upkeep(&place, &environment())?;
        let found = check(&mut *upkeep, &config, &shown(&place), &**self.console)?;
        let mut rows = Rows::stdout(Format::Json);
        for finding in &found {
            match self.invocation.format {
                Format::Json => rows.line(&Line::of_finding(finding))?,
                Format::Lines | Format::Null => self.console.print(&line(finding)),
            }
        }
        rows.finish()?;
        if found.is_empty() {
            self.console.say(1, &format!("{}: nothing found.", shown(&place)));
        }
        let grave = found.iter().filter(|finding| finding.severity != Severity::Note).count();
        Ok(Outcome { printed_rows: Some(grave as u64) })
    }

    fn vacuum(&self, place: &DatabaseUrl) -> Result<(), Box<dyn Error>> {
        let before = bytes(place);
        upkeep(place, &environment())?.vacuum()?;
        let (database, after) = (shown(place), bytes(place));
        let line = Line::Vacuumed { database: database.clone(), before, after };
        self.tell(&line, || match (before, after) {
            (Some(before), Some(after)) => {
                format!("{database}: {} before, {} now\n", size(before), size(after))
            }
            _ => format!("{database}: done\n"),
        })
    }

    fn upgrade(&self, place: &DatabaseUrl) -> Result<(), Box<dyn Error>> {
        let environment = environment();
        let statements = upkeep(place, &environment)?.missing()?;
        let done = !self.invocation.dry_run;
        if done {
            csync3_store::open(&place.clone().expected(), &environment)?.flush()?;
        }
        for sql in &statements {
            self.tell(&Line::Statement { sql: sql.clone(), done }, || format!("{sql};\n"))?;
        }
        if statements.is_empty() {
            self.console.say(0, &format!("{}: nothing is missing.", shown(place)));
        }
        Ok(())
    }

    fn rebuild(&self, place: &DatabaseUrl) -> Result<(), Box<dyn Error>> {
        let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let database = shown(place);
        match rebuild(place, &stamp)? {
            Rebuilding::Sound => {
                self.console.say(0, &format!("{database} is not damaged: nothing was done."));
                Ok(())
            }
            Rebuilding::Done(rebuilt) => self.tell_rebuilt(&database, &rebuilt),
        }
    }

    fn tell_rebuilt(&self, database: &str, rebuilt: &Rebuilt) -> Result<(), Box<dyn Error>> {
        let aside = rebuilt.aside.display();
        if self.invocation.format != Format::Json {
            self.console
                .print(&format!("{database} is a new database; the damaged one is {aside} now\n"));
        }
        for saved in &rebuilt.tables {
            self.tell(&of_saved(saved, &aside.to_string()), || saved_line(saved))?;
        }
        let is_whole = |saved: &Saved| saved.complete;
        let find = |name| rebuilt.tables.iter().find(|saved| saved.table == name);
        if !find("dirty").is_some_and(is_whole) || !find("file").is_some_and(is_whole) {
            self.console.say(0, AFTER.trim_end());
        }
        Ok(())
    }

    /// Prints a line for machines, or the text for people.
    fn tell(&self, line: &Line, text: impl FnOnce() -> String) -> Result<(), Box<dyn Error>> {
        match self.invocation.format {
            Format::Json => self.console.print_line(line),
            Format::Lines | Format::Null => self.console.print(&text()),
        }
        Ok(())
    }
}

/// The file, or the URL without its password.
fn shown(place: &DatabaseUrl) -> String {
    place.file(Path::is_dir).display().to_string()
}

/// The size of a file.
fn bytes(place: &DatabaseUrl) -> Option<u64> {
    let file = place.server().is_none().then(|| place.file(Path::is_dir))?;
    std::fs::metadata(file).ok().map(|file| file.len())
}

/// A finding in one line.
fn line(finding: &Finding) -> String {
    let Finding { check, severity, peer, object, cause, remedy } = finding;
    let peer = peer.as_deref().map(|peer| format!(" of {peer}")).unwrap_or_default();
    let remedy = remedy.as_deref().map(|remedy| format!(" ({remedy})")).unwrap_or_default();
    let text = format!("{}: {check}: {object}{peer}: {cause}{remedy}", severity.word());
    format!("{}\n", printable(&text))
}

fn of_copy(from: String, to: String, copied: &Copied) -> Line {
    let [files, dirty, hints, actions, certificates, peers] = copied.rows;
    Line::Copied {
        from,
        to,
        files,
        dirty,
        hints,
        actions,
        certificates,
        peers,
        written: copied.written,
        replaced: copied.replaced,
        digest: copied.digest.to_string(),
    }
}

fn of_saved(saved: &Saved, aside: &str) -> Line {
    Line::Saved {
        table: saved.table,
        aside: aside.to_owned(),
        whole: saved.whole,
        keys: saved.keys,
        lost: saved.lost,
        complete: saved.complete,
    }
}

fn saved_line(saved: &Saved) -> String {
    let Saved { table, whole, keys, lost, complete } = saved;
    let mut line = format!("{table}: {whole} rows were saved");
    if *keys > 0 {
        line.push_str(&format!(", {keys} more from its key alone"));
    }
    if *lost > 0 {
        line.push_str(&format!(", {lost} are known to be lost"));
    }
    line.push_str(if *complete { ", which is all\n" } else { "; more may be lost\n" });
    line
}
