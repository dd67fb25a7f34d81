//! Routing: from method and path to an operation, by the URI templates of the service models. In the
//! protocol json, the header X-Amz-Target names the operation.
//!
//! All services share one port. A service's model is loaded when a request needs it: the services
//! are searched in the order of [`ORDER`], and the first one that has the path is the right one.
//! Only the operations of [`SHARED`] have the same path in several services. For those, the scope
//! of the signature decides, and after it the ARN that the request names ([`Candidates`]).

use http::Method;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::local::access::authenticator::names_service;
use crate::model::{Operation, Service, UriPart, service_names};

/// The services in the order in which they are searched; others follow.
const ORDER: [&str; 7] = [
    "bedrock-runtime",
    "bedrock",
    "bedrock-agent-runtime",
    "bedrock-agent",
    "bedrock-data-automation",
    "bedrock-agentcore",
    "bedrock-agentcore-control",
];

/// The operations that several services have, with the same method and path.
const SHARED: [&str; 6] = [
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "GetResourcePolicy",
    "PutResourcePolicy",
    "DeleteResourcePolicy",
];

const TARGET: &str = "X-Amz-Target";

#[derive(Debug)]
pub(crate) struct Route {
    pub service: &'static Service,
    pub operation: &'static Operation,
    /// The index of a member of the input, and its text, unescaped.
    pub labels: Vec<(usize, String)>,
}

/// The operations that a request may be for. All but the shared operations have one candidate.
#[derive(Debug)]
pub(crate) struct Candidates {
    pub first: Route,
    /// The next ones are tried if the input is invalid for those before them: the ARNs that two
    /// services tag have different patterns.
    pub others: Vec<Route>,
}

/// The operations at a path, of the services that the request's headers name.
pub(crate) fn candidates(parts: &Parts) -> Option<Candidates> {
    let target = parts.headers.get(TARGET).and_then(|target| target.to_str().ok());
    let mut routes = routes(&parts.method, parts.uri.path(), target);
    let is_named = |route: &Route| names_service(parts, route.service);
    if routes.len() > 1 && routes.iter().any(is_named) {
        routes.retain(is_named);
    }
    let mut routes = routes.into_iter();
    Some(Candidates { first: routes.next()?, others: routes.collect() })
}

fn routes(method: &Method, path: &str, target: Option<&str>) -> Vec<Route> {
    let mut routes = Vec::new();
    for name in services() {
        // A model that cannot be read has no operations.
        let Ok(service) = Service::find(name) else { continue };
        let Some(route) = route(service, method, path, target) else { continue };
        let is_shared = SHARED.contains(&route.operation.name);
        routes.push(route);
        if !is_shared {
            break;
        }
    }
    routes
}

/// The names in the order of the search. The list of the others is made only if the search gets
/// there.
fn services() -> impl Iterator<Item = &'static str> {
    let others = || service_names().into_iter().filter(|name| !ORDER.contains(name));
    ORDER.into_iter().chain(std::iter::once_with(others).flatten())
}

fn route(
    service: &'static Service,
    method: &Method,
    path: &str,
    target: Option<&str>,
) -> Option<Route> {
    service.operations.iter().find_map(|operation| {
        if operation.http_method != method.as_str() || !is_target(operation, target) {
            return None;
        }
        Some(Route { service, operation, labels: labels(operation.uri, path)? })
    })
}

/// Whether the header X-Amz-Target names the operation, or the operation's protocol has no such
/// header.
fn is_target(operation: &Operation, target: Option<&str>) -> bool {
    let wanted = operation.json_headers.iter().find(|(name, _)| *name == TARGET);
    wanted.is_none_or(|(_, wanted)| target == Some(*wanted))
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

    fn found(method: &str, path: &str) -> Vec<(&'static str, &'static str, Vec<String>)> {
        let routes = routes(&method.parse().unwrap(), path, None).into_iter();
        let labels = |route: Route| route.labels.into_iter().map(|(_, text)| text).collect();
        routes.map(|route| (route.service.name, route.operation.name, labels(route))).collect()
    }

    fn only(method: &str, path: &str) -> (&'static str, Vec<String>) {
        let [(_, operation, labels)] = &found(method, path)[..] else { panic!("{path}") };
        (operation, labels.clone())
    }

    #[test]
    fn finds_operations_by_method_and_path() {
        assert_eq!(only("POST", "/model/m/converse"), ("Converse", vec!["m".into()]));
        assert_eq!(
            only(
                "POST",
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fa.b-v1%3A0/invoke"
            ),
            ("InvokeModel", vec!["arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0".into()])
        );
        assert_eq!(
            only("POST", "/guardrail/g/version/DRAFT/apply"),
            ("ApplyGuardrail", vec!["g".into(), "DRAFT".into()])
        );
        assert_eq!(only("GET", "/async-invoke"), ("ListAsyncInvokes", vec![]));
        assert_eq!(only("POST", "/async-invoke"), ("StartAsyncInvoke", vec![]));
        assert_eq!(only("POST", "/guardrails/g"), ("CreateGuardrailVersion", vec!["g".into()]));
        assert_eq!(only("PUT", "/knowledgebases/"), ("CreateKnowledgeBase", vec![]));
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
            assert!(found(method, path).is_empty(), "{method} {path}");
        }
    }

    /// A path that the template matches. Labels are the same in all templates.
    fn path(operation: &Operation) -> String {
        let part = |part: &UriPart| match part {
            UriPart::Literal(literal) => *literal,
            UriPart::Label { .. } => "x",
        };
        operation.uri.iter().map(part).collect()
    }

    #[test]
    fn each_operation_of_each_service_is_found() {
        for name in service_names() {
            for operation in Service::find(name).unwrap().operations {
                let method = operation.http_method.parse().unwrap();
                let mut headers = operation.json_headers.iter();
                let target = headers.find(|(name, _)| *name == TARGET).map(|(_, value)| *value);
                let found = routes(&method, &path(operation), target);
                let is_same = |route: &Route| {
                    (route.service.name, route.operation.name) == (name, operation.name)
                };
                assert!(found.iter().any(is_same), "{name} {}", operation.name);
                let shared = found.len() > 1;
                assert!(!shared || SHARED.contains(&operation.name), "{found:?}");
            }
        }
    }

    #[test]
    fn a_runtime_request_loads_no_other_model() {
        let mut services = services();
        assert_eq!(services.next(), Some("bedrock-runtime"));
        assert_eq!(found("POST", "/model/m/converse").len(), 1);
        assert!(
            !SHARED.iter().any(|name| {
                Service::find("bedrock-runtime").unwrap().operation(name).is_some()
            })
        );
    }
}
