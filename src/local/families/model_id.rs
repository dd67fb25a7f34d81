//! The model that an identifier names. Identifiers are ids, inference profiles or ARNs.

/// A family of models, which have the same request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Anthropic,
    Nova,
    TitanText,
    Llama,
    Mistral,
    CohereCommand,
    TitanEmbedding,
    CohereEmbedding,
    NovaCanvas,
    NovaReel,
    NovaSonic,
}

/// Prefixes of foundation models' ids, and their families. The first match counts.
const CATALOGUE: &[(&str, Family)] = &[
    ("anthropic.claude", Family::Anthropic),
    ("amazon.nova-canvas", Family::NovaCanvas),
    ("amazon.nova-reel", Family::NovaReel),
    ("amazon.nova-sonic", Family::NovaSonic),
    ("amazon.nova-2-sonic", Family::NovaSonic),
    ("amazon.nova-", Family::Nova),
    ("amazon.titan-embed-text-v2", Family::TitanEmbedding),
    ("amazon.titan-text", Family::TitanText),
    ("amazon.titan-tg1", Family::TitanText),
    ("meta.llama", Family::Llama),
    ("mistral.", Family::Mistral),
    ("cohere.command", Family::CohereCommand),
    ("cohere.embed-english-v3", Family::CohereEmbedding),
    ("cohere.embed-multilingual-v3", Family::CohereEmbedding),
];

/// Prefixes of cross-region inference profiles.
const GEOGRAPHIES: &[&str] =
    &["us-gov.", "us.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "sa.", "me.", "af."];

/// The foundation model in an identifier: `us.anthropic.claude-x` and
/// `arn:…:inference-profile/us.anthropic.claude-x` are both `anthropic.claude-x`.
pub(crate) fn foundation_model(identifier: &str) -> &str {
    let name = match identifier.strip_prefix("arn:") {
        Some(arn) => arn.rsplit_once('/').map_or(arn, |(_, name)| name),
        None => identifier,
    };
    GEOGRAPHIES.iter().find_map(|geography| name.strip_prefix(geography)).unwrap_or(name)
}

/// The family of an identifier; `None` for a model that this server does not have.
pub(crate) fn family(identifier: &str) -> Option<Family> {
    let model = foundation_model(identifier);
    CATALOGUE.iter().find(|(start, _)| model.starts_with(start)).map(|(_, family)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_model_finds_its_family() {
        for (identifier, expected) in [
            ("anthropic.claude-3-haiku-20240307-v1:0", Some(Family::Anthropic)),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some(Family::Anthropic)),
            ("global.amazon.nova-2-lite-v1:0", Some(Family::Nova)),
            ("amazon.nova-canvas-v1:0", Some(Family::NovaCanvas)),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0",
                Some(Family::TitanEmbedding),
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.meta.llama3-2-1b-instruct-v1:0",
                Some(Family::Llama),
            ),
            ("ai21.jamba-1-5-mini-v1:0", None),
            ("nonsense", None),
        ] {
            assert_eq!(family(identifier), expected, "{identifier}");
        }
    }
}
