//! Tests a build with the feature `tls` against a PostgreSQL with a certificate.
//!
//! The binary is a second build, in `TASK_API_TLS`. `./test.sh` builds it.

use std::path::Path;
use std::process::{Command, Output};

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::cli::serve::output_text;
use crate::support::{Certificates, Cluster, Service, jwt, production, task_api};

const PASSWORD: &str = "p%40ss";

/// A PostgreSQL with a certificate of `localhost`.
struct Server {
    certificates: Certificates,
    cluster: Cluster,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let certificates = Certificates::create();
        let cluster = certificates.start_cluster();
        cluster
            .admin()
            .batch_execute("ALTER ROLE task_api PASSWORD 'p@ss'; CREATE ROLE without_password LOGIN")
            .expect("the roles can be changed");
        Self { certificates, cluster, folder: tempfile::tempdir().unwrap() }
    }

    /// Returns the URL of the service's role, with this host and these parameters. The password is correct.
    fn url(&self, host: &str, parameters: &str) -> String {
        let url = self.cluster.url.replace("task_api@127.0.0.1", &format!("task_api:{PASSWORD}@{host}"));
        format!("{url}?{parameters}")
    }

    fn command(&self, url: &str, variables: &[(&str, &str)]) -> Command {
        let program = std::env::var("TASK_API_TLS").expect("TASK_API_TLS is the path of a build with the feature tls");
        assert!(Path::new(&program).is_file(), "{program} does not exist");
        let configured = task_api(self.folder.path(), &[&production(url)[..], variables].concat());
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        command.envs(configured.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    fn migrate(&self, url: &str, variables: &[(&str, &str)]) -> Output {
        self.command(url, variables).args(["migrate", "run"]).output().unwrap()
    }

    #[track_caller]
    fn accepts(&self, host: &str, parameters: &str, variables: &[(&str, &str)]) {
        let output = self.migrate(&self.url(host, parameters), variables);
        assert!(output.status.success(), "{parameters}: {}", output_text(&output));
    }

    /// Asserts that the connection fails with this text, on one line per record and without the password.
    #[track_caller]
    fn rejects(&self, url: &str, variables: &[(&str, &str)], expected: &str) {
        let output = self.migrate(url, variables);
        let text = output_text(&output);
        assert!(!output.status.success() && text.contains(expected), "{expected} is missing: {text}");
        assert!(!text.contains(PASSWORD) && !text.contains("p@ss"), "{text}");
    }
}

#[test]
#[ignore = "needs a build with the feature tls in TASK_API_TLS: ./test.sh runs it"]
fn tls_to_postgres() {
    let server = Server::start();
    sslmode_require_encrypts(&server);
    verify_full_checks_the_authority_and_the_host(&server);
    channel_binding_needs_scram(&server);
    system_certificates_are_those_of_this_machine(&server);
    the_service_uses_tls_for_all_connections(&server);
}

fn sslmode_require_encrypts(server: &Server) {
    server.rejects(&server.url("127.0.0.1", "sslmode=disable"), &[], "no encryption");
    server.accepts("127.0.0.1", "sslmode=require", &[]);
    server.accepts("127.0.0.1", "sslmode=require&sslnegotiation=postgres", &[]);
}

fn verify_full_checks_the_authority_and_the_host(server: &Server) {
    let root = |path: &Path| format!("sslmode=verify-full&sslrootcert={}", path.display());
    let (trusted, other) = (root(&server.certificates.authority()), root(&server.certificates.other_authority()));
    server.accepts("localhost", &trusted, &[]);
    server.rejects(&server.url("localhost", &other), &[], "certificate verify failed");
    server.rejects(&server.url("127.0.0.1", &trusted), &[], "does not match host name");
    server.accepts("127.0.0.1", &trusted.replace("verify-full", "verify-ca"), &[]);
}

fn channel_binding_needs_scram(server: &Server) {
    server.accepts("127.0.0.1", "sslmode=require&channel_binding=require", &[]);
    let without_scram = server.cluster.url.replace("task_api@", "without_password@");
    let without_scram = format!("{without_scram}?sslmode=require&channel_binding=require");
    server.rejects(&without_scram, &[], "channel binding required");
}

/// `SSL_CERT_FILE` replaces the file of this machine, as in OpenSSL.
fn system_certificates_are_those_of_this_machine(server: &Server) {
    let authority = server.certificates.authority();
    let trusted = [("SSL_CERT_FILE", authority.to_str().unwrap())];
    for parameters in ["sslrootcert=system", "sslmode=verify-full&sslrootcert=system&channel_binding=require"] {
        server.accepts("localhost", parameters, &trusted);
        server.rejects(&server.url("localhost", parameters), &[], "certificate verify failed");
    }
    server.rejects(&server.url("127.0.0.1", "sslrootcert=system"), &trusted, "does not match host name");
    let weak = server.url("localhost", "sslmode=require&sslrootcert=system");
    server.rejects(&weak, &trusted, "DATABASE_URL must have sslmode=verify-full with sslrootcert=system");
}

fn the_service_uses_tls_for_all_connections(server: &Server) {
    let url = server.url("127.0.0.1", "sslmode=require&channel_binding=require");
    let service = Service::start(server.command(&url, &[]));
    service
        .request("POST", "/api/tasks")
        .bearer(&jwt("alice"))
        .json(&json!({ "title": "encrypted" }))
        .send()
        .expect(201);
    let list = service.request("GET", "/api/alice/tasks").bearer(&jwt("alice")).send().expect(200);
    assert_eq!(list.as_array().unwrap().len(), 1);
    service.wait_for_readiness(200);
    assert_eq!(service.stop("-TERM").1, Some(0));
}
