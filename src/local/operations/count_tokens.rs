//! CountTokens: the count that a call with the same input reports as its usage.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::local::answer::Answer;
use crate::local::converse;
use crate::local::exchange::Call;
use crate::local::failure::Failure;
use crate::local::families::chat_body;
use crate::local::json::Json;
use crate::local::model_id::family;

pub(super) fn count_tokens(call: &Call) -> Result<Answer, Failure> {
    let form = family(&call.model).ok_or_else(Failure::unknown_model).map(chat_body)?;
    let form = form.ok_or_else(|| {
        Failure::validation("The provided model doesn't support counting tokens.")
    })?;
    let input = call.input.at("input");
    let prompt = if input.at("converse").is_object() {
        converse::prompt(input.at("converse"))?
    } else {
        let body = input.at("invokeModel").at("body").as_str().unwrap_or_default();
        let body = STANDARD.decode_to_vec(body).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).map_err(|_| {
            Failure::validation(
                "Malformed input request, please reformat your input and try again.",
            )
        })?;
        form.prompt(&body)?
    };
    Ok(Answer::json(json!({"inputTokens": prompt.tokens}).to_string()))
}
