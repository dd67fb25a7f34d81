//! The codes of the MFA devices that roles require (`mfa_serial`).
//!
//! A user types them, so Python asks for them before a synchronous call starts, on the thread of
//! the call. The runtime never asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;

use crate::error::{Error, Kind};

#[derive(Debug)]
pub(super) struct MfaCodes {
    devices: Vec<String>,
    unused: ArcSwapOption<Secret>,
    were_given: AtomicBool,
}

/// Debug output hides the codes.
struct Secret(Vec<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl MfaCodes {
    /// `devices` are serial numbers or ARNs, in the order in which botocore asks for their codes.
    pub fn new(devices: Vec<String>) -> Self {
        MfaCodes { devices, unused: ArcSwapOption::empty(), were_given: AtomicBool::new(false) }
    }

    pub fn devices(&self) -> Vec<String> {
        self.devices.clone()
    }

    /// Whether codes are needed and have never been entered.
    pub fn are_wanted(&self) -> bool {
        !self.devices.is_empty() && !self.were_given.load(Ordering::Acquire)
    }

    pub fn give(&self, codes: Vec<String>) {
        self.unused.store(Some(Arc::new(Secret(codes))));
        self.were_given.store(true, Ordering::Release);
    }

    /// The codes for one retrieval. Errors: `InvalidConfigError` if no codes were entered, and
    /// `RefreshWithMFAUnsupportedError` if they have been used.
    pub fn take(&self) -> Result<Vec<String>, Error> {
        if self.devices.is_empty() {
            return Ok(Vec::new());
        }
        match self.unused.swap(None) {
            Some(codes) => Ok(codes.0.clone()),
            None if self.were_given.load(Ordering::Acquire) => {
                Err(Error::new(Kind::RefreshWithMfaUnsupported))
            }
            None => Err(Error::invalid_config(format!(
                "The profile requires a code of the MFA device {} (mfa_serial), and an event loop \
                 cannot wait for a user to type one. Call get_credentials() of the client's \
                 session before the loop runs: the session's clients share the credentials.",
                self.devices.join(" and ")
            ))),
        }
    }
}
