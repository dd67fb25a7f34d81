//! RetrieveAndGenerate and RetrieveAndGenerateStream.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::conversations::last_question;
use super::grounding::Grounding;
use super::model_call::ModelCall;
use super::retrieval::Retrieval;
use crate::local::chat::tokens::tokens;
use crate::local::event_stream::frames::Frames;
use crate::local::families::converse;
use crate::local::ids::uuid;
use crate::local::json::members::JsonExt;
use crate::local::knowledge::citations::{Citation, citations};
use crate::local::knowledge::knowledge_base::{Chunk, KnowledgeBase};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

const TEMPLATE: &str = "Answer the user's question with these search results:\n\n$search_results$";
/// The service's answer if the search results give none.
const NO_ANSWER: &str = "Sorry, I am unable to assist you with this request.";

impl Bedrock {
    pub(super) async fn retrieve_and_generate(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let question = input.at("input").at("text").as_str().unwrap_or_default();
        let (config, source) = source(request)?;
        let knowledge = source.knowledge();
        let (session, mut messages) = self.knowledge_session(request)?;
        let retrieval = Retrieval::parse(config.at("retrievalConfiguration"))?;
        let search = |question: &str| retrieval.best(knowledge, question);
        let grounding = Grounding::find(question, last_question(&messages), search);
        let chunks = &grounding.chunks;
        messages.push(json!({"role": "user", "content": [{"text": question}]}));
        let generation = config.at("generationConfiguration");
        let template = generation.at("promptTemplate").at("textPromptTemplate");
        let system = template
            .as_str()
            .unwrap_or(TEMPLATE)
            .replace("$search_results$", &grounding.search_results())
            .replace("$query$", question)
            .replace("$output_format_instructions$", "");
        let call = ModelCall {
            model: config.at("modelArn").as_str().unwrap_or_default(),
            system: &system,
            messages: &messages,
            inference: generation.at("inferenceConfig").at("textInferenceConfig"),
            guardrail: &guardrail_config(generation.at("guardrailConfiguration")),
            found: Some(grounding.answer.clone().unwrap_or_else(|| NO_ANSWER.to_owned())),
            streamed: request.is_streamed(),
        };
        let reply = self.call_model(request, call).await?;
        messages.push(converse::message(&reply));
        self.conversations.keep(&session_key(&session), &messages);
        let text = reply.text();
        let mut parts = citations(&text, chunks);
        if reply.intervened == Some(true) && parts.iter().all(|part| part.chunks.is_empty()) {
            parts.clear();
        }
        let action = reply.intervened.map(|acted| if acted { "INTERVENED" } else { "NONE" });
        if request.is_streamed() {
            let frames = frames(&text, &parts, chunks, action, request.seed);
            return Ok(OperationOutput::events(frames, request.interval())
                .with_header("x-amzn-bedrock-knowledge-base-session-id", session));
        }
        let cited: Vec<Value> = parts.iter().map(|part| part.to_json(&text, chunks)).collect();
        let mut body = json!({"output": {"text": text}, "citations": cited, "sessionId": session});
        if let Some(action) = action {
            body.put("guardrailAction", json!(action));
        }
        Ok(OperationOutput::json(body.to_string()))
    }

    /// The id of the session, and its messages so far. A request without an id begins a session.
    fn knowledge_session(
        &self,
        request: &CheckedRequest,
    ) -> Result<(String, Vec<Value>), ServiceError> {
        let Some(id) = request.input.at("sessionId").as_str() else {
            return Ok((uuid(request.seed), Vec::new()));
        };
        match self.conversations.messages(&session_key(id)) {
            Some(messages) => Ok((id.to_owned(), messages)),
            None => Err(ServiceError::validation(format!(
                "Session with Id {id} is not valid. Please check and try again."
            ))),
        }
    }
}

/// The service's `GuardrailConfiguration` as Converse has it.
fn guardrail_config(given: &Value) -> Value {
    json!({
        "guardrailIdentifier": given.at("guardrailId"),
        "guardrailVersion": given.at("guardrailVersion"),
    })
}

fn session_key(session: &str) -> String {
    format!("knowledge base: {session}")
}

/// What is asked: a knowledge base of the server, or what the request brings along.
enum Source<'a> {
    Known(&'a KnowledgeBase),
    Given(KnowledgeBase),
}

impl Source<'_> {
    fn knowledge(&self) -> &KnowledgeBase {
        match self {
            Source::Known(knowledge) => knowledge,
            Source::Given(knowledge) => knowledge,
        }
    }
}

/// The configuration for the type of source that the request names, and the source.
fn source(request: &CheckedRequest) -> Result<(&Value, Source<'_>), ServiceError> {
    let given = request.input.at("retrieveAndGenerateConfiguration");
    let config = |name: &str| match given.at(name) {
        Value::Null => {
            let message = format!("retrieveAndGenerateConfiguration.{name} is required.");
            Err(ServiceError::validation(message))
        }
        config => Ok(config),
    };
    if given.at("type") == "EXTERNAL_SOURCES" {
        let config = config("externalSourcesConfiguration")?;
        return Ok((config, Source::Given(external(config.at("sources"))?)));
    }
    let config = config("knowledgeBaseConfiguration")?;
    let id = config.at("knowledgeBaseId").as_str().unwrap_or_default();
    Ok((config, Source::Known(request.scenario.knowledge_bases.find(id)?)))
}

/// The one document that a request may bring along.
fn external(sources: &Value) -> Result<KnowledgeBase, ServiceError> {
    let content = sources.get(0).unwrap_or(&Value::Null).at("byteContent");
    let bytes = content.at("data").as_str().and_then(|data| STANDARD.decode_to_vec(data).ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        ServiceError::validation(
            "The local Bedrock reads external sources of the type BYTE_CONTENT that are texts.",
        )
    })?;
    let name = content.at("identifier").as_str().unwrap_or_default();
    Ok(KnowledgeBase::of_text(name, text))
}

/// The events of a stream: the tokens of a part, and then its citation.
fn frames(
    text: &str,
    parts: &[Citation],
    chunks: &[&Chunk],
    action: Option<&str>,
    seed: u64,
) -> Frames {
    let mut frames = Frames::new(seed);
    let mut begin = 0;
    let mut say = |frames: &mut Frames, end: usize| {
        for token in tokens(text.get(begin..end).unwrap_or_default()) {
            frames.event("output", &json!({"text": token}).to_string(), true);
        }
        begin = end;
    };
    for part in parts {
        say(&mut frames, part.range.end);
        if !part.chunks.is_empty() {
            let mut event = part.to_json(text, chunks);
            // The older form of the same, which the service sends, too.
            event.put("citation", event.clone());
            frames.event("citation", &event.to_string(), false);
        }
    }
    say(&mut frames, text.len());
    if let Some(action) = action {
        frames.event("guardrail", &json!({"action": action}).to_string(), false);
    }
    frames
}
