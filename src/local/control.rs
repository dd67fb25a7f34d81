//! Steering and watching a server: the same from Python and, under `/_local/`, over HTTP.

use serde_json::Value;

use super::exchange::Bedrock;

impl Bedrock {
    /// Does what `method /_local/{name}` asks. The error is a sentence for the caller.
    pub(crate) fn control(&self, method: &str, name: &str, body: &[u8]) -> Result<String, String> {
        match (method, name) {
            ("GET", "counters") => Ok(self.counters.snapshot().to_string()),
            ("DELETE", "counters") => {
                self.counters.reset();
                Ok("{}".to_owned())
            }
            ("POST", "scenario") => {
                let json: Value =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                let mut scenario = self.scenario().as_ref().clone();
                scenario.update(&json)?;
                self.set_scenario(scenario);
                Ok("{}".to_owned())
            }
            _ => Err(format!("there is no {method} {name} here")),
        }
    }
}
