//! Private PostgreSQL clusters: a shared one, started on first use, and separate ones for tests that kill it.
//!
//! All clusters stop with the process.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

const HOW: &str = "these tests need PostgreSQL, and initdb was not found: install it (Debian: apt-get install postgresql), \
                   set TEST_DATABASE_URL, or leave these tests out with cargo test -- --skip postgres::";

const HOW_OWN: &str = "this test starts a PostgreSQL of its own, and initdb was not found: install it (Debian: apt-get install \
                       postgresql), or leave such tests out with cargo test -- --skip own_server::";

/// The role of the service. As in production, it is not a superuser.
const ROLE: &str = "task_api";

/// Settings of every cluster.
const SETTINGS: [&str; 3] = ["max_connections=400", "listen_addresses=127.0.0.1", "unix_socket_directories="];

/// Settings of a cluster that no test kills: its writes are not durable.
const NOT_DURABLE: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// The locale of [`Cluster::german`].
const GERMAN: &str = "de_DE.UTF-8";

/// The superuser of the cluster.
pub const SUPERUSER: &str = "postgres";

/// Returns whether the tests run on a Citus (`CITUS_DATABASE_URL`).
pub fn is_citus() -> bool {
    std::env::var_os("CITUS_DATABASE_URL").is_some()
}

/// Returns the URL of a database in which tests can create schemas: `CITUS_DATABASE_URL`, `TEST_DATABASE_URL`, or the shared cluster's.
pub fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    URL.get_or_init(|| {
        let given = std::env::var("CITUS_DATABASE_URL").or_else(|_| std::env::var("TEST_DATABASE_URL"));
        given.unwrap_or_else(|_| {
            let bin = find_binaries().expect(HOW);
            CLUSTER.get_or_init(|| Cluster::start(&bin, &NOT_DURABLE)).url.clone()
        })
    })
}

/// A server that restarts when it is killed. It stops when the value is dropped or the process ends.
pub struct Cluster {
    /// URL of an empty database, with the role of the service.
    pub url: String,
    /// URL of the database `postgres`, with the superuser.
    admin: String,
    folder: PathBuf,
    programs: PathBuf,
    shell: ChildStdin,
}

impl Cluster {
    /// Starts a cluster that a test may kill: its writes are durable, as in production.
    pub fn durable() -> Self {
        Self::start(&find_binaries().expect(HOW_OWN), &[])
    }

    /// Starts a cluster of its own for a test that needs the superuser and kills nothing.
    pub fn with_superuser() -> Self {
        Self::start(&find_binaries().expect(HOW_OWN), &NOT_DURABLE)
    }

    /// Starts a cluster of its own with further settings.
    pub fn with_settings(settings: &[&str]) -> Self {
        Self::start(&find_binaries().expect(HOW_OWN), &[NOT_DURABLE.as_slice(), settings].concat())
    }

    /// Returns the URL of the service's database, with the superuser.
    pub fn superuser_url(&self) -> String {
        self.url.replacen(&format!("//{ROLE}@"), &format!("//{SUPERUSER}@"), 1)
    }

    /// Creates a database that the service's role owns. Returns its URL, with this role.
    pub fn create_database(&self, name: &str) -> String {
        self.admin()
            .batch_execute(&format!("CREATE DATABASE {name} OWNER {ROLE}"))
            .expect("the database can be created");
        let (server, _) = self.url.rsplit_once('/').expect("the URL has a database");
        format!("{server}/{name}")
    }

    /// Returns the folder of PostgreSQL's programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Starts a cluster with German messages. Needs the package `locales`, to compile the locale.
    pub fn german() -> Self {
        Self::start(
            &find_binaries().expect(HOW_OWN),
            &[NOT_DURABLE.as_slice(), &[&format!("lc_messages={GERMAN}")]].concat(),
        )
    }

