//! `credential_process`: a command that prints keys.
//!
//! As in botocore the command is not run by a shell, which `aws-config` would do.

use std::fmt;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

use super::identity::Identity;
use super::source::expiration;
use crate::transport::error::{Error, Kind};

const METHOD: &str = "custom-process";

/// The command line. Debug output hides it: it may hold secrets.
#[derive(Clone)]
pub struct CredentialProcess(Arc<str>);

impl fmt::Debug for CredentialProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialProcess(…)")
    }
}

impl CredentialProcess {
    pub(super) fn new(command: &str) -> Self {
        CredentialProcess(command.into())
    }

    /// Runs the command, on a thread where that may take its time. The error quotes what the
    /// command wrote to its standard error, never its output.
    pub(super) async fn fetch(&self) -> Result<Identity, Error> {
        let line = self.0.clone();
        tokio::task::spawn_blocking(move || run(&line))
            .await
            .unwrap_or_else(|error| Err(failed(error.to_string())))
    }
}

fn run(line: &str) -> Result<Identity, Error> {
    let mut command = command(line)?;
    let output = command.output().map_err(|error| {
        failed(format!("{} could not be run: {error}", command.get_program().display()))
    })?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr)));
    }
    let answer: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("The process wrote something that is not JSON"))?;
    let version = answer.get("Version");
    if version.and_then(Value::as_f64) != Some(1.0) {
        let version = match version {
            None => "<Version key not provided>".to_owned(),
            Some(Value::String(version)) => version.clone(),
            Some(version) => version.to_string(),
        };
        return Err(failed(format!(
            "Unsupported version '{version}' for credential process provider, supported \
             versions: 1"
        )));
    }
    let required = |key: &str| {
        let value = answer.get(key).and_then(Value::as_str);
        value.ok_or_else(|| failed(format!("Missing required key in response: '{key}'")))
    };
    let optional = |key: &str| answer.get(key).and_then(Value::as_str);
    let expires = optional("Expiration")
        .map(|text| expiration(text).ok_or_else(|| failed("Expiration is no ISO 8601 time")))
        .transpose()?;
    let token = optional("SessionToken").map(str::to_owned);
    Ok(Identity::new(
        required("AccessKeyId")?,
        required("SecretAccessKey")?,
        token,
        expires,
        METHOD,
    ))
}

#[cfg(not(windows))]
fn command(line: &str) -> Result<Command, Error> {
    let words = crate::transport::shell_words::split(line).map_err(failed)?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed("It names no command"))?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Windows programs cut their command lines themselves, so the rest is handed over as it is.
#[cfg(windows)]
fn command(line: &str) -> Result<Command, Error> {
    use std::os::windows::process::CommandExt as _;

    let line = line.trim();
    let (program, arguments) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or_else(|| failed("No closing quotation"))?,
        None => line.split_once([' ', '\t']).unwrap_or((line, "")),
    };
    let mut command = Command::new(program);
    command.raw_arg(arguments);
    Ok(command)
}

fn failed(error_msg: impl Into<String>) -> Error {
    Error::new(Kind::CredentialRetrieval {
        provider: METHOD.to_owned(),
        error_msg: error_msg.into(),
    })
}
