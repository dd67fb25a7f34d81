//! A model file → the tables of its service.

use super::error::ModelError;
use super::files::{File, Files};
use super::method_name::method_name;
use super::schema;
use super::shapes::{Problem, Shapes, leak, text};
use super::tables::{AuthScheme, EMPTY, Operation, Protocol, Service, UriPart};

/// Parses the model with this key; see [`Service::find`].
///
/// The tables are never freed: a client may be used for as long as the process lives.
pub(super) fn service(key: &str, files: Files) -> Result<&'static Service, ModelError> {
    let json = files.text(File::Service)?.unwrap_or_default();
    let model = serde_json::from_str(&json).map_err(|error| files.error(&error.to_string()))?;
    let service = tables(key, &model, files.clone());
    service.map(leak).map_err(|problem| files.error(&problem))
}

fn tables(key: &str, model: &schema::Model<'_>, files: Files) -> Result<Service, Problem> {
    let metadata = &model.metadata;
    let key = text(key);
    let name = key.lines().next().unwrap_or_default();
    let protocol = protocol(name, metadata)?;
    let mut shapes = Shapes::new(&model.shapes.0, protocol);
    let auth = match &metadata.auth {
        Some(names) => auth(names),
        None => by_signature_version(metadata.signature_version),
    };
    let mut operations = Vec::with_capacity(model.operations.0.len());
    for (name, definition) in &model.operations.0 {
        let headers = json_headers(name, metadata, protocol)?;
        let operation = operation(name, definition, (protocol, headers), auth, &mut shapes);
        operations.push(operation.map_err(|problem| format!("{}: {problem}", name))?);
    }
    let signing_name = metadata.signing_name.unwrap_or(metadata.endpoint_prefix);
    Ok(Service {
        name,
        key,
        service_id: text(metadata.service_id),
        api_version: text(metadata.api_version),
        endpoint_prefix: text(metadata.endpoint_prefix),
        signing_name: text(signing_name),
        protocol,
        auth,
        operations: operations.leak(),
        member_names: shapes.finish()?,
        files,
    })
}

fn protocol(name: &str, metadata: &schema::Metadata<'_>) -> Result<Protocol, Problem> {
    // A model without the list is older than the list.
    let speaks = |protocol: &str| match metadata.protocols.as_slice() {
        [] => metadata.protocol == protocol,
        listed => listed.contains(&protocol),
    };
    // botocore's order of preference.
    if speaks("json") {
        Ok(Protocol::Json)
    } else if speaks("rest-json") {
        Ok(Protocol::RestJson)
    } else {
        Err(format!(
            "{name} speaks the protocol {}, and fastbedrock speaks json and rest-json only: \
             use boto3 for {name}",
            metadata.protocol
        ))
    }
}

/// The headers of a request with a JSON body.
fn json_headers(
    operation: &str,
    metadata: &schema::Metadata<'_>,
    protocol: Protocol,
) -> Result<&'static [(&'static str, &'static str)], Problem> {
    if protocol == Protocol::RestJson {
        return Ok(&[("Content-Type", "application/json")]);
    }
    let missing = |name: &str| format!("a model of the protocol json has no {name}");
    let prefix = metadata.target_prefix.ok_or_else(|| missing("targetPrefix"))?;
    let version = metadata.json_version.ok_or_else(|| missing("jsonVersion"))?;
    let mut headers = vec![
        ("X-Amz-Target", text(&format!("{prefix}.{operation}"))),
        ("Content-Type", text(&format!("application/x-amz-json-{version}"))),
    ];
    if metadata.aws_query_compatible.is_some() {
        headers.push(("x-amzn-query-mode", "true"));
    }
    Ok(headers.leak())
}

fn auth(names: &[&str]) -> &'static [AuthScheme] {
    let schemes = names.iter().map(|name| match *name {
        "aws.auth#sigv4" => AuthScheme::SigV4,
        "smithy.api#httpBearerAuth" => AuthScheme::Bearer,
        "smithy.api#noAuth" => AuthScheme::None,
        other => AuthScheme::Other(text(other)),
    });
    schemes.collect::<Vec<_>>().leak()
}

