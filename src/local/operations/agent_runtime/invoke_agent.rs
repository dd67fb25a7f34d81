//! InvokeAgent.

use std::ops::Range;

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::agent_trace::Trace;
use super::agent_turn::{actions, add_turn, question_of};
use super::conversations::{last_question, last_turns};
use super::grounding::Grounding;
use super::model_call::ModelCall;
use super::retrieval::Retrieval;
use crate::local::chat::reply::Reply;
use crate::local::chat::tokens::tokens;
use crate::local::event_stream::frames::Frames;
use crate::local::families::converse;
use crate::local::ids::uuid;
use crate::local::json::members::JsonExt;
use crate::local::knowledge::citations::{Citation, citations};
use crate::local::knowledge::knowledge_base::{Chunk, Hit, KnowledgeBase};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::scenario::agents::Agent;
use crate::local::service_error::ServiceError;

/// What the service says at the end of a session.
const ENDED: &str = "Session is terminated as 'endSession' flag is set in request.";
/// The largest number of bytes of a chunk, by the service model.
const CHUNK: usize = 1_000_000;

impl Bedrock {
    pub(super) async fn invoke_agent(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let text = |name: &str| input.at(name).as_str().unwrap_or_default();
        let agent = request.scenario.agents.find(text("agentId"))?;
        let (alias, session) = (text("agentAliasId"), text("sessionId"));
        let key = format!("agent: {}/{alias}/{session}", text("agentId"));
        let mut frames = Frames::new(request.seed);
        if input.at("endSession") == true {
            self.conversations.end(&key);
            say(&mut frames, ENDED, &[], &[], false);
            return Ok(output(request, frames));
        }
        let mut messages = self.conversations.messages(&key).unwrap_or_else(|| {
            let history = input.at("sessionState").at("conversationHistory").at("messages");
            history.as_array().cloned().unwrap_or_default()
        });
        let before = last_question(&messages).map(str::to_owned);
        add_turn(&mut messages, input)?;
        let mut trace = Trace::new(request, &mut frames);
        let grounding = match question_of(&messages) {
            Some(question) => {
                let searches = Search::all(request, &agent)?;
                let search = |question: &str| best(&searches, question);
                let found = Grounding::find(question, before.as_deref(), search);
                for search in &searches {
                    trace.rationale(&format!("The knowledge base {} may know this.", search.id));
                    trace.lookup(search.id, &found.question, &search.best(&found.question));
                }
                Some(found)
            }
            None => None,
        };
        let system = system_prompt(&agent, grounding.as_ref(), input.at("sessionState"));
        let guardrail = match &agent.guardrail {
            Some(id) => json!({"guardrailIdentifier": id, "guardrailVersion": "DRAFT"}),
            None => Value::Null,
        };
        let streamed = input.at("streamingConfigurations").at("streamFinalResponse") == true;
        let config = input.at("promptCreationConfigurations");
        let turns = config.at("previousConversationTurnsToInclude").as_u64();
        let turns = turns.and_then(|turns| usize::try_from(turns).ok()).unwrap_or(usize::MAX);
        let call = ModelCall {
            model: &agent.model,
            system: &system,
            // The turn that goes on now is none of the previous ones.
            messages: last_turns(&messages, turns.saturating_add(1)),
            inference: &Value::Null,
            guardrail: &guardrail,
            found: grounding.as_ref().and_then(|grounding| grounding.answer.clone()),
            streamed,
        };
        let body = call.body();
        let reply = self.call_model(request, call).await?;
        let said = converse::message(&reply);
        if let Some(intervened) = reply.intervened {
            trace.guardrail(intervened);
        }
        trace.model(&agent.model, &body, &reply, &said);
        messages.push(said);
        self.conversations.keep(&key, &messages);
        let chunks = grounding.map(|grounding| grounding.chunks).unwrap_or_default();
        respond(&mut trace, &reply, &chunks, request, streamed);
        Ok(output(request, frames))
    }
}

/// A search in one of the agent's knowledge bases.
struct Search<'a> {
    id: &'a str,
    knowledge: &'a KnowledgeBase,
    retrieval: Retrieval,
}

