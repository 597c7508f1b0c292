//! A database as a whole: copied into another one, and looked through for rows that nobody needs.
//!
//! [`copy`](mod@copy): from any backend to any other · [`check`](mod@check): orphans, and names that are badly
//! encoded · `rows`: all rows of a database in one order
//!
//! What only the database itself can tell, its integrity say, is `csync3_store::upkeep`'s.
pub mod check;
pub mod copy;
mod rows;
