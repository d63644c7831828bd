use serde_json::{Value, json};

use super::*;

fn carried(config: &Value) -> Carried {
    let mut old = OldSettings::default();
    old.read_json(&config.to_string()).unwrap();
    let carried = carry(&mut old);
    assert_eq!(old.take_rest(""), [""; 0], "everything is accounted for");
    carried
}

fn setting<'c>(carried: &'c Carried, name: &str) -> Option<&'c str> {
    let mut found = carried.settings.iter().filter(|(setting, _)| *setting == name);
    let value = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} twice");
    value
}

fn members(provider: &Provider) -> String {
    let members = provider
        .members
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    members.collect::<Vec<_>>().join(" ")
}

fn reasons(carried: &Carried) -> String {
    let lines: Vec<_> = carried.remarks.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn an_empty_configuration_needs_nothing_but_a_word_on_metadata() {
    let carried = carried(&json!({}));
    assert!(carried.settings.is_empty() && carried.providers.is_empty() && carried.next.is_empty());
    assert_eq!(carried.remarks.len(), 1);
    assert_eq!(carried.remarks[0].name, "fido2:mds:mode");
}

#[test]
fn addresses_are_listened_on() {
    for (urls, listen) in [
        ("http://+:5000", Some("0.0.0.0:5000")),
        ("https://*:5001;http://localhost:5000", Some("127.0.0.1:5000")),
        ("http://[::]:8080/", Some("[::]:8080")),
        ("http://10.0.0.1", Some("10.0.0.1:80")),
        ("http://unix:/run/x.sock", None),
        ("https://*:443", None),
    ] {
        let carried = carried(&json!({ "ASPNETCORE_URLS": urls }));
        assert_eq!(setting(&carried, "listen"), listen, "{urls}");
        let others = urls.split(';').count() - usize::from(listen.is_some());
        assert_eq!(carried.remarks.len(), 1 + others, "{}", reasons(&carried));
    }
    let carried = carried(&json!({ "ASPNETCORE_HTTP_PORTS": "8080;8081" }));
    assert_eq!(setting(&carried, "listen"), Some("0.0.0.0:8080"));
}

#[test]
fn smtp_is_protected_as_it_was_or_better() {
    for (more, tls) in [
        (json!({ "Port": 25 }), "none"),
        (json!({}), "none"),
        (json!({ "Port": 25, "StartTls": true }), "starttls"),
        (json!({ "Port": 465, "Ssl": true }), "implicit"),
        (json!({ "Port": 587, "Ssl": true }), "starttls"),
        (
            json!({ "Port": 587, "Ssl": true, "SslOverride": "True" }),
            "implicit",
        ),
        (json!({ "Port": 2525 }), "starttls"),
    ] {
        let mut provider = json!({ "Name": "SMTP", "Host": "mail.example" });
        provider
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let carried = carried(&json!({ "Mail": { "Providers": [provider] } }));
        let members = members(&carried.providers[0]);
        assert!(members.contains(&format!("tls=\"{tls}\"")), "{more}: {members}");
        assert_eq!(carried.providers[0].remark.is_some(), tls == "starttls");
    }
}

#[test]
fn providers_keep_their_order_senders_and_secrets() {
    let carried = carried(&json!({ "Mail": {
        "From": "login@example.com",
        "Providers": [
            { "Name": "aws", "AccessKey": "AKIDEXAMPLE", "SecretKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
              "Region": "EU-Central-1", "Channels": {
                "Default": { "From": "a@example.com", "FromName": "A", "ConfigurationSet": "set" },
                "MagicLinks": { "From": "links@example.com", "FromName": "Links" } } },
            { "Name": "sendgrid", "ApiKey": "SG.key" },
            { "Name": "smtp", "Host": "mail.example", "Port": 465, "Ssl": true, "Username": "me", "Password": "secret",
              "TrustServer": true },
            { "Name": "file" },
            { "Name": "pigeon", "Colour": "grey" },
        ],
    }}));
    let providers: Vec<_> = carried.providers.iter().map(members).collect();
    assert_eq!(
        providers,
        [
            "kind=\"smtp\" host=\"email-smtp.eu-central-1.amazonaws.com\" port=587 tls=\"starttls\" \
             username=\"AKIDEXAMPLE\" from=\"a@example.com\" magic_links_from=\"links@example.com\"",
            "kind=\"smtp\" host=\"smtp.sendgrid.net\" port=587 tls=\"starttls\" username=\"apikey\"",
            "kind=\"smtp\" host=\"mail.example\" port=465 tls=\"implicit\" username=\"me\"",
            "kind=\"file\" path=\"mail.md\"",
        ]
    );
    let passwords: Vec<_> = carried
        .providers
        .iter()
        .filter_map(|provider| {
            Some((
                provider.password_file.as_str(),
                provider.password.as_ref()?.expose().as_str(),
            ))
        })
        .collect();
    assert_eq!(
        passwords,
        [
            // Worked out with another implementation of the scheme.
            ("mail-password-1", "BF0/eIJm0ruTHsSjOkRuOGzGF+zeSyE3aiRzrzUQ8LwG"),
            ("mail-password-2", "SG.key"),
            ("mail-password-3", "secret"),
        ]
    );
    assert_eq!(setting(&carried, "mail_from"), Some("login@example.com"));
    assert_eq!(setting(&carried, "mail_from_name"), Some("A"));
    let reasons = reasons(&carried);
    for part in [
        "ConfigurationSet",
        "MagicLinks:FromName",
        "2:TrustServer",
        "3:Path",
        "Mail:Providers:4",
    ] {
        assert!(reasons.contains(part), "{part}: {reasons}");
    }
    assert!(
        !reasons.contains("secret") && !reasons.contains("SG.key"),
        "{reasons}"
    );
}

#[test]
fn containers_of_before_had_one_mail_server() {
    let carried = carried(&json!({
        "BWP_SMTP_FROM": "you@example.com", "BWP_SMTP_HOST": "smtp.sendgrid.net", "BWP_SMTP_PORT": "465",
        "BWP_SMTP_SSL": "true", "BWP_SMTP_STARTTLS": "false", "BWP_SMTP_TRUSTSERVER": "true",
        "BWP_SMTP_USERNAME": "apikey", "BWP_SMTP_PASSWORD": "hunter2",
        "Passwordless": { "ApiKey": "admin:public:1", "ApiSecret": "admin:secret:hunter2" }, "SALT_KEY": "hunter2",
    }));
    assert_eq!(setting(&carried, "mail_from"), Some("you@example.com"));
    assert_eq!(
        members(&carried.providers[0]),
        "kind=\"smtp\" host=\"smtp.sendgrid.net\" port=465 tls=\"implicit\" username=\"apikey\""
    );
    assert!(carried.providers[0].password.is_some());
    let reasons = reasons(&carried);
    for part in [
        "BWP_SMTP_TrustServer: ",
        "Passwordless:ApiKey, Passwordless:ApiSecret: ",
        "SALT_KEY: it sealed",
    ] {
        assert!(reasons.contains(part), "{part}: {reasons}");
    }
    assert!(!reasons.contains("hunter2"), "{reasons}");
}

#[test]
fn credentials_that_are_not_whole_are_left_out() {
    let carried = carried(&json!({ "Mail": { "Providers": [
        { "Name": "smtp", "Host": "mail.example", "Username": "me" },
        { "Name": "aws", "AccessKey": "AKIDEXAMPLE" },
    ]}}));
    assert!(
        carried
            .providers
            .iter()
            .all(|provider| provider.password.is_none())
    );
    let reasons = reasons(&carried);
    for part in ["0:Username", "1:Region", "1:AccessKey"] {
        assert!(reasons.contains(part), "{part}: {reasons}");
    }
}

#[test]
fn magic_links_are_limited_as_they_were() {
    let carried = carried(&json!({
        "MagicLinks": { "NewAccountTimeout": "1.02:03:04.5" },
        "ApplicationOverrides": {
            "admin": { "IsRateLimitBypassEnabled": true, "IsMagicLinkQuotaBypassEnabled": "true" },
            "fast": { "IsRateLimitBypassEnabled": true },
            "many": { "IsMagicLinkQuotaBypassEnabled": true, "IsRateLimitBypassEnabled": false },
            "plain": { "IsRateLimitBypassEnabled": false },
        },
    }));
    let settings: Vec<_> = carried
        .settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        settings,
        [
            ("magic_link_new_application_age", "93784s"),
            ("magic_link_unlimited_apps", "admin"),
            ("magic_link_rate_exempt_apps", "fast"),
            ("magic_link_quota_exempt_apps", "many"),
        ]
    );
}

