//! What nobody needs in a database.
