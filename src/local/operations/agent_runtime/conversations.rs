//! What sessions remember.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::local::json::members::JsonExt;

/// With this many conversations, a new one replaces the one that was used least recently.
const CAPACITY: usize = 1000;
/// The largest number of the user's turns that a conversation keeps.
const TURNS: usize = 20;

/// The conversations of sessions, by a key that names the session.
#[derive(Default)]
pub(crate) struct Conversations(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_key: HashMap<String, (u64, Vec<Value>)>,
    /// Counts the uses.
    clock: u64,
}

impl Conversations {
    /// The messages of a session so far, in Converse's form; `None` if the session is unknown.
    pub(super) fn messages(&self, key: &str) -> Option<Vec<Value>> {
        self.known().by_key.get(key).map(|(_, messages)| messages.clone())
    }

    /// Keeps the messages of a session.
    pub(super) fn keep(&self, key: &str, messages: &[Value]) {
        let mut known = self.known();
        known.clock += 1;
        let used = known.clock;
        known.by_key.insert(key.to_owned(), (used, last_turns(messages, TURNS).to_vec()));
        if known.by_key.len() > CAPACITY {
            let oldest = known.by_key.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                known.by_key.remove(&oldest);
            }
        }
    }

    /// Forgets a session.
    pub(super) fn end(&self, key: &str) {
        self.known().by_key.remove(key);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last messages, from the beginning of one of the user's last `turns` turns.
pub(super) fn last_turns(messages: &[Value], turns: usize) -> &[Value] {
    let begins = |(_, message): &(usize, &Value)| is_question(message);
    let begin = messages.iter().enumerate().rev().filter(begins).take(turns).last();
    begin.and_then(|(at, _)| messages.get(at..)).unwrap_or_default()
}

/// Whether the user says something, rather than a tool.
fn is_question(message: &Value) -> bool {
    message.at("role") == "user" && question(message).is_some()
}

/// The words of a message.
pub(super) fn question(message: &Value) -> Option<&str> {
    message.at("content").as_array()?.iter().find_map(|block| block.at("text").as_str())
}

/// The user's last question.
pub(super) fn last_question(messages: &[Value]) -> Option<&str> {
    messages.iter().rfind(|message| is_question(message)).and_then(question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user(text: &str) -> Value {
        json!({"role": "user", "content": [{"text": text}]})
    }

    #[test]
    fn the_last_turns_begin_with_a_question() {
        let tool = json!({"role": "user", "content": [{"toolResult": {}}]});
        let assistant = json!({"role": "assistant", "content": [{"text": "x"}]});
        let messages =
            [user("1"), assistant.clone(), user("2"), assistant.clone(), tool, assistant];
        assert_eq!(last_turns(&messages, 1), &messages[2..]);
        assert_eq!(last_turns(&messages, 5), &messages[..]);
        assert!(last_turns(&messages, 0).is_empty());
        assert_eq!(last_question(&messages), Some("2"));
    }

    #[test]
    fn the_oldest_conversation_makes_room() {
        let conversations = Conversations::default();
        for number in 0..=CAPACITY {
            conversations.keep(&number.to_string(), &[user("x")]);
        }
        assert_eq!(conversations.messages("0"), None);
        assert_eq!(conversations.messages("1"), Some(vec![user("x")]));
        conversations.end("1");
        assert_eq!(conversations.messages("1"), None);
    }
}
