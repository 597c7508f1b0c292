//! One peer, from the first connection to the last row.
use super::link::{Link, LinkError};
use super::native::{self, Away, Native, Stream};
use super::pipeline::Pipeline;
use super::report::Report;
use super::rows::{Candidate, Rows};
use super::shared::Shared;
use super::{PushOptions, PushSummary};
use crate::check::{look, take_note};
use crate::host::Host;
use crate::observer::{DryRun, Event, Problem};
use csync3_core::config::{HostName, Level, Purpose};
use csync3_core::entry::Observed;
use csync3_core::path::ClusterPath;
use csync3_core::push::{Dialect, Facts, OnPeer};
use csync3_disk::DiskSession;
use csync3_store::StoreError;
use csync3_store::row::{Change, Direction, Mark, Scope};
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// How often the rows are gone through again because directories had to be restored on the peer.
const PASSES: usize = 64;

/// Rows offered together in the native dialect.
const OFFERS: usize = 256;

/// Rows marked in one transaction.
const BATCH: usize = 500;

/// Pushes everything that a peer is owed.
///
/// Runs on a thread of its own: it awaits the peer, and reads files in between.
pub(super) async fn serve_peer(
    host: &Host,
    options: &PushOptions,
    shared: &Shared,
    peer: HostName,
) -> Result<PushSummary, StoreError> {
    let mut run = PeerRun {
        report: Report::new(host, &peer, options.dry_run),
        disk: host.disk.session(),
        restored: HashSet::new(),
        link: None,
        native: None,
        planned: false,
        shared,
        host,
        options,
        peer,
    };
    let ended = run.all_rows().await;
    let connected = run.link.is_some();
    if let Some(link) = run.link.take()
        && ended.is_ok()
    {
        link.bye().await;
    }
    match ended {
        Ok(()) if connected => {
            let complete = run.report.summary().problems == 0 && !run.stopped();
            run.report.remember(complete);
        }
        Ok(()) => {}
        Err(LinkError::Store(error)) => {
            run.report.flush()?;
            return Err(error);
        }
        Err(error) => {
            let problem = error.into_problem(run.peer.as_str(), "cannot push to it");
            run.report.problem(&problem);
            run.report.remember(false);
            host.notice(&Event::PeerStaysDirty { peer: run.peer.as_str() });
        }
    }
    run.report.flush()?;
    host.notice(&Event::PeerDone { peer: run.peer.as_str() });
    Ok(run.report.summary())
}

struct PeerRun<'a> {
    host: &'a Host,
    options: &'a PushOptions,
    shared: &'a Shared,
    peer: HostName,
    disk: DiskSession,
    report: Report,
    /// Opened for the first row that is to be pushed.
    link: Option<Link>,
    /// The native dialect of that session, once it is spoken.
    native: Option<Native>,
    /// The rows have been counted.
    planned: bool,
    /// Directories whose restoration on the peer was tried.
    restored: HashSet<ClusterPath>,
}

