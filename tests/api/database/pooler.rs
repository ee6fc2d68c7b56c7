//! pgbouncer in transaction mode, in front of the tests' PostgreSQL. All clients share one server connection.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use url::Url;

const INSTALL_HINT: &str = "this test needs pgbouncer: install it (Debian: apt-get install pgbouncer), or leave PostgreSQL out with \
                   cargo test -- --skip postgres::";

/// A running pgbouncer. Stops on drop.
pub struct Pooler {
    pub url: String,
    process: Child,
    _folder: TempDir,
}

impl Pooler {
    /// Starts a pooler in front of the database and schema of this URL.
    pub fn before(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let schema =
            url.query_pairs().find_map(|(_, value)| value.rsplit_once('=').map(|(_, schema)| schema.to_owned()));
        let password = url.password().map(|password| format!(" password={password}")).unwrap_or_default();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "[databases]\npooled = host={} port={} dbname={} user={}{password} connect_query='SET search_path = {}'\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 1\nmax_client_conn = 50\n",
            url.host_str().unwrap(),
            url.port().unwrap_or(5432),
            url.path().trim_start_matches('/'),
            url.username(),
            schema.expect("the schema is an option of the URL"),
        );
        let folder = tempfile::tempdir().unwrap();
        let config_file = folder.path().join("pgbouncer.ini");
        std::fs::write(&config_file, settings).unwrap();
        let process = start(folder.path(), &config_file);
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "pgbouncer does not listen");
            std::thread::yield_now();
        }
        Self { url: format!("postgres://{}@127.0.0.1:{port}/pooled", url.username()), process, _folder: folder }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts pgbouncer as user `postgres` if the test runs as root, because pgbouncer rejects root.
fn start(folder: &Path, config_file: &Path) -> Child {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
    let program = program.iter().find(|program| Path::new(program).exists()).expect(INSTALL_HINT);
    let mut command = if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program]);
        command
    } else {
        Command::new(program)
    };
    command
        .arg("--quiet")
        .arg(config_file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect(INSTALL_HINT)
}
