//! Strict reading of settings from JSON: a member that is not read is a mistake of the caller.

use std::time::Duration;

use serde_json::{Map, Value};

/// The longest duration that a setting may have: short enough to be added and multiplied.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The members of a JSON object that have not been read yet. Errors are sentences for the caller;
/// they name the object and the member.
pub(crate) struct StrictObject {
    name: String,
    members: Map<String, Value>,
}

impl StrictObject {
    /// `name` is what errors call the object.
    pub(crate) fn new(name: impl Into<String>, json: &Value) -> Result<Self, String> {
        let name = name.into();
        match json {
            Value::Object(members) => Ok(StrictObject { name, members: members.clone() }),
            _ => Err(format!("{name}: a JSON object, not {json}")),
        }
    }

    /// Takes a member; null counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Whether the member is present, null included.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Takes a member and converts it with `read`; the error says that the member must be `wanted`.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(format!("{}: {name} must be {wanted}, not {value}", self.name)),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.read(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>, String> {
        self.read(name, "a whole number, 0 or more", Value::as_u64)
    }

    pub(crate) fn seconds(&mut self, name: &str) -> Result<Option<Duration>, String> {
        self.read(name, "a number of seconds from 0 to 86400", duration)
    }

    /// Reads a rate of tokens per second as the time from one token to the next.
    pub(crate) fn interval(&mut self, name: &str) -> Result<Option<Duration>, String> {
        self.read(name, "a number of at least one token a day (1/86400)", |value| {
            duration(&Value::from(1.0 / value.as_f64().filter(|rate| *rate > 0.0)?))
        })
    }

    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, String> {
        self.read(name, "a list of strings", |value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    pub(crate) fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, String> {
        self.read(name, "a list", |value| value.as_array().cloned())
    }

    /// The value that was read from a mandatory member; an error if the member is absent.
    pub(crate) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, String> {
        value.ok_or_else(|| format!("{}: {name} is missing", self.name))
    }

    /// The names of the members that are left.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// The members that are left; the caller accepts any name.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.members
    }

    /// Ends the reading: an error if a member is left.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("{}: there is no setting called {name}", self.name)),
        }
    }
}

fn duration(seconds: &Value) -> Option<Duration> {
    let duration = Duration::try_from_secs_f64(seconds.as_f64()?).ok()?;
    (duration <= LONGEST).then_some(duration)
}
