//! The folders with models that are newer than this build.

use super::Environment;
use super::profile::expand_user;
use crate::error::{Error, Kind};

/// The folder for models of the user's own, where `aws configure add-model` puts them.
const OWN_MODELS: &str = "~/.aws/models";

/// Where to look for models besides those of this build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSearch {
    /// Folders, separated as in `PATH`.
    pub data_path: Option<String>,
    /// The folder for models of the user's own, if there is one.
    pub own_models: Option<String>,
    /// The configured API version of the service.
    pub api_version: Option<String>,
}

impl Environment {
    /// Where to look for models of a service, or of all services. `None` if only the models of this
    /// build count, and their newest version.
    ///
    /// Error: `InvalidConfigError`.
    pub fn model_search(&self, service_name: Option<&str>) -> Result<Option<ModelSearch>, Error> {
        let data_path = self.configured("AWS_DATA_PATH", "data_path");
        let own_models = expand_user(&self.variables, OWN_MODELS);
        // Most folders of that name have no models of Bedrock.
        let is_there = match service_name {
            Some(service_name) => own_models.join(service_name).is_dir(),
            None => own_models.is_dir(),
        };
        let own_models = is_there.then(|| own_models.to_string_lossy().into_owned());
        if self.property("api_versions").is_some_and(|text| !text.is_empty()) {
            let error_msg = "api_versions must be a block of lines, one for each service, e.g. \
                             bedrock-runtime = 2023-09-30"
                .to_owned();
            return Err(Error::new(Kind::InvalidConfig { error_msg }));
        }
        let api_version = service_name
            .and_then(|service_name| self.profile().nested("api_versions", service_name))
            .map(str::to_owned);
        let search = ModelSearch { data_path, own_models, api_version };
        let ModelSearch { data_path: None, own_models: None, api_version: None } = search else {
            return Ok(Some(search));
        };
        Ok(None)
    }
}
