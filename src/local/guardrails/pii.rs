//! Detection of personal information in texts by regular expressions.

use std::sync::LazyLock;

use regex_lite::Regex;

/// The kinds that can be detected, by the service's names.
static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [
        ("EMAIL", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        ("URL", r"https?://[^\s]+"),
        ("US_SOCIAL_SECURITY_NUMBER", r"\b\d{3}-\d{2}-\d{4}\b"),
        ("CREDIT_DEBIT_CARD_NUMBER", r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b"),
        ("PHONE", r"(?:\+\d{1,3}[ -]?)?\(?\b\d{3}\)?[ -]\d{3}[ -]\d{4}\b"),
        ("MAC_ADDRESS", r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b"),
        ("IP_ADDRESS", r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b"),
        ("AWS_ACCESS_KEY", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ]
    .into_iter()
    .filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?)))
    .collect()
});

/// Where a text contains personal information, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub kind: &'static str,
    pub start: usize,
    pub end: usize,
}

/// All findings of the wanted kinds, in the order of the text. Of two that overlap, the first
/// counts.
pub(crate) fn find(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found: Vec<Finding> = PATTERNS
        .iter()
        .filter(|(kind, _)| wanted(kind))
        .flat_map(|(kind, pattern)| {
            pattern.find_iter(text).map(|found| Finding {
                kind,
                start: found.start(),
                end: found.end(),
            })
        })
        .collect();
    found.sort_by_key(|finding| (finding.start, std::cmp::Reverse(finding.end)));
    let mut end = 0;
    found.retain(|finding| {
        let clear = finding.start >= end;
        if clear {
            end = finding.end;
        }
        clear
    });
    found
}

/// Whether this kind can be detected.
pub(crate) fn is_known(kind: &str) -> bool {
    PATTERNS.iter().any(|(known, _)| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_where_it_is() {
        assert_eq!(PATTERNS.len(), 8);
        let text = "jane@example.com 555-123-4567 078-05-1120, 4111 1111 1111 1111 10.0.0.1 \
                    https://example.com/x 00:1A:2B:3C:4D:5E AKIAIOSFODNN7EXAMPLE";
        let kinds: Vec<&str> = find(text, |_| true).iter().map(|finding| finding.kind).collect();
        assert_eq!(
            kinds,
            [
                "EMAIL",
                "PHONE",
                "US_SOCIAL_SECURITY_NUMBER",
                "CREDIT_DEBIT_CARD_NUMBER",
                "IP_ADDRESS",
                "URL",
                "MAC_ADDRESS",
                "AWS_ACCESS_KEY"
            ]
        );
        let emails = find(text, |kind| kind == "EMAIL");
        assert_eq!(emails, [Finding { kind: "EMAIL", start: 0, end: 16 }]);
        assert!(find("nothing to see in 2024", |_| true).is_empty());
    }
}
