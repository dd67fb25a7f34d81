//! The names of client classes, by botocore's rule.

/// Client classes that got their names, by service id, before botocore's present rule.
const OLDER: [(&str, &str); 4] = [
    ("Bedrock Agent", "AgentsforBedrock"),
    ("Bedrock Agent Runtime", "AgentsforBedrockRuntime"),
    ("Bedrock Data Automation", "DataAutomationforBedrock"),
    ("Bedrock Data Automation Runtime", "RuntimeforBedrockDataAutomation"),
];

/// botocore's name for the class of a service's clients: `BedrockRuntime` for `Bedrock Runtime`.
pub fn client_class_name(service_id: &str) -> String {
    match OLDER.iter().find(|(id, _)| *id == service_id) {
        Some((_, name)) => (*name).to_owned(),
        None => service_id.replace(' ', ""),
    }
}

/// The name of the service with that client class, without its dashes: `bedrockruntime`.
///
/// It needs no model, because the id of each Bedrock service is its name in other letters.
pub fn service_name_letters(class_name: &str) -> String {
    let older = OLDER.iter().find(|(_, name)| *name == class_name);
    older.map_or(class_name, |(id, _)| id).replace(' ', "").to_lowercase()
}