    fn start(bin: &Path, settings: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("task-api-tests-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder for the cluster can be created");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        if settings.iter().any(|setting| setting.ends_with(GERMAN)) {
            compile_german_locale(&folder);
        }
        let data = folder.join("data").display().to_string();
        let auth = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        run(command(&as_user(&bin.join("initdb"), &["-D", &data])).args(auth));
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("the system assigns a free port")
            .port();
        let mut server = as_user(&bin.join("postgres"), &["-D", &data, "-p", &port.to_string()]);
        for setting in SETTINGS.iter().chain(settings) {
            server.extend(["-c".into(), (*setting).into()]);
        }
        // since version 14: after a kill, one sync instead of one for each of a thousand files
        const SYNC_METHOD: &str = "recovery_init_sync_method";
        let query = as_user(&bin.join("postgres"), &["-D", &data, "-C", SYNC_METHOD]);
        if command(&query).output().is_ok_and(|output| output.status.success()) {
            server.extend(["-c".into(), format!("{SYNC_METHOD}=syncfs")]);
        }
        let cluster = Self {
            url: format!("postgres://{ROLE}@127.0.0.1:{port}/{ROLE}"),
            admin: format!("postgres://{SUPERUSER}@127.0.0.1:{port}/postgres"),
            shell: serve(&folder, server),
            folder,
            programs: bin.to_owned(),
        };
        let mut admin = cluster.admin();
        for statement in [format!("CREATE ROLE {ROLE} LOGIN"), format!("CREATE DATABASE {ROLE} OWNER {ROLE}")] {
            admin.batch_execute(&statement).expect("the database can be created");
        }
        cluster
    }

    /// Sends a signal to the server, which then restarts: `QUIT` (as `pg_ctl -m immediate`) or `KILL`.
    pub fn signal(&mut self, name: &str) {
        writeln!(self.shell, "{name}").expect("the shell reads its input");
    }

    /// Connects as the superuser. Waits up to 60 s for the server to start.
    pub fn admin(&self) -> PgConnection {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::establish(&self.admin) {
                Ok(connection) => return connection,
                Err(error) if Instant::now() > deadline => {
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    panic!("the test cluster does not accept connections: {error}\n{log}");
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

/// Compiles the German locale into the cluster's folder.
fn compile_german_locale(folder: &Path) {
    let locales = folder.join("locales");
    std::fs::create_dir(&locales).expect("a folder for the locale can be created");
    let mut localedef = Command::new("localedef");
    localedef.args(["--no-archive", "-i", "de_DE", "-f", "UTF-8"]).arg(locales.join(GERMAN));
    let compiled =
        localedef.stdin(Stdio::null()).output().expect("this test needs localedef (Debian: apt-get install locales)");
    assert!(compiled.status.success(), "localedef: {}", String::from_utf8_lossy(&compiled.stderr));
}

/// Runs the server below a shell, which restarts it and passes signals on. Returns the shell's input.
///
/// The shell's input ends with this process, even when it is killed. The shell then stops the server and removes its folder.
fn serve(folder: &Path, server: Vec<String>) -> ChildStdin {
    const WATCH: &str = r#"
        { until [ -e "$FOLDER/stop" ]; do
              "$@" </dev/null >>"$FOLDER/log" 2>&1 & echo $! >"$FOLDER/pid"; wait $!
          done; rm -rf "$FOLDER"; } &
        while read -r signal; do kill -"$signal" "$(cat "$FOLDER/pid")"; done
        touch "$FOLDER/stop"
        while [ -e "$FOLDER" ]; do kill -QUIT "$(cat "$FOLDER/pid")"; sleep 0.1; done"#;
    let mut shell = Command::new("sh")
        .args(["-c", WATCH, "sh"])
        .args(server)
        .env("FOLDER", folder)
        .env("LOCPATH", folder.join("locales"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
    let commands = shell.stdin.take().expect("the input is piped");
    // the shell ends after this process, which therefore cannot wait for it
    std::mem::forget(shell);
    commands
}

/// Finds the folder of `initdb` and `postgres`: on the `PATH`, or Debian's newest version.
fn find_binaries() -> Option<PathBuf> {
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    on_path
        .chain(debian.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Returns the command line that runs the program as `postgres`: PostgreSQL does not run as root.
fn as_user(program: &Path, arguments: &[&str]) -> Vec<String> {
    let drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
    let drop = if is_root() { drop.as_slice() } else { &[] };
    let program = program.display().to_string();
    drop.iter().copied().chain([program.as_str()]).chain(arguments.iter().copied()).map(str::to_owned).collect()
}

/// Returns whether the tests run as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn command(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
