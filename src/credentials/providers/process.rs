//! `credential_process`: a command that prints credentials.
//!
//! As in botocore, no shell runs the command; `aws-config` would use one.

use std::fmt;
use std::io::Read;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;

use crate::credentials::identity::Identity;
use crate::credentials::json;
use crate::error::Error;

const METHOD: &str = "custom-process";

/// A command line, and the account that its profile names. Debug output hides the command, which
/// may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialProcess {
    command_line: Arc<str>,
    account_id: Option<String>,
}

impl fmt::Debug for CredentialProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialProcess(…)")
    }
}

impl CredentialProcess {
    /// `account_id` is used if the command prints none.
    pub fn new(command: &str, account_id: Option<&str>) -> Self {
        CredentialProcess {
            command_line: command.into(),
            account_id: account_id.map(str::to_owned),
        }
    }

    /// Runs the command on a thread that may block. The error quotes what the command wrote to its
    /// standard error, never its output.
    pub async fn retrieve(&self) -> Result<Identity, Error> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.run())
            .await
            .unwrap_or_else(|error| Err(failed(error.to_string())))
    }

    fn run(&self) -> Result<Identity, Error> {
        let output = output_of(command(&self.command_line)?)?;
        let object = json::parse(&output)
            .map_err(|why| failed(format!("The output of the process cannot be read: {why}")))?;
        let version = object.get("Version");
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
        let identity = json::identity(&object, "SessionToken", METHOD).map_err(failed)?;
        let own = json::account_id(&object).filter(|account_id| !account_id.is_empty());
        Ok(identity.with_account_id(own.or(self.account_id.as_deref())))
    }
}

/// The error number of a wait for a child if the kernel has discarded the exit status of the child,
/// because this program ignores SIGCHLD.
const ECHILD: i32 = 10;

/// Runs the command and returns what it wrote to its standard output. As under botocore, the
/// command can ask its user, because it inherits the standard input.
fn output_of(mut command: Command) -> Result<Vec<u8>, Error> {
    let program = command.get_program().display().to_string();
    let not_run = |error: std::io::Error| failed(format!("{program} could not be run: {error}"));
    command.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(not_run)?;
    let (output, errors) = read_output(&mut child, read_on_a_thread).map_err(not_run)?;
    match child.wait() {
        Ok(status) if !status.success() => Err(failed(String::from_utf8_lossy(&errors))),
        // As in Python, a status that cannot be known counts as success.
        Err(error) if error.raw_os_error() != Some(ECHILD) => Err(not_run(error)),
        _ => Ok(output),
    }
}

type StderrReader = std::thread::JoinHandle<std::io::Result<Vec<u8>>>;

fn read_on_a_thread(stderr: Option<ChildStderr>) -> std::io::Result<StderrReader> {
    std::thread::Builder::new().spawn(move || read(stderr))
}

/// Reads the child's standard output and standard error until their end. Kills the child if its
/// output cannot be read. (`wait_with_output` would lose the output if the status is not known.)
fn read_output(
    child: &mut Child,
    read_stderr: impl FnOnce(Option<ChildStderr>) -> std::io::Result<StderrReader>,
) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let written = read_stderr(stderr).and_then(|errors| {
        let output = read(stdout)?;
        Ok((output, errors.join().unwrap_or_else(|_| Ok(Vec::new()))?))
    });
    written.inspect_err(|_| {
        // The first error is the one to report.
        let _ = child.kill();
        let _ = child.wait();
    })
}

fn read(pipe: Option<impl Read>) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut text)?;
    }
    Ok(text)
}

#[cfg(not(windows))]
fn command(line: &str) -> Result<Command, Error> {
    let words = crate::environment::shell_words::split(line).map_err(failed)?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed("It names no command"))?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Windows programs split their command lines themselves, so the arguments are passed on unchanged.
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
    Error::credential_retrieval(METHOD, error_msg)
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_command_whose_output_cannot_be_read_is_killed() {
        type ReadStderr = fn(Option<ChildStderr>) -> std::io::Result<StderrReader>;
        let failures: [(&str, ReadStderr); 2] = [
            ("exec sleep 60", |_| Err(std::io::Error::other("no thread"))),
            ("exec sleep 60 >&-", |_| {
                std::thread::Builder::new().spawn(|| Err(std::io::Error::other("no thread")))
            }),
        ];
        for (script, read_stderr) in failures {
            let mut command = Command::new("sh");
            command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
            let (mut child, started) = (command.spawn().unwrap(), Instant::now());
            let error = read_output(&mut child, read_stderr).unwrap_err();
            assert_eq!(error.to_string(), "no thread");
            // `Some`: the child has exited and was waited for. Its id may be in use again.
            assert!(child.try_wait().unwrap().is_some(), "{script}");
            assert!(started.elapsed() < Duration::from_secs(30), "{script}");
        }
    }
}
