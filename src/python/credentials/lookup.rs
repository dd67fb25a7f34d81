//! The lookup of an engine's credentials, for threads that must not block.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pyo3::prelude::*;
use tokio_util::task::AbortOnDropHandle;

use super::identity;
use crate::credentials::{CredentialsCache, Identity};
use crate::error::{Error, Kind};
use crate::python::asyncio::awaited_value::AwaitedValue;
use crate::python::asyncio::waiting_slot::WaitingSlot;
use crate::python::{errors, logging};
use crate::runtime::fork::ForkGuarded;
use crate::runtime::{panics, shared};

type Found = Result<Arc<Identity>, Error>;

/// A lookup, which runs on the shared runtime from the first poll on. Its value is a dict, or False
/// if there are no credentials. Dropping the lookup ends the wait.
pub struct CredentialsLookup {
    /// `None` if the engine does not find the credentials itself.
    credentials: Option<CredentialsCache>,
    task: Option<ForkGuarded<AbortOnDropHandle<Found>>>,
}

impl CredentialsLookup {
    pub fn new(credentials: Option<CredentialsCache>) -> Self {
        CredentialsLookup { credentials, task: None }
    }

    fn poll_found(&mut self, waker: &Waker) -> Poll<Option<Found>> {
        let Some(credentials) = &self.credentials else { return Poll::Ready(None) };
        if self.task.is_none() {
            let runtime = match shared::runtime() {
                Ok((runtime, _)) => runtime,
                Err(error) => return Poll::Ready(Some(Err(failed(error.to_string())))),
            };
            let credentials = credentials.clone();
            let task = runtime.spawn(async move { credentials.get().await });
            self.task = Some(ForkGuarded::new(AbortOnDropHandle::new(task)));
        }
        let Some(task) = self.task.as_mut().and_then(ForkGuarded::get_mut) else {
            let text = "the lookup of credentials belongs to the process that was forked";
            return Poll::Ready(Some(Err(failed(text.to_owned()))));
        };
        Pin::new(task)
            .poll(&mut Context::from_waker(waker))
            .map(|ended| Some(ended.unwrap_or_else(|error| Err(panics::ended_early(error)))))
    }
}

fn failed(error: String) -> Error {
    Error::new(Kind::HttpClient { error })
}

impl AwaitedValue for CredentialsLookup {
    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        let polled = self.poll_found(&Waker::from(slot.clone()));
        logging::flush(py)?;
        polled.map(|found| match found {
            Some(Ok(found)) => Ok(identity::dict(py, &found)?.into_any().unbind()),
            None => none(py),
            Some(Err(error)) if error.is_no_credentials() => none(py),
            Some(Err(error)) => Err(errors::exception(py, &error)),
        })
    }
}

/// The value if there are no credentials: False, because None means that no value is available yet.
fn none(py: Python<'_>) -> PyResult<Py<PyAny>> {
    Ok(false.into_pyobject(py)?.to_owned().into_any().unbind())
}
