//! A log event: a plain value from which Python makes a log record.

use std::time::{Duration, SystemTime};

/// The severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Warning,
    Debug,
}

/// One log event. It contains neither secrets nor text that the user or the model wrote.
#[derive(Debug, Clone)]
pub struct Event {
    /// The logger's name.
    pub logger: &'static str,
    pub level: Level,
    pub time: SystemTime,
    /// A template that refers to fields by name, as Python's `%` operator formats a dict.
    pub message: &'static str,
    pub fields: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(u64),
    Seconds(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Value::Seconds(duration.as_secs_f64())
    }
}
