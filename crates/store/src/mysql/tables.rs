//! The tables: csync2's own, and what csync3 adds to them.
//!
//! From what there is it is decided which statements make the tables what they have to be ([`plan`]);
//! they are plain ones, which an administrator may run as well.
//!
//! # Invariants
//! * csync2's columns keep their names; texts become bytes, which csync2 reads and writes as before. Its
//!   keys stay, or are made where there is no table.
//! * Additions are columns that are made by the server or may be left out, keys over them, and tables whose
//!   names begin with `csync3_`. Statements that name their columns, as csync2's do, never meet them.
//!
//! # Source
//! csync2 2.1 `db_mysql.c`; `spec/state.md` 2, verified.
use super::value::{HEAD, PEER_HEAD};
use std::collections::{BTreeMap, BTreeSet};

/// A table as it has to be.
struct Table {
    name: &'static str,
    /// csync2's columns; those of bytes first.
    bytes: &'static [(&'static str, &'static str)],
    others: &'static str,
    /// csync2's keys, for a new table.
    keys: &'static str,
    /// Columns of csync3 that are not made from others.
    added: &'static [(&'static str, &'static str)],
    /// Whether names are in order here.
    is_ordered: bool,
    /// What the digest is made from.
    digest: &'static str,
    /// Whether the digest is a unique key.
    is_unique: bool,
}

const TABLES: [Table; 6] = [
    Table {
        name: "file",
        bytes: &[("filename", "BLOB"), ("checktxt", "BLOB")],
        others: "",
        keys: "KEY filename (filename(255))",
        added: &[
            ("mtime_ns", "BIGINT"),
            ("ctime_ns", "BIGINT"),
            ("inode", "BIGINT"),
            ("hash", "VARBINARY(32)"),
            ("also", "BLOB"),
            ("lineage", "BLOB"),
        ],
        is_ordered: true,
        digest: "filename",
        is_unique: true,
    },
    Table {
        name: "dirty",
        bytes: &[("filename", "BLOB"), ("myname", "BLOB"), ("peername", "BLOB")],
        others: "forced INTEGER NOT NULL, ",
        keys: "KEY filename (filename(255)), KEY dirty_host (peername(255))",
        added: &[
            ("generation", "BIGINT"),
            ("since_ns", "BIGINT"),
            ("conflict_ns", "BIGINT"),
            ("lineage", "BLOB"),
        ],
        is_ordered: true,
        digest: "CONCAT(filename, x'00', peername)",
        is_unique: true,
    },
    Table {
        name: "hint",
        bytes: &[("filename", "BLOB")],
        others: "`recursive` INTEGER NOT NULL, ",
        keys: "KEY filename (filename(255))",
        added: &[],
        is_ordered: false,
        digest: "filename",
        is_unique: false,
    },
    Table {
        name: "action",
        bytes: &[("filename", "BLOB"), ("command", "BLOB"), ("logfile", "BLOB")],
        others: "",
        keys: "KEY filename (filename(255)), KEY command (command(255))",
        // Not made by the server: csync2 schedules an action twice, and would stop at a unique key.
        added: &[("csync3_own", "BINARY(32) UNIQUE")],
        is_ordered: false,
        digest: "CONCAT(filename, x'00', command)",
        is_unique: false,
    },
    Table {
        name: "x509_cert",
        bytes: &[("peername", "BLOB"), ("certdata", "MEDIUMBLOB")],
        others: "",
        keys: "KEY peername (peername(255))",
        added: &[],
        is_ordered: false,
        digest: "peername",
        is_unique: true,
    },
    Table {
        name: "csync3_peer",
        bytes: &[("peername", "BLOB")],
        others: "",
        keys: "KEY peername (peername(255))",
        added: &[("success_ns", "BIGINT"), ("failure_ns", "BIGINT")],
        is_ordered: false,
        digest: "peername",
        is_unique: true,
    },
];

const ROW: (&str, &str) = ("csync3_row", "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT");

