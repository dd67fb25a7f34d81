//! The X-Ray header by which Lambda detects functions that call themselves in a loop.

use http::header::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except those that Python's `quote` leaves unescaped with botocore's `safe=`.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'=')
    .remove(b';')
    .remove(b':')
    .remove(b'+')
    .remove(b'&')
    .remove(b'[')
    .remove(b']')
    .remove(b'{')
    .remove(b'}')
    .remove(b'"')
    .remove(b'\'')
    .remove(b',');

/// The value of `x-amzn-trace-id` in a Lambda function that is traced. It is read for each attempt,
/// because Lambda sets it for each invocation.
pub fn lambda_trace_id() -> Option<HeaderValue> {
    std::env::var_os("AWS_LAMBDA_FUNCTION_NAME")?;
    let trace_id = std::env::var("_X_AMZN_TRACE_ID").ok().filter(|id| !id.is_empty())?;
    HeaderValue::try_from(utf8_percent_encode(&trace_id, QUOTED).to_string()).ok()
}
