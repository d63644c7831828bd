//! How long texts may be: every member of every request, found in the document that clients are made from.

use passgate_api::{endpoint::Endpoint, routes::table};
use serde_json::{Value, json};

use crate::support::{Connection, Response, TestServer};

/// A text of a request, and where it is.
struct Sent {
    /// Its name, and those of the objects that hold it.
    path: Vec<String>,
    /// Its schema.
    schema: Value,
    /// Whether it is one of a list.
    in_list: bool,
}

struct Contract(Value);

impl Contract {
    fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.0.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        }
        // Of what may be null, the other.
        match schema["anyOf"].as_array() {
            Some(either) => self.resolve(&either[0]),
            None => schema,
        }
    }

    /// The texts of an object, however deep.
    fn texts(&self, object: &Value, path: &[String], found: &mut Vec<Sent>) {
        for (name, member) in self.resolve(object)["properties"].as_object().unwrap() {
            let path: Vec<String> = path.iter().chain([name]).cloned().collect();
            let member = self.resolve(member);
            let items = self.resolve(&member["items"]);
            for (schema, in_list) in [(member, false), (items, true)] {
                if schema["properties"].is_object() {
                    self.texts(schema, &path, found);
                } else if has_type(schema, "string") {
                    found.push(Sent {
                        path: path.clone(),
                        schema: schema.clone(),
                        in_list,
                    });
                }
            }
        }
    }

    /// An object with something for each of its members.
    fn example(&self, object: &Value) -> Value {
        let members = self.resolve(object)["properties"].as_object().unwrap();
        members
            .iter()
            .map(|(name, member)| {
                // Of one of two types, the example stands beside both.
                let of_either = member["examples"][0].clone();
                let member = self.resolve(member);
                let one = |schema: &Value| match schema["enum"].as_array() {
                    Some(choices) => choices[0].clone(),
                    None if schema["const"].is_string() => schema["const"].clone(),
                    None if schema["properties"].is_object() => self.example(schema),
                    None if schema["examples"].is_null() => of_either.clone(),
                    None => schema["examples"][0].clone(),
                };
                let value = if has_type(member, "array") {
                    json!([one(self.resolve(&member["items"]))])
                } else {
                    one(member)
                };
                (name.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

fn has_type(schema: &Value, kind: &str) -> bool {
    let kinds = &schema["type"];
    kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
}

/// Puts a text where it belongs.
fn put(body: &mut Value, sent: &Sent, text: &str) {
    let mut place = body;
    for name in &sent.path {
        if place.is_array() {
            place = &mut place[0];
        }
        place = &mut place[name];
    }
    *place = if sent.in_list { json!([text]) } else { text.into() };
}

/// Whether a refusal names a member, or what holds it: as what is not valid, or in its words.
fn names(response: &Response, path: &[String]) -> bool {
    let problem = response.problem(400);
    let members = problem["errors"].as_object();
    let said = members.into_iter().flat_map(|errors| errors.keys().cloned());
    let said: Vec<String> = said
        .chain(["title", "detail"].map(|member| problem[member].to_string()))
        .collect();
    let said = said.join(" ").to_ascii_lowercase();
    let words: Vec<&str> = said
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .collect();
    // What is wrong with an item of a list of objects may be told of the list.
    path.iter()
        .any(|name| words.contains(&name.to_ascii_lowercase().as_str()))
}

/// Whether a member is said to be too long.
fn is_too_long(response: &Response, member: &str) -> bool {
    let text = response.text().to_ascii_lowercase();
    text.contains(&format!(
        "{} must be a string or array type with a maximum length",
        member.to_ascii_lowercase()
    ))
}

fn letters(count: u64) -> String {
    "a".repeat(usize::try_from(count).unwrap())
}

/// Calls `check` with every endpoint that has a body or a query, a connection with its key, and its entry.
fn walk(mut check: impl FnMut(&Contract, &Endpoint, &mut dyn FnMut() -> Connection, &Value, &str)) {
    let server = TestServer::start();
    let app = server.app_with(
        "demoapp",
        &json!({ "allowAttestation": true, "eventLoggingIsEnabled": true }),
    );
    let contract = Contract(server.anybody().get("/openapi.json").expect(200));
    for endpoint in table() {
        let method = endpoint.method.as_str().to_ascii_lowercase();
        let operation = contract.0["paths"][endpoint.path][method].clone();
        let path = endpoint.path.replace("{app}", &app.name).replace("{id}", "0000");
        let mut connect = || match endpoint.key.header() {
            None => server.anybody(),
            Some("ApiKey") => server.browser(&app),
            Some("ApiSecret") => server.backend(&app),
            Some(_) => server.operator(),
        };
        check(&contract, &endpoint, &mut connect, &operation, &path);
    }
}

#[test]
fn no_text_of_any_request_is_longer_than_its_limit() {
    let (mut bodies, mut queries) = (0, 0);
    walk(|contract, endpoint, connect, operation, path| {
        let place = |member: &str| format!("{} {} {member}", endpoint.method, endpoint.path);
        let mut refuse =
            |names_of: &[String], schema: &Value, send: &mut dyn FnMut(&mut Connection, &str) -> Response| {
                let member = names_of.last().unwrap().as_str();
                let limit = schema["maxLength"].as_u64();
                let is_choice = schema["enum"].is_array() || schema["const"].is_string();
                assert!(limit.is_some() || is_choice, "{} has no limit", place(member));
                let limit = limit.unwrap_or(128);
                for text in [
                    letters(limit + 1),
                    "ä".repeat(usize::try_from(limit + 1).unwrap()),
                    letters(500_000),
                ] {
                    let response = send(&mut connect(), &text);
                    assert!(
                        names(&response, names_of),
                        "{}: {:.300}",
                        place(member),
                        response.text()
                    );
                }
                // What fits is not refused for its length.
                let response = send(&mut connect(), &letters(limit));
                assert!(
                    !is_too_long(&response, member),
                    "{}: {:.300}",
                    place(member),
                    response.text()
                );
            };
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_object() {
            let mut texts = Vec::new();
            contract.texts(schema, &[], &mut texts);
            let example = contract.example(schema);
            for sent in texts {
                bodies += 1;
                refuse(&sent.path, &sent.schema, &mut |connection, text| {
                    let mut body = example.clone();
                    put(&mut body, &sent, text);
                    connection.send(
                        endpoint.method.as_str(),
                        path,
                        Some("application/json"),
                        body.to_string().as_bytes(),
                    )
                });
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = contract.resolve(&parameter["schema"]);
            let schema = if schema["items"].is_object() {
                contract.resolve(&schema["items"])
            } else {
                schema
            };
            if parameter["in"] != "query" || !has_type(schema, "string") {
                continue;
            }
            queries += 1;
            let name = parameter["name"].as_str().unwrap();
            let others: Vec<String> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|other| other["in"] == "query" && other["name"] != name)
                .filter_map(|other| {
                    let example = contract.resolve(&other["schema"])["examples"][0].clone();
                    let example = example
                        .as_str()
                        .map(str::to_owned)
                        .or_else(|| Some(example.as_u64()?.to_string()));
                    (other["required"] == true || other["name"] == "pageNumber").then(|| {
                        format!(
                            "&{}={}",
                            other["name"].as_str().unwrap(),
                            example.unwrap_or_default()
                        )
                    })
                })
                .collect();
            refuse(&[name.to_owned()], schema, &mut |connection, text| {
                // A head has a limit of its own.
                let text: String = text.chars().take(8000).collect();
                let text = text.replace('ä', "%C3%A4");
                let path = format!("{path}?{name}={text}{}", others.concat());
                let body = (endpoint.method != "GET").then_some("application/json");
                connection.send(endpoint.method.as_str(), &path, body, b"")
            });
        }
    });
    assert!(bodies > 60, "{bodies}");
    assert!(queries > 10, "{queries}");
}
