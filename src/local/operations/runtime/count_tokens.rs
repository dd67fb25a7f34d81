//! CountTokens: the count that a request with the same input reports as its usage.

use base64_simd::STANDARD;
use serde_json::json;

use crate::local::families::body_fields::parse_body;
use crate::local::families::chat_format;
use crate::local::families::converse;
use crate::local::families::model_id::family;
use crate::local::json::members::JsonExt;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

pub(super) fn count_tokens(request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
    let format = family(&request.model).ok_or_else(ServiceError::unknown_model).map(chat_format)?;
    let format = format.ok_or_else(|| {
        ServiceError::validation("The provided model doesn't support counting tokens.")
    })?;
    let input = request.input.at("input");
    let prompt = if input.at("converse").is_object() {
        converse::prompt(input.at("converse"))?
    } else {
        let body = input.at("invokeModel").at("body").as_str().unwrap_or_default();
        let body = STANDARD.decode_to_vec(body).unwrap_or_default();
        format.prompt(&parse_body(&body)?)?
    };
    Ok(OperationOutput::json(json!({"inputTokens": prompt.tokens}).to_string()))
}
