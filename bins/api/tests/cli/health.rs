//! `passgate health`.

use crate::{Place, server::Server};

#[test]
fn a_server_is_asked_where_it_listens() {
    Place::each(|place| {
        let server = Server::start(&place, &[]);
        let address = server
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let ask = |listen: &str| {
            let mut command = place.command(&["health"]);
            // A proxy for the web is none for this machine.
            command
                .env("PASSGATE_LISTEN", listen)
                .env("http_proxy", "http://127.0.0.1:9");
            crate::Said::from(command.output().unwrap())
        };
        assert_eq!(ask(&address).succeeded().trim(), "healthy");
        let port = address.rsplit(':').next().unwrap();
        assert_eq!(ask(&format!("0.0.0.0:{port}")).succeeded().trim(), "healthy");
        let url = format!("{}/", server.url.trim_end_matches('/'));
        assert_eq!(
            place.run(&["health", "--url", &url]).succeeded().trim(),
            "healthy"
        );
        drop(server);
        let said = ask(&address).failed_with(1);
        assert!(said.contains("does not answer"), "{said}");
    });
}
