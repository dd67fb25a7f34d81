//! Embeddings: unit vectors that are a pure function of the text, and closer to each other for
//! similar texts. Every word, and every run of three letters in it, adds its own direction to the
//! vector; what two texts have in common adds the same directions to both.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use crate::local::chat::tokens;
use crate::local::ids::uuid;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

/// The body of a response, and the number of tokens that were read.
pub(crate) struct Embedding {
    pub body: String,
    pub tokens: u32,
}

/// Amazon Titan Text Embeddings v2.
pub(crate) fn titan(body: &Value) -> Result<Embedding, ServiceError> {
    let text = match body.at("inputText") {
        Value::String(text) if text.is_empty() => {
            return Err(ServiceError::malformed("expected minLength: 1, actual: 0"));
        }
        Value::String(text) => text,
        Value::Null => return Err(ServiceError::missing_key("inputText")),
        _ => return Err(ServiceError::malformed("#/inputText: expected type: String")),
    };
    let dimensions = match body.at("dimensions") {
        Value::Null => 1024,
        given => match given.as_u64() {
            Some(256) => 256,
            Some(512) => 512,
            Some(1024) => 1024,
            _ => {
                return Err(ServiceError::malformed(format!(
                    "#/dimensions: {given} is not a valid enum value"
                )));
            }
        },
    };
    let normalised = body.at("normalize").as_bool().unwrap_or(true);
    let tokens = tokens::count(text);
    let vector = floats(&scaled(vector(text, dimensions), if normalised { 1.0 } else { 8.0 }));
    let kinds: Vec<&str> = body
        .at("embeddingTypes")
        .as_array()
        .map_or_else(|| vec!["float"], |kinds| kinds.iter().filter_map(Value::as_str).collect());
    let mut by_type: Vec<String> = Vec::new();
    if kinds.contains(&"binary") {
        let bits: Vec<u8> =
            self::vector(text, dimensions).iter().map(|x| u8::from(*x > 0.0)).collect();
        by_type.push(format!("\"binary\":{}", json!(bits)));
    }
    let mut embedding = String::new();
    if kinds.contains(&"float") {
        by_type.push(format!("\"float\":{vector}"));
        embedding = format!("\"embedding\":{vector},");
    }
    let body = format!(
        "{{{embedding}\"embeddingsByType\":{{{}}},\"inputTextTokenCount\":{tokens}}}",
        by_type.join(",")
    );
    Ok(Embedding { body, tokens })
}

/// Cohere Embed v3.
pub(crate) fn cohere(body: &Value) -> Result<Embedding, ServiceError> {
    const DIMENSIONS: usize = 1024;
    let texts: Vec<&str> = match body.at("texts").as_array() {
        Some(texts) if texts.len() > 96 => {
            return Err(ServiceError::malformed(format!(
                "#/texts: expected maximum item count: 96, found: {}",
                texts.len()
            )));
        }
        Some(texts) => {
            let texts: Option<_> = texts.iter().map(Value::as_str).collect();
            texts.ok_or_else(|| ServiceError::malformed("#/texts: expected type: String"))?
        }
        None => return Err(ServiceError::missing_key("texts")),
    };
    if body.at("input_type").as_str().is_none() {
        return Err(ServiceError::missing_key("input_type"));
    }
    let tokens = texts.iter().map(|text| tokens::count(text)).sum();
    let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(text, DIMENSIONS)).collect();
    let list = |write: &dyn Fn(&[f32]) -> String| {
        let rows: Vec<String> = vectors.iter().map(|vector| write(vector)).collect();
        format!("[{}]", rows.join(","))
    };
    let (embeddings, response_type) = match body.at("embedding_types").as_array() {
        None => (list(&floats), "embeddings_floats"),
        Some(kinds) => {
            let mut by_type = Vec::new();
            for kind in kinds.iter().filter_map(Value::as_str) {
                let rows = match kind {
                    "float" => list(&floats),
                    "int8" => list(&|vector| quantised(vector, 0)),
                    "uint8" => list(&|vector| quantised(vector, 128)),
                    "binary" => list(&|vector| packed(vector, 128)),
                    "ubinary" => list(&|vector| packed(vector, 0)),
                    _ => {
                        return Err(ServiceError::malformed(format!(
                            "#/embedding_types: {kind} is not a valid enum value"
                        )));
                    }
                };
                by_type.push(format!("\"{kind}\":{rows}"));
            }
            (format!("{{{}}}", by_type.join(",")), "embeddings_by_type")
        }
    };
    let id = uuid(hash(&texts));
    let body = format!(
        "{{\"embeddings\":{embeddings},\"id\":\"{id}\",\"response_type\":\"{response_type}\",\"texts\":{}}}",
        json!(texts)
    );
    Ok(Embedding { body, tokens })
}

