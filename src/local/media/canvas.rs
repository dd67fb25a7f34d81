//! Amazon Nova Canvas: real images of the requested size, a pure function of the request.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::png;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

const TASKS: [&str; 7] = [
    "TEXT_IMAGE",
    "COLOR_GUIDED_GENERATION",
    "IMAGE_VARIATION",
    "INPAINTING",
    "OUTPAINTING",
    "BACKGROUND_REMOVAL",
    "VIRTUAL_TRY_ON",
];
/// How many pixels a side may have.
const SIDE: std::ops::RangeInclusive<u64> = 320..=4096;
const PIXELS: u64 = 4_194_304;

/// The body of the response.
pub(crate) fn paint(body: &Value) -> Result<String, ServiceError> {
    let task = body.at("taskType").as_str().ok_or_else(|| ServiceError::missing_key("taskType"))?;
    if !TASKS.contains(&task) {
        return Err(ServiceError::malformed(format_args!(
            "#/taskType: {task} is not a valid enum value"
        )));
    }
    if task == "TEXT_IMAGE" {
        let text = body.at("textToImageParams").at("text");
        let length = text
            .as_str()
            .ok_or_else(|| ServiceError::missing_key("textToImageParams"))?
            .chars()
            .count();
        if !(1..=1024).contains(&length) {
            return Err(ServiceError::malformed(format_args!(
                "#/textToImageParams/text: expected a length from 1 to 1024, actual: {length}"
            )));
        }
    }
    let config = body.at("imageGenerationConfig");
    let (width, height) = (side(config, "width")?, side(config, "height")?);
    if width * height > PIXELS {
        return Err(ServiceError::malformed(format_args!(
            "#/imageGenerationConfig: {width}x{height} has more than {PIXELS} pixels"
        )));
    }
    let count = match config.at("numberOfImages") {
        Value::Null => 1,
        given => given.as_u64().filter(|count| (1..=5).contains(count)).ok_or_else(|| {
            ServiceError::malformed(format_args!(
                "#/imageGenerationConfig/numberOfImages: {given} is not from 1 to 5"
            ))
        })?,
    };
    let images: Vec<String> = (0..count)
        .map(|number| {
            let mut hasher = DefaultHasher::new();
            body.to_string().hash(&mut hasher);
            number.hash(&mut hasher);
            STANDARD.encode_to_string(image(width, height, hasher.finish()))
        })
        .collect();
    Ok(json!({"images": images}).to_string())
}

fn side(config: &Value, name: &str) -> Result<u64, ServiceError> {
    match config.at(name) {
        Value::Null => Ok(1024),
        given => given
            .as_u64()
            .filter(|side| SIDE.contains(side) && side % 16 == 0)
            .ok_or_else(|| {
                ServiceError::malformed(format_args!(
                    "#/imageGenerationConfig/{name}: {given} is not a multiple of 16 from 320 to 4096"
                ))
            }),
    }
}

/// A pattern of blocks in two colours.
fn image(width: u64, height: u64, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let colours = [[(); 3]; 2].map(|colour| colour.map(|()| random.u8(..)));
    let blocks: Vec<u64> = (0..64).map(|_| random.u64(..)).collect();
    let pixels = |side: u64| u32::try_from(side).unwrap_or(u32::MAX);
    png::encode(pixels(width), pixels(height), colours, |x, y| {
        let row = blocks.get(y as usize / 64 % 64).copied().unwrap_or(0);
        row >> (x / 64 % 64) & 1 == 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_the_requested_size_and_number() {
        let request = json!({
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "a cat"},
            "imageGenerationConfig": {"width": 320, "height": 640, "numberOfImages": 2},
        });
        let body: Value = serde_json::from_str(&paint(&request).unwrap()).unwrap();
        let images = body["images"].as_array().unwrap();
        assert_eq!(images.len(), 2);
        assert_ne!(images[0], images[1]);
        let png = STANDARD.decode_to_vec(images[0].as_str().unwrap()).unwrap();
        assert_eq!(&png[16..24], &[0, 0, 1, 64, 0, 0, 2, 128]);
        assert_eq!(paint(&request).unwrap(), paint(&request).unwrap());
    }

    #[test]
    fn impossible_images_are_refused() {
        for bad in [
            json!({}),
            json!({"taskType": "DREAM"}),
            json!({"taskType": "TEXT_IMAGE"}),
            json!({"taskType": "OUTPAINTING", "imageGenerationConfig": {"width": 321}}),
            json!({"taskType": "OUTPAINTING", "imageGenerationConfig": {"width": 4096, "height": 4096}}),
            json!({"taskType": "OUTPAINTING", "imageGenerationConfig": {"numberOfImages": 6}}),
        ] {
            assert_eq!(paint(&bad).unwrap_err().status, 400, "{bad}");
        }
    }
}
