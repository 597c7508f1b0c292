//! What the caller of the benchmarks may choose.
use std::ffi::OsString;
use std::path::PathBuf;

/// The text of `--help`, and of a mistake.
pub(crate) const USAGE: &str = "\
Usage: bench [--quick] [--only a,b,..] [--repeat N] [--dir DIR | --loop-ext4] [--out DIR]

  --quick       A tenth of the files and less, each pair once: does everything still work?
  --only LIST   Only these workloads:
                a check  b to csync2  c both ends  d eight peers  e bad peers  f from csync2
                g large file  h memory  i under TLS  j database servers
                k 64 commands at once  l database servers that are far away
                m many hosts on a server
  --repeat N    Pairs per comparison (3)
  --dir DIR     Measure below DIR; $BENCH_DIR does the same. Default: /dev/shm when it is a
                tmpfs with 12 GiB free, else the temporary directory
  --loop-ext4   Each measurement in a fresh ext4 image on a loop device; needs root
  --out DIR     Where the JSON files go (bench-out)

$CSYNC3 names the binary under test (target/release/csync3).
";

/// The letters of all workloads, in the order in which they run.
pub(crate) const WORKLOADS: &str = "abcdefghijklm";

/// A checked command line.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Small numbers, one pair each.
    pub(crate) quick: bool,
    /// The letters of the workloads that run.
    pub(crate) only: String,
    /// Pairs per comparison.
    pub(crate) repeat: usize,
    /// Where to measure, when the caller said so.
    pub(crate) dir: Option<PathBuf>,
    /// Measure on fresh ext4 images.
    pub(crate) loop_ext4: bool,
    /// Where the JSON files go.
    pub(crate) out: PathBuf,
}

impl Options {
    /// Reads the arguments without the program's name; the error is a text for the caller.
    pub(crate) fn parse(
        arguments: impl Iterator<Item = OsString>,
        bench_dir: Option<OsString>,
    ) -> Result<Self, String> {
        let mut options = Self {
            quick: false,
            only: WORKLOADS.to_owned(),
            repeat: 0,
            dir: bench_dir.map(PathBuf::from),
            loop_ext4: false,
            out: PathBuf::from("bench-out"),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy().into_owned();
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--quick" => options.quick = true,
                "--loop-ext4" => options.loop_ext4 = true,
                "--only" => options.only = letters(&value()?)?,
                "--repeat" => options.repeat = count(&value()?)?,
                "--dir" => options.dir = Some(value()?.into()),
                "--out" => options.out = value()?.into(),
                _ => return Err(format!("unknown argument {name}")),
            }
        }
        if options.repeat == 0 {
            options.repeat = if options.quick { 1 } else { 3 };
        }
        Ok(options)
    }

    /// `full`, or `quick` with `--quick`.
    pub(crate) fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

fn letters(value: &OsString) -> Result<String, String> {
    let text: String = value.to_string_lossy().chars().filter(|letter| *letter != ',').collect();
    match text.chars().find(|letter| !WORKLOADS.contains(*letter)) {
        Some(unknown) => Err(format!("no workload is called {unknown}")),
        None => Ok(text),
    }
}

fn count(value: &OsString) -> Result<usize, String> {
    let text = value.to_string_lossy();
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| format!("not a count: {text}"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(words: &[&str]) -> Result<Options, String> {
        Options::parse(words.iter().map(Into::into), None)
    }

    #[test]
    fn a_quick_run_takes_each_pair_once_unless_told_otherwise() {
        assert_eq!(parse(&["--quick"]).expect("valid").repeat, 1);
        assert_eq!(parse(&["--quick", "--repeat", "4"]).expect("valid").repeat, 4);
        assert_eq!(parse(&[]).expect("valid").repeat, 3);
    }

    #[test]
    fn a_mistake_is_named() {
        let mistake = |words: &[&str]| parse(words).err();
        assert_eq!(mistake(&["--only", "a,x"]).as_deref(), Some("no workload is called x"));
        assert_eq!(mistake(&["--repeat", "0"]).as_deref(), Some("not a count: 0"));
        assert_eq!(mistake(&["--dir"]).as_deref(), Some("--dir needs a value"));
        assert_eq!(mistake(&["--fast"]).as_deref(), Some("unknown argument --fast"));
    }
}