impl Table {
    /// csync3's columns: what tells rows apart, what has their order, what stands for their key.
    fn columns(&self) -> Vec<(&'static str, String)> {
        let digest = self.digest;
        let mut columns: Vec<(&str, String)> =
            self.added.iter().map(|(name, kind)| (*name, (*kind).to_owned())).collect();
        if self.is_ordered {
            let head = format!("VARBINARY({HEAD}) AS (LEFT(filename, {HEAD})) STORED");
            columns.push(("csync3_head", head));
        }
        if self.name == "dirty" {
            let peer = format!("VARBINARY({PEER_HEAD}) AS (LEFT(peername, {PEER_HEAD})) STORED");
            columns.push(("csync3_peer", peer));
        }
        columns.push(("csync3_key", format!("BINARY(32) AS (UNHEX(SHA2({digest}, 256))) STORED")));
        columns
    }

    /// csync3's keys.
    fn keys(&self) -> Vec<(&'static str, &'static str)> {
        let mut keys = Vec::new();
        if self.is_ordered {
            keys.push(("csync3_order", "KEY csync3_order (csync3_head)"));
        }
        if self.name == "dirty" {
            let key = "KEY csync3_peer_order (csync3_peer, csync3_head)";
            keys.push(("csync3_peer_order", key));
        }
        if !self.is_unique {
            keys.push(("csync3_key", "KEY csync3_key (csync3_key)"));
        }
        keys
    }

    fn create(&self) -> String {
        let bytes = self.bytes.iter().map(|(name, kind)| format!("{name} {kind} NOT NULL"));
        let own = self.columns().into_iter().map(|(name, kind)| format!("{name} {kind}"));
        let keys = self.keys().into_iter().map(|(_, key)| key.to_owned());
        let unique = self.is_unique.then(|| UNIQUE.to_owned());
        let rest: Vec<String> = own.chain(keys).chain(unique).collect();
        format!(
            "CREATE TABLE {} ({}, {}{} {} PRIMARY KEY, {}, {}) ENGINE=InnoDB CHARACTER SET binary",
            self.name,
            bytes.collect::<Vec<_>>().join(", "),
            self.others,
            ROW.0,
            ROW.1,
            self.keys,
            rest.join(", ")
        )
    }

    /// Statements that make of the table that is there what it has to be.
    fn repair(&self, there: &There) -> Vec<String> {
        let mut changes = Vec::new();
        if !there.is_transactional {
            changes.push("ENGINE=InnoDB".to_owned());
        }
        let mut unicode = Vec::new();
        for (name, kind) in self.bytes {
            // A text of the server compares and converts; bytes do neither.
            let Some(Column::Text { is_long, is_unicode }) = there.columns.get(*name) else {
                continue;
            };
            if !is_unicode {
                // csync2's library speaks UTF-8, so the server has converted the names.
                unicode.push(format!("MODIFY {name} LONGTEXT CHARACTER SET utf8mb4 NOT NULL"));
            }
            let kind = if *is_long { "LONGBLOB" } else { kind };
            changes.push(format!("MODIFY {name} {kind} NOT NULL"));
        }
        if !there.columns.contains_key(ROW.0) {
            let key = if there.keys.contains("PRIMARY") { "UNIQUE" } else { "PRIMARY KEY" };
            changes.push(format!("ADD {} {} {key}", ROW.0, ROW.1));
        }
        for (name, kind) in self.columns() {
            if !there.columns.contains_key(name) {
                changes.push(format!("ADD {name} {kind}"));
            }
        }
        for (name, key) in self.keys() {
            if !there.keys.contains(name) {
                changes.push(format!("ADD {key}"));
            }
        }
        let mut statements = Vec::new();
        for changes in [unicode, changes].iter().filter(|changes| !changes.is_empty()) {
            statements.push(format!("ALTER TABLE {} {}", self.name, changes.join(", ")));
        }
        if self.is_unique && !there.keys.contains("csync3_key") {
            statements.extend(self.unite());
            statements.push(format!("ALTER TABLE {} ADD {UNIQUE}", self.name));
        }
        statements
    }

    /// Makes rows that are equal in their key one: the last stays, and a forced mark stays forced.
    fn unite(&self) -> Vec<String> {
        let name = self.name;
        let head = if self.is_ordered { "a.csync3_head = b.csync3_head AND " } else { "" };
        let both = format!("{name} a JOIN {name} b ON {head}a.csync3_key = b.csync3_key");
        let forced = format!("UPDATE {both} SET a.forced = 1 WHERE b.forced <> 0");
        let united = format!("DELETE a FROM {both} AND a.csync3_row < b.csync3_row");
        (name == "dirty").then_some(forced).into_iter().chain([united]).collect()
    }
}

