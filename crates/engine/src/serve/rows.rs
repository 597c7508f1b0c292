//! `LIST`: the file rows that a peer may compare with its own.
use super::greet::{Caller, say};
use super::receive::SessionError;
use crate::host::Host;
use csync3_core::checktxt;
use csync3_core::path::ClusterPath;
use csync3_core::wire::classic::ListRow;
use csync3_core::wire::escape;
use csync3_core::wire::reply::Reply;
use csync3_net::Connection;
use csync3_store::row::Scope;

/// Queued bytes after which the socket is served before more is queued.
const HIGH_WATER: usize = 256 * 1024;

/// Sends the rows of the database whose group has this host as `myname`, lists the caller, and has
/// one of the caller's keys.
pub(super) async fn list(
    connection: &mut Connection,
    host: &Host,
    caller: &Caller,
    myname: &[u8],
    name: Option<&[u8]>,
    keys: &[Vec<u8>],
) -> Result<(), SessionError> {
    let myname = String::from_utf8_lossy(myname).to_lowercase();
    let scope = match name.map(ClusterPath::from_decoded) {
        None => Scope::All,
        Some(Ok(name)) => Scope::One(name),
        Some(Err(_)) => {
            say(connection, &Reply::Done);
            return Ok(());
        }
    };
    for row in host.store.files(&scope)? {
        let row = row?;
        let decoded = row.name.decoded();
        if !host.config.may_list(&decoded, &myname, &caller.name, keys) {
            continue;
        }
        let text = match caller.is_csync3 {
            true => &row.recorded.checktxt[..],
            false => checktxt::as_csync2_states(&row.recorded.checktxt, &row.name),
        };
        let checktxt = escape::encode(text);
        let mut line = Vec::with_capacity(160);
        ListRow { checktxt: &checktxt, name: row.name.encoded() }.encode_into(&mut line);
        connection.queue(&line);
        if connection.queued() >= HIGH_WATER {
            connection.flush().await?;
        }
    }
    say(connection, &Reply::Done);
    Ok(())
}
