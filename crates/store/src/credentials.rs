//! What a server is told to let csync3 in: password and TLS settings from the URL, from a file or
//! from the variables and files that the server's own programs read.
use crate::StoreError;
use crate::url::{Secret, ServerKind, ServerUrl, TlsMode};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the environment of the process says.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `PGPASSWORD`.
    pub password: Option<Secret>,
    /// `PGPASSFILE`, or `~/.pgpass`.
    pub password_list: Option<PathBuf>,
    /// `PGSSLMODE`.
    pub tls: Option<TlsMode>,
    /// `PGSSLROOTCERT`.
    pub root_certificate: Option<PathBuf>,
    /// `MYSQL_PWD`.
    pub mysql_password: Option<Secret>,
    /// `~/.my.cnf`.
    pub mysql_options: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables; `variable` looks one up.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name| variable(name).and_then(|value| value.into_string().ok());
        let home = |file| variable("HOME").map(|home| Path::new(&home).join(file));
        Self {
            password: text("PGPASSWORD").map(Secret),
            password_list: variable("PGPASSFILE").map(PathBuf::from).or_else(|| home(".pgpass")),
            tls: text("PGSSLMODE").and_then(|it| TlsMode::parse(ServerKind::Postgres, &it)),
            root_certificate: variable("PGSSLROOTCERT").map(PathBuf::from),
            mysql_password: text("MYSQL_PWD").map(Secret),
            mysql_options: home(".my.cnf"),
        }
    }
}

/// The password: of the URL, else of its `password-file`, else of the environment, else of the list.
pub(crate) fn password(
    server: &ServerUrl,
    environment: &Environment,
) -> Result<Option<Secret>, StoreError> {
    if let Some(password) = &server.password {
        return Ok(Some(password.clone()));
    }
    if let Some(file) = &server.password_file {
        let text = read_private(file).map_err(|error| StoreError::Secret {
            database: server.to_string().into(),
            what: "password file",
            file: file.clone(),
            source: Arc::new(error),
        })?;
        return Ok(Some(Secret(text.lines().next().unwrap_or_default().to_owned())));
    }
    let (password, file) = match server.kind {
        ServerKind::Postgres => (&environment.password, &environment.password_list),
        ServerKind::Mysql => (&environment.mysql_password, &environment.mysql_options),
    };
    if let Some(password) = password {
        return Ok(Some(password.clone()));
    }
    // As PostgreSQL's own programs do: a file that is not there or not private does not count.
    let text = file.as_deref().and_then(|file| read_private(file).ok());
    Ok(text.and_then(|text| match server.kind {
        ServerKind::Postgres => text.lines().find_map(|line| listed(line, server)),
        ServerKind::Mysql => option(&text, "client", "password"),
    }))
}

/// The value of an option in a section of a MySQL option file; the last one counts.
fn option(text: &str, section: &str, name: &str) -> Option<Secret> {
    let (mut is_inside, mut found) = (false, None);
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(header) = line.strip_prefix('[') {
            is_inside = header.split(']').next() == Some(section);
        } else if is_inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim_end() == name
        {
            found = Some(Secret(unquoted(value.trim_start())));
        }
    }
    found
}

/// A value without its quotes; without them a `#` begins a comment. A backslash takes the next letter in.
fn unquoted(value: &str) -> String {
    let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''));
    let (mut letters, mut text) = (value.chars().skip(usize::from(quote.is_some())), String::new());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                's' => ' ',
                other => other,
            })),
            end if Some(end) == quote => return text,
            '#' if quote.is_none() => break,
            other => text.push(other),
        }
    }
    text.trim_end().to_owned()
}

