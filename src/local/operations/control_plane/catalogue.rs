//! The foundation models that this server lists.

/// A foundation model, as the service describes it.
#[derive(Debug)]
pub(super) struct FoundationModel {
    pub id: &'static str,
    /// At most 20 characters, as in the service's model.
    pub name: &'static str,
    pub provider: &'static str,
    pub input: &'static [&'static str],
    /// The service's model has no word for videos and speech.
    pub output: &'static [&'static str],
    pub streaming: bool,
    pub customizations: &'static [&'static str],
    pub inference: &'static [&'static str],
    /// The prefixes of the model's inference profiles.
    pub geographies: &'static [&'static str],
}

const TEXT: &[&str] = &["TEXT"];
const BOTH: &[&str] = &["TEXT", "IMAGE"];
const ON_DEMAND: &[&str] = &["ON_DEMAND"];
const ANY: &[&str] = &["ON_DEMAND", "PROVISIONED"];
const TUNED: &[&str] = &["FINE_TUNING"];
const NONE: &[&str] = &[];
const US: &[&str] = &["us"];
const REGIONAL: &[&str] = &["us", "eu", "apac"];
const GLOBAL: &[&str] = &["us", "eu", "apac", "global"];

/// A chat model.
const fn chat(id: &'static str, name: &'static str, provider: &'static str) -> FoundationModel {
    FoundationModel {
        id,
        name,
        provider,
        input: TEXT,
        output: TEXT,
        streaming: true,
        customizations: NONE,
        inference: ON_DEMAND,
        geographies: NONE,
    }
}

const fn claude(
    id: &'static str,
    name: &'static str,
    geographies: &'static [&'static str],
) -> FoundationModel {
    FoundationModel { input: BOTH, geographies, ..chat(id, name, "Anthropic") }
}

const fn nova(id: &'static str, name: &'static str) -> FoundationModel {
    FoundationModel {
        input: BOTH,
        customizations: TUNED,
        inference: ANY,
        geographies: REGIONAL,
        ..chat(id, name, "Amazon")
    }
}

const fn llama(id: &'static str, name: &'static str) -> FoundationModel {
    FoundationModel { geographies: US, ..chat(id, name, "Meta") }
}

const fn embedding(
    id: &'static str,
    name: &'static str,
    provider: &'static str,
) -> FoundationModel {
    FoundationModel { output: &["EMBEDDING"], streaming: false, ..chat(id, name, provider) }
}

pub(super) static MODELS: [FoundationModel; 32] = [
    claude("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", REGIONAL),
    claude("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", US),
    claude("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", REGIONAL),
    claude("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", REGIONAL),
    claude("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", REGIONAL),
    claude("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", GLOBAL),
    claude("anthropic.claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1", US),
    claude("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", GLOBAL),
    claude("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", GLOBAL),
    FoundationModel { input: TEXT, ..nova("amazon.nova-micro-v1:0", "Nova Micro") },
    nova("amazon.nova-lite-v1:0", "Nova Lite"),
    nova("amazon.nova-pro-v1:0", "Nova Pro"),
    FoundationModel {
        customizations: NONE,
        geographies: US,
        ..nova("amazon.nova-premier-v1:0", "Nova Premier")
    },
    FoundationModel {
        output: &["IMAGE"],
        streaming: false,
        geographies: NONE,
        ..nova("amazon.nova-canvas-v1:0", "Nova Canvas")
    },
    FoundationModel {
        output: NONE,
        streaming: false,
        customizations: NONE,
        inference: ON_DEMAND,
        geographies: NONE,
        ..nova("amazon.nova-reel-v1:0", "Nova Reel")
    },
    FoundationModel {
        input: NONE,
        output: TEXT,
        customizations: NONE,
        inference: ON_DEMAND,
        geographies: NONE,
        ..nova("amazon.nova-sonic-v1:0", "Nova Sonic")
    },
    FoundationModel {
        customizations: &["FINE_TUNING", "CONTINUED_PRE_TRAINING"],
        inference: ANY,
        ..chat("amazon.titan-text-lite-v1", "Titan Text Lite", "Amazon")
    },
    FoundationModel {
        customizations: &["FINE_TUNING", "CONTINUED_PRE_TRAINING"],
        inference: ANY,
        ..chat("amazon.titan-text-express-v1", "Titan Text Express", "Amazon")
    },
    embedding("amazon.titan-embed-text-v2:0", "Titan Embeddings V2", "Amazon"),
    llama("meta.llama3-1-8b-instruct-v1:0", "Llama 3.1 8B"),
    llama("meta.llama3-1-70b-instruct-v1:0", "Llama 3.1 70B"),
    llama("meta.llama3-2-1b-instruct-v1:0", "Llama 3.2 1B"),
    llama("meta.llama3-2-3b-instruct-v1:0", "Llama 3.2 3B"),
    llama("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B"),
    FoundationModel {
        input: BOTH,
        ..llama("meta.llama4-maverick-17b-instruct-v1:0", "Llama 4 Maverick")
    },
    chat("mistral.mistral-7b-instruct-v0:2", "Mistral 7B", "Mistral AI"),
    chat("mistral.mixtral-8x7b-instruct-v0:1", "Mixtral 8x7B", "Mistral AI"),
    chat("mistral.mistral-large-2402-v1:0", "Mistral Large", "Mistral AI"),
    chat("cohere.command-r-v1:0", "Command R", "Cohere"),
    chat("cohere.command-r-plus-v1:0", "Command R+", "Cohere"),
    embedding("cohere.embed-english-v3", "Embed English", "Cohere"),
    embedding("cohere.embed-multilingual-v3", "Embed Multilingual", "Cohere"),
];

/// The model with this id.
pub(super) fn find(id: &str) -> Option<&'static FoundationModel> {
    MODELS.iter().find(|model| model.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::families::model_id::{family, foundation_model};

    #[test]
    fn every_model_of_the_catalogue_can_be_called() {
        for model in &MODELS {
            assert!(family(model.id).is_some(), "{}", model.id);
            for geography in model.geographies {
                let profile = format!("{geography}.{}", model.id);
                assert_eq!(foundation_model(&profile), model.id);
            }
        }
    }
}
