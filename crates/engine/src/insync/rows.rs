//! The rows of one pair: those of the store and those of the peer, merged as they come.
//!
//! # Invariants
//! * Rows are only paired by equal names. The peer's must ascend; where they do not (a database that
//!   sorts otherwise), the comparison ends with that reason instead of false differences.
//! * What only this host has behind the last row of the peer counts only after the peer has said that
//!   this was all.
use super::InSyncOptions;
use crate::host::Host;
use crate::push::{Link, LinkError};
use csync3_core::config::Target;
use csync3_core::decide::insync::{Difference, difference};
use csync3_core::path::ClusterPath;
use csync3_core::wire::classic::ListRow;
use csync3_core::wire::command::Command;
use csync3_core::wire::escape;
use csync3_core::wire::line::WORD_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_store::StoreError;
use csync3_store::row::{FileRow, Scope};

/// The longest row that is taken: name and target of a link at their limits, with every byte encoded,
/// those of the target twice.
const ROW_LIMIT: usize = 64 * 1024;

/// Keys that fit a `LIST` command beside its word, the peer's name and the name asked for.
const KEYS: usize = WORD_LIMIT - 3;

/// Hands the differences of one pair to `take`, ordered by encoded name, until that says to stop by
/// `false`.
pub(super) async fn rows(
    host: &Host,
    options: &InSyncOptions,
    pair: &Target,
    mut take: impl FnMut(Difference, ClusterPath) -> bool,
) -> Result<(), LinkError> {
    let keys = host.config.keys_of_pair(pair);
    if keys.len() > KEYS {
        return Err(LinkError::TooManyKeys { keys: keys.len(), limit: KEYS });
    }
    let mut link = Link::connect(host, options.way(), &pair.peer, pair.myname.as_str()).await?;
    link.queue(&Command::List {
        peer: pair.peer.as_str().as_bytes().to_vec(),
        name: options.name.as_ref().map(|name| name.decoded().into_owned()),
        keys: keys.iter().map(|key| key.as_bytes().to_vec()).collect(),
    });
    let mut local = Local::new(host, options, pair)?;
    let mut last: Option<ClusterPath> = None;
    while let Some((name, checktxt)) = next_row(&mut link).await? {
        if last.as_ref().is_some_and(|last| *last >= name) {
            return Err(LinkError::Unordered);
        }
        last = Some(name.clone());
        if options.covered_only && !local.covers(&name) {
            continue;
        }
        while let Some(row) = local.next_if(|ours| *ours < name)? {
            if !take(Difference::OnlyHere, row.name) {
                return Ok(());
            }
        }
        let ours = local.next_if(|ours| *ours == name)?.map(|row| row.recorded.checktxt);
        let found = difference(ours.as_deref(), Some(&checktxt), host.config.ignore);
        if let Some(found) = found
            && !take(found, name)
        {
            return Ok(());
        }
    }
    while let Some(row) = local.next_if(|_| true)? {
        if !take(Difference::OnlyHere, row.name) {
            return Ok(());
        }
    }
    link.bye().await;
    Ok(())
}

/// The peer's next row, with its checktxt decoded; `None` after the last.
async fn next_row(link: &mut Link) -> Result<Option<(ClusterPath, Vec<u8>)>, LinkError> {
    let line = link.line(ROW_LIMIT).await?;
    if let Some(row) = ListRow::parse(&line) {
        let name = ClusterPath::from_encoded(row.name).map_err(|_| LinkError::nonsense(&line))?;
        return Ok(Some((name, escape::decode(row.checktxt).into_owned())));
    }
    match Reply::parse(&line) {
        reply if reply.is_ok() => Ok(None),
        Reply::Other(_) => Err(LinkError::nonsense(&line)),
        reply => Err(LinkError::Refused {
            answer: String::from_utf8_lossy(&reply.text()).into_owned(),
            hint: "see the log of the peer",
        }),
    }
}

/// The rows of this host that the pair shares.
struct Local<'a> {
    host: &'a Host,
    pair: &'a Target,
    rows: csync3_store::FileRows,
    ahead: Option<FileRow>,
}

impl<'a> Local<'a> {
    fn new(host: &'a Host, options: &InSyncOptions, pair: &'a Target) -> Result<Self, StoreError> {
        let scope = options.name.clone().map_or(Scope::All, Scope::One);
        Ok(Self { host, pair, rows: host.store.files(&scope)?, ahead: None })
    }

    fn covers(&self, name: &ClusterPath) -> bool {
        let Target { myname, peer } = self.pair;
        self.host.config.pair_matches(&name.decoded(), myname.as_str(), peer.as_str())
    }

    /// The next row, if its name is `wanted`.
    fn next_if(
        &mut self,
        wanted: impl Fn(&ClusterPath) -> bool,
    ) -> Result<Option<FileRow>, StoreError> {
        while self.ahead.is_none() {
            let Some(row) = self.rows.next() else {
                return Ok(None);
            };
            self.ahead = Some(row?).filter(|row| self.covers(&row.name));
        }
        Ok(self.ahead.take_if(|row| wanted(&row.name)))
    }
}