fn read_private(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.mode() & 0o077 != 0 {
        let text = format!("others may read it (chmod 600 {})", file.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    fs::read_to_string(file)
}

/// The password of a line `host:port:database:user:password`, if the line is about this server.
fn listed(line: &str, server: &ServerUrl) -> Option<Secret> {
    let fields = fields(line);
    let [host, port, database, user, password] = fields.as_slice() else {
        return None;
    };
    let own_host = if server.socket.is_some() { "localhost" } else { &*server.host };
    let own_port = server.port.to_string();
    let own = [own_host, &*own_port, &*server.database, &*server.user];
    let fits = |(pattern, own): (&String, &str)| pattern == "*" || pattern == own;
    let all = [host, port, database, user].into_iter().zip(own).all(fits);
    (all && !line.starts_with('#')).then(|| Secret(password.clone()))
}

/// Splits at colons; a backslash takes the next letter as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let more = fields.len() < 5;
        let last = fields.last_mut().expect("there is always one");
        match letter {
            '\\' => last.extend(letters.next()),
            ':' if more => fields.push(String::new()),
            other => last.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::{Environment, password};
    use crate::url::DatabaseUrl;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn found(url: &str, environment: &Environment) -> Result<Option<String>, String> {
        let url = DatabaseUrl::decide(Some(url), None, "n", None).expect("a good URL");
        let found = password(url.server().expect("a server"), environment);
        found.map(|it| it.map(|it| it.0)).map_err(|error| error.to_string())
    }

    fn write(file: &Path, text: &str, mode: u32) {
        fs::write(file, text).expect("it can be written");
        fs::set_permissions(file, Permissions::from_mode(mode)).expect("it is ours");
    }

    #[test]
    fn the_password_comes_from_url_file_environment_or_list_in_this_order() {
        let directory = tempfile::tempdir().expect("a directory");
        let (list, file) = (directory.path().join("list"), directory.path().join("file"));
        write(&list, "# db:*:*:*:no\nother:*:*:*:no\ndb:5432:*:csync2:li\\:s:t\n", 0o600);
        write(&file, "filed\nmore\n", 0o600);
        let home = Environment::read(|name| (name == "PGPASSFILE").then(|| list.clone().into()));
        assert_eq!(found("pgsql://db/", &home), Ok(Some("li:s:t".into())));
        assert_eq!(found("pgsql://elsewhere/", &home), Ok(None));
        let both = Environment::read(|name| match name {
            "PGPASSWORD" => Some("set".into()),
            _ => Some(list.clone().into()),
        });
        assert_eq!(found("pgsql://db/", &both), Ok(Some("set".into())));
        let with_file = format!("pgsql://db/?password-file={}", file.display());
        assert_eq!(found(&with_file, &both), Ok(Some("filed".into())));
        assert_eq!(found("pgsql://me:own@db/", &both), Ok(Some("own".into())));
    }

    #[test]
    fn mysql_has_a_variable_and_a_file_of_its_own() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join(".my.cnf");
        let text = "[mysqld]\npassword=no\n[client]\nuser = me\n password = \"a#\\\"b\" # c\n[x]\n\
            password=no\n";
        write(&file, text, 0o600);
        let home = Environment::read(|name| (name == "HOME").then(|| directory.path().into()));
        assert_eq!(found("mysql://db/", &home), Ok(Some("a#\"b".into())));
        assert_eq!(found("pgsql://db/", &home), Ok(None));
        write(&file, "[client]\npassword=plain # c\n", 0o600);
        assert_eq!(found("mysql://db/", &home), Ok(Some("plain".into())));
        let both = Environment::read(|name| match name {
            "MYSQL_PWD" => Some("set".into()),
            "PGPASSWORD" => Some("no".into()),
            _ => Some(directory.path().into()),
        });
        assert_eq!(found("mysql://db/", &both), Ok(Some("set".into())));
        write(&file, text, 0o644);
        assert_eq!(found("mysql://db/", &home), Ok(None));
    }

    #[test]
    fn a_file_that_others_may_read_does_not_count() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("open");
        write(&file, "*:*:*:*:secret\n", 0o644);
        let list = Environment { password_list: Some(file.clone()), ..Environment::default() };
        assert_eq!(found("pgsql://db/", &list), Ok(None));
        let named = found(&format!("pgsql://db/?password-file={}", file.display()), &list);
        assert!(named.is_err_and(|said| said.contains("cannot use password file")));
    }
}