#[test]
fn durations_are_read_as_that_server_reads_them() {
    for (text, seconds) in [
        ("00:00:00", Some(0)),
        ("23:59:59", Some(86_399)),
        ("1.00:00:00", Some(86_400)),
        ("2", Some(172_800)),
        ("00:00:01.5", Some(1)),
        ("24:00:00", None),
        ("1:2", None),
        ("soon", None),
        ("-1.00:00:00", None),
        ("", None),
        ("99999999999999999999", None),
        ("9999999999999999999.00:00:00", None),
    ] {
        assert_eq!(duration(text), seconds, "{text}");
    }
}

#[test]
fn databases_become_an_import() {
    let next = |config: Value| carried(&config).next;
    assert_eq!(
        next(
            json!({ "ConnectionStrings": { "sqlite": { "api": "Data Source=/data/it's.db;Cache=Shared", "admin": "x" } } })
        ),
        [r"passgate import passwordless-sqlite '/data/it'\''s.db' --dry-run"]
    );
    assert_eq!(
        next(json!({ "BWP_DOMAIN": "id.example" })),
        ["passgate import passwordless-sqlite '/etc/bitwarden_passwordless/api.db' --dry-run"]
    );
    for config in [
        json!({ "ConnectionStrings:mssql:api": "Server=db;Password=hunter2" }),
        json!({ "BWP_DB_PROVIDER": "sqlserver", "BWP_DB_PASSWORD": "hunter2" }),
    ] {
        let carried = carried(&config);
        assert_eq!(
            carried.next,
            ["passgate import passwordless-api --public-key KEY --dry-run"]
        );
        assert!(reasons(&carried).contains(SQL_SERVER) && !reasons(&carried).contains("hunter2"));
    }
}

