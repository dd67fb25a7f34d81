//! What the exchanges of one server share.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::async_invoke::Jobs;
use super::auth::Gate;
use super::bridge::Bridge;
use super::chat::prompt_cache::PromptCache;
use super::counters::Counters;
use super::host_policy::HostPolicy;
use super::scenario::Scenario;

#[derive(Default)]
pub(crate) struct Bedrock {
    pub counters: Arc<Counters>,
    pub bridge: Bridge,
    pub gate: Gate,
    pub host_policy: HostPolicy,
    /// How long a request's body may take to arrive.
    pub body_timeout: Option<Duration>,
    pub prompt_cache: PromptCache,
    pub jobs: Arc<Jobs>,
    scenario: RwLock<Arc<Scenario>>,
}

impl Bedrock {
    pub(crate) fn new(host_policy: HostPolicy, body_timeout: Option<Duration>) -> Bedrock {
        Bedrock { host_policy, body_timeout, ..Bedrock::default() }
    }

    /// The settings as they are now.
    pub(crate) fn scenario(&self) -> Arc<Scenario> {
        Arc::clone(&self.scenario.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts new settings in the place of the present ones.
    pub(crate) fn change_scenario(
        &self,
        change: impl FnOnce(&Scenario) -> Result<Scenario, String>,
    ) -> Result<(), String> {
        let mut scenario = self.scenario.write().unwrap_or_else(PoisonError::into_inner);
        *scenario = Arc::new(change(&scenario)?);
        Ok(())
    }

    /// Whether chats are put to the embedder's callable before the script is asked.
    pub(crate) fn set_callable(&self, callable: bool) {
        let mut scenario = self.scenario.write().unwrap_or_else(PoisonError::into_inner);
        *scenario = Arc::new(Scenario { callable, ..Scenario::clone(&scenario) });
    }
}
