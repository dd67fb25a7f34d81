//! The models that do not chat: embeddings, images, and speech in both directions.

pub(crate) mod canvas;
pub(crate) mod embedding;
mod png;
pub(crate) mod sonic;
