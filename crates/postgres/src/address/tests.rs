use super::*;

fn parse(text: &str) -> Address {
    Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn tcp(name: &str) -> Host {
    Host::Tcp {
        name: name.to_owned(),
        address: None,
    }
}

#[test]
fn an_address_has_user_password_server_and_database() {
    let address = parse("postgres://passgate:s%40cr%3At@db.example:6432/gate%20way");
    assert_eq!(address.user, "passgate");
    assert_eq!(
        address.password.as_ref().map(|password| password.0.as_str()),
        Some("s@cr:t")
    );
    assert_eq!(
        address.endpoints,
        [Endpoint {
            host: tcp("db.example"),
            port: 6432
        }]
    );
    assert_eq!(address.database, "gate way");
    assert_eq!(address.to_string(), "postgres://db.example:6432/gate way");
    assert_eq!(format!("{address:?}"), address.to_string());
}

#[test]
fn what_is_left_out_has_a_default() {
    let address = parse("postgresql://passgate@db.example");
    assert_eq!(address.database, "passgate");
    assert_eq!(address.endpoints[0].port, 5432);
    assert!(address.password.is_none());
    assert_eq!(address.encryption.mode, SslMode::Prefer);
    assert_eq!(address.target, Target::ReadWrite);
    assert_eq!(address.connect_timeout, Duration::from_secs(5));
}

#[test]
fn several_servers_have_a_port_each_or_one_for_all() {
    let address = parse("postgres://u@one:1,two:2,[::1]:3/d?target_session_attrs=read-write");
    let ports: Vec<_> = address.endpoints.iter().map(|endpoint| endpoint.port).collect();
    assert_eq!(ports, [1, 2, 3]);
    assert_eq!(address.to_string(), "postgres://one:1,two:2,[::1]:3/d");
    let address = parse("postgres://u@/d?host=one,two&port=7&hostaddr=10.0.0.1,10.0.0.2");
    let shown: Vec<_> = address.endpoints.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["one:7", "two:7"]);
    assert_eq!(
        Address::parse("postgres://u@one,two,three/d?port=1,2").unwrap_err(),
        InvalidAddress::HostList
    );
}

#[test]
fn a_host_that_is_a_path_is_a_unix_socket() {
    for text in [
        "postgres://u@%2Frun%2Fpg/d",
        "postgres://u@/d?host=/run/pg",
        "postgres://u@:5433/d?host=%2Frun%2Fpg",
    ] {
        assert_eq!(
            parse(text).endpoints[0].host,
            Host::Unix("/run/pg".into()),
            "{text}"
        );
    }
    assert_eq!(parse("postgres://u@:5433/d?host=/run/pg").endpoints[0].port, 5433);
    assert!(matches!(
        parse("postgres://u@/d").endpoints[0].host,
        Host::Unix(_)
    ));
}

#[test]
fn options_are_settings() {
    let address = parse(
        "postgres://u@h/d?options=-c%20statement_timeout%3D10s%20-csearch_path%3Da%5C%20b%20--work-mem=1MB&",
    );
    assert_eq!(
        address.settings,
        [
            ("statement_timeout".to_owned(), "10s".to_owned()),
            ("search_path".to_owned(), "a b".to_owned()),
            ("work_mem".to_owned(), "1MB".to_owned()),
        ]
    );
    for text in ["-x", "-c", "-cname", "-c%20na'me=1", "word"] {
        assert!(
            matches!(
                Address::parse(&format!("postgres://u@h/d?options={text}")),
                Err(InvalidAddress::Value { name: "options", .. })
            ),
            "{text}"
        );
    }
}

