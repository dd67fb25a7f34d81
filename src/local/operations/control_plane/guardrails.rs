//! The guardrails that callers create: a draft and numbered versions.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::collection::{Collection, New, Resource, Tagged};
use super::guardrail_policies::described;
use crate::local::guardrails::guardrail::{Guardrail, missing_guardrail};
use crate::local::ids::arn;
use crate::local::json::members::JsonExt;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

const DRAFT: &str = "DRAFT";

#[derive(Debug)]
pub(crate) struct Guardrails(Collection<Versions>);

/// The versions of one guardrail; the draft is the first.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    versions: Vec<Version>,
    /// How many numbered versions there have been.
    numbers: u32,
}

#[derive(Debug, Clone)]
struct Version {
    /// `DRAFT` or a number.
    name: String,
    /// The token of CreateGuardrailVersion, if there was one.
    token: Value,
    /// The input of CreateGuardrail or UpdateGuardrail.
    config: Value,
    description: Value,
    guardrail: Arc<Guardrail>,
    created: SystemTime,
    updated: SystemTime,
    /// The status until `ready`.
    busy: &'static str,
    ready: SystemTime,
}

impl Default for Guardrails {
    fn default() -> Self {
        Guardrails(Collection::new("guardrail", false))
    }
}

impl Guardrails {
    pub(super) fn tagged(&self) -> &dyn Tagged {
        &self.0
    }

    /// The guardrail that a request of the runtime names, or its error; `None` if no guardrail with
    /// this id was ever created.
    pub(in crate::local::operations) fn applied(
        &self,
        identifier: &str,
        version: &str,
    ) -> Option<Result<Arc<Guardrail>, ServiceError>> {
        let id = identifier.rsplit('/').next().unwrap_or(identifier);
        let Some(found) = self.0.find(id) else {
            return self.0.was_removed(id).then(|| Err(missing_guardrail()));
        };
        let version = found.details.find(version).map(|version| Arc::clone(&version.guardrail));
        Some(version.ok_or_else(missing_guardrail))
    }

