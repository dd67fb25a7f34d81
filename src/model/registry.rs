//! The services that this process knows.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::embedded;
use super::error::ModelError;
use super::files::Files;
use super::loader;
use super::shapes::leak;
use super::tables::Service;

/// The services with tables. There is no lock, so that a process can be forked at any moment. Two
/// threads that need the same service at the same moment both make its tables, and the first result
/// is kept.
static KNOWN: ArcSwapOption<Vec<&'static Service>> = ArcSwapOption::const_empty();

impl Service {
    /// The service with the model that has this key. The key of a model of this build is boto3's
    /// name of its service. Other models have been loaded with [`Service::load`]; the first line of
    /// their keys is the name of their service. Reads the tables if that has not been done yet.
    ///
    /// Error: there is no such model.
    pub fn find(key: &str) -> Result<&'static Service, ModelError> {
        if let Some(service) = known(key) {
            return Ok(service);
        }
        match embedded::service(key) {
            Some(service) => Ok(keep(leak(service))),
            None => Err(ModelError::new(format!("no tables for the service {key}"))),
        }
    }

    /// Parses a model, unless there already is one with this key.
    ///
    /// Errors name the origin of the model and what is wrong with it.
    pub fn load(key: &str, files: Files) -> Result<&'static Service, ModelError> {
        // Tables are never freed.
        known(key).map_or_else(|| loader::service(key, files).map(keep), Ok)
    }
}

/// The service that is found by this one's key from now on: this one, or another thread's.
fn keep(service: &'static Service) -> &'static Service {
    KNOWN.rcu(|services| {
        let mut services = services.as_deref().cloned().unwrap_or_default();
        if services.iter().all(|other| other.key != service.key) {
            services.push(service);
        }
        Some(Arc::new(services))
    });
    known(service.key).unwrap_or(service)
}

/// boto3's names of the services of this build.
pub fn service_names() -> Vec<&'static str> {
    embedded::names()
}

fn known(key: &str) -> Option<&'static Service> {
    KNOWN.load().as_ref()?.iter().find(|service| service.key == key).copied()
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
    fn the_tables_of_a_model_are_made_once() {
        let first = Service::find("bedrock-runtime").unwrap();
        assert!(std::ptr::eq(first, Service::find("bedrock-runtime").unwrap()));
        let files = embedded::files("bedrock-runtime").unwrap();
        let loaded = Service::load("bedrock-runtime\nof a user", files.clone()).unwrap();
        assert!(!std::ptr::eq(loaded, first));
        // A second time, the files are not even read.
        let files = Files { service: b"{".as_slice().into(), ..files };
        let again = Service::load("bedrock-runtime\nof a user", files).unwrap();
        assert!(std::ptr::eq(again, loaded));
    }

    #[test]
    fn a_service_without_a_model_is_named() {
        let error = Service::find("bedrock-nonsense").unwrap_err();
        assert_eq!(error.to_string(), "no tables for the service bedrock-nonsense");
    }
}
