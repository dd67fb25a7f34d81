//! The codes of MFA devices that roles want (`mfa_serial`).
//!
//! Somebody has to type them, so they are asked by the faces: on the thread of a synchronous call,
//! before it starts, and never by the runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;

use super::source::{Source, invalid};
use crate::error::{Error, Kind};

#[derive(Debug)]
pub(super) struct Codes {
    devices: Vec<String>,
    given: ArcSwapOption<Secret>,
    were_given: AtomicBool,
}

/// Debug output hides them.
struct Secret(Vec<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl Codes {
    pub fn new(source: &Source) -> Self {
        Codes {
            devices: source.mfa_devices().into_iter().map(str::to_owned).collect(),
            given: ArcSwapOption::empty(),
            were_given: AtomicBool::new(false),
        }
    }

    pub fn devices(&self) -> Vec<String> {
        self.devices.clone()
    }

    /// Whether there are devices, and nobody was asked yet.
    pub fn are_wanted(&self) -> bool {
        !self.devices.is_empty() && !self.were_given.load(Ordering::Acquire)
    }

    pub fn give(&self, codes: Vec<String>) {
        self.given.store(Some(Arc::new(Secret(codes))));
        self.were_given.store(true, Ordering::Release);
    }

    /// The codes for one look-up. Errors: `InvalidConfigError` where nobody was asked, and
    /// `RefreshWithMFAUnsupportedError` where the codes are used up.
    pub fn take(&self) -> Result<Vec<String>, Error> {
        if self.devices.is_empty() {
            return Ok(Vec::new());
        }
        match self.given.swap(None) {
            Some(codes) => Ok(codes.0.clone()),
            None if self.were_given.load(Ordering::Acquire) => {
                Err(Error::new(Kind::RefreshWithMfaUnsupported))
            }
            None => Err(invalid(format!(
                "The profile wants a code of the MFA device {} (mfa_serial), for which nobody is \
                 asked on an event loop. Call get_credentials() of the client's session before \
                 the loop runs: its clients share the keys.",
                self.devices.join(" and ")
            ))),
        }
    }
}
