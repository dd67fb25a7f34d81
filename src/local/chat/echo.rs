//! The model that echoes: it repeats the user's last turn, and calls the tools that the request
//! defines.

use base64_simd::STANDARD;

use super::draft::Draft;
use super::prompt::{Part, Prompt, Tool, ToolChoice};
use super::reply::Block;
use super::schema_value;
use crate::local::ids::identifier;

/// What the model says: the user's last turn again, what a knowledge base answers to it, or a call
/// of one of its tools.
pub(crate) fn echo(prompt: &Prompt) -> Draft {
    let mut blocks = Vec::new();
    if prompt.reasoning {
        let text = format!("The user said: {}", prompt.words());
        let signature = STANDARD.encode_to_string(prompt.digest().to_be_bytes());
        blocks.push(Block::Reasoning { text, signature });
    }
    blocks.push(match (chosen_tool(prompt), &prompt.output_schema) {
        (Some(tool), _) => Block::ToolUse {
            id: format!("tooluse_{}", identifier(prompt.digest(), 22)),
            name: tool.name.clone(),
            input: schema_value::satisfying(&tool.schema, "input"),
        },
        (None, Some(schema)) => Block::Text(schema_value::satisfying(schema, "output").to_string()),
        (None, None) => {
            let found = prompt.found_answer.clone();
            Block::Text(found.unwrap_or_else(|| echoed(&prompt.turn)))
        }
    });
    Draft { blocks, ..Draft::default() }
}

/// The tool to call now. A turn with a tool's result always gets a final text, so that an agent's
/// loop ends.
fn chosen_tool(prompt: &Prompt) -> Option<&Tool> {
    if prompt.has_tool_result() {
        return None;
    }
    match &prompt.tool_choice {
        ToolChoice::Never => None,
        ToolChoice::Named(name) => prompt.tools.iter().find(|tool| tool.name == *name),
        ToolChoice::Auto | ToolChoice::Any => {
            let words = prompt.words();
            let named = prompt.tools.iter().find(|tool| words.contains(&tool.name));
            named.or(prompt.tools.first())
        }
    }
}

fn echoed(turn: &[Part]) -> String {
    let lines: Vec<String> = turn
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Attachment(description) => format!("[{description}]"),
            Part::ToolResult(text) => format!("The tool answered: {text}"),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::prompt::Role;
    use super::super::reply::Stop;
    use super::*;
    use serde_json::json;

    #[test]
    fn echo_repeats_the_last_turn_only() {
        let mut prompt = Prompt::of_text("first");
        prompt.begin_message(Role::Assistant);
        prompt.text("answer");
        prompt.begin_message(Role::User);
        prompt.text("second");
        prompt.attachment("image", "png", 68, "digest");
        let reply = echo(&prompt).into_reply(&prompt);
        assert_eq!(reply.text(), "second\n[image: png, 68 bytes]");
        assert_eq!(reply.stop, Stop::EndTurn);
    }

    #[test]
    fn a_tool_is_called_once_and_then_answered() {
        let mut prompt = Prompt::of_text("use second please");
        for name in ["first", "second"] {
            prompt.tool(name, "", &json!({"properties": {"n": {"type": "integer"}}}));
        }
        let reply = echo(&prompt).into_reply(&prompt);
        assert!(matches!(
            &reply.blocks[..],
            [Block::ToolUse { name, input, .. }] if name == "second" && *input == json!({"n": 1})
        ));
        assert_eq!(reply.stop, Stop::ToolUse);
        prompt.begin_message(Role::Assistant);
        prompt.begin_message(Role::User);
        prompt.tool_result("42");
        assert_eq!(echo(&prompt).into_reply(&prompt).text(), "The tool answered: 42");
    }
}
