//! Amazon Nova Sonic, the model with a bidirectional stream: it repeats the user's text and plays
//! the user's audio back.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::local::chat::tokens;
use crate::local::ids::uuid;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

/// One session, from `sessionStart` to `sessionEnd`.
#[derive(Debug)]
pub(crate) struct Session {
    id: String,
    seed: u64,
    started: bool,
    /// The content whose end has not arrived yet.
    content: Option<Content>,
    completions: u64,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Content {
    kind: String,
    role: String,
    text: String,
    audio: Vec<u8>,
}

#[derive(Debug, Default)]
struct Usage {
    input: u32,
    output: u32,
}

/// What the server does after an event of the caller.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Send these events.
    Send(Vec<Value>),
    /// End the stream.
    End,
}

impl Session {
    pub(crate) fn new(seed: u64) -> Self {
        Session {
            id: uuid(seed),
            seed,
            started: false,
            content: None,
            completions: 0,
            usage: Usage::default(),
        }
    }

    /// Handles an event of the caller.
    pub(crate) fn handle(&mut self, message: &Value) -> Result<Step, ServiceError> {
        let event = message.at("event").as_object().and_then(|event| event.iter().next());
        let Some((name, event)) = event else {
            return Err(ServiceError::validation("Each chunk must have exactly one event."));
        };
        if !self.started && name != "sessionStart" {
            return Err(ServiceError::validation("The first event must be sessionStart."));
        }
        match name.as_str() {
            "sessionStart" => self.started = true,
            "promptStart" | "promptEnd" => {}
            "contentStart" => {
                self.content = Some(Content {
                    kind: event.at("type").as_str().unwrap_or_default().to_owned(),
                    role: event.at("role").as_str().unwrap_or("USER").to_owned(),
                    ..Content::default()
                });
            }
            "textInput" | "toolResult" => {
                let text = event.at("content").as_str().unwrap_or_default();
                self.content()?.text.push_str(text);
            }
            "audioInput" => {
                let audio = event.at("content").as_str().unwrap_or_default();
                let audio = STANDARD.decode_to_vec(audio);
                let audio = audio
                    .map_err(|_| ServiceError::validation("audioInput.content is not base64."))?;
                self.content()?.audio.extend(audio);
            }
            "contentEnd" => {
                self.content()?;
                if let Some(content) = self.content.take() {
                    let prompt = event.at("promptName").as_str().unwrap_or_default();
                    return Ok(Step::Send(self.completion(&content, prompt)));
                }
            }
            "sessionEnd" => return Ok(Step::End),
            _ => return Err(ServiceError::validation(format!("Unknown event: {name}."))),
        }
        Ok(Step::Send(Vec::new()))
    }

    fn content(&mut self) -> Result<&mut Content, ServiceError> {
        self.content.as_mut().ok_or_else(|| ServiceError::validation("No content was started."))
    }

    fn completion(&mut self, content: &Content, prompt: &str) -> Vec<Value> {
        self.usage.input += tokens::count(&content.text);
        if content.role != "USER" || content.kind == "TOOL" {
            return Vec::new();
        }
        self.completions += 1;
        let names = json!({
            "sessionId": self.id,
            "promptName": prompt,
            "completionId": uuid(self.seed ^ self.completions),
        });
        let text = match content.audio.len() {
            0 => content.text.clone(),
            bytes => format!("[audio: {bytes} bytes]"),
        };
        self.usage.output += tokens::count(&text);
        let mut events = vec![event("completionStart", &names, json!({}))];
        let mut add = |kind: &str, output: &str, text: &str| {
            let content = json!({"contentId": uuid(self.seed ^ self.completions ^ (events.len() as u64) << 32), "role": "ASSISTANT"});
            let start =
                json!({"type": kind, "additionalModelFields": "{\"generationStage\":\"FINAL\"}"});
            events.push(event("contentStart", &names, merged(&content, start)));
            events.push(event(output, &names, merged(&content, json!({"content": text}))));
            let end = json!({"type": kind, "stopReason": "END_TURN"});
            events.push(event("contentEnd", &names, merged(&content, end)));
        };
        add("TEXT", "textOutput", &text);
        if !content.audio.is_empty() {
            let audio = STANDARD.encode_to_string(&content.audio);
            add("AUDIO", "audioOutput", &audio);
        }
        let Usage { input, output } = self.usage;
        let usage = json!({
            "totalInputTokens": input, "totalOutputTokens": output, "totalTokens": input + output,
        });
        events.push(event("usageEvent", &names, usage));
        events.push(event("completionEnd", &names, json!({"stopReason": "END_TURN"})));
        events
    }
}

fn event(name: &str, names: &Value, members: Value) -> Value {
    json!({"event": {name: merged(names, members)}})
}

fn merged(left: &Value, right: Value) -> Value {
    let mut merged = left.clone();
    if let (Some(merged), Value::Object(right)) = (merged.as_object_mut(), right) {
        merged.extend(right);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(session: &mut Session, event: Value) -> Vec<Value> {
        match session.handle(&json!({"event": event})).unwrap() {
            Step::Send(events) => events,
            Step::End => panic!("the session ended"),
        }
    }

    #[test]
    fn text_is_repeated_and_audio_is_played_back() {
        let mut session = Session::new(1);
        assert!(session.handle(&json!({"event": {"promptStart": {}}})).is_err());
        replies(&mut session, json!({"sessionStart": {}}));
        assert!(session.handle(&json!({"event": {"textInput": {}}})).is_err());
        for (kind, input, content, output) in [
            ("TEXT", "textInput", "hello", "textOutput"),
            ("AUDIO", "audioInput", "AAEC", "audioOutput"),
        ] {
            replies(&mut session, json!({"contentStart": {"type": kind, "role": "USER"}}));
            replies(&mut session, json!({input: {"content": content}}));
            let events = replies(&mut session, json!({"contentEnd": {"promptName": "p"}}));
            let answer = events.iter().find_map(|event| event["event"].get(output)).unwrap();
            assert_eq!((&answer["content"], &answer["promptName"]), (&json!(content), &json!("p")));
            assert!(events.last().unwrap()["event"]["completionEnd"].is_object());
        }
        assert_eq!(session.handle(&json!({"event": {"sessionEnd": {}}})).unwrap(), Step::End);
    }

    #[test]
    fn the_system_prompt_gets_no_completion() {
        let mut session = Session::new(1);
        replies(&mut session, json!({"sessionStart": {}}));
        replies(&mut session, json!({"contentStart": {"type": "TEXT", "role": "SYSTEM"}}));
        replies(&mut session, json!({"textInput": {"content": "be brief"}}));
        assert!(replies(&mut session, json!({"contentEnd": {}})).is_empty());
    }
}