impl<'a> Search<'a> {
    fn all(request: &'a CheckedRequest, agent: &'a Agent) -> Result<Vec<Self>, ServiceError> {
        let known = &request.scenario.knowledge_bases;
        let ids: Vec<&String> = match &agent.knowledge_bases {
            Some(ids) => ids.iter().collect(),
            None => known.ids().collect(),
        };
        let configs = request.input.at("sessionState").at("knowledgeBaseConfigurations");
        let of = |id: &String| {
            let configs = configs.as_array().into_iter().flatten();
            let mut of_id = configs.filter(|config| config.at("knowledgeBaseId") == id.as_str());
            of_id.next().map_or(&Value::Null, |config| config.at("retrievalConfiguration"))
        };
        let search = |id: &'a String| {
            Ok(Search { id, knowledge: known.find(id)?, retrieval: Retrieval::parse(of(id))? })
        };
        ids.into_iter().map(search).collect()
    }

    fn best(&self, question: &str) -> Vec<Hit<'a>> {
        self.retrieval.best(self.knowledge, question)
    }
}

/// The results of all searches, the most relevant ones first.
fn best<'a>(searches: &[Search<'a>], question: &str) -> Vec<Hit<'a>> {
    let mut hits: Vec<Hit> = searches.iter().flat_map(|search| search.best(question)).collect();
    hits.sort_by(|left, right| right.score.total_cmp(&left.score));
    hits
}

fn system_prompt(agent: &Agent, grounding: Option<&Grounding<'_>>, state: &Value) -> String {
    let mut parts: Vec<String> = agent.instruction.iter().cloned().collect();
    for (name, value) in state.at("promptSessionAttributes").as_object().into_iter().flatten() {
        parts.push(format!("{name}: {}", value.as_str().unwrap_or_default()));
    }
    if let Some(grounding) = grounding.filter(|grounding| !grounding.chunks.is_empty()) {
        parts.push(format!("Search results:\n\n{}", grounding.search_results()));
    }
    parts.join("\n\n")
}

/// Writes the reply: a text, or the actions for which the agent waits.
fn respond(
    trace: &mut Trace<'_>,
    reply: &Reply,
    chunks: &[&Chunk],
    request: &CheckedRequest,
    streamed: bool,
) {
    let text = reply.text();
    let actions = actions(&reply.blocks, request.input.at("agentId"));
    if actions.is_empty() {
        trace.finish(&text);
        say(trace.frames, &text, &citations(&text, chunks), chunks, streamed);
        return;
    }
    if !text.is_empty() {
        trace.rationale(&text);
    }
    let invocation = uuid(request.seed);
    for action in &actions {
        trace.action(&invocation, action);
    }
    let event = json!({"invocationId": invocation, "invocationInputs": actions});
    trace.frames.event("returnControl", &event.to_string(), false);
}

/// Writes a text: as one chunk, or token by token with a chunk for each citation at its end.
fn say(frames: &mut Frames, text: &str, parts: &[Citation], chunks: &[&Chunk], streamed: bool) {
    let cited: Vec<&Citation> = parts.iter().filter(|part| !part.chunks.is_empty()).collect();
    let pieces = match streamed {
        true => pieces(text, 0),
        false => pieces(text, CHUNK),
    };
    let mut cited = cited.into_iter().peekable();
    for piece in pieces {
        let mut attributed = Vec::new();
        while let Some(part) = cited.next_if(|part| part.range.end <= piece.end) {
            attributed.push(part.to_json(text, chunks));
        }
        let bytes = text.get(piece).unwrap_or_default();
        let mut chunk = json!({"bytes": STANDARD.encode_to_string(bytes)});
        if !attributed.is_empty() {
            chunk.put("attribution", json!({"citations": attributed}));
        }
        frames.event("chunk", &chunk.to_string(), streamed);
    }
}

/// The text in pieces of whole tokens, each with at most `size` bytes if its tokens allow that.
fn pieces(text: &str, size: usize) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut begin = 0;
    for token in tokens(text) {
        let end = begin + token.len();
        match pieces.last_mut() {
            Some(piece) if end - piece.start <= size => piece.end = end,
            _ => pieces.push(begin..end),
        }
        begin = end;
    }
    pieces
}

fn output(request: &CheckedRequest, frames: Frames) -> OperationOutput {
    let input = &request.input;
    let text = |name: &str| input.at(name).as_str().map(str::to_owned);
    let mut output = OperationOutput::events(frames, request.interval())
        .with_header("x-amzn-bedrock-agent-content-type", "application/json")
        .with_header("x-amz-bedrock-agent-session-id", text("sessionId").unwrap_or_default());
    if let Some(memory) = text("memoryId") {
        output = output.with_header("x-amz-bedrock-agent-memory-id", memory);
    }
    output
}
