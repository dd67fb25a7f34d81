//! The settings of asynchronous invocations.

use std::time::Duration;

use super::s3_folder::S3Folder;

#[derive(Debug, Clone)]
pub(crate) struct AsyncInvokeSettings {
    /// How long a job takes.
    pub duration: Duration,
    /// Stands for all of S3: the output of `s3://bucket/key` is written to `bucket/key` in it.
    pub output_folder: Option<S3Folder>,
    /// The message with which every job fails, if it is set.
    pub failure: Option<String>,
}

impl Default for AsyncInvokeSettings {
    fn default() -> Self {
        AsyncInvokeSettings { duration: Duration::from_secs(1), output_folder: None, failure: None }
    }
}
