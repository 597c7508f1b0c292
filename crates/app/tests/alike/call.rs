//! A call, as a test writes it.
use csync3_testkit::{Cluster, Program};
use std::path::PathBuf;
use std::process::Command;

/// One call of either program on one host.
///
/// In every word `@tree`, `@node` and `@system` stand for directories of the calling host, `@me`
/// and `@peer` for the names of hosts 0 and 1, `@port` for the port of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    words: Vec<String>,
    usual_options: bool,
    directory: Option<String>,
    variables: Vec<(&'static str, String)>,
}

impl From<&[&str]> for Call {
    fn from(words: &[&str]) -> Self {
        Self {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            usual_options: true,
            directory: None,
            variables: Vec::new(),
        }
    }
}

impl<const N: usize> From<&[&str; N]> for Call {
    fn from(words: &[&str; N]) -> Self {
        Self::from(&words[..])
    }
}

impl Call {
    /// A call with these words alone; otherwise `-N`, `-p` and `-D` of the host come first.
    pub(crate) fn bare(words: &[&str]) -> Self {
        Self { usual_options: false, ..Self::from(words) }
    }

    /// The same, made in another directory than that of the host.
    pub(crate) fn within(mut self, directory: &str) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// The same with a variable of the environment.
    pub(crate) fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// The command that carries it out on host 0.
    pub(crate) fn command(&self, cluster: &Cluster, program: &Program) -> Command {
        let node = cluster.node(0);
        let mut command = Command::new(program.path());
        for (name, value) in node.bare_command().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        for (name, value) in &self.variables {
            command.env(name, fill(cluster, value));
        }
        let directory = self.directory.as_ref();
        command.current_dir(
            directory
                .map_or_else(|| node.dir().to_owned(), |text| PathBuf::from(fill(cluster, text))),
        );
        if self.usual_options {
            command.args(node.options());
        }
        command.args(self.words.iter().map(|word| fill(cluster, word)));
        command
    }
}

/// A text with its placeholders replaced.
pub(crate) fn fill(cluster: &Cluster, text: &str) -> String {
    let node = cluster.node(0);
    text.replace("@tree", &node.root().display().to_string())
        .replace("@node", &node.dir().display().to_string())
        .replace("@system", &node.system_dir().display().to_string())
        .replace("@me", node.name())
        .replace("@peer", cluster.node(1).name())
        .replace("@port", &cluster.port().to_string())
}
