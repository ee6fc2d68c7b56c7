//! PostgreSQL of the tests' own: one for all, made on first use, and others for those that kill it. Gone with the process.

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

/// The role that the service connects as: not a superuser, as in production.
const ROLE: &str = "task_api";

/// What every cluster has.
const SETTINGS: [&str; 3] = ["max_connections=400", "listen_addresses=127.0.0.1", "unix_socket_directories="];

/// What a cluster has that nobody kills.
const HASTY: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// The locale of [`Cluster::german`].
const GERMAN: &str = "de_DE.UTF-8";

/// Whom the cluster belongs to.
pub const SUPERUSER: &str = "postgres";

/// A URL of a database in which the tests may make schemas: `TEST_DATABASE_URL`, or the private cluster's.
pub fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    URL.get_or_init(|| {
        std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| {
            let bin = find_binaries().expect(HOW);
            CLUSTER.get_or_init(|| Cluster::start(&bin, &HASTY)).url.clone()
        })
    })
}

/// A server that comes back whenever it is killed, and goes with the value or with the process.
pub struct Cluster {
    /// Of an empty database, as the role of the service.
    pub url: String,
    /// As the superuser.
    admin: String,
    folder: PathBuf,
    shell: ChildStdin,
}

impl Cluster {
    /// A cluster to be killed, which therefore writes as durably as in production.
    pub fn durable() -> Self {
        Self::start(&find_binaries().expect(HOW_OWN), &[])
    }

    /// The URL as the superuser, of the database of the service.
    pub fn superuser_url(&self) -> String {
        self.url.replacen(&format!("//{ROLE}@"), &format!("//{SUPERUSER}@"), 1)
    }

    /// A cluster whose messages are German. Its locale is made for it, with the package `locales`.
    pub fn german() -> Self {
        Self::start(&find_binaries().expect(HOW_OWN), &[HASTY.as_slice(), &[&format!("lc_messages={GERMAN}")]].concat())
    }

    fn start(bin: &Path, settings: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("task-api-tests-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder for the cluster");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        if settings.iter().any(|setting| setting.ends_with(GERMAN)) {
            make_german(&folder);
        }
        let data = folder.join("data").display().to_string();
        let auth = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        run(command(&as_user(&bin.join("initdb"), &["-D", &data])).args(auth));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut server = as_user(&bin.join("postgres"), &["-D", &data, "-p", &port.to_string()]);
        for setting in SETTINGS.iter().chain(settings) {
            server.extend(["-c".into(), (*setting).into()]);
        }
        // from version 14 on: after a kill, not to wait for each of a thousand files
        const QUICK_START: &str = "recovery_init_sync_method";
        let asked = as_user(&bin.join("postgres"), &["-D", &data, "-C", QUICK_START]);
        if command(&asked).output().is_ok_and(|answer| answer.status.success()) {
            server.extend(["-c".into(), format!("{QUICK_START}=syncfs")]);
        }
        let cluster = Self {
            url: format!("postgres://{ROLE}@127.0.0.1:{port}/{ROLE}"),
            admin: format!("postgres://{SUPERUSER}@127.0.0.1:{port}/postgres"),
            shell: serve(&folder, server),
            folder,
        };
        let mut admin = cluster.admin();
        for statement in [format!("CREATE ROLE {ROLE} LOGIN"), format!("CREATE DATABASE {ROLE} OWNER {ROLE}")] {
            admin.batch_execute(&statement).expect("a database for the tests");
        }
        cluster
    }

    /// Sends a signal to the server, by its name: `QUIT` stops it at once (`pg_ctl -m immediate`), `KILL` too and unasked. It is
    /// started again.
    pub fn signal(&mut self, name: &str) {
        writeln!(self.shell, "{name}").expect("the shell reads");
    }

    /// A connection of the superuser; waits for a server that is about to start.
    pub fn admin(&self) -> PgConnection {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::establish(&self.admin) {
                Ok(connection) => return connection,
                Err(error) if Instant::now() > deadline => {
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    panic!("the test cluster does not answer: {error}\n{log}");
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

/// Compiles the locale into the cluster's folder.
fn make_german(folder: &Path) {
    let locales = folder.join("locales");
    std::fs::create_dir(&locales).expect("a folder for the locale");
    let mut localedef = Command::new("localedef");
    localedef.args(["--no-archive", "-i", "de_DE", "-f", "UTF-8"]).arg(locales.join(GERMAN));
    let made =
        localedef.stdin(Stdio::null()).output().expect("this test needs localedef (Debian: apt-get install locales)");
    assert!(made.status.success(), "localedef: {}", String::from_utf8_lossy(&made.stderr));
}

/// Runs the server below a shell that starts it again whenever it ends, sends it the signals that it reads, and as soon as it reads no
/// more, because this process is gone in whatever way, stops it and removes its folder.
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
        .expect("sh is there");
    let commands = shell.stdin.take().expect("it is piped");
    // nobody waits for it: it ends behind this process
    std::mem::forget(shell);
    commands
}

/// On the `PATH`, or where Debian puts them; of several versions the newest.
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

/// PostgreSQL refuses to be run by root.
fn as_user(program: &Path, arguments: &[&str]) -> Vec<String> {
    let drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
    let drop = if is_root() { drop.as_slice() } else { &[] };
    let program = program.display().to_string();
    drop.iter().copied().chain([program.as_str()]).chain(arguments.iter().copied()).map(str::to_owned).collect()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn command(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program can be started");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
