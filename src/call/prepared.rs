//! The serialized parameters of one call, before a request is built from them.

use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Kind};
use crate::http::request_body::RequestBody;
use crate::model::{Operation, UriPart};

/// Everything except letters, digits and `-._~`.
pub(super) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A greedy label (`{name+}`) keeps its slashes.
const RESERVED_GREEDY: &AsciiSet = &RESERVED.remove(b'/');

/// A call with serialized parameters. The parts stay separate until an attempt builds a request
/// from them: until then a hook can change them, or choose another model or region.
#[derive(Debug, Clone)]
pub struct PreparedCall {
    pub operation: &'static Operation,
    /// The values in the path, unescaped, each with the index of its member in the input.
    pub labels: Vec<(usize, String)>,
    /// Names and values, unescaped.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: RequestBody,
}

impl PreparedCall {
    /// Path and query, escaped as botocore escapes them. `path_prefix` is the endpoint's own path.
    ///
    /// Error: `HTTPClientError` if a label of the path has no value.
    pub fn path_and_query(&self, path_prefix: &str) -> Result<String, Error> {
        let mut out = self.path(path_prefix)?;
        // The template itself may have a query.
        let mut separator = if out.contains('?') { '&' } else { '?' };
        for (name, value) in &self.query {
            out.push(separator);
            separator = '&';
            push_escaped(&mut out, name, false);
            out.push('=');
            push_escaped(&mut out, value, false);
        }
        Ok(out)
    }

    /// The path, escaped, with the query that the template itself may have.
    pub fn path(&self, path_prefix: &str) -> Result<String, Error> {
        let values = self.labels.iter().map(|(_, value)| value.len()).sum::<usize>();
        let mut out = String::with_capacity(path_prefix.len() + 2 * values + 64);
        out.push_str(path_prefix);
        for part in self.operation.uri {
            match part {
                UriPart::Literal(literal) => out.push_str(literal),
                UriPart::Label { member, greedy } => {
                    let label = self.labels.iter().find(|(index, _)| index == member);
                    let (_, value) = label.ok_or_else(|| self.missing(*member))?;
                    push_escaped(&mut out, value, *greedy);
                }
            }
        }
        Ok(out)
    }

    fn missing(&self, member: usize) -> Error {
        let name =
            self.operation.input.members().get(member).map_or("a label", |member| member.name);
        let error = format!("the request cannot be sent: its path has no value for {name}");
        Error::new(Kind::UnsendableRequest { error })
    }
}

/// Appends the value as botocore escapes it.
pub fn push_escaped(out: &mut String, value: &str, greedy: bool) {
    let reserved = if greedy { RESERVED_GREEDY } else { RESERVED };
    out.extend(utf8_percent_encode(value, reserved));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Service;

    fn prepared(operation: &str, labels: &[&str]) -> PreparedCall {
        let operation = Service::find("bedrock-runtime").unwrap().operation(operation).unwrap();
        let in_path = operation.uri.iter().filter_map(|part| match part {
            UriPart::Literal(_) => None,
            UriPart::Label { member, .. } => Some(*member),
        });
        PreparedCall {
            operation,
            labels: in_path.zip(labels.iter().map(|label| (*label).to_owned())).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: RequestBody::default(),
        }
    }

    #[test]
    fn escapes_what_botocore_escapes() {
        let mut out = String::new();
        push_escaped(&mut out, "arn:aws:a/b~c*'() é", false);
        assert_eq!(out, "arn%3Aaws%3Aa%2Fb~c%2A%27%28%29%20%C3%A9");
        out.clear();
        push_escaped(&mut out, "a/b", true);
        assert_eq!(out, "a/b");
    }

    #[test]
    fn another_model_can_be_chosen_until_the_request_is_built() {
        let mut call = prepared("Converse", &["a:b"]);
        assert_eq!(call.path_and_query("/x").unwrap(), "/x/model/a%3Ab/converse");
        call.labels[0].1 = "c/d".to_owned();
        call.query = vec![("n".to_owned(), "1 2".to_owned()), ("m&".to_owned(), String::new())];
        assert_eq!(call.path_and_query("").unwrap(), "/model/c%2Fd/converse?n=1%202&m%26=");
    }

    #[test]
    fn a_path_without_a_value_for_its_label_is_refused() {
        let error = prepared("Converse", &[]).path_and_query("").unwrap_err();
        assert!(error.to_string().contains("modelId"), "{error}");
    }
}
