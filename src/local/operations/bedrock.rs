//! What the requests to one server share.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::agent_runtime::conversations::Conversations;
use super::control_plane::state::ControlPlane;
use super::runtime::jobs::Jobs;
use crate::local::access::authenticator::Authenticator;
use crate::local::access::host_policy::HostPolicy;
use crate::local::chat::callable::CallableQueue;
use crate::local::chat::prompt_cache::PromptCache;
use crate::local::counters::Counters;
use crate::local::scenario::settings::Scenario;

#[derive(Default)]
pub(crate) struct Bedrock {
    pub counters: Arc<Counters>,
    pub callable: CallableQueue,
    pub authenticator: Authenticator,
    pub host_policy: HostPolicy,
    /// How long a request's body may take to arrive.
    pub body_timeout: Option<Duration>,
    pub prompt_cache: PromptCache,
    pub jobs: Arc<Jobs>,
    pub conversations: Conversations,
    pub control_plane: ControlPlane,
    scenario: RwLock<Arc<Scenario>>,
}

impl Bedrock {
    pub(crate) fn new(host_policy: HostPolicy, body_timeout: Option<Duration>) -> Bedrock {
        Bedrock { host_policy, body_timeout, ..Bedrock::default() }
    }

    /// The present settings.
    pub(crate) fn scenario(&self) -> Arc<Scenario> {
        Arc::clone(&self.scenario.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the settings by what `change` makes of them; on an error they stay as they are.
    pub(crate) fn change_scenario(
        &self,
        change: impl FnOnce(&Scenario) -> Result<Scenario, String>,
    ) -> Result<(), String> {
        let mut scenario = self.scenario.write().unwrap_or_else(PoisonError::into_inner);
        *scenario = Arc::new(change(&scenario)?);
        Ok(())
    }

    /// Sets whether the program's callable is asked for a reply before the script.
    pub(crate) fn set_callable(&self, callable: bool) {
        let mut scenario = self.scenario.write().unwrap_or_else(PoisonError::into_inner);
        *scenario = Arc::new(Scenario { callable, ..Scenario::clone(&scenario) });
    }
}
