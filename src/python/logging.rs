//! Log events become records of Python's `logging`.
//!
//! Records are made on the Python threads that make calls: when a call has ended, about every 100
//! ms while a synchronous call waits, and in the task of an asynchronous call, which an event
//! wakes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::UNIX_EPOCH;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::interpreter::imported::{Imported, loaded_module};
use super::interpreter::{gil, python_calls};
use crate::call::retry::new_invocation_id;
use crate::log::{self, CallLog, Event, Level, Value};
use crate::model::Operation;

/// The log of one pending call, if a logger is enabled. If this is dropped before `end`, the call
/// was cancelled, and the next flush makes the records.
#[derive(Default)]
pub struct LoggedCall(Option<Arc<CallLog>>);

impl LoggedCall {
    /// Begins the log of a call, if a logger is enabled.
    pub fn begin(py: Python<'_>, operation: &'static Operation) -> PyResult<Self> {
        update_level(py)?;
        let call = || CallLog::new(operation.name, new_invocation_id());
        Ok(LoggedCall(log::is_on().then(call)))
    }

    /// The log, for a part of the call's work.
    pub fn part(&self) -> LoggedPart {
        LoggedPart(self.0.clone())
    }

    /// Does work whose events belong to the call.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        log::in_call(self.0.as_ref(), work)
    }

    /// Makes records of the events so far. `waker` is woken when there are more.
    pub fn flush(&self, py: Python<'_>, waker: &Waker) -> PyResult<()> {
        match &self.0 {
            None => Ok(()),
            Some(call) => emit(py, call.take(Some(waker.clone()))),
        }
    }

    /// Makes records of all events, because the call has ended.
    pub fn end(mut self, py: Python<'_>) -> PyResult<()> {
        let events = self.0.take().map(|call| call.end()).unwrap_or_default();
        if events.is_empty() { flush(py) } else { emit(py, events) }
    }
}

/// The log of a call, for a part of the call's work. Dropping it does not end the log.
pub struct LoggedPart(Option<Arc<CallLog>>);

impl LoggedPart {
    /// Does work whose events belong to the call.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        log::in_call(self.0.as_ref(), work)
    }

    /// Makes records of the events so far. `waker` is woken when there are more.
    pub fn flush(&self, py: Python<'_>, waker: Option<&Waker>) -> PyResult<()> {
        match &self.0 {
            None => Ok(()),
            Some(call) => emit(py, call.take(waker.cloned())),
        }
    }
}

impl Drop for LoggedCall {
    fn drop(&mut self) {
        if let Some(call) = &self.0 {
            log::in_call(Some(call), log::cancelled);
            log::keep_in_background(call.end());
        }
    }
}

/// Asks `logging` for which level loggers are enabled, if the program has imported `logging`.
pub fn update_level(py: Python<'_>) -> PyResult<()> {
    static IS_LOADED: AtomicBool = AtomicBool::new(false);
    static WANTS_DEBUG: Imported = Imported::new("fastbedrock._logging", "wants_debug");
    if !IS_LOADED.load(Ordering::Relaxed) {
        // A program that has not imported `logging` has no loggers, and need not pay for the
        // import.
        if loaded_module(py, "logging")?.is_none() {
            return Ok(());
        }
        IS_LOADED.store(true, Ordering::Relaxed);
    }
    let result = python_calls::call_function(py, &WANTS_DEBUG, ());
    match result.and_then(|wants_debug| wants_debug.is_truthy()) {
        Ok(wants_debug) => {
            log::set_level(Some(if wants_debug { Level::Debug } else { Level::Warning }));
            Ok(())
        }
        Err(error) => not_fatal(py, error),
    }
}

/// A call does not fail because logging fails. Exceptions that end the program are raised.
fn not_fatal(py: Python<'_>, error: PyErr) -> PyResult<()> {
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    error.write_unraisable(py, None);
    Ok(())
}

/// Makes records of events that belong to no call, or to calls that have ended.
pub fn flush(py: Python<'_>) -> PyResult<()> {
    if log::has_background_events() { emit(py, vec![]) } else { Ok(()) }
}

/// Makes records of the events so far in the call that this thread waits for. The caller does not
/// hold the GIL.
///
/// Raises exceptions that end the program, such as KeyboardInterrupt.
pub fn flush_waiting() -> PyResult<()> {
    let call = log::current_call();
    if !log::has_background_events() && call.as_ref().is_none_or(|call| call.is_empty()) {
        return Ok(());
    }
    let flushed = gil::try_attach(|py| {
        let events = call.map(|call| call.take(None)).unwrap_or_default();
        emit(py, events)
    });
    flushed.unwrap_or(Ok(()))
}

/// Makes records of these events, and of those that belong to no call.
fn emit(py: Python<'_>, mut events: Vec<Event>) -> PyResult<()> {
    if log::has_background_events() {
        events.extend(log::take_background_events());
        events.sort_by_key(|event| event.time);
    }
    if events.is_empty() {
        return Ok(());
    }
    log::muted(|| {
        for event in events {
            emit_one(py, event).or_else(|error| not_fatal(py, error))?;
        }
        Ok(())
    })
}

fn emit_one(py: Python<'_>, event: Event) -> PyResult<()> {
    static EMIT: Imported = Imported::new("fastbedrock._logging", "emit");
    let level = match event.level {
        Level::Warning => 30,
        Level::Debug => 10,
    };
    let created = event.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let fields = PyDict::new(py);
    for (name, value) in event.fields {
        match value {
            Value::Text(text) => fields.set_item(name, text)?,
            Value::Number(number) => fields.set_item(name, number)?,
            Value::Seconds(seconds) => fields.set_item(name, seconds)?,
        }
    }
    let arguments = (event.logger, level, created, event.message, fields);
    python_calls::call_function(py, &EMIT, arguments).map(drop)
}
