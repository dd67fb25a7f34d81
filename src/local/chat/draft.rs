//! What a model would say without limits, and how a prompt's limits turn that into a reply.

use super::prompt::Prompt;
use super::reply::{Block, Reply, Stop, Usage};
use super::tokens;

#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub blocks: Vec<Block>,
    /// Why the model stops, if that does not follow from the blocks.
    pub stop: Option<Stop>,
    /// The token counts that a script wants the usage to report.
    pub input_tokens: Option<u32>,
    pub output_tokens: Option<u32>,
}

impl Draft {
    /// A draft that says one text.
    pub(crate) fn of_text(text: &str) -> Self {
        Draft { blocks: vec![Block::Text(text.to_owned())], ..Draft::default() }
    }

    /// The reply to this prompt: the draft, cut at the prompt's stop sequences and token limit.
    pub(crate) fn into_reply(self, prompt: &Prompt) -> Reply {
        let Draft { mut blocks, stop, input_tokens, output_tokens } = self;
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
}

/// Ends the reply before the first stop sequence in a text, and returns that sequence.
fn cut_at_stop_sequence(blocks: &mut Vec<Block>, sequences: &[String]) -> Option<String> {
    for index in 0..blocks.len() {
        let Some(Block::Text(text)) = blocks.get_mut(index) else {
            continue;
        };
        let first = sequences
            .iter()
            .filter(|sequence| !sequence.is_empty())
            .filter_map(|sequence| Some((text.find(sequence.as_str())?, sequence)))
            .min_by_key(|(at, _)| *at);
        if let Some((at, sequence)) = first {
            text.truncate(at);
            blocks.truncate(index + 1);
            return Some(sequence.clone());
        }
    }
    None
}

/// Ends the reply at the token limit. `Ok` is the number of tokens of the whole reply, `Err` the
/// limit that the reply exceeded.
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
            // A tool call is kept whole or not at all.
            Block::ToolUse { .. } => false,
        };
        blocks.truncate(index + usize::from(keep));
        return Err(limit);
    }
    Ok(spent)
}

#[cfg(test)]
mod tests {
    use super::super::echo::echo;
    use super::*;

    #[test]
    fn limits_cut_and_name_their_reason() {
        let mut prompt = Prompt::of_text("one two three four");
        prompt.max_tokens = Some(2);
        let reply = echo(&prompt).into_reply(&prompt);
        assert_eq!((reply.text().as_str(), &reply.stop), ("one two", &Stop::MaxTokens));
        assert_eq!(reply.usage.output, 2);
        prompt.max_tokens = Some(100);
        prompt.stop_sequences = vec!["four".into(), " three".into(), String::new()];
        let reply = echo(&prompt).into_reply(&prompt);
        assert_eq!(reply.text(), "one two");
        assert_eq!(reply.stop, Stop::Sequence(" three".into()));
    }
}
