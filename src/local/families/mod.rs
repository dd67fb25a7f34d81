//! The bodies of chat requests and responses: Converse's, and those of InvokeModel for each family
//! of models.

mod anthropic;
pub(crate) mod body_fields;
mod cohere;
pub(crate) mod converse;
pub(crate) mod format;
mod llama;
mod mistral;
pub(crate) mod model_id;
mod nova;
mod plain_text;
mod titan;

use format::ChatFormat;
use model_id::Family;

/// The format of this family's chats; `None` for a family that does not chat.
pub(crate) fn chat_format(family: Family) -> Option<&'static dyn ChatFormat> {
    match family {
        Family::Anthropic => Some(&anthropic::Messages),
        Family::Nova => Some(&nova::Nova),
        Family::TitanText => Some(&titan::TitanText),
        Family::Llama => Some(&llama::Llama),
        Family::Mistral => Some(&mistral::Mistral),
        Family::CohereCommand => Some(&cohere::Command),
        Family::TitanEmbedding
        | Family::CohereEmbedding
        | Family::NovaCanvas
        | Family::NovaReel
        | Family::NovaSonic => None,
    }
}
