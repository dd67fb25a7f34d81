//! Reading settings from JSON strictly: what is left over at the end is somebody's mistake.

use std::time::Duration;

use serde_json::{Map, Value};

/// Longer than anybody waits, and short enough to be added up and multiplied.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The members of a JSON object that nobody has taken yet. Errors are sentences for the caller
/// that name the object (`what`) and the member.
pub(crate) struct Fields {
    what: String,
    members: Map<String, Value>,
}

impl Fields {
    pub(crate) fn new(what: impl Into<String>, json: &Value) -> Result<Self, String> {
        let what = what.into();
        match json {
            Value::Object(members) => Ok(Fields { what, members: members.clone() }),
            _ => Err(format!("{what}: a JSON object, not {json}")),
        }
    }

    /// Takes a member; null is as good as none.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Whether the member is there, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Takes a member and reads it; `wanted` is what the error says it should have been.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(format!("{}: {name} must be {wanted}, not {value}", self.what)),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.read(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>, String> {
        self.read(name, "a whole number, 0 or more", Value::as_u64)
    }

    pub(crate) fn seconds(&mut self, name: &str) -> Result<Option<Duration>, String> {
        self.read(name, "a number of seconds, from 0 to a day's", duration)
    }

    /// A rate per second, as the time between two.
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

    /// A member that has to be there.
    pub(crate) fn needed<T>(&self, name: &str, value: Option<T>) -> Result<T, String> {
        value.ok_or_else(|| format!("{}: {name} is missing", self.what))
    }

    /// The names of the members that are left.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// The members that are left, whatever their names.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.members
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), String> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("{}: there is no setting called {name}", self.what)),
        }
    }
}

fn duration(seconds: &Value) -> Option<Duration> {
    let duration = Duration::try_from_secs_f64(seconds.as_f64()?).ok()?;
    (duration <= LONGEST).then_some(duration)
}