#[test]
fn encryption_is_what_the_parameters_say() {
    let address = parse(
        "postgres://u@h/d?sslmode=verify-ca&sslrootcert=/etc/root.pem&sslcert=c.pem&sslkey=k.pem&sslnegotiation=direct",
    );
    assert_eq!(
        address.encryption,
        Encryption {
            mode: SslMode::VerifyCa,
            is_direct: true,
            roots: Some(Roots::File("/etc/root.pem".into())),
            client: Some(ClientCertificate {
                chain: "c.pem".into(),
                key: "k.pem".into()
            }),
            sends_server_name: true,
            only_tls13: false,
        }
    );
    assert_eq!(
        parse("postgres://u@h/d?sslrootcert=system").encryption.mode,
        SslMode::VerifyFull
    );
    for (parameters, error) in [
        (
            "sslrootcert=system&sslmode=require",
            InvalidAddress::WeakSystemRoots,
        ),
        ("sslnegotiation=direct", InvalidAddress::WeakDirect),
        ("sslcert=c.pem", InvalidAddress::HalfClientCertificate),
    ] {
        assert_eq!(
            Address::parse(&format!("postgres://u@h/d?{parameters}")).unwrap_err(),
            error
        );
    }
}

#[test]
fn a_password_that_is_not_encoded_is_refused_and_nothing_of_it_is_said() {
    // Every character that separates, in a password of letters and one of digits, which looks like a port.
    for password in ["hunter2", "4242"] {
        for separator in [
            "@", "/", "?", "/@", "?@", "@/", "&", "?a=", "?x&", "/?", "@@", "%", "%zz", "%00",
        ] {
            for url in [
                format!("postgres://passgate:{password}{separator}hunter2@db.example/passgate"),
                format!(
                    "postgres://passgate:{password}{separator}hunter2@db.example/passgate?sslmode=require"
                ),
                format!("postgres://passgate@db.example/passgate?hunter2{separator}{password}"),
                format!("postgres://passgate@db.example/passgate?sslmode=hunter2{password}"),
                "postgres://passgate@db.example/passgate?passwordhunter2=x".to_owned(),
            ] {
                let shown = match Address::parse(&url) {
                    Ok(address) => format!("{address} {address:?}"),
                    Err(error) => format!("{error} {error:?}"),
                };
                assert!(
                    !shown.contains("hunter2") && !shown.contains("4242"),
                    "{url}: {shown}"
                );
            }
            if !matches!(separator, "&") {
                let url = format!("postgres://passgate:{password}{separator}hunter2@db.example/passgate");
                assert!(Address::parse(&url).is_err(), "{url}");
            }
        }
    }
    // These do not separate, in libpq either.
    for password in ["hun#ter2", "hun:ter2", "hun;ter=2", "hun&ter2"] {
        let address = parse(&format!("postgres://u:{password}@h/d?"));
        assert_eq!(
            address.password.map(|kept| kept.0.as_str() == password),
            Some(true)
        );
    }
    let address = parse("postgres://h/d?user=u&password=hun@ter2&");
    assert_eq!(address.to_string(), "postgres://h:5432/d");
}

#[test]
fn parameters_that_would_be_ignored_are_refused() {
    assert_eq!(
        Address::parse("postgres://u@h/d?sslmode=require&sslpassword=x").unwrap_err(),
        InvalidAddress::UnsupportedParameter {
            name: "sslpassword",
            instead: "keep the key of the client's certificate unencrypted, readable by the service only",
        }
    );
    assert_eq!(
        Address::parse("postgres://u@h/d?sslmode=require&pool_timeout=3").unwrap_err(),
        InvalidAddress::UnknownParameter { place: 2 }
    );
    assert_eq!(
        Address::parse("postgres://h/d").unwrap_err(),
        InvalidAddress::NoUser
    );
    assert_eq!(
        Address::parse("host=h password=x").unwrap_err(),
        InvalidAddress::Scheme
    );
    assert_eq!(
        Address::parse("postgres://u@h:0/d").unwrap_err(),
        InvalidAddress::Port
    );
    assert_eq!(
        Address::parse("postgres://u@h:+5/d").unwrap_err(),
        InvalidAddress::Port
    );
}
