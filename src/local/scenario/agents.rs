//! The agents of a server.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

const MODEL: &str = "anthropic.claude-3-haiku-20240307-v1:0";

/// What an agent works with.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub model: String,
    /// The system prompt.
    pub instruction: Option<String>,
    /// Ids of knowledge bases; `None` for all that the server has.
    pub knowledge_bases: Option<Vec<String>>,
    /// The identifier of its guardrail.
    pub guardrail: Option<String>,
}

impl Default for Agent {
    fn default() -> Self {
        Agent { model: MODEL.to_owned(), instruction: None, knowledge_bases: None, guardrail: None }
    }
}

/// The agents of a server; `None` if none are configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agents(Option<BTreeMap<String, Arc<Agent>>>);

impl Agents {
    /// Reads an object from id (`*` for any) to agent. The error is a sentence for the caller.
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let by_id = StrictObject::new("agents", json)?.rest();
        let parsed: Result<_, String> =
            by_id.iter().map(|(id, json)| Ok((id.clone(), Arc::new(parse(json)?)))).collect();
        Ok(Agents(Some(parsed?)))
    }

    /// The agent of an id. If none are configured, every id names an agent with all knowledge
    /// bases.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Agent>, ServiceError> {
        let Some(by_id) = &self.0 else { return Ok(Arc::default()) };
        by_id.get(id).or_else(|| by_id.get("*")).cloned().ok_or_else(|| {
            let message = format!(
                "Agent {id} does not exist. The local Bedrock has those of its setting agents."
            );
            ServiceError::new(404, "ResourceNotFoundException", message)
        })
    }
}

fn parse(json: &Value) -> Result<Agent, String> {
    let defaults = Agent::default();
    let mut object = StrictObject::new("agent", json)?;
    let agent = Agent {
        model: object.text("model")?.unwrap_or(defaults.model),
        instruction: object.text("instruction")?,
        knowledge_bases: object.texts("knowledge_bases")?,
        guardrail: object.text("guardrail")?,
    };
    object.finish()?;
    Ok(agent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn without_the_setting_every_id_is_an_agent() {
        assert_eq!(Agents::default().find("ANY").unwrap().model, MODEL);
        let agents = Agents::parse(&json!({"A": {"model": "amazon.nova-lite-v1:0"}})).unwrap();
        assert_eq!(agents.find("A").unwrap().model, "amazon.nova-lite-v1:0");
        assert_eq!(agents.find("B").unwrap_err().status, 404);
        let agents = Agents::parse(&json!({"*": {"instruction": "Be brief"}})).unwrap();
        assert_eq!(agents.find("B").unwrap().instruction.as_deref(), Some("Be brief"));
        for (bad, words) in [
            (json!({"A": {"modle": "x"}}), "no setting called modle"),
            (json!({"A": {"knowledge_bases": "x"}}), "a list of strings"),
        ] {
            assert!(Agents::parse(&bad).unwrap_err().contains(words));
        }
    }
}
