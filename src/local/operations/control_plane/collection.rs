//! The resources of one kind that callers have created.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;

use crate::local::ids::identifier;
use crate::local::json::members::JsonExt;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// What all resources have, and the details of their kind.
#[derive(Debug, Clone)]
pub(super) struct Resource<T> {
    /// Grows from resource to resource.
    pub number: usize,
    pub id: String,
    pub arn: String,
    pub name: String,
    pub created: SystemTime,
    pub tags: BTreeMap<String, String>,
    /// The input of the operation that created the resource.
    pub input: Value,
    pub details: T,
}

/// A resource that is about to be created.
pub(super) struct New<T> {
    pub name: String,
    pub arn: String,
    pub tags: Value,
    pub details: T,
}

#[derive(Debug)]
pub(super) struct Collection<T> {
    /// The kind in errors, e.g. `guardrail`.
    kind: &'static str,
    /// Whether an identifier may be a name.
    by_name: bool,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    created: usize,
    resources: Vec<Resource<T>>,
    /// The ids of resources that were deleted.
    removed: Vec<String>,
}

impl<T: Clone> Collection<T> {
    pub(super) fn new(kind: &'static str, by_name: bool) -> Self {
        let state = State { created: 0, resources: Vec::new(), removed: Vec::new() };
        Collection { kind, by_name, state: Mutex::new(state) }
    }

    /// Creates a resource with an id of its own. A request that repeats another one with the same
    /// token creates nothing. The flag tells whether the resource is new.
    pub(super) fn create(
        &self,
        request: &CheckedRequest,
        new: impl FnOnce(&str) -> New<T>,
    ) -> Result<(Resource<T>, bool), ServiceError> {
        let mut state = self.lock();
        let input = &request.input;
        let token = |input: &Value| input.at("clientRequestToken").as_str().map(str::to_owned);
        if let Some(wanted) = token(input) {
            let mut known = state.resources.iter();
            if let Some(known) = known.find(|known| token(&known.input).as_ref() == Some(&wanted)) {
                return match known.input == *input {
                    true => Ok((known.clone(), false)),
                    false => Err(conflict(
                        request,
                        "The client request token was used with different parameters.",
                    )),
                };
            }
        }
        let id = identifier(request.seed, 12).to_lowercase();
        let New { name, arn, tags, details } = new(&id);
        self.check_name(&state, request, &name)?;
        let resource = Resource {
            number: state.created,
            id,
            arn,
            name,
            created: SystemTime::now(),
            tags: tag_map(&tags),
            input: input.clone(),
            details,
        };
        state.created += 1;
        state.resources.push(resource.clone());
        Ok((resource, true))
    }

    /// The resource that an id, an ARN or, for some kinds, a name stands for.
    pub(super) fn get(
        &self,
        request: &CheckedRequest,
        identifier: &str,
    ) -> Result<Resource<T>, ServiceError> {
        self.change(request, identifier, |resource| Ok(resource.clone()))
    }

    /// Changes a resource, unless `change` returns an error.
    pub(super) fn change<R>(
        &self,
        request: &CheckedRequest,
        identifier: &str,
        change: impl FnOnce(&mut Resource<T>) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        let mut state = self.lock();
        let found = state.resources.iter_mut().find(|known| self.is_named(known, identifier));
        change(found.ok_or_else(|| self.missing(request, identifier))?)
    }

    /// Gives a resource another name, which no other resource may have.
    pub(super) fn rename(
        &self,
        request: &CheckedRequest,
        identifier: &str,
        name: &str,
    ) -> Result<(), ServiceError> {
        let state = self.lock();
        let mut known = state.resources.iter();
        if known.any(|known| known.name == name && self.is_named(known, identifier)) {
            return Ok(());
        }
        self.check_name(&state, request, name)?;
        drop(state);
        self.change(request, identifier, |resource| {
            name.clone_into(&mut resource.name);
            Ok(())
        })
    }

    /// Deletes a resource, unless `check` returns an error.
    pub(super) fn remove(
        &self,
        request: &CheckedRequest,
        identifier: &str,
        check: impl FnOnce(&Resource<T>) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        let mut state = self.lock();
        let position = state.resources.iter().position(|known| self.is_named(known, identifier));
        let position = position.ok_or_else(|| self.missing(request, identifier))?;
        state.resources.get(position).map_or(Ok(()), check)?;
        let removed = state.resources.remove(position);
        state.removed.push(removed.id);
        Ok(())
    }

    /// All resources in the order of their creation.
    pub(super) fn all(&self) -> Vec<Resource<T>> {
        self.lock().resources.clone()
    }

    /// The resource with an id or an ARN.
    pub(super) fn find(&self, identifier: &str) -> Option<Resource<T>> {
        let state = self.lock();
        state.resources.iter().find(|known| self.is_named(known, identifier)).cloned()
    }

    /// Changes a resource of the server's own knowledge, if it still exists.
    pub(super) fn update(&self, arn: &str, change: impl FnOnce(&mut Resource<T>)) {
        if let Some(resource) = self.lock().resources.iter_mut().find(|known| known.arn == arn) {
            change(resource);
        }
    }

    /// Whether a resource with this id was deleted.
    pub(super) fn was_removed(&self, id: &str) -> bool {
        self.lock().removed.iter().any(|removed| removed == id)
    }

    fn is_named(&self, resource: &Resource<T>, identifier: &str) -> bool {
        resource.arn == identifier
            || resource.id == identifier
            || (self.by_name && resource.name == identifier)
    }

    fn check_name(
        &self,
        state: &State<T>,
        request: &CheckedRequest,
        name: &str,
    ) -> Result<(), ServiceError> {
        match state.resources.iter().any(|known| known.name == name) {
            true => Err(conflict(
                request,
                &format!("Another {} in your account already has the name {name}.", self.kind),
            )),
            false => Ok(()),
        }
    }

    fn missing(&self, request: &CheckedRequest, identifier: &str) -> ServiceError {
        let message = format!("Could not find the {} {identifier}.", self.kind);
        request.error("ResourceNotFoundException", message)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A conflict; a failed validation for operations that have no such error.
fn conflict(request: &CheckedRequest, message: &str) -> ServiceError {
    match request.has_error("ConflictException") {
        true => request.error("ConflictException", message),
        false => ServiceError::validation(message),
    }
}

/// The tags of a request by their keys.
pub(super) fn tag_map(tags: &Value) -> BTreeMap<String, String> {
    let text = |tag: &Value, name: &str| tag.at(name).as_str().unwrap_or_default().to_owned();
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(tag, "key"), text(tag, "value"))).collect()
}

/// Resources that have tags.
pub(super) trait Tagged {
    /// Changes the tags of the resource with this ARN; `None` if there is no such resource.
    fn change_tags(
        &self,
        arn: &str,
        change: &mut dyn FnMut(&mut BTreeMap<String, String>),
    ) -> Option<()>;
}

impl<T: Clone> Tagged for Collection<T> {
    fn change_tags(
        &self,
        arn: &str,
        change: &mut dyn FnMut(&mut BTreeMap<String, String>),
    ) -> Option<()> {
        let mut state = self.lock();
        let resource = state.resources.iter_mut().find(|known| known.arn == arn)?;
        change(&mut resource.tags);
        Some(())
    }
}
