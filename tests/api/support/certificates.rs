//! Certificates of a temporary PostgreSQL, made by the program `openssl`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::cluster::{Cluster, is_root};

/// The accepted connections: the superuser without TLS, the service's role with TLS and its password, and another role with TLS alone.
const ACCESS: &str = "host all postgres 127.0.0.1/32 trust\n\
                      hostssl all without_password 127.0.0.1/32 trust\n\
                      hostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A certificate of the host `localhost`, its authority, and an authority that signed no certificate.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Creates the certificates. They are valid for one day.
    pub fn create() -> Self {
        let certificates = Self { folder: tempfile::tempdir().unwrap() };
        certificates.add("authority", &[]);
        certificates.add("other_authority", &[]);
        let by_authority = ["-CA", "authority.pem", "-CAkey", "authority.key"];
        let of_host = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
        certificates.add("server", &[by_authority, of_host].concat());
        std::fs::write(certificates.folder.path().join("pg_hba.conf"), ACCESS).unwrap();
        if is_root() {
            // PostgreSQL does not run as root, and reads a key of its own only
            let owned =
                Command::new("chown").args(["-R", "postgres"]).arg(certificates.folder.path()).status().unwrap();
            assert!(owned.success());
        }
        certificates
    }

    /// Returns the path of the authority that signed the server's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Returns the path of an authority that signed no certificate.
    pub fn other_authority(&self) -> PathBuf {
        self.folder.path().join("other_authority.pem")
    }

    /// Starts a PostgreSQL that uses them. It accepts the service's role over TLS only, with its password (SCRAM).
    pub fn start_cluster(&self) -> Cluster {
        let path = |name| self.folder.path().join(name).display().to_string();
        let (certificate, key) =
            (format!("ssl_cert_file={}", path("server.pem")), format!("ssl_key_file={}", path("server.key")));
        Cluster::with_settings(&["ssl=on", &certificate, &key, &format!("hba_file={}", path("pg_hba.conf"))])
    }

    /// Creates a key and a certificate of this name. Without further arguments, the certificate is an authority's.
    fn add(&self, name: &str, arguments: &[&str]) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]);
        openssl.args(["-subj", &subject, "-keyout", &key, "-out", &certificate]).args(arguments);
        let output = openssl.current_dir(self.folder.path()).stdin(Stdio::null()).output();
        let output = output.expect("this test needs the program openssl (Debian: apt-get install openssl)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
