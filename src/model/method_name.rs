//! The names of methods in Python, by the rule that botocore's `xform_name` follows.

/// Brand names that count as one word. botocore lists every operation that contains one.
const WORDS: &[(&str, &str)] = &[
    ("HITs", "Hits"),
    ("OTel", "Otel"),
    ("PartiQL", "Partiql"),
    ("WhatsApp", "Whatsapp"),
    ("iSCSI", "Iscsi"),
];

/// Operations in which OAuth2 counts as one word. In other operations, botocore's rule splits it.
const OAUTH2: &[&str] = &[
    "CreateOAuth2Token",
    "CreateOAuth2TokenWithIAM",
    "IntrospectOAuth2TokenWithIAM",
    "RevokeOAuth2TokenWithIAM",
];

/// The method of an operation, or boto3's name of a waiter: `list_async_invokes` for
/// `ListAsyncInvokes`, `create_ab_test` for `CreateABTest`.
pub fn method_name(operation: &str) -> String {
    if operation.contains('_') {
        return operation.to_owned();
    }
    let mut name = operation.to_owned();
    for (word, plain) in WORDS {
        name = name.replace(word, plain);
    }
    if OAUTH2.contains(&operation) {
        name = name.replace("OAuth2", "Oauth2");
    }
    let letters: Vec<char> = plural_of_capitals(name).chars().collect();
    let mut out = String::with_capacity(letters.len() + 8);
    let mut previous = None;
    for (index, letter) in letters.iter().enumerate() {
        let next = letters.get(index + 1);
        if letter.is_ascii_uppercase()
            && previous.is_some_and(|previous: char| {
                let begins_word = next.is_some_and(char::is_ascii_lowercase);
                (begins_word && previous != '_')
                    || previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
            })
        {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
        previous = Some(*letter);
    }
    out
}

/// `ListARNs` → `List_arns`: capitals and a plural `s` at the end count as one word.
fn plural_of_capitals(mut name: String) -> String {
    let Some(stem) = name.strip_suffix('s') else { return name };
    let word = stem.trim_end_matches(|letter: char| letter.is_ascii_uppercase()).len();
    if stem.len() - word >= 2 {
        let plural = name.split_off(word).to_ascii_lowercase();
        name.push('_');
        name.push_str(&plural);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::method_name;

    /// A Python test compares the names of all operations with those of botocore.
    #[test]
    fn words_are_split_as_botocore_splits_them() {
        for (operation, method) in [
            ("Converse", "converse"),
            ("InvokeModelWithResponseStream", "invoke_model_with_response_stream"),
            ("CreateABTest", "create_ab_test"),
            ("ListARNs", "list_arns"),
            ("GetResourceOauth2Token", "get_resource_oauth2_token"),
            ("CreateOAuth2Token", "create_oauth2_token"),
            ("Describe2Things", "describe2_things"),
            ("already_there", "already_there"),
        ] {
            assert_eq!(method_name(operation), method);
        }
    }
}
