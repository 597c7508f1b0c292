//! `resolve`: conflicts are listed, decided one by one on a terminal, or all for one side.
use super::{paths, push};
use crate::cli::{Format, Invocation, Side};
use crate::exit::Outcome;
use crate::render::Console;
use crate::render::conflict::{Sides, diff};
use crate::render::json::Line;
use crate::render::json::name::Name;
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::LocalPath;
use csync3_engine::actions;
use csync3_engine::host::{Host, now};
use csync3_engine::observer::{Event, Problem};
use csync3_engine::push::PushOptions;
use csync3_engine::push::ask::{self, Theirs};
use csync3_engine::resolve::{self, Conflict, Decided};
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};

/// The largest content that a person is shown differences of.
const SHOWN: usize = 1024 * 1024;

/// Lists or settles the conflicts of these files, or all.
pub(super) fn resolve(
    invocation: &Invocation,
    host: &Host,
    console: &Console,
    files: &[OsString],
    side: Option<Side>,
) -> Result<Outcome, Box<dyn Error>> {
    let work = Work { invocation, host, console, options: push::options(invocation, Vec::new())? };
    let operands = paths::local(files)?;
    let conflicts = work.conflicts(&operands)?;
    match side {
        Some(side) => {
            work.report_others(&operands, &conflicts);
            let mut forced = Vec::new();
            for conflict in &conflicts {
                forced.extend(work.decide(conflict, side)?);
            }
            work.push(&forced)?;
            Ok(Outcome::default())
        }
        None if work.is_dialogue() && !conflicts.is_empty() => {
            work.ask(&conflicts, &mut io::stdin().lock())?;
            Ok(Outcome::default())
        }
        None => {
            for sides in work.sides(&conflicts) {
                work.show(&sides);
            }
            Ok(Outcome { printed_rows: Some(conflicts.len() as u64) })
        }
    }
}

struct Work<'a> {
    invocation: &'a Invocation,
    host: &'a Host,
    console: &'a Console,
    options: PushOptions,
}

