//! What a server does beyond answering: set by a file, over HTTP and from Python.

use std::time::Duration;

use serde_json::Value;

/// How fast the models are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scenario {
    /// Time to the first token.
    pub first_token: Duration,
    /// Time from token to token.
    pub interval: Option<Duration>,
}

impl Scenario {
    /// Takes over what `json` names. The error is a sentence for the caller.
    pub(crate) fn update(&mut self, json: &Value) -> Result<(), String> {
        let Some(settings) = json.as_object() else {
            return Err("a scenario is a JSON object".to_owned());
        };
        for (name, value) in settings {
            match name.as_str() {
                "first_token_seconds" => self.first_token = seconds(name, value)?,
                "tokens_per_second" if value.is_null() => self.interval = None,
                "tokens_per_second" => {
                    let rate = value.as_f64().filter(|rate| *rate > 0.0);
                    let rate = rate.ok_or_else(|| format!("{name}: a number above 0, or null"))?;
                    self.interval = Some(Duration::from_secs_f64(1.0 / rate));
                }
                _ => return Err(format!("{name}: no such setting")),
            }
        }
        Ok(())
    }
}

fn seconds(name: &str, value: &Value) -> Result<Duration, String> {
    let seconds = value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| format!("{name}: a number of seconds, 0 or more"))
}
