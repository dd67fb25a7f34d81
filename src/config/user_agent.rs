//! The User-Agent header, in the format that AWS's SDKs share (`ua/2.1`).

use crate::environment::Environment;
use crate::environment::arguments::Arguments;

/// Builds the header's value. `retry_mode` is the name of the mode in effect.
pub(crate) fn user_agent(
    arguments: &Arguments,
    environment: &Environment,
    retry_mode: &str,
) -> String {
    let mut words = Vec::new();
    match &arguments.user_agent {
        // As in botocore, `user_agent` replaces everything but `user_agent_extra`.
        Some(user_agent) => words.push(user_agent.clone()),
        None => {
            if let Some(name) = &arguments.user_agent_name {
                let parts: Vec<_> = name.splitn(2, '/').map(sanitized).collect();
                words.push(parts.join("/"));
            }
            words.push(format!("fastbedrock/{}", env!("CARGO_PKG_VERSION")));
            words.push("ua/2.1".to_owned());
            words.push(format!("os/{}", operating_system()));
            words.push(format!("md/arch#{}", std::env::consts::ARCH));
            if let Some(language) = &arguments.user_agent_language {
                words.push(format!("lang/{}", sanitized(language)));
            }
            if let Some(name) =
                environment.variable("AWS_EXECUTION_ENV").filter(|name| !name.is_empty())
            {
                words.push(format!("exec-env/{}", sanitized(&name)));
            }
            words.push(format!("cfg/retry-mode#{retry_mode}"));
            let app_id = arguments
                .user_agent_appid
                .clone()
                .or_else(|| environment.configured("AWS_SDK_UA_APP_ID", "sdk_ua_app_id"));
            if let Some(app_id) = app_id.filter(|app_id| !app_id.is_empty()) {
                words.push(format!("app/{}", sanitized(&app_id)));
            }
        }
    }
    words.extend(arguments.user_agent_extra.clone().filter(|extra| !extra.is_empty()));
    words.join(" ")
}

fn operating_system() -> &'static str {
    match std::env::consts::OS {
        known @ ("linux" | "macos" | "windows" | "android" | "ios") => known,
        _ => "other",
    }
}

/// Replaces each character that the format does not allow by a dash.
fn sanitized(word: &str) -> String {
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || "!$%&'*+-.^_`|~,#".contains(character)
    };
    word.chars().map(|character| if allowed(character) { character } else { '-' }).collect()
}
