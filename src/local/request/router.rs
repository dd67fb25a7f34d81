//! Routing: from method and path to an operation, by the URI templates of the service model.

use std::sync::LazyLock;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::model::{Operation, Service, UriPart};

static OPERATIONS: LazyLock<&'static [Operation]> =
    LazyLock::new(|| Service::find("bedrock-runtime").map_or(&[], |service| service.operations));

#[derive(Debug)]
pub(crate) struct Route {
    pub operation: &'static Operation,
    /// The index of a member of the input, and its text, unescaped.
    pub labels: Vec<(usize, String)>,
}

pub(crate) fn route(method: &Method, path: &str) -> Option<Route> {
    OPERATIONS.iter().find_map(|operation| {
        if operation.http_method != method.as_str() {
            return None;
        }
        Some(Route { operation, labels: labels(operation.uri, path)? })
    })
}

/// The labels of `path`, if the template matches it. A label is one escaped segment; the slashes of
/// an ARN arrive as `%2F`.
fn labels(template: &[UriPart], path: &str) -> Option<Vec<(usize, String)>> {
    let mut rest = path;
    let mut labels = Vec::new();
    for part in template {
        match part {
            UriPart::Literal(literal) => rest = rest.strip_prefix(literal)?,
            UriPart::Label { member, greedy } => {
                let end = if *greedy { rest.len() } else { rest.find('/').unwrap_or(rest.len()) };
                let (segment, after) = rest.split_at_checked(end)?;
                if segment.is_empty() {
                    return None;
                }
                labels
                    .push((*member, percent_decode_str(segment).decode_utf8().ok()?.into_owned()));
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Option<(&'static str, Vec<String>)> {
        let route = route(&method.parse().unwrap(), path)?;
        Some((route.operation.name, route.labels.into_iter().map(|(_, text)| text).collect()))
    }

    #[test]
    fn finds_operations_by_method_and_path() {
        assert_eq!(found("POST", "/model/m/converse"), Some(("Converse", vec!["m".into()])));
        assert_eq!(
            found(
                "POST",
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fa.b-v1%3A0/invoke"
            ),
            Some((
                "InvokeModel",
                vec!["arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0".into()]
            ))
        );
        assert_eq!(
            found("POST", "/guardrail/g/version/DRAFT/apply"),
            Some(("ApplyGuardrail", vec!["g".into(), "DRAFT".into()]))
        );
        assert_eq!(found("GET", "/async-invoke"), Some(("ListAsyncInvokes", vec![])));
        assert_eq!(found("POST", "/async-invoke"), Some(("StartAsyncInvoke", vec![])));
    }

    #[test]
    fn other_requests_have_no_operation() {
        for (method, path) in [
            ("GET", "/model/m/converse"),
            ("POST", "/model//converse"),
            ("POST", "/model/a/b/converse"),
            ("POST", "/model/m/converse/"),
            ("POST", "/model/%FF/converse"),
            ("POST", "/"),
        ] {
            assert_eq!(found(method, path), None, "{method} {path}");
        }
    }
}
