//! Times the work on single small files: `stage_speed DIRECTORY [FILES]`.
//!
//! In ten new directories below DIRECTORY: stage, write, dress and publish each file, look at each,
//! remove each.
use csync3_core::entry::{Observed, Timestamp};
use csync3_core::path::{LocalPath, Located};
use csync3_disk::{Disk, DiskSession, Look};
use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn put(session: &DiskSession, at: &Located) -> Result<Observed, Box<dyn Error>> {
    let look = Look {
        owner: Some((Some(1), Some(1))),
        permissions: Some(0o640),
        mtime: Some(Timestamp::from_nanos(1_700_000_000_000_000_042)),
    };
    let mut staged = session.stage_file(at, false)?;
    staged.write(b"0123456789")?;
    Ok(staged.finish(look)?.publish(None)?)
}

fn timed(
    what: &str,
    files: usize,
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    let each = start.elapsed() / u32::try_from(files)?;
    writeln!(std::io::stdout(), "{what}: {each:?} per file")?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("usage: stage_speed DIRECTORY [FILES]")?;
    let files = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let at = |number: usize| Located {
        root: LocalPath::new(directory.as_bytes()),
        relative: format!("dir{}/file{number}", number * 10 / files).into_bytes().into(),
    };
    let session = Disk::new().session();
    for number in 0..files {
        session.make_parents(&at(number))?;
    }
    let mut published = Vec::new();
    timed("stage and publish", files, || {
        for number in 0..files {
            published.push(put(&session, &at(number))?);
        }
        Ok(())
    })?;
    timed("observe", files, || {
        for number in 0..files {
            session.observe(&at(number))?;
        }
        Ok(())
    })?;
    timed("remove", files, || {
        for (number, seen) in published.iter().enumerate() {
            session.remove(&at(number), seen)?;
        }
        Ok(())
    })
}
