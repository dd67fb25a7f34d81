//! The shared config and credentials files (`~/.aws/config`, `~/.aws/credentials`), merged as
//! botocore merges them.

use std::path::PathBuf;

use aws_types::os_shim_internal::Env;

use crate::environment::ini;
use crate::environment::shell_words;
use crate::error::{Error, Kind};

/// Sections with their names, in the order of the file.
type NamedSections = Vec<(String, Section)>;

/// The options of one section.
#[derive(Clone, Default)]
pub(crate) struct Section(Vec<(String, Value)>);

#[derive(Clone)]
enum Value {
    Text(String),
    /// An indented block of options below an option that has no value.
    Nested(Vec<(String, String)>),
}

impl Section {
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            Value::Nested(_) => None,
        }
    }

    /// The option `name` in the indented block of the option `group`.
    pub fn nested(&self, group: &str, name: &str) -> Option<&str> {
        match self.value(group)? {
            Value::Text(_) => None,
            Value::Nested(options) => {
                options.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
            }
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Adds the options of `other`, which override existing ones.
    fn update(&mut self, other: &Section) {
        for (name, value) in &other.0 {
            match self.0.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) => own.clone_from(value),
                None => self.0.push((name.clone(), value.clone())),
            }
        }
    }
}

/// The contents of the two files.
#[derive(Clone, Default)]
pub(crate) struct Profiles {
    /// The profiles of both files. Options in the credentials file override those in the config
    /// file.
    merged: NamedSections,
    /// The profiles of the config file.
    config: NamedSections,
    /// The profiles of the credentials file.
    credentials: NamedSections,
    sso_sessions: NamedSections,
    services: NamedSections,
}

impl Profiles {
    /// Reads the files that `env` names, or those in the home directory. A missing file counts as
    /// empty.
    pub fn load(env: &Env) -> Result<Self, Error> {
        let mut profiles = Profiles::default();
        for (name, section) in read(env, "AWS_CONFIG_FILE", "~/.aws/config")? {
            let named = if name.starts_with("profile") {
                &mut profiles.config
            } else if name.starts_with("sso-session") {
                &mut profiles.sso_sessions
            } else if name.starts_with("services") {
                &mut profiles.services
            } else if name == "default" {
                put(&mut profiles.config, name, section);
                continue;
            } else {
                continue;
            };
            if let Ok(Ok([_, name])) = shell_words::split(&name).map(<[String; 2]>::try_from) {
                put(named, name, section);
            }
        }
        let credentials = ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        profiles.credentials = read(env, credentials.0, credentials.1)?;
        profiles.merged.clone_from(&profiles.config);
        for (name, section) in &profiles.credentials {
            match profiles.merged.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) => own.update(section),
                None => profiles.merged.push((name.clone(), section.clone())),
            }
        }
        Ok(profiles)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.merged.iter().map(|(name, _)| name.as_str())
    }

    pub fn get(&self, name: &str) -> Option<&Section> {
        find(&self.merged, name)
    }

    /// The profile with this name, or an empty one.
    pub fn section(&self, name: &str) -> &Section {
        static EMPTY: Section = Section(Vec::new());
        self.get(name).unwrap_or(&EMPTY)
    }

    pub fn in_config_file(&self, name: &str) -> Option<&Section> {
        find(&self.config, name)
    }

    pub fn in_credentials_file(&self, name: &str) -> Option<&Section> {
        find(&self.credentials, name)
    }

    pub fn sso_session(&self, name: &str) -> Option<&Section> {
        find(&self.sso_sessions, name)
    }

    /// The section `[services name]`, unless it is empty.
    pub fn services(&self, name: &str) -> Option<&Section> {
        find(&self.services, name).filter(|section| !section.0.is_empty())
    }
}

/// The names of the profiles in both files, in botocore's order.
///
/// Error: `ConfigParseError`.
pub fn available_profiles() -> Result<Vec<String>, Error> {
    Ok(Profiles::load(&Env::real())?.names().map(str::to_owned).collect())
}

fn find<'a>(named: &'a NamedSections, name: &str) -> Option<&'a Section> {
    named.iter().find(|(own, _)| own == name).map(|(_, section)| section)
}

/// Adds the section, or replaces the one with this name at its place.
fn put(named: &mut NamedSections, name: String, section: Section) {
    match named.iter_mut().find(|(own, _)| *own == name) {
        Some((_, own)) => *own = section,
        None => named.push((name, section)),
    }
}

fn read(env: &Env, variable: &str, default: &str) -> Result<NamedSections, Error> {
    let path = env.get(variable).unwrap_or_else(|_| default.to_owned());
    let path = expand_user(env, &expand_variables(env, &path));
    if !path.is_file() {
        return Ok(NamedSections::new());
    }
    // As in Python, a file that cannot be opened is ignored.
    let Ok(bytes) = std::fs::read(&path) else { return Ok(NamedSections::new()) };
    let invalid =
        |error: String| Error::new(Kind::ConfigParse { path: path.display().to_string(), error });
    let text = String::from_utf8(bytes).map_err(|error| invalid(error.utf8_error().to_string()))?;
    let mut named = NamedSections::new();
    for (name, options) in ini::parse(&text).map_err(invalid)? {
        let mut section = Section::default();
        for (option, value) in options {
            let value = match value.strip_prefix('\n') {
                None => Value::Text(value),
                Some(block) => Value::Nested(nested(block).ok_or_else(|| {
                    invalid(format!("a line in the block of {option} in [{name}] has no ="))
                })?),
            };
            section.0.push((option, value));
        }
        named.push((name, section));
    }
    Ok(named)
}

fn nested(block: &str) -> Option<Vec<(String, String)>> {
    block
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once('='))
        .map(|pair| pair.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())))
        .collect()
}

/// Expands `$NAME` and `${NAME}`. Unknown variables stay unchanged.
fn expand_variables(env: &Env, path: &str) -> String {
    let mut expanded = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, tail) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or(("", after)),
            None => {
                let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                let end = after.find(|letter| !is_word(letter)).unwrap_or(after.len());
                after.split_at(end)
            }
        };
        match env.get(name) {
            Ok(value) if !name.is_empty() => {
                expanded.push_str(&value);
                rest = tail;
            }
            _ => {
                expanded.push('$');
                rest = after;
            }
        }
    }
    expanded + rest
}

pub(crate) fn expand_user(env: &Env, path: &str) -> PathBuf {
    let Some(rest) = path.strip_prefix('~') else { return path.into() };
    let rest = match rest.strip_prefix(std::path::is_separator) {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => return path.into(), // `~name`: the home of another user.
    };
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    match env.get(variable).ok().map(PathBuf::from).or_else(std::env::home_dir) {
        Some(home) => home.join(rest),
        None => path.into(),
    }
}