/// The scheme of a model without a list of schemes. Such a model is older than the list.
fn by_signature_version(version: Option<&str>) -> &'static [AuthScheme] {
    let scheme = match version {
        Some("v4") | None => AuthScheme::SigV4,
        Some("bearer") => AuthScheme::Bearer,
        Some("none") => AuthScheme::None,
        Some(other) => AuthScheme::Other(text(other)),
    };
    vec![scheme].leak()
}

fn operation<'a>(
    name: &str,
    definition: &'a schema::Operation<'a>,
    (protocol, json_headers): (Protocol, &'static [(&'static str, &'static str)]),
    service_auth: &'static [AuthScheme],
    shapes: &mut Shapes<'a>,
) -> Result<Operation, Problem> {
    // A client gets a method of that name, and the attributes of clients begin with underscores.
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    {
        return Err("the name of an operation consists of letters, digits and underscores".into());
    }
    let mut structure = |reference: &'a Option<schema::Reference<'a>>| match reference {
        Some(reference) => shapes.structure(reference),
        None => Ok(&EMPTY),
    };
    let (input, output) = (structure(&definition.input)?, structure(&definition.output)?);
    let errors: Result<Vec<_>, _> =
        definition.errors.iter().map(|reference| shapes.structure(reference)).collect();
    let definition_of = |reference: &Option<schema::Reference<'a>>| {
        reference.as_ref().map(|reference| shapes.definition(reference.shape)).transpose()
    };
    let input_definition = definition_of(&definition.input)?;
    let output_definition = definition_of(&definition.output)?;
    if protocol == Protocol::Json {
        let sides = input_definition.into_iter().chain(output_definition);
        for (_, member) in sides.flat_map(|structure| &structure.members.0) {
            if shapes.definition(member.shape)?.eventstream {
                let problem = "fastbedrock reads no event streams of the protocol json: use boto3";
                return Err(problem.to_owned());
            }
        }
    }
    Ok(Operation {
        name: text(name),
        method_name: method_name(name).leak(),
        http_method: text(definition.http.method),
        uri: match protocol {
            Protocol::RestJson => uri(definition.http.request_uri, input_definition)?,
            Protocol::Json => &[UriPart::Literal("/")],
        },
        status: definition.http.response_code.unwrap_or(200),
        protocol,
        json_headers,
        input,
        output,
        errors: errors?.leak(),
        idempotent: definition.idempotent,
        idempotency_tokens: input_definition.map_or(&[], idempotency_tokens),
        auth: match &definition.auth {
            Some(names) => auth(names),
            None => service_auth,
        },
    })
}

fn idempotency_tokens(input: &schema::Shape<'_>) -> &'static [usize] {
    let members = input.members.0.iter().enumerate();
    let tokens = members.filter(|(_, (_, reference))| reference.idempotency_token);
    tokens.map(|(index, _)| index).collect::<Vec<_>>().leak()
}

/// The parts of a path template, e.g. `/model/{modelId}/converse`.
fn uri(template: &str, input: Option<&schema::Shape<'_>>) -> Result<&'static [UriPart], Problem> {
    let members = input.map_or(&[][..], |input| &input.members.0);
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((literal, tail)) = rest.split_once('{') {
        let (label, after) = tail
            .split_once('}')
            .ok_or_else(|| format!("a label of the URI {template} does not end"))?;
        if !literal.is_empty() {
            parts.push(UriPart::Literal(text(literal)));
        }
        let wire_name = label.trim_end_matches('+');
        let is_wanted = |(name, member): &(&str, schema::Reference<'_>)| {
            let location = member.location;
            location == Some("uri") && member.location_name.unwrap_or(name) == wire_name
        };
        let member = members.iter().position(is_wanted).ok_or_else(|| {
            format!("the URI {template} has the label {wire_name}, and no member")
        })?;
        parts.push(UriPart::Label { member, greedy: label.ends_with('+') });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(UriPart::Literal(text(rest)));
    }
    Ok(parts.leak())
}
