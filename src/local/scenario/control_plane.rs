//! The settings of the control plane.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::local::json::strict::StrictObject;

#[derive(Debug, Clone, Default)]
pub(crate) struct ControlPlaneSettings {
    /// How long it takes until a resource is ready and a job ends.
    pub duration: Duration,
    /// The message with which every job and every provisioned throughput fails, if it is set.
    pub failure: Option<String>,
}

impl ControlPlaneSettings {
    pub(super) fn parse(json: &Value) -> Result<Self, String> {
        let mut object = StrictObject::new("control_plane", json)?;
        let settings = ControlPlaneSettings {
            duration: object.seconds("seconds")?.unwrap_or_default(),
            failure: object.text("failure")?,
        };
        object.finish()?;
        Ok(settings)
    }

    /// When a resource that is created now will be ready.
    pub(crate) fn ready(&self) -> SystemTime {
        SystemTime::now() + self.duration
    }
}
