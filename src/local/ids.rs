//! Ids in the forms of the service and of its models.

/// Letters and digits that are a pure function of `seed`.
pub(crate) fn identifier(seed: u64, length: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = fastrand::Rng::with_seed(seed);
    (0..length)
        .map(|_| char::from(LETTERS.get(random.usize(..62)).copied().unwrap_or(b'0')))
        .collect()
}

/// A UUID (version 4) that is a pure function of `seed`.
pub(crate) fn uuid(seed: u64) -> String {
    let text = format!("{:032x}", fastrand::Rng::with_seed(seed).u128(..));
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// The ARN of a resource of the caller's account, e.g. of `guardrail/abc`.
pub(crate) fn arn(resource: &str) -> String {
    format!("arn:aws:bedrock:us-east-1:123456789012:{resource}")
}

pub(crate) fn foundation_model_arn(model: &str) -> String {
    format!("arn:aws:bedrock:us-east-1::foundation-model/{model}")
}
