//! `/openapi.json` and `/docs`.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use passgate_testkit::TestDatabase;

use crate::support::{TestServer, settings};

#[test]
fn the_document_is_served_under_both_names() {
    let mut settings = settings();
    settings.public_url = None;
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    let mut anybody = server.anybody();
    let document = anybody.get("/openapi.json").expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], serde_json::json!([{ "url": "." }]));
    let mut former = anybody.get("/swagger/v4/swagger.json").expect(200);
    assert_eq!(former["servers"], serde_json::json!([{ "url": "../.." }]));
    former["servers"] = document["servers"].clone();
    assert_eq!(former, document);
    assert_eq!(
        document["paths"]["/signin/verify"]["post"]["security"][0]["ApiSecret"],
        serde_json::json!([])
    );
}

#[test]
fn the_document_names_the_public_address() {
    let mut settings = settings();
    settings.public_url = Some("https://id.example.com:5701/api/".parse().unwrap());
    let server = TestServer::with(TestDatabase::sqlite(), settings);
    for path in ["/openapi.json", "/swagger/v4/swagger.json"] {
        let document = server.anybody().get(path).expect(200);
        assert_eq!(
            document["servers"],
            serde_json::json!([{ "url": "https://id.example.com:5701/api" }]),
            "{path}"
        );
    }
}

#[test]
fn both_spellings_of_the_page_find_what_they_need() {
    let server = TestServer::start();
    let mut anybody = server.anybody();
    for address in ["/docs", "/docs/", "/api/docs", "/api/docs/"] {
        let page = anybody.get(address);
        assert_eq!(page.status, 200, "{address}");
        let base = url::Url::parse("http://passgate.test")
            .unwrap()
            .join(address)
            .unwrap();
        let mut wanted = 0;
        for reference in page
            .text()
            .split(" href=\"")
            .chain(page.text().split(" src=\""))
            .skip(1)
        {
            let reference = reference.split('"').next().unwrap();
            if reference.starts_with(['#', '<']) || reference.contains('\n') {
                continue;
            }
            let found = base.join(reference).unwrap();
            assert_eq!(anybody.get(found.path()).status, 200, "{address}: {reference}");
            wanted += 1;
        }
        assert!(wanted >= 5, "{address}: {wanted}");
    }
}

#[test]
fn the_page_asks_only_for_what_is_here() {
    let server = TestServer::start();
    let mut anybody = server.anybody();
    let page = anybody.get("/docs");
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let style = anybody.get("/docs/reference.css");
    let mut wanted: Vec<String> = page
        .text()
        .split("\"docs/")
        .skip(1)
        .chain(style.text().split("url(\"").skip(1))
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    wanted.sort();
    wanted.dedup();
    assert_eq!(
        wanted,
        [
            "inter.woff2",
            "jetbrains-mono.woff2",
            "logo.svg",
            "reference.css",
            "reference.js"
        ]
    );
    for file in wanted {
        assert_eq!(anybody.get(&format!("/docs/{file}")).status, 200, "{file}");
    }
    for text in [
        page.text(),
        style.text(),
        anybody.get("/docs/reference.js").text(),
    ] {
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "nobody else is asked"
        );
        assert!(
            !text.contains(" style=\"") && !text.contains(" onclick=\""),
            "no inline code"
        );
    }
    anybody.get("/docs/app.js").expect_empty(404);
}

/// The answer to a request for the document, as it comes: head and body.
fn as_it_comes(server: &TestServer, accepted: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let request = format!(
        "GET /openapi.json HTTP/1.1\r\nHost: passgate.test\r\nAccept-Encoding: {accepted}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let body = answer.split_off(end);
    (String::from_utf8(answer).unwrap().to_ascii_lowercase(), body)
}

#[test]
fn the_document_is_compressed_for_those_who_take_it() {
    let server = TestServer::start();
    let plain = server.anybody().get("/openapi.json").body;
    for (accepted, compressed) in [
        ("gzip, br", true),
        ("br;q=1, GZIP;q=0.5", true),
        ("gzip;q=0", false),
        ("br", false),
    ] {
        let (head, body) = as_it_comes(&server, accepted);
        assert!(head.contains("vary: accept-encoding\r\n"), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        assert_eq!(
            head.contains("content-encoding: gzip\r\n"),
            compressed,
            "{accepted}"
        );
        if compressed {
            assert!(body.starts_with(&[0x1f, 0x8b]) && 4 * body.len() < plain.len());
        } else {
            assert_eq!(body, plain);
        }
    }
}
