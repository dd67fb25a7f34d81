//! The services that this process knows.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::embedded;
use super::error::ModelError;
use super::files::Files;
use super::loader;
use super::tables::Service;

/// The services with parsed models. There is no lock, so that a process can be forked at any
/// moment. Two threads that need the same service at the same moment both parse its model, and the
/// first result is kept.
static PARSED: ArcSwapOption<Vec<&'static Service>> = ArcSwapOption::const_empty();

impl Service {
    /// The service that boto3 calls `name`. Parses its model if that has not been done yet.
    ///
    /// Error: there is no model of that name.
    pub fn find(name: &str) -> Result<&'static Service, ModelError> {
        if let Some(service) = parsed(name) {
            return Ok(service);
        }
        let Some(files) = embedded::files(name) else {
            return Err(ModelError::new(format!("no tables for the service {name}")));
        };
        let service = loader::service(name, files)?;
        PARSED.rcu(|services| match services {
            Some(services) if services.iter().any(|other| other.name == service.name) => {
                Some(services.clone())
            }
            _ => Some(with(services.as_deref(), service)),
        });
        Ok(parsed(name).unwrap_or(service))
    }

    /// Adds a model that is not part of this build. For clients that are created later, it replaces
    /// a model of the same name.
    ///
    /// Errors name the file and what is wrong with it.
    pub fn load(name: &str, files: Files) -> Result<&'static Service, ModelError> {
        let service = loader::service(name, files)?;
        PARSED.rcu(|services| Some(with(services.as_deref(), service)));
        Ok(service)
    }
}

/// The services and `service`, which replaces a service of the same name.
fn with(
    services: Option<&Vec<&'static Service>>,
    service: &'static Service,
) -> Arc<Vec<&'static Service>> {
    let others = services.into_iter().flatten().copied();
    Arc::new(others.filter(|other| other.name != service.name).chain([service]).collect())
}

/// The names of all services that [`Service::find`] knows.
pub fn service_names() -> Vec<&'static str> {
    let mut names = embedded::names();
    for service in PARSED.load().iter().flat_map(|services| services.iter()) {
        if !names.contains(&service.name) {
            names.push(service.name);
        }
    }
    names
}

fn parsed(name: &str) -> Option<&'static Service> {
    PARSED.load().as_ref()?.iter().find(|service| service.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuthScheme, Body, Location, Operation, Protocol};

    #[test]
    fn tables_hold_the_runtime_service() {
        let service = Service::find("bedrock-runtime").unwrap();
        assert_eq!(service.signing_name, "bedrock");
        assert_eq!(service.endpoint_prefix, "bedrock-runtime");
        assert_eq!(service.protocol, Protocol::RestJson);
        assert_eq!(service.auth, [AuthScheme::SigV4, AuthScheme::Bearer]);
        let converse = service.operation("Converse").unwrap();
        assert_eq!(converse.method_name, "converse");
        assert_eq!(converse.auth, service.auth);
        let (_, model_id) = converse.input.member("modelId").unwrap();
        assert_eq!(model_id.location, Location::Uri);
    }

    #[test]
    fn each_kind_of_body_is_recognized() {
        let service = Service::find("bedrock-runtime").unwrap();
        let output = |name| service.operation(name).unwrap().output.body();
        assert!(matches!(output("Converse"), Body::JsonMembers));
        assert!(matches!(output("InvokeModel"), Body::Blob(member) if member.name == "body"));
        assert!(matches!(output("ConverseStream"), Body::EventStream(_, events)
            if events.member("messageStart").is_some()));
        let bidirectional = |operation: &&Operation| operation.is_bidirectional();
        let operations = service.operations.iter().filter(bidirectional);
        let names: Vec<_> = operations.map(|operation| operation.name).collect();
        assert_eq!(names, ["InvokeModelWithBidirectionalStream"]);
    }

    #[test]
    fn name_indices_lead_to_the_names_of_members() {
        for service in service_names() {
            let service = Service::find(service).unwrap();
            for operation in service.operations {
                let (input, output) = (operation.input.members(), operation.output.members());
                for member in input.iter().chain(output) {
                    assert_eq!(service.member_names[member.name_index], member.name);
                }
            }
        }
    }

    #[test]
    fn a_model_is_parsed_once() {
        let first = Service::find("bedrock-runtime").unwrap();
        assert!(std::ptr::eq(first, Service::find("bedrock-runtime").unwrap()));
    }

    #[test]
    fn a_service_without_a_model_is_named() {
        let error = Service::find("bedrock-nonsense").unwrap_err();
        assert_eq!(error.to_string(), "no tables for the service bedrock-nonsense");
    }
}
