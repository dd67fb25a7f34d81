//! The chat models: one prompt in, one reply out, the same every time.

pub(crate) mod prompt;
pub(crate) mod prompt_cache;
pub(crate) mod reply;
mod schema_value;
pub(crate) mod script;
pub(crate) mod tokens;

use base64_simd::STANDARD;
use prompt::{Part, Prompt, Tool, ToolChoice};
use reply::{Block, Reply, Stop, Usage};

use super::ids::identifier;

/// What a model would say if nothing limited it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub blocks: Vec<Block>,
    /// Why it stopped, where that does not follow from the blocks.
    pub stop: Option<Stop>,
    /// Token counts that a script wants to see reported.
    pub input_tokens: Option<u32>,
    pub output_tokens: Option<u32>,
}

/// The model that repeats what it was told, and uses the tools that it is given.
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
        (None, None) => Block::Text(echoed(&prompt.turn)),
    });
    Draft { blocks, ..Draft::default() }
}

/// The tool to call now. A turn that brings a tool's result gets a final answer, always, so that
/// an agent's loop ends.
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

/// Applies what the caller and the model's nature limit: stop sequences, the token limit.
pub(crate) fn finish(prompt: &Prompt, draft: Draft) -> Reply {
    let Draft { mut blocks, stop, input_tokens, output_tokens } = draft;
    let mut natural = Stop::EndTurn;
    if blocks.iter().any(|block| matches!(block, Block::ToolUse { .. })) {
        natural = Stop::ToolUse;
    }
    if let Some(sequence) = cut_at_stop_sequence(&mut blocks, &prompt.stop_sequences) {
        natural = Stop::Sequence(sequence);
    }
    let counted = match cut_at_limit(&mut blocks, prompt.max_tokens) {
        Ok(counted) => counted,
        Err(limit) => {
            natural = Stop::MaxTokens;
            limit
        }
    };
    Reply {
        blocks,
        stop: stop.unwrap_or(natural),
        usage: Usage {
            input: input_tokens.unwrap_or(prompt.tokens),
            output: output_tokens.unwrap_or(counted),
            cache: None,
        },
        intervened: None,
        trace: None,
        latency: 0,
        first_token: 0,
    }
}

/// Ends the reply before the first stop sequence in a text, and says which it was.
fn cut_at_stop_sequence(blocks: &mut Vec<Block>, sequences: &[String]) -> Option<String> {
    for index in 0..blocks.len() {
        let Some(Block::Text(text)) = blocks.get_mut(index) else {
            continue;
        };
        let met = sequences
            .iter()
            .filter(|sequence| !sequence.is_empty())
            .filter_map(|sequence| Some((text.find(sequence.as_str())?, sequence)))
            .min_by_key(|(at, _)| *at);
        if let Some((at, sequence)) = met {
            text.truncate(at);
            blocks.truncate(index + 1);
            return Some(sequence.clone());
        }
    }
    None
}

/// Ends the reply at the token limit. Ok: the tokens of the whole reply; Err: the limit was met.
fn cut_at_limit(blocks: &mut Vec<Block>, limit: Option<u32>) -> Result<u32, u32> {
    let limit = limit.unwrap_or(u32::MAX);
    let mut spent = 0u32;
    for index in 0..blocks.len() {
        let Some(block) = blocks.get_mut(index) else {
            break;
        };
        let cost = block.tokens();
        if cost <= limit - spent {
            spent += cost;
            continue;
        }
        let left = usize::try_from(limit - spent).unwrap_or(usize::MAX);
        let keep = match block {
            Block::Text(text) | Block::Reasoning { text, .. } => {
                text.truncate(tokens::tokens(text).take(left).map(str::len).sum());
                !text.is_empty()
            }
            // Half a tool call is none.
            Block::ToolUse { .. } => false,
        };
        blocks.truncate(index + usize::from(keep));
        return Err(limit);
    }
    Ok(spent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt::Role;
    use serde_json::json;

    fn asked(text: &str) -> Prompt {
        let mut prompt = Prompt::default();
        prompt.begin(Role::User);
        prompt.text(text);
        prompt
    }

    #[test]
    fn echo_repeats_the_last_turn_only() {
        let mut prompt = asked("first");
        prompt.begin(Role::Assistant);
        prompt.text("answer");
        prompt.begin(Role::User);
        prompt.text("second");
        prompt.attachment("image", "png", 68, "digest");
        let reply = finish(&prompt, echo(&prompt));
        assert_eq!(reply.text(), "second\n[image: png, 68 bytes]");
        assert_eq!(reply.stop, Stop::EndTurn);
    }

    #[test]
    fn limits_cut_and_name_their_reason() {
        let mut prompt = asked("one two three four");
        prompt.max_tokens = Some(2);
        let reply = finish(&prompt, echo(&prompt));
        assert_eq!((reply.text().as_str(), &reply.stop), ("one two", &Stop::MaxTokens));
        assert_eq!(reply.usage.output, 2);
        prompt.max_tokens = Some(100);
        prompt.stop_sequences = vec!["four".into(), " three".into(), String::new()];
        let reply = finish(&prompt, echo(&prompt));
        assert_eq!(reply.text(), "one two");
        assert_eq!(reply.stop, Stop::Sequence(" three".into()));
    }

    #[test]
    fn a_tool_is_called_once_and_then_answered() {
        let mut prompt = asked("use second please");
        for name in ["first", "second"] {
            prompt.tool(name, "", &json!({"properties": {"n": {"type": "integer"}}}));
        }
        let reply = finish(&prompt, echo(&prompt));
        assert!(matches!(
            &reply.blocks[..],
            [Block::ToolUse { name, input, .. }] if name == "second" && *input == json!({"n": 1})
        ));
        assert_eq!(reply.stop, Stop::ToolUse);
        prompt.begin(Role::Assistant);
        prompt.begin(Role::User);
        prompt.tool_result("42");
        assert_eq!(finish(&prompt, echo(&prompt)).text(), "The tool answered: 42");
    }
}
