//! Names of regions: their validity, FIPS pseudo-regions, and partitions.

use crate::error::{Error, Kind};

/// botocore's rule: a host label that does not consist of digits only. Error: `InvalidRegionError`.
pub(crate) fn validate(region_name: &str) -> Result<(), Error> {
    // botocore's regular expression accepts a final line break; the URL of the endpoint is refused
    // because of it.
    let label = region_name.strip_suffix('\n').unwrap_or(region_name);
    let only_digits = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let valid = label.len() <= 63
        && !only_digits
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if valid {
        Ok(())
    } else {
        Err(Error::new(Kind::InvalidRegion { region_name: region_name.to_owned() }))
    }
}

/// Removes `fips-` or `-fips`, and returns whether there was one. Such a pseudo-region stands for
/// the FIPS endpoint of the real region.
pub(crate) fn without_fips(region_name: &str) -> (String, bool) {
    let region = region_name.replace("fips-", "").replace("-fips", "");
    let fips = region != region_name;
    (region, fips)
}

/// The partition of a region. Unknown regions belong to `aws`.
pub(crate) fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-de-", "aws-eusc"),
    ];
    let is_place = |place: &str| {
        place.split_once('-').is_some_and(|(direction, number)| {
            !direction.is_empty()
                && direction.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
                && !number.is_empty()
                && number.bytes().all(|digit| digit.is_ascii_digit())
        })
    };
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.strip_prefix(prefix).is_some_and(is_place))
        .map_or("aws", |(_, partition)| partition)
}
