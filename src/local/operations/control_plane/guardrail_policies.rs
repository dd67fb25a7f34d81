//! The policies of a guardrail, from the form of requests to the form of responses.

use serde_json::{Map, Value, json};

use crate::local::ids::arn;
use crate::local::json::members::JsonExt;

const SUFFIX: &str = "Config";

/// The members that describe the policies: `topicPolicyConfig.topicsConfig` of a request is
/// `topicPolicy.topics` of a response.
pub(super) fn described(config: &Value) -> Map<String, Value> {
    let mut policies = Map::new();
    for (name, policy) in config.as_object().into_iter().flatten() {
        let Some(name) = name.strip_suffix(SUFFIX).filter(|name| name.ends_with("Policy")) else {
            continue;
        };
        let members = policy.as_object().into_iter().flatten().map(|(name, value)| {
            (name.strip_suffix(SUFFIX).unwrap_or(name).to_owned(), value.clone())
        });
        policies.insert(name.to_owned(), Value::Object(members.collect()));
    }
    let profile = config.at("crossRegionConfig").at("guardrailProfileIdentifier").as_str();
    if let Some(id) = profile.and_then(|identifier| identifier.rsplit('/').next()) {
        let arn = arn(&format!("guardrail-profile/{id}"));
        let details = json!({"guardrailProfileId": id, "guardrailProfileArn": arn});
        policies.insert("crossRegionDetails".to_owned(), details);
    }
    policies
}