    pub(super) fn create(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let draft = Version::draft(request, "CREATING")?;
        let (created, _) = self.0.create(request, |id| New {
            name: name(&request.input),
            arn: arn(&format!("guardrail/{id}")),
            tags: request.input.at("tags").clone(),
            details: Versions { versions: vec![draft], numbers: 0 },
        })?;
        let body = json!({
            "guardrailId": created.id,
            "guardrailArn": created.arn,
            "version": DRAFT,
            "createdAt": timestamp(created.created),
        });
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn create_version(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let body = self.0.change(request, identifier(request), |guardrail| {
            let Versions { versions, numbers } = &mut guardrail.details;
            let Some(draft) = versions.first() else {
                return Err(missing_version(request));
            };
            let token = request.input.at("clientRequestToken").clone();
            let mut known = versions.iter().filter(|version| !version.token.is_null());
            if let Some(known) = known.find(|version| version.token == token) {
                return Ok(json!({"guardrailId": guardrail.id, "version": known.name}));
            }
            let number = numbers.saturating_add(1);
            let now = SystemTime::now();
            let version = Version {
                name: number.to_string(),
                token,
                description: request.input.at("description").clone(),
                created: now,
                updated: now,
                busy: "VERSIONING",
                ready: request.scenario.control_plane.ready(),
                ..draft.clone()
            };
            *numbers = number;
            versions.push(version);
            Ok(json!({"guardrailId": guardrail.id, "version": number.to_string()}))
        })?;
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let guardrail = self.0.get(request, identifier(request))?;
        let wanted = request.input.at("guardrailVersion").as_str().unwrap_or(DRAFT);
        let version = guardrail.details.find(wanted).ok_or_else(|| missing_version(request))?;
        let mut body = described(&version.config);
        body.extend(version.members());
        body.insert("guardrailId".to_owned(), json!(guardrail.id));
        body.insert("guardrailArn".to_owned(), json!(guardrail.arn));
        for name in ["blockedInputMessaging", "blockedOutputsMessaging"] {
            body.insert(name.to_owned(), version.config.at(name).clone());
        }
        let key = version.config.at("kmsKeyId");
        if key.as_str().is_some_and(|key| key.starts_with("arn:")) {
            body.insert("kmsKeyArn".to_owned(), key.clone());
        }
        Ok(OperationOutput::of(request.operation, Value::Object(body)))
    }

    pub(super) fn list(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let entries: Vec<Entry<'_>> = match request.input.at("guardrailIdentifier").as_str() {
            // All versions of one guardrail.
            Some(identifier) => {
                let guardrail = self.0.get(request, identifier)?;
                let versions = guardrail.details.versions.iter().enumerate();
                versions.map(|(number, version)| entry(&guardrail, version, number)).collect()
            }
            // The drafts of all guardrails.
            None => {
                let guardrails = self.0.all();
                let drafts = guardrails.iter().filter_map(|guardrail| {
                    let draft = guardrail.details.versions.first()?;
                    Some(entry(guardrail, draft, guardrail.number))
                });
                drafts.collect()
            }
        };
        let entries = entries.into_iter();
        let page = listing::page(&request.input, "guardrails", Order::Ascending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    pub(super) fn update(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let new = Version::draft(request, "UPDATING")?;
        self.0.rename(request, identifier(request), &name(&request.input))?;
        let body = self.0.change(request, identifier(request), |guardrail| {
            let Some(draft) = guardrail.details.versions.first_mut() else {
                return Err(missing_version(request));
            };
            *draft = Version { created: draft.created, ..new };
            Ok(json!({
                "guardrailId": guardrail.id,
                "guardrailArn": guardrail.arn,
                "version": DRAFT,
                "updatedAt": timestamp(draft.updated),
            }))
        })?;
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn delete(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        match request.input.at("guardrailVersion").as_str() {
            None => self.0.remove(request, identifier(request), |_| Ok(()))?,
            Some(version) => self.0.change(request, identifier(request), |guardrail| {
                guardrail.details.find(version).ok_or_else(|| missing_version(request))?;
                guardrail.details.versions.retain(|known| known.name != version);
                Ok(())
            })?,
        }
        Ok(OperationOutput::of(request.operation, json!({})))
    }
}

impl Versions {
    fn find(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.name == name)
    }
}

impl Version {
    /// The draft that a request describes.
    fn draft(request: &CheckedRequest, busy: &'static str) -> Result<Self, ServiceError> {
        let config = &request.input;
        let has_policy = config
            .as_object()
            .is_some_and(|members| members.keys().any(|name| name.ends_with("PolicyConfig")));
        if !has_policy {
            return Err(ServiceError::validation("A guardrail needs at least one policy."));
        }
        let now = SystemTime::now();
        Ok(Version {
            name: DRAFT.to_owned(),
            token: Value::Null,
            config: config.clone(),
            description: config.at("description").clone(),
            guardrail: Arc::new(Guardrail::configured(config)),
            created: now,
            updated: now,
            busy,
            ready: request.scenario.control_plane.ready(),
        })
    }

    /// The members that a description and a summary have in common.
    fn members(&self) -> Map<String, Value> {
        let status = if SystemTime::now() < self.ready { self.busy } else { "READY" };
        let members = [
            ("name", self.config.at("name").clone()),
            ("version", json!(self.name)),
            ("status", json!(status)),
            ("createdAt", json!(timestamp(self.created))),
            ("updatedAt", json!(timestamp(self.updated))),
            ("description", self.description.clone()),
        ];
        let given = members.into_iter().filter(|(_, value)| !value.is_null());
        given.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn entry(guardrail: &Resource<Versions>, version: &Version, number: usize) -> Entry<'static> {
    let mut summary = version.members();
    summary.insert("id".to_owned(), json!(guardrail.id));
    summary.insert("arn".to_owned(), json!(guardrail.arn));
    if let Some(details) = described(&version.config).remove("crossRegionDetails") {
        summary.insert("crossRegionDetails".to_owned(), details);
    }
    let summary = Value::Object(summary);
    Entry { number, created: version.created, name: "", status: "", summary }
}

fn name(config: &Value) -> String {
    config.at("name").as_str().unwrap_or_default().to_owned()
}

fn identifier(request: &CheckedRequest) -> &str {
    request.input.at("guardrailIdentifier").as_str().unwrap_or_default()
}

fn missing_version(request: &CheckedRequest) -> ServiceError {
    let message = "The guardrail has no such version.";
    request.error("ResourceNotFoundException", message)
}