#[test]
fn a_container_is_known_by_its_variables() {
    let carried = carried(&json!({
        "BWP_DOMAIN": "id.example.com", "BWP_PORT": "5701", "BWP_ENABLE_SSL": "true", "BWP_SSL_CERT": "/c", "BWP_SSL_KEY": "/k",
        "BWP_REAL_IPS": "10.0.0.0/8,192.0.2.1", "BWP_ENABLE_ADMIN": "true", "PUID": "1000", "AllowedHosts": "*",
        "ASPNETCORE_ENVIRONMENT": "Development", "DD_API_KEY": "k",
        "Serilog": { "MinimumLevel": { "Default": "Warning", "Override": { "System": "Error" } } },
        "fido2": { "mds": { "mode": "Online" } }, "PasswordlessManagement": { "ManagementKey": "0123" },
        "SaltToken": "s", "Unheard": { "Of": "x" },
    }));
    for (name, value) in [
        ("path_prefix", "/api"),
        ("public_url", "https://id.example.com:5701/api"),
        ("trusted_proxies", "10.0.0.0/8,192.0.2.1"),
        ("log_level", "warn"),
        ("metadata_url", "https://mds3.fidoalliance.org/"),
    ] {
        assert_eq!(setting(&carried, name), Some(value), "{name}");
    }
    assert_eq!(
        carried.management_key.as_ref().map(|key| key.expose().as_str()),
        Some("0123")
    );
    let reasons = reasons(&carried);
    for part in [
        "listen: ",
        "BWP_SSL_CERT, BWP_SSL_KEY: TLS",
        "BWP_ENABLE_ADMIN: ",
        "PUID: ",
        "ASPNETCORE_ENVIRONMENT: development mode",
        "DD_API_KEY: ",
        "Serilog:MinimumLevel:Override:System: ",
        "SaltToken: it sealed",
        "Unheard:Of: has no counterpart",
    ] {
        assert!(reasons.contains(part), "{part}: {reasons}");
    }
}
