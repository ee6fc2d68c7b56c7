//! A private PostgreSQL for the tests: made on first use, gone with the process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

const HOW: &str = "these tests need PostgreSQL, and initdb was not found: install it (Debian: apt-get install postgresql), \
                   set TEST_DATABASE_URL, or leave it out with ./test.sh --sqlite-only";

/// The role that the service connects as: not a superuser, as in production.
const ROLE: &str = "task_api";

/// Whom the cluster belongs to.
pub const SUPERUSER: &str = "postgres";

/// Durability is not what is tested here.
const SETTINGS: [&str; 6] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=400",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
];

/// A URL of a database in which the tests may make schemas: `TEST_DATABASE_URL`, or the private cluster's.
pub fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| start()))
}

fn start() -> String {
    let bin = find_binaries().expect(HOW);
    let folder = std::env::temp_dir().join(format!("task-api-tests-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder for the cluster");
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(&folder));
    }
    let data = folder.join("data").display().to_string();
    let auth = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
    run(command(&as_user(&bin.join("initdb"), &["-D", &data])).args(auth));
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    serve(&bin, &folder, &data, port);
    let mut admin = connect(&format!("postgres://{SUPERUSER}@127.0.0.1:{port}/postgres"), &folder);
    for statement in [format!("CREATE ROLE {ROLE} LOGIN"), format!("CREATE DATABASE {ROLE} OWNER {ROLE}")] {
        admin.batch_execute(&statement).expect("a database for the tests");
    }
    format!("postgres://{ROLE}@127.0.0.1:{port}/{ROLE}")
}

/// Runs the server below a shell that stops it, and removes its folder, as soon as this process is gone in whatever way: then the
/// shell's standard input ends.
fn serve(bin: &Path, folder: &Path, data: &str, port: u16) {
    const WATCH: &str = r#""$@" >"$FOLDER/log" 2>&1 </dev/null & read -r _; kill -QUIT $!; wait; rm -rf "$FOLDER""#;
    let mut server = as_user(&bin.join("postgres"), &["-D", data, "-p", &port.to_string()]);
    for setting in SETTINGS {
        server.extend(["-c".into(), setting.into()]);
    }
    let shell = Command::new("sh")
        .args(["-c", WATCH, "sh"])
        .args(server)
        .env("FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("sh is there");
    // its end of the pipe stays open until the kernel closes it
    std::mem::forget(shell);
}

fn connect(url: &str, folder: &Path) -> PgConnection {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match PgConnection::establish(url) {
            Ok(connection) => return connection,
            Err(error) if Instant::now() > deadline => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("the test cluster does not answer: {error}\n{log}");
            }
            Err(_) => std::thread::yield_now(),
        }
    }
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