impl PeerRun<'_> {
    async fn all_rows(&mut self) -> Result<(), LinkError> {
        for _ in 0..PASSES {
            self.pass(Direction::Descending).await?;
            self.pass(Direction::Ascending).await?;
            self.report.flush()?;
            let vanished = std::mem::take(&mut self.report.vanished);
            if self.stopped() || (!self.restore_parents()? && !vanished) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Goes through all rows once: removals when descending, additions and changes when ascending.
    async fn pass(&mut self, direction: Direction) -> Result<(), LinkError> {
        let (host, options, peer) = (self.host, self.options, self.peer.clone());
        let mut rows = Rows::new(host, options, &peer, direction);
        if !std::mem::replace(&mut self.planned, true) {
            // The first pass goes through all rows before the second sends most of them.
            rows = rows.counted();
        }
        let Some(first) = self.next(&mut rows, direction)? else {
            return Ok(());
        };
        if self.link.is_none() {
            let myname = &first.0.row.myname;
            self.link =
                Some(Link::connect(self.host, self.options.way(), &self.peer, myname).await?);
        }
        let Some(mut link) = self.link.take() else {
            return Ok(());
        };
        let passed = match link.native.is_some() && !self.options.dry_run {
            true => self.stream(&mut link, first, &mut rows, direction).await,
            // Nothing is sent in a dry run, and csync2's commands tell what would be.
            false => self.converse(&mut link, first, &mut rows, direction).await,
        };
        self.link = Some(link);
        passed
    }

    async fn converse(
        &mut self,
        link: &mut Link,
        first: (Candidate, Option<Observed>),
        rows: &mut Rows<'_>,
        direction: Direction,
    ) -> Result<(), LinkError> {
        let disk = self.host.disk.session();
        let mut report = self.lend_report();
        let mut pipeline = Pipeline::new(link, &disk, &mut report);
        let mut next = Some(first);
        let mut passed = Ok(());
        while let Some((candidate, object)) = next {
            let facts = self.facts(&candidate, object);
            passed = match pipeline.identify(&candidate.row.myname).await {
                Ok(()) => pipeline.start(candidate, facts).await,
                Err(error) => Err(error),
            };
            if passed.is_err() {
                break;
            }
            next = self.next(rows, direction)?;
        }
        if passed.is_ok() {
            passed = pipeline.finish().await;
        }
        self.take_back(report);
        passed
    }

    /// The account, for whoever talks to the peer. What is noted meanwhile goes to another.
    fn lend_report(&mut self) -> Report {
        let other = Report::new(self.host, &self.peer, self.options.dry_run);
        std::mem::replace(&mut self.report, other)
    }

    fn take_back(&mut self, report: Report) {
        let meanwhile = std::mem::replace(&mut self.report, report);
        self.report.absorb(meanwhile);
    }

    /// As [`Self::converse`], in the native dialect.
    async fn stream(
        &mut self,
        link: &mut Link,
        first: (Candidate, Option<Observed>),
        rows: &mut Rows<'_>,
        direction: Direction,
    ) -> Result<(), LinkError> {
        let mut next = Some(first);
        while let Some((candidate, _)) = &next {
            self.speak_as(link, &candidate.row.myname.clone()).await?;
            let Some(mut native) = self.native.take() else {
                break;
            };
            let disk = self.host.disk.session();
            let mut report = self.lend_report();
            let peer = self.peer.clone();
            let away = Away { host: self.host, peer: &peer, disk: &disk, shared: self.shared };
            let stream = Stream::new(away, link, &mut native, &mut report);
            let streamed = self.stream_rows(stream, next, rows, direction).await;
            self.take_back(report);
            self.native = Some(native);
            next = streamed?;
        }
        Ok(())
    }

    /// Offers rows until there are none, or one of them goes by another name of this host; that one
    /// is the answer.
    async fn stream_rows(
        &mut self,
        mut stream: Stream<'_>,
        mut next: Option<(Candidate, Option<Observed>)>,
        rows: &mut Rows<'_>,
        direction: Direction,
    ) -> Result<Option<(Candidate, Option<Observed>)>, LinkError> {
        let mut is_ours = true;
        while is_ours && next.is_some() {
            let mut batch = Vec::new();
            let most = stream.room().min(OFFERS);
            while batch.len() < most
                && stream.has_room()
                && let Some(row) = next.take()
            {
                if !stream.goes_by(&row.0.row.myname) {
                    (is_ours, next) = (false, Some(row));
                    break;
                }
                batch.push(row);
                next = self.next(rows, direction)?;
            }
            if !batch.is_empty() {
                stream.offer(batch).await?;
            }
            stream.turn(is_ours && next.is_some()).await?;
        }
        stream.finish().await?;
        Ok(next)
    }

    /// Makes sure that frames are spoken and that the peer knows this host by `myname`.
    async fn speak_as(&mut self, link: &mut Link, myname: &str) -> Result<(), LinkError> {
        if self.native.is_some() && link.is_identified_as(myname) {
            return Ok(());
        }
        if self.native.take().is_some() {
            native::leave(link).await?;
        }
        if !link.is_identified_as(myname) {
            link.identify(myname).await?;
        }
        if let Some(nonces) = link.native {
            self.native = Some(native::enter(self.host, &self.peer, link, nonces).await?);
        }
        Ok(())
    }

    /// The next row of a direction, with its object.
    fn next(
        &mut self,
        rows: &mut Rows<'_>,
        direction: Direction,
    ) -> Result<Option<(Candidate, Option<Observed>)>, LinkError> {
        while !self.stopped()
            && let Some(candidate) = rows.next()?
        {
            if self.report.given_up.contains(&candidate.row.name) {
                continue;
            }
            let (candidate, object) = match self.disk.observe(&candidate.at) {
                Ok(presence) => match self.up_to_date(candidate, presence.observed())? {
                    Some(noted) => noted,
                    None => continue,
                },
                Err(error) => {
                    let problem = Problem::new(&candidate.row.name, "cannot look at it");
                    self.give_up(candidate.row.name, problem.because(error));
                    continue;
                }
            };
            if object.is_none() == (direction == Direction::Descending) {
                return Ok(Some((candidate, object)));
            }
        }
        Ok(None)
    }

    /// Makes sure that what the peer will get is recorded. If it came or went since the last check,
    /// and came back or went again before the next, no check would ever notice, and this host and
    /// the peer would differ for good. `None`: there is nothing to push any more.
    fn up_to_date(
        &mut self,
        candidate: Candidate,
        object: Option<Observed>,
    ) -> Result<Option<(Candidate, Option<Observed>)>, StoreError> {
        if candidate.row.recorded == object.is_some() || self.options.dry_run {
            return Ok(Some((candidate, object)));
        }
        match take_note(self.host, &candidate.row.name)? {
            Ok((object, facts)) => {
                let ours = facts.dirty.into_iter().find(|row| row.peer == candidate.row.peer);
                Ok(ours.map(|row| (Candidate { row, ..candidate }, object)))
            }
            Err(problem) => {
                self.give_up(candidate.row.name, problem);
                Ok(None)
            }
        }
    }

    fn give_up(&mut self, name: ClusterPath, problem: Problem) {
        self.report.problem(&problem.with_peer(&self.peer));
        self.report.given_up.insert(name);
    }

    /// Somebody wants the run to end: what is left stays dirty.
    fn stopped(&self) -> bool {
        self.options.stop.load(Ordering::Relaxed)
    }

    fn facts(&self, candidate: &Candidate, object: Option<Observed>) -> Facts {
        Facts {
            object,
            forced: candidate.row.forced,
            dry_run: self.options.dry_run,
            dialect: Dialect::Csync2,
            on_peer: OnPeer::Unknown,
            fresh_owner: None,
            tie: self.host.config.tie_rule(&candidate.row.name.decoded(), &self.peer),
            ignore: self.host.config.ignore,
        }
    }

    /// Marks, for this peer only, what it lacks above the objects that found no directory, and what
    /// was below directories that it had lost. Says whether there is something new to push.
    fn restore_parents(&mut self) -> Result<bool, StoreError> {
        let mut found = false;
        for orphan in std::mem::take(&mut self.report.orphans) {
            if self.options.dry_run {
                if orphan.parent().is_some_and(|parent| self.is_restorable(&parent)) {
                    self.report.would(&orphan, DryRun::Modify { forced: false });
                } else {
                    self.report_orphan(&orphan);
                }
                self.report.given_up.insert(orphan);
            } else if self.restore_above(&orphan)? {
                found = true;
            } else {
                self.report_orphan(&orphan);
                self.report.given_up.insert(orphan);
            }
        }
        for directory in std::mem::take(&mut self.report.made) {
            if self.restored.contains(&directory) {
                self.mark_below(&directory)?;
                found = true;
            }
        }
        Ok(found)
    }

    /// Marks the directories above an object. `false` if that has been tried or cannot help.
    fn restore_above(&mut self, orphan: &ClusterPath) -> Result<bool, StoreError> {
        let mut changes = Vec::new();
        let mut parent = orphan.parent();
        while let Some(directory) = parent {
            parent = directory.parent();
            if self.is_restorable(&directory) && self.restored.insert(directory.clone()) {
                changes.extend(self.mark(&directory));
            }
        }
        // Siblings find their directory already on its way.
        let nearest = orphan.parent().is_some_and(|parent| self.restored.contains(&parent));
        let progress = !changes.is_empty() || nearest;
        self.host.store.commit(changes)?;
        let first_time = self.restored.insert(orphan.clone());
        Ok(progress && first_time)
    }

    /// Says whether a directory that the peer lacks may be sent, too.
    fn is_restorable(&self, directory: &ClusterPath) -> bool {
        self.host.config.level(&directory.decoded(), Purpose::Sync) == Level::Yes
    }

    fn mark(&self, name: &ClusterPath) -> Option<Change> {
        let targets = self.host.config.targets(&name.decoded());
        let target = targets.into_iter().find(|target| target.peer == self.peer)?;
        let mark = Mark {
            peer: self.peer.as_str().to_owned(),
            myname: target.myname.as_str().to_owned(),
            forced: false,
            replaces: None,
        };
        Some(Change::Mark { name: name.clone(), mark })
    }

    fn mark_below(&self, directory: &ClusterPath) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        let disk = self.host.disk.session();
        for row in self.host.store.files(&Scope::Tree(directory.clone()))? {
            let name = row?.name;
            if name != *directory && look(self.host, &disk, &name).is_ok_and(|o| o.is_some()) {
                changes.extend(self.mark(&name));
            }
            if changes.len() >= BATCH {
                self.host.store.commit(std::mem::take(&mut changes))?;
            }
        }
        self.host.store.commit(changes)?;
        Ok(())
    }

    fn report_orphan(&self, orphan: &ClusterPath) {
        let directory = orphan.parent().map_or_else(|| "/".to_owned(), |parent| parent.display());
        let problem = Problem::new(orphan, "cannot send: the peer lacks its directory")
            .with_peer(&self.peer)
            .hint(format!("create {directory} there, or include it in the group"));
        self.report.problem(&problem);
        let (peer, name) = (self.peer.as_str(), orphan);
        self.host.notice(&Event::StaysDirty { peer, name, conflict: false });
    }
}