impl Work<'_> {
    /// The conflicts that are meant, with the peers of `-P` only.
    fn conflicts(&self, operands: &[LocalPath]) -> Result<Vec<Conflict>, Box<dyn Error>> {
        let mut found = resolve::conflicts(self.host, operands, self.invocation.recursive)?;
        if let Some(peers) = &self.options.peers {
            found.retain(|conflict| {
                peers.iter().any(|peer| peer.eq_ignore_ascii_case(conflict.peer.as_str()))
            });
        }
        Ok(found)
    }

    /// Tells of operands that are in no conflict: nothing is done about them.
    fn report_others(&self, operands: &[LocalPath], conflicts: &[Conflict]) {
        for operand in operands {
            if !conflicts.iter().any(|conflict| conflict.path.is_within(operand)) {
                let what = "is in no conflict that a push has found";
                let hint = "`csync3 resolve` lists the conflicts, `csync3 push` finds new ones";
                self.problem(&Problem::new(operand, what).hint(hint));
            }
        }
    }

    /// What both sides have, peer by peer; what cannot be asked is a problem.
    fn sides<'c>(&self, conflicts: &'c [Conflict]) -> Vec<Sides<'c>> {
        let mut theirs: Vec<Theirs> = vec![Theirs::Untold; conflicts.len()];
        for peer in self.host.config.peers() {
            let of_peer: Vec<usize> =
                (0..conflicts.len()).filter(|&at| conflicts[at].peer == peer).collect();
            if of_peer.is_empty() {
                continue;
            }
            let rows: Vec<_> = of_peer.iter().map(|&at| conflicts[at].row.clone()).collect();
            match ask::about(self.host, &self.options, &peer, &rows) {
                Ok(told) => of_peer.iter().zip(told).for_each(|(&at, told)| theirs[at] = told),
                Err(problem) => self.problem(&problem),
            }
        }
        let both = conflicts.iter().zip(theirs);
        both.map(|(conflict, theirs)| Sides { conflict, mine: self.mine(conflict), theirs })
            .collect()
    }

    fn mine(&self, conflict: &Conflict) -> Option<Observed> {
        resolve::mine(self.host, conflict).unwrap_or_else(|problem| {
            self.problem(&problem);
            None
        })
    }

    fn show(&self, sides: &Sides<'_>) {
        if self.invocation.format == Format::Json {
            self.console.print_line(&sides.line());
        } else {
            self.console.print(&sides.text(now()));
        }
    }

    /// A person is there to be asked.
    fn is_dialogue(&self) -> bool {
        self.invocation.format == Format::Lines
            && io::stdin().is_terminal()
            && io::stdout().is_terminal()
    }

    /// Asks about each conflict, then pushes what this host has won.
    fn ask(&self, conflicts: &[Conflict], input: &mut impl BufRead) -> Result<(), Box<dyn Error>> {
        let mut forced = Vec::new();
        for sides in self.sides(conflicts) {
            self.show(&sides);
            match self.answer(&sides, input)? {
                Answer::Side(side) => forced.extend(self.decide(sides.conflict, side)?),
                Answer::Skip => {}
                Answer::Diff | Answer::Quit => break,
            }
        }
        self.push(&forced)
    }

    /// The answer to one conflict, which is no longer to see the differences.
    fn answer(&self, sides: &Sides<'_>, input: &mut impl BufRead) -> io::Result<Answer> {
        loop {
            self.console.print("  [m]ine, [t]heirs, [s]kip, [d]iff, [q]uit? ");
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                self.console.print("\n");
                return Ok(Answer::Quit);
            }
            match Answer::of(&line) {
                Some(Answer::Diff) => self.show_diff(sides),
                Some(answer) => return Ok(answer),
                None => {}
            }
        }
    }

    fn show_diff(&self, sides: &Sides<'_>) {
        match self.diff(sides) {
            Ok(text) => self.console.print(&text),
            Err(problem) => self.console.print(&format!("{problem}\n")),
        }
    }

    fn diff(&self, sides: &Sides<'_>) -> Result<String, Problem> {
        let conflict = sides.conflict;
        let is_large = |size: u64| size > SHOWN as u64;
        let mine_is_file = match &sides.mine {
            Some(Observed { kind: Kind::File { size }, .. }) if is_large(*size) => return large(),
            Some(Observed { kind: Kind::File { .. }, .. }) | None => true,
            Some(_) => false,
        };
        if !mine_is_file {
            return Ok("Only files have differences to be shown.\n".to_owned());
        }
        let theirs = match sides.theirs {
            Theirs::There { size, .. } if is_large(size) => return large(),
            Theirs::Gone => Vec::new(),
            _ => {
                let (peer, row) = (&conflict.peer, &conflict.row);
                ask::content(self.host, &self.options, peer, row, SHOWN)?
            }
        };
        let mine = resolve::my_content(self.host, conflict, SHOWN as u64)?;
        let label = |host: &str| format!("{host}:{}", conflict.row.name);
        let labels = (label(conflict.peer.as_str()), label(&conflict.row.myname));
        Ok(diff((&labels.0, &theirs), (&labels.1, &mine)))
    }

    /// Carries out a decision; the conflict itself if it is to be pushed now.
    fn decide<'c>(
        &self,
        conflict: &'c Conflict,
        side: Side,
    ) -> Result<Option<&'c Conflict>, Box<dyn Error>> {
        let decided = match side {
            Side::Mine => resolve::take_mine(self.host, conflict)?,
            Side::Theirs => resolve::take_theirs(self.host, conflict)?,
        };
        if decided == Decided::Changed {
            let problem = Problem::new(&conflict.path, "changed again since: nothing was decided");
            let hint = "look at it once more with `csync3 resolve`";
            self.problem(&problem.with_peer(&conflict.peer).hint(hint));
            return Ok(None);
        }
        self.tell(conflict, side);
        Ok(Some(conflict).filter(|_| side == Side::Mine))
    }

    fn tell(&self, conflict: &Conflict, side: Side) {
        let Conflict { row, peer, path } = conflict;
        if self.invocation.format == Format::Json {
            let side = match side {
                Side::Mine => "mine",
                Side::Theirs => "theirs",
            };
            let (name, peer) = (Name::of(&row.name), peer.as_str().to_owned());
            self.console.print_line(&Line::Resolved { name, peer, side });
            return;
        }
        self.console.say(
            0,
            &match side {
                Side::Mine => format!("{path}: this host's version is forced on {peer}"),
                Side::Theirs => format!(
                    "{path}: the version of {peer} is right. This host's file stays until {peer} \
                     pushes its own. If its next push does not bring it, {peer} does not owe it: \
                     run `csync3 -m FILE && csync3 -u FILE` there (csync2 has the same letters)"
                ),
            },
        );
    }

    /// Pushes what this host has won, and nothing else.
    fn push(&self, forced: &[&Conflict]) -> Result<(), Box<dyn Error>> {
        if forced.is_empty() {
            return Ok(());
        }
        let peers = forced.iter().map(|conflict| conflict.peer.as_str().to_owned()).collect();
        let call = Invocation { peers: Some(peers), recursive: false, ..self.invocation.clone() };
        let paths = forced.iter().map(|conflict| conflict.path.clone()).collect();
        push::push_paths(&call, self.host, self.console, paths)?;
        actions::run(self.host);
        Ok(())
    }

    fn problem(&self, problem: &Problem) {
        self.host.observer.notice(&Event::Problem(problem));
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of the answers to a question that may fail")]
fn large() -> Result<String, Problem> {
    Ok(format!("A file of more than {SHOWN} bytes is not shown.\n"))
}

/// What a person says to a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Side(Side),
    Skip,
    Diff,
    Quit,
}

impl Answer {
    /// The first letter counts, or the whole word; anything else is asked again.
    fn of(line: &str) -> Option<Self> {
        Some(match line.trim().to_ascii_lowercase().as_str() {
            "m" | "mine" => Self::Side(Side::Mine),
            "t" | "theirs" => Self::Side(Side::Theirs),
            "s" | "skip" => Self::Skip,
            "d" | "diff" => Self::Diff,
            "q" | "quit" => Self::Quit,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::cli::Side;

    #[test]
    fn an_answer_is_a_letter_or_its_word_and_nothing_is_decided_by_mistake() {
        assert_eq!(Answer::of("m\n"), Some(Answer::Side(Side::Mine)));
        assert_eq!(Answer::of(" Theirs \n"), Some(Answer::Side(Side::Theirs)));
        assert_eq!(Answer::of("q"), Some(Answer::Quit));
        for odd in ["", "\n", "mt", "yes", "y"] {
            assert_eq!(Answer::of(odd), None, "{odd:?}");
        }
    }
}
