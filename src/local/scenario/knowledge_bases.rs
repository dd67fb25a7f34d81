//! The knowledge bases of a server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::owned_folder::OwnedFolder;
use super::requester::Requester;
use crate::local::json::strict::StrictObject;
use crate::local::knowledge::knowledge_base::KnowledgeBase;
use crate::local::service_error::ServiceError;

const SETTING: &str = "knowledge_bases";
/// The length of an id, as the service model has it.
const ID: usize = 10;

#[derive(Debug, Clone, Default)]
pub(crate) struct KnowledgeBases {
    by_id: BTreeMap<String, Arc<KnowledgeBase>>,
    /// The folders that the owner gave. Over HTTP only folders inside them can be chosen.
    owners: Vec<OwnedFolder>,
}

impl KnowledgeBases {
    /// Reads an object from id to folder, and the folders' files. The error is a sentence for the
    /// caller.
    pub(crate) fn updated(&self, requester: Requester, json: &Value) -> Result<Self, String> {
        let mut object = StrictObject::new(SETTING, json)?;
        let mut new = KnowledgeBases::default();
        for id in object.names() {
            if id.len() != ID || !id.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
                return Err(format!("{SETTING}: an id has {ID} letters and digits, not {id:?}"));
            }
            let path = object.text(&id)?;
            let path = object.required(&id, path)?;
            let folder = match requester {
                Requester::Owner => OwnedFolder::of_owner(SETTING, &path)?,
                Requester::Network => self.owned(&path)?,
            };
            let knowledge = KnowledgeBase::of_folder(&id, folder.root(), folder.below());
            let knowledge = knowledge.map_err(|error| format!("{SETTING}: {id}: {error}"))?;
            new.by_id.insert(id, Arc::new(knowledge));
            new.owners.push(folder);
        }
        if requester == Requester::Network {
            new.owners.clone_from(&self.owners);
        }
        Ok(new)
    }

    /// No knowledge bases. A reset over HTTP keeps the folders that the owner gave.
    pub(crate) fn reset(&self, requester: Requester) -> Self {
        match requester {
            Requester::Owner => KnowledgeBases::default(),
            Requester::Network => {
                KnowledgeBases { by_id: BTreeMap::new(), owners: self.owners.clone() }
            }
        }
    }

    /// The folder of an absolute path inside one of the owner's.
    fn owned(&self, path: &str) -> Result<OwnedFolder, String> {
        let mut inside = self.owners.iter().map(|owners| owners.inside(SETTING, path));
        if !Path::new(path).is_absolute() {
            return Err(format!("{SETTING}: over HTTP a folder is an absolute path, not {path}"));
        }
        inside.find_map(Result::ok).ok_or_else(|| {
            format!("{SETTING}: {path} is not inside a folder that the server was given")
        })
    }

    /// The knowledge base that an id or ARN names.
    pub(crate) fn find(&self, identifier: &str) -> Result<&KnowledgeBase, ServiceError> {
        let id = identifier.rsplit('/').next().unwrap_or(identifier);
        self.by_id.get(id).map(Arc::as_ref).ok_or_else(|| {
            let message = format!(
                "Knowledge base with id {id} does not exist. The local Bedrock has those of its \
                 setting {SETTING}."
            );
            ServiceError::new(404, "ResourceNotFoundException", message)
        })
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.by_id.keys()
    }
}
