//! A script: the replies that were written beforehand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::scripted_reply::ScriptedReply;
use crate::local::chat::prompt::Prompt;

/// A reply with `when` is given whenever the user says those words. The others are given once each,
/// in order; after the last of them the model echoes again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    /// Words, and the reply to a user who says them.
    conditional: Vec<(String, ScriptedReply)>,
    ordered: Vec<ScriptedReply>,
    /// How many of the ordered replies were given. Shared by all copies, so that a change of other
    /// settings does not start the script again.
    given: Arc<AtomicUsize>,
    /// The reply to every prompt, if the script is a single reply.
    always: Option<Box<ScriptedReply>>,
}

impl Script {
    /// Reads a list of replies, or one reply to every prompt. The error is a sentence for the
    /// caller.
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let mut script = Script::default();
        let Some(replies) = json.as_array() else {
            script.always = Some(Box::new(ScriptedReply::parse(json)?));
            return Ok(script);
        };
        for reply in replies {
            let mut reply = reply.clone();
            match reply.as_object_mut().and_then(|members| members.remove("when")) {
                Some(Value::String(words)) => {
                    script.conditional.push((words, ScriptedReply::parse(&reply)?));
                }
                Some(other) => return Err(format!("reply: when must be a string, not {other}")),
                None => script.ordered.push(ScriptedReply::parse(&reply)?),
            }
        }
        Ok(script)
    }

    /// The reply to this prompt, if the script has one.
    pub(crate) fn next(&self, prompt: &Prompt) -> Option<ScriptedReply> {
        if let Some(reply) = &self.always {
            return Some(ScriptedReply::clone(reply));
        }
        if !self.conditional.is_empty() {
            let text = prompt.words();
            let mut replies = self.conditional.iter();
            if let Some((_, reply)) = replies.find(|(words, _)| text.contains(words)) {
                return Some(reply.clone());
            }
        }
        if self.ordered.is_empty() {
            return None;
        }
        self.ordered.get(self.given.fetch_add(1, Ordering::Relaxed)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::chat::reply::Block;
    use serde_json::json;

    fn reply_to(script: &Script, words: &str) -> Option<String> {
        match script.next(&Prompt::of_text(words))? {
            ScriptedReply::Draft(draft) => match draft.blocks.first()? {
                Block::Text(text) => Some(text.clone()),
                other => Some(format!("{other:?}")),
            },
            ScriptedReply::Error(error) => Some(format!("{} {}", error.status, error.code)),
        }
    }

    #[test]
    fn a_script_is_followed_in_order_and_then_ends() {
        let script = Script::parse(&json!([
            "one",
            {"when": "rain", "text": "wet"},
            {"error": "ThrottlingException"},
        ]))
        .unwrap();
        let copy = script.clone();
        assert_eq!(reply_to(&script, "x").as_deref(), Some("one"));
        assert_eq!(reply_to(&script, "rain?").as_deref(), Some("wet"));
        assert_eq!(reply_to(&copy, "x").as_deref(), Some("429 ThrottlingException"));
        assert_eq!(reply_to(&script, "x"), None);
        assert_eq!(reply_to(&script, "rain!").as_deref(), Some("wet"));
    }

    #[test]
    fn a_single_reply_answers_every_prompt() {
        let script = Script::parse(&json!("same")).unwrap();
        assert_eq!(
            (reply_to(&script, "a"), reply_to(&script, "b")),
            (Some("same".into()), Some("same".into()))
        );
    }
}
