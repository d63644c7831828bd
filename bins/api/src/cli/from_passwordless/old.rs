//! Settings as that server reads them: JSON with comments, nested names joined with colons, names in any case; then
//! variables, with `__` for the colon.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Every setting that was found, and which of them somebody has looked at.
#[derive(Default)]
pub(super) struct OldSettings {
    /// By name in lower case: the name as it was written, and the value.
    found: BTreeMap<String, (String, String)>,
    taken: BTreeSet<String>,
}

/// Variables of every process; they say nothing about that server.
const OWN_PREFIXES: [&str; 11] = [
    "connectionstrings:",
    "passwordlessmanagement:",
    "selfhosted",
    "aspnetcore_",
    "dotnet_environment",
    "mail:",
    "magiclinks:",
    "applicationoverrides:",
    "fido2:",
    "serilog:",
    "bwp_",
];

impl OldSettings {
    /// Reads a configuration file.
    pub(super) fn read_json(&mut self, text: &str) -> Result<(), String> {
        let value: Value = json5::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| format!("not JSON: {error}"))?;
        if !value.is_object() {
            return Err("not a JSON object".to_owned());
        }
        self.read_value("", &value);
        Ok(())
    }

    fn read_value(&mut self, name: &str, value: &Value) {
        let child = |part: &str| {
            if name.is_empty() {
                part.to_owned()
            } else {
                format!("{name}:{part}")
            }
        };
        match value {
            Value::Object(members) => {
                for (part, value) in members {
                    self.read_value(&child(part), value);
                }
            }
            Value::Array(items) => {
                for (number, value) in items.iter().enumerate() {
                    self.read_value(&child(&number.to_string()), value);
                }
            }
            Value::Null => {}
            Value::Bool(on) => self.put(name, on.to_string()),
            Value::Number(number) => self.put(name, number.to_string()),
            Value::String(text) => self.put(name, text.clone()),
        }
    }

    /// Reads lines of `NAME=VALUE`; blank lines and lines that begin with `#` are none.
    pub(super) fn read_env_file(&mut self, text: &str) -> Result<(), String> {
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            // The line itself may hold a secret.
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| format!("line {number} is not NAME=VALUE"))?;
            let value = value.trim();
            let unquoted = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
                .unwrap_or(value);
            self.put(&name.trim().replace("__", ":"), unquoted.to_owned());
        }
        Ok(())
    }

    /// Reads variables of a process, as far as they are that server's.
    pub(super) fn read_environment(&mut self, variables: &BTreeMap<String, String>) {
        for (name, value) in variables {
            let name = name.replace("__", ":");
            let lower = name.to_ascii_lowercase();
            if OWN_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
                self.put(&name, value.clone());
            }
        }
    }

    fn put(&mut self, name: &str, value: String) {
        self.found
            .insert(name.to_ascii_lowercase(), (name.to_owned(), value));
    }

    /// The value of a setting, if it has one that is not blank.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let key = name.to_ascii_lowercase();
        let (_, value) = self.found.get(&key)?;
        let value = value.trim().to_owned();
        self.taken.insert(key);
        (!value.is_empty()).then_some(value)
    }

    /// Whether a setting is switched on.
    pub(super) fn take_switch(&mut self, name: &str) -> bool {
        self.take(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// The names right below a name, such as the numbers of a list; numbers in their order.
    pub(super) fn below(&self, name: &str) -> Vec<String> {
        let prefix = format!("{}:", name.to_ascii_lowercase());
        let mut names: Vec<String> = Vec::new();
        for (key, (written, _)) in &self.found {
            if !key.starts_with(&prefix) {
                continue;
            }
            let part = written.get(prefix.len()..).unwrap_or_default();
            let part = part.split(':').next().unwrap_or_default();
            if !names.iter().any(|known| known.eq_ignore_ascii_case(part)) {
                names.push(part.to_owned());
            }
        }
        names.sort_by_key(|name| name.parse::<u32>().unwrap_or(u32::MAX));
        names
    }

    /// The names that nobody has looked at and that begin so; now somebody has.
    pub(super) fn take_rest(&mut self, prefix: &str) -> Vec<String> {
        let prefix = prefix.to_ascii_lowercase();
        let mut names = Vec::new();
        for (key, (name, _)) in &self.found {
            if key.starts_with(&prefix) && self.taken.insert(key.clone()) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Whether anything begins so.
    pub(super) fn has(&self, prefix: &str) -> bool {
        let prefix = prefix.to_ascii_lowercase();
        self.found.keys().any(|key| key.starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_comments_and_names_any_case() {
        let mut old = OldSettings::default();
        old.read_json(
            "\u{feff}{ // a comment\n \"Mail\": { \"from\": \"a@b.example\", \"Providers\": [ { \"Name\": \"file\" }, ], },\n\
             \"SelfHosted\": true, \"MagicLinks:NewAccountTimeout\": \"01:00:00\", /* more */ \"Nothing\": null }",
        )
        .unwrap();
        assert_eq!(old.take("MAIL:FROM").as_deref(), Some("a@b.example"));
        assert_eq!(old.take("Mail:Providers:0:name").as_deref(), Some("file"));
        assert!(old.take_switch("SelfHosted"));
        assert_eq!(old.below("mail"), ["from", "Providers"]);
        assert_eq!(old.take_rest(""), ["MagicLinks:NewAccountTimeout"]);
        assert_eq!(old.take_rest(""), [""; 0]);
        for text in ["", "[]", "{", "7"] {
            assert!(OldSettings::default().read_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn variables_win_and_are_read_as_containers_write_them() {
        let mut old = OldSettings::default();
        old.read_json(r#"{ "Mail": { "From": "file@b.example" } }"#)
            .unwrap();
        old.read_env_file("# mail\n\nMail__From=env@b.example\nexport BWP_DOMAIN=\"id.example\"\n")
            .unwrap();
        old.read_environment(&BTreeMap::from([
            ("PATH".to_owned(), "/bin".to_owned()),
            ("MAIL__FROMNAME".to_owned(), "Me".to_owned()),
        ]));
        assert_eq!(old.take("Mail:From").as_deref(), Some("env@b.example"));
        assert_eq!(old.take("Mail:FromName").as_deref(), Some("Me"));
        assert_eq!(old.take("bwp_domain").as_deref(), Some("id.example"));
        assert_eq!(old.take_rest(""), [""; 0]);
        let problem = old.read_env_file("A=1\nhunter2\n").unwrap_err();
        assert_eq!(problem, "line 2 is not NAME=VALUE");
    }

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let mut old = OldSettings::default();
        let items: Vec<_> = (0..12).map(|number| serde_json::json!({ "n": number })).collect();
        old.read_json(&serde_json::json!({ "a": items }).to_string())
            .unwrap();
        assert_eq!(old.below("A").last().map(String::as_str), Some("11"));
        assert_eq!(old.below("A")[2], "2");
    }
}
