//! Makes the tables what they have to be ([`plan`]).
//!
//! Everything can be done again at any time, by several programs at once.
use super::connect::Connection;
use super::failure::{code, is_refused};
use super::tables::{Column, There, plan};
use super::value::{count, stored};
use mysql_async::prelude::Queryable;
use mysql_async::{Error, Row};
use std::collections::BTreeMap;

/// How often it is tried when others change the tables at the same time.
const ROUNDS: usize = 10;

/// How the tables are afterwards.
pub(super) enum Tables {
    /// As they have to be.
    Ready,
    /// The user may not change them; these statements are to be run.
    Refused(Vec<String>, Error),
}

/// Makes what is missing.
pub(super) async fn ensure(connection: &mut Connection) -> Result<Tables, Error> {
    let mut failed = None;
    for _ in 0..ROUNDS {
        let statements = plan(&look(connection).await?);
        if statements.is_empty() {
            return Ok(Tables::Ready);
        }
        for statement in &statements {
            match connection.link.query_drop(&**statement).await {
                Ok(()) => {}
                Err(error) if is_refused(&error) => {
                    return Ok(Tables::Refused(statements, error));
                }
                Err(error) if is_done_by_others(&error) => {
                    failed = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    failed.map_or(Ok(Tables::Ready), Err)
}

/// Says whether another program has just made the same, or rows that are equal in a key.
fn is_done_by_others(error: &Error) -> bool {
    matches!(code(error), Some(1050 | 1054 | 1060 | 1061 | 1062 | 1068 | 1075 | 1146))
}

async fn look(connection: &mut Connection) -> Result<BTreeMap<String, There>, Error> {
    let mut tables: BTreeMap<String, There> = BTreeMap::new();
    let sql = "SELECT table_name, IF(engine = 'InnoDB', 1, 0) FROM information_schema.tables \
        WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";
    let text = |row: &Row, column| String::from_utf8_lossy(stored(row, column)).into_owned();
    let rows: Vec<Row> = connection.link.query(sql).await?;
    for row in &rows {
        let is_transactional = count(row, 1)? != 0;
        tables.insert(text(row, 0), There { is_transactional, ..There::default() });
    }
    let sql = "SELECT table_name, column_name, IF(character_set_name IS NULL, 0, 1), \
        IF(data_type IN ('mediumtext', 'longtext'), 1, 0), \
        IF(character_set_name LIKE 'utf8%', 1, 0) FROM information_schema.columns \
        WHERE table_schema = DATABASE()";
    let rows: Vec<Row> = connection.link.query(sql).await?;
    for row in &rows {
        let column = match count(row, 2)? {
            0 => Column::Other,
            _ => Column::Text { is_long: count(row, 3)? != 0, is_unicode: count(row, 4)? != 0 },
        };
        if let Some(there) = tables.get_mut(&text(row, 0)) {
            there.columns.insert(text(row, 1).to_ascii_lowercase(), column);
        }
    }
    let sql = "SELECT table_name, index_name FROM information_schema.statistics \
        WHERE table_schema = DATABASE()";
    let rows: Vec<Row> = connection.link.query(sql).await?;
    for row in &rows {
        if let Some(there) = tables.get_mut(&text(row, 0)) {
            there.keys.insert(text(row, 1));
        }
    }
    Ok(tables)
}
