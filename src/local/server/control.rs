//! Steering and watching a server: the same from Python and, under `/_local/`, over HTTP.

use serde_json::Value;

use super::bedrock::Bedrock;
use super::scenario::Scenario;

/// Who steers a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The program that runs it.
    Owner,
    /// Whoever reaches it over HTTP.
    Network,
}

impl Bedrock {
    /// Does what `method /_local/{name}` asks. The error is a sentence for the caller.
    ///
    /// `counters`: GET, DELETE. `scenario`: POST sets what it names, DELETE everything to its
    /// default. `faults`: POST adds one, DELETE removes all.
    pub(crate) fn control(
        &self,
        source: Source,
        method: &str,
        name: &str,
        body: &[u8],
    ) -> Result<String, String> {
        let json = || -> Result<Value, String> {
            serde_json::from_slice(body).map_err(|error| format!("{name}: {error}"))
        };
        match (method, name) {
            ("GET", "counters") => return Ok(self.counters.snapshot().to_string()),
            ("DELETE", "counters") => self.counters.reset(),
            ("POST", "scenario") => {
                let json = json()?;
                self.change_scenario(|scenario| scenario.updated(source, &json))?;
            }
            ("DELETE", "scenario") => {
                self.change_scenario(|scenario| Ok(scenario.reset(source)))?;
            }
            ("POST", "faults") => {
                let json = json()?;
                self.change_scenario(|scenario| {
                    let mut scenario = scenario.clone();
                    scenario.add_fault(&json).map(|()| scenario)
                })?;
            }
            ("DELETE", "faults") => self.change_scenario(|scenario| {
                Ok(Scenario { faults: Vec::new(), ..scenario.clone() })
            })?,
            _ => return Err(format!("there is no {method} {name} here")),
        }
        Ok("{}".to_owned())
    }
}