const UNIQUE: &str = "UNIQUE KEY csync3_key (csync3_key)";

/// The names of all tables.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// A column that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// It has a character set.
    Text { is_long: bool, is_unicode: bool },
    /// It has none.
    Other,
}

/// A table that is there.
#[derive(Debug, Default, Clone)]
pub(super) struct There {
    pub(super) is_transactional: bool,
    pub(super) columns: BTreeMap<String, Column>,
    pub(super) keys: BTreeSet<String>,
}

/// The statements that make of the tables that are there what they have to be.
pub(super) fn plan(there: &BTreeMap<String, There>) -> Vec<String> {
    let of_table = |table: &Table| match there.get(table.name) {
        Some(there) => table.repair(there),
        None => vec![table.create()],
    };
    TABLES.iter().flat_map(of_table).collect()
}

#[cfg(test)]
mod tests {
    use super::{Column, TABLES, There, plan};
    use std::collections::BTreeMap;

    /// What [`plan`] would make.
    fn complete() -> BTreeMap<String, There> {
        let there = |table: &super::Table| {
            let own = table.columns().into_iter().map(|(name, _)| name);
            let names = table.bytes.iter().map(|(name, _)| *name).chain(own);
            let columns = names.chain(["csync3_row", "forced", "recursive"]);
            There {
                is_transactional: true,
                columns: columns.map(|name| (name.to_owned(), Column::Other)).collect(),
                keys: ["PRIMARY", "csync3_key", "csync3_order", "csync3_peer_order"]
                    .map(str::to_owned)
                    .into(),
            }
        };
        TABLES.iter().map(|table| (table.name.to_owned(), there(table))).collect()
    }

    #[test]
    fn an_empty_database_gets_every_table_and_a_complete_one_nothing() {
        assert_eq!(plan(&BTreeMap::new()).len(), TABLES.len());
        assert_eq!(plan(&complete()), Vec::<String>::new());
    }

    #[test]
    fn texts_become_bytes_and_other_engines_transactional() {
        let mut tables = complete();
        let text = |is_long| Column::Text { is_long, is_unicode: true };
        let file = tables.get_mut("file").expect("it is there");
        file.is_transactional = false;
        file.columns.insert("filename".into(), text(false));
        file.columns.insert("checktxt".into(), text(true));
        let wanted = "ALTER TABLE file ENGINE=InnoDB, MODIFY filename BLOB NOT NULL, \
            MODIFY checktxt LONGBLOB NOT NULL";
        assert_eq!(plan(&tables), [wanted]);
    }

    #[test]
    fn texts_of_another_character_set_are_made_what_csync2_meant_first() {
        let mut tables = complete();
        let hint = tables.get_mut("hint").expect("it is there");
        let latin = Column::Text { is_long: false, is_unicode: false };
        hint.columns.insert("filename".into(), latin);
        let wanted = [
            "ALTER TABLE hint MODIFY filename LONGTEXT CHARACTER SET utf8mb4 NOT NULL",
            "ALTER TABLE hint MODIFY filename BLOB NOT NULL",
        ];
        assert_eq!(plan(&tables), wanted);
    }

    #[test]
    fn equal_rows_are_made_one_before_the_key_is_added() {
        let mut tables = complete();
        let dirty = tables.get_mut("dirty").expect("it is there");
        dirty.keys.remove("csync3_key");
        let statements = plan(&tables);
        assert_eq!(statements.len(), 3);
        assert!(statements[0].contains("SET a.forced = 1"), "{statements:?}");
        assert!(statements[1].ends_with("a.csync3_row < b.csync3_row"), "{statements:?}");
        assert!(statements[2].ends_with("ADD UNIQUE KEY csync3_key (csync3_key)"));
    }

    #[test]
    fn a_table_with_a_primary_key_of_its_own_keeps_it() {
        let mut tables = complete();
        let hint = tables.get_mut("hint").expect("it is there");
        hint.columns.remove("csync3_row");
        assert!(plan(&tables)[0].ends_with("AUTO_INCREMENT UNIQUE"), "{:?}", plan(&tables));
        tables.get_mut("hint").expect("it is there").keys.remove("PRIMARY");
        assert!(plan(&tables)[0].ends_with("AUTO_INCREMENT PRIMARY KEY"), "{:?}", plan(&tables));
    }
}
