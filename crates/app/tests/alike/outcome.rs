//! What a call leaves, and how two of them differ.
use crate::rows::{self, Rows};
use csync3_testkit::{Cluster, Output, Snapshot, differences};

/// What a call said, how it ended, and every host afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    /// Not compared: its words are csync2's only where scripts know them.
    pub(crate) stderr: String,
    rows: Vec<Option<Rows>>,
    trees: Vec<Snapshot>,
}

/// What both programs left of the same call.
#[derive(Debug, Clone)]
pub(crate) struct Both {
    pub(crate) csync2: Outcome,
    pub(crate) csync3: Outcome,
}

impl Outcome {
    /// The outcome of a call that has just ended.
    pub(crate) fn of(output: &Output, cluster: &Cluster) -> Self {
        let hosts = || cluster.nodes().iter().filter(|node| !node.is_stand_in());
        Self {
            code: output.code(),
            // Readable in a comparison, and still exact.
            stdout: output.stdout.escape_ascii().to_string().replace("\\n", "\n"),
            stderr: output.stderr_text(),
            rows: hosts().map(|node| rows::of(&node.database())).collect(),
            trees: hosts().map(|node| Snapshot::of(node.root())).collect(),
        }
    }

    /// Demands this exit code.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Demands exactly this on standard output.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Self {
        assert_eq!(self.stdout, text, "{}", self.stderr);
        self
    }

    /// Demands this somewhere on standard error.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no '{text}' in\n{}", self.stderr);
        self
    }

    /// Demands that nothing came on standard error.
    #[track_caller]
    pub(crate) fn is_silent(&self) -> &Self {
        assert_eq!(self.stderr, "");
        self
    }

    /// Demands that a table of host 0 has so many rows.
    #[track_caller]
    pub(crate) fn has(&self, count: usize, table: &str) -> &Self {
        let rows = self.table(table);
        assert_eq!(rows.len(), count, "{table}: {rows:#?}");
        self
    }

    /// The rows of a table of host 0.
    #[track_caller]
    pub(crate) fn table(&self, table: &str) -> &[String] {
        &self.rows[0].as_ref().expect("the call made a database")[table]
    }

    /// The rows of a table of the peer.
    #[track_caller]
    pub(crate) fn table_of_peer(&self, table: &str) -> &[String] {
        &self.rows[1].as_ref().expect("the server made a database")[table]
    }

    /// What is not as in another outcome, one text for each.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut told = Vec::new();
        if self.code != other.code {
            told.push(format!("exit code: {:?}, {:?}", self.code, other.code));
        }
        if self.stdout != other.stdout {
            told.push(format!("standard output:\n{}---\n{}", self.stdout, other.stdout));
        }
        for (host, (mine, others)) in self.rows.iter().zip(&other.rows).enumerate() {
            if mine != others {
                told.push(format!("rows of host {host}:\n{mine:#?}\n---\n{others:#?}"));
            }
        }
        for (host, (mine, others)) in self.trees.iter().zip(&other.trees).enumerate() {
            let trees = differences(mine, others);
            told.extend(trees.iter().map(|text| format!("tree of host {host}: {text}")));
        }
        told
    }
}

impl Both {
    /// What differs, csync2's side first.
    pub(crate) fn differences(&self) -> Vec<String> {
        self.csync2.differences(&self.csync3)
    }
}
