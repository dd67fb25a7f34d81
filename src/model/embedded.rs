//! The models that every build has.

use std::borrow::Cow;

use super::files::Files;

/// `include_bytes!` takes literals only.
macro_rules! compressed {
    ($service:literal, $kind:literal) => {
        Cow::Borrowed(include_bytes!(concat!(
            env!("OUT_DIR"),
            "/",
            $service,
            ".",
            $kind,
            ".json.gz"
        )))
    };
}

macro_rules! embedded {
    ($service:literal) => {
        (
            $service,
            Files {
                folder: Cow::Borrowed(concat!("models/", $service)),
                service: compressed!($service, "service-2"),
                paginators: Some(compressed!($service, "paginators-1")),
                waiters: Some(compressed!($service, "waiters-2")),
            },
        )
    };
}

/// The models by boto3's names of their services. `build.rs` has compressed the files.
pub(super) static EMBEDDED: &[(&str, Files)] = &[embedded!("bedrock-runtime")];