/// The unit vector of a text.
pub(crate) fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0f32; dimensions];
    let lower = text.to_lowercase();
    let mut push = |feature: u64, weight: f32| {
        let mut random = fastrand::Rng::with_seed(feature);
        for coordinates in vector.chunks_mut(64) {
            let signs = random.u64(..);
            for (bit, coordinate) in coordinates.iter_mut().enumerate() {
                *coordinate += if signs >> bit & 1 == 0 { weight } else { -weight };
            }
        }
    };
    // A direction for every text, so that no vector is zero.
    push(hash(&lower.is_empty()), 0.1);
    for word in
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        push(hash(&("word", word)), 1.0);
        let letters: Vec<char> = word.chars().collect();
        for triple in letters.windows(3) {
            push(hash(&("letters", triple)), 0.4);
        }
    }
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    #[allow(clippy::cast_possible_truncation)]
    scaled(vector, (1.0 / length.max(f64::MIN_POSITIVE)) as f32)
}

fn scaled(mut vector: Vec<f32>, factor: f32) -> Vec<f32> {
    vector.iter_mut().for_each(|coordinate| *coordinate *= factor);
    vector
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A vector as JSON, with the fewest digits that read back as the same `f32`.
fn floats(vector: &[f32]) -> String {
    serde_json::to_string(vector).unwrap_or_default()
}

/// A vector as JSON, with a byte per coordinate; `zero` stands for 0.
fn quantised(vector: &[f32], zero: i32) -> String {
    #[allow(clippy::cast_possible_truncation)]
    let bytes: Vec<i32> =
        vector.iter().map(|x| zero + ((x * 512.0).round() as i32).clamp(-128, 127)).collect();
    json!(bytes).to_string()
}

/// A vector as JSON, with a bit per coordinate; `zero` is subtracted from each byte.
fn packed(vector: &[f32], zero: i32) -> String {
    let bytes: Vec<i32> = vector
        .chunks(8)
        .map(|bits| bits.iter().fold(0, |byte, x| byte << 1 | i32::from(*x > 0.0)) - zero)
        .collect();
    json!(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(left: &str, right: &str) -> f32 {
        vector(left, 256).iter().zip(vector(right, 256)).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn vectors_are_units_and_similar_texts_are_closer() {
        assert!((cosine("The cat sat.", "The cat sat.") - 1.0).abs() < 1e-5);
        assert!((cosine("", "") - 1.0).abs() < 1e-5);
        let near = cosine("a cat sat on the mat", "the cat sits on a mat");
        let far = cosine("a cat sat on the mat", "quarterly revenue exceeded forecasts");
        assert!(near > 0.5 && far < 0.3, "{near} {far}");
    }

    #[test]
    fn titan_has_three_sizes() {
        for size in [256, 512, 1024] {
            let body = titan(&json!({"inputText": "hi", "dimensions": size})).unwrap().body;
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["embedding"].as_array().unwrap().len(), size);
            assert_eq!(body["embeddingsByType"]["float"], body["embedding"]);
        }
        assert!(titan(&json!({"inputText": "hi", "dimensions": 3})).is_err());
        assert!(titan(&json!({"inputText": ""})).is_err());
    }
}
