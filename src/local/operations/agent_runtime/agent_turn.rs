//! The user's turn in a conversation with an agent, and the agent's wish that the caller does
//! something.

use serde_json::{Value, json};

use super::conversations::{last_turns, question};
use crate::local::chat::reply::Block;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

/// The group of an action whose name has none.
const GROUP: &str = "actions";
/// The largest number of actions that an agent asks for at a time.
const ACTIONS: usize = 5;

/// Adds what the user says, or the results of the actions that the agent asked for.
pub(super) fn add_turn(messages: &mut Vec<Value>, input: &Value) -> Result<(), ServiceError> {
    let results = input.at("sessionState").at("returnControlInvocationResults");
    let asked = asked(messages);
    if let Some(results) = results.as_array().filter(|results| !results.is_empty()) {
        if results.len() != asked.len() {
            return Err(ServiceError::validation(format!(
                "The agent waits for the results of {} actions, and the request has {}.",
                asked.len(),
                results.len()
            )));
        }
        let content: Vec<Value> =
            asked.iter().zip(results).map(|(call, result)| tool_result(call, result)).collect();
        messages.push(json!({"role": "user", "content": content}));
        return Ok(());
    }
    let text = input.at("inputText").as_str().filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| {
        ServiceError::validation("inputText is required unless the request has results of actions.")
    })?;
    if !asked.is_empty() {
        // The user has changed the subject: the question that led to the actions is dropped.
        let turn = last_turns(messages, 1).len();
        messages.truncate(messages.len() - turn);
    }
    messages.push(json!({"role": "user", "content": [{"text": text}]}));
    Ok(())
}

/// What the user says in the last message, unless it has results of actions.
pub(super) fn question_of(messages: &[Value]) -> Option<&str> {
    messages.last().and_then(question)
}

/// The actions for which the agent waits.
fn asked(messages: &[Value]) -> Vec<Value> {
    let blocks = messages.last().map_or(&Value::Null, |message| message.at("content"));
    let calls = blocks.as_array().into_iter().flatten().map(|block| block.at("toolUse"));
    calls.filter(|call| call.is_object()).cloned().collect()
}

fn tool_result(call: &Value, result: &Value) -> Value {
    let result = match result.at("functionResult") {
        Value::Null => result.at("apiResult"),
        result => result,
    };
    let bodies: Vec<Value> = result
        .at("responseBody")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, content)| json!({"text": content.at("body").as_str().unwrap_or_default()}))
        .collect();
    let failed = result.at("responseState") == "FAILURE";
    json!({"toolResult": {
        "toolUseId": call.at("toolUseId"),
        "content": bodies,
        "status": if failed { "error" } else { "success" },
    }})
}

/// The actions in a reply, as the service's `InvocationInputMember`.
pub(super) fn actions(blocks: &[Block], agent: &Value) -> Vec<Value> {
    let action = |block: &Block| match block {
        Block::ToolUse { name, input, .. } => {
            let (group, function) = name.split_once("__").unwrap_or((GROUP, name));
            let parameters: Vec<Value> =
                input.as_object().into_iter().flatten().map(parameter).collect();
            Some(json!({"functionInvocationInput": {
                "actionGroup": group,
                "actionInvocationType": "RESULT",
                "agentId": agent,
                "function": function,
                "parameters": parameters,
            }}))
        }
        Block::Text(_) | Block::Reasoning { .. } => None,
    };
    blocks.iter().filter_map(action).take(ACTIONS).collect()
}

fn parameter((name, value): (&String, &Value)) -> Value {
    let kind = match value {
        Value::String(_) | Value::Null => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    json!({"name": name, "type": kind, "value": text})
}
