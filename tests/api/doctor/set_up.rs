//! A set-up of the table: what it needs, how it is made, and what `doctor` must say of it.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::better_auth::BetterAuth;
use super::fixture::{DoctorReport, KID, Kept, doctor_in, insert_captured_key, start_better_auth, temporary_folder};
use crate::jwks::key_url::server::KeyServer;
use crate::support::{App, Cluster, Database, SECRET};

/// What a set-up needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server of its own, with a superuser.
    OwnPostgres,
    /// A real Better Auth from npm, and a SQLite file.
    BetterAuth,
}

/// A row of the table.
pub struct SetUp {
    /// The name, as the page has it.
    pub name: &'static str,
    pub needs: Needs,
    /// The exit code.
    pub code: i32,
    /// Lines that the output must have: a check, its status, and some of its words.
    pub says: &'static [(&'static str, &'static str, &'static str)],
    pub make: fn(&mut Place),
}

/// The place of a set-up: its settings, and the servers that it needs.
#[derive(Default)]
pub struct Place {
    settings: HashMap<String, String>,
    /// Texts of this run, with those of the page.
    masks: Vec<(String, String)>,
    /// The working folder of `doctor`.
    folder: Option<TempDir>,
    kept: Kept,
}

impl Place {
    /// Sets a variable of `doctor`.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.settings.insert(name.into(), value.to_string());
    }

    /// Replaces a text of this run on the page.
    pub fn mask(&mut self, text: impl ToString, by: &str) {
        self.masks.push((text.to_string(), by.into()));
    }

    /// Keeps a value until `doctor` has run.
    pub fn keep(&mut self, value: impl Send + 'static) {
        self.kept.push(Box::new(value));
    }

    /// Returns the working folder of `doctor`.
    pub fn folder(&mut self) -> &Path {
        self.folder.get_or_insert_with(temporary_folder).path()
    }

    /// Makes a migrated SQLite database with Better Auth's tables, a session, and the captured key.
    pub fn sqlite(&mut self) -> App {
        let app = self.sqlite_without_keys();
        app.execute(&insert_captured_key());
        app
    }

    /// As [`Place::sqlite`], with an empty table `jwks`.
    pub fn sqlite_without_keys(&mut self) -> App {
        let app = self.migrated_sqlite();
        app.sign_in("alice");
        app
    }

    /// Makes a migrated SQLite database without Better Auth's tables.
    pub fn migrated_sqlite(&mut self) -> App {
        let app = App::start(Database::Sqlite);
        self.set("DATABASE_URL", &app.url);
        self.mask(app.url.trim_start_matches("sqlite:").to_owned(), "data/task-api.db");
        app
    }

    /// Starts a server with Better Auth's responses, and sets `BETTER_AUTH_URL`.
    pub fn front_end(&mut self) -> KeyServer {
        let server = start_better_auth();
        self.set("BETTER_AUTH_URL", server.base());
        self.mask_front_end(&server.base());
        server
    }

    /// Shows this origin as that of a usual front end.
    pub fn mask_front_end(&mut self, origin: &str) {
        self.mask(origin, "http://localhost:3000");
        self.mask(origin.replace("127.0.0.1", "localhost"), "http://localhost:3000");
    }

    /// Starts a PostgreSQL and migrates it as the service's role. Makes Better Auth's tables as the superuser, with the captured key.
    pub fn postgres(&mut self) -> Cluster {
        let cluster = Cluster::with_superuser();
        self.set("DATABASE_URL", &cluster.url);
        self.mask(cluster.url.rsplit('@').next().unwrap().to_owned(), "localhost:5432/task_api");
        crate::support::migrate(&cluster.url);
        cluster
    }

    /// Starts a real Better Auth on a migrated SQLite file, and sets `DATABASE_URL` and `BETTER_AUTH_URL`.
    pub fn better_auth(&mut self, options: Value) -> (App, BetterAuth) {
        let app = self.migrated_sqlite();
        let server = self.other_better_auth(&app, options);
        self.set("BETTER_AUTH_URL", &server.origin);
        (app, server)
    }

    /// Starts a Better Auth on the file of this service.
    pub fn other_better_auth(&mut self, app: &App, options: Value) -> BetterAuth {
        let mut all = json!({ "secret": SECRET });
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let server = BetterAuth::start(Path::new(app.url.trim_start_matches("sqlite:")), all);
        self.mask_front_end(&server.origin);
        server
    }

    /// Runs `doctor`. Returns its output as the page shows it.
    pub fn run(mut self) -> DoctorReport {
        self.folder();
        let folder = self.folder.take().expect("the folder was made");
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut report = doctor_in(folder.path(), &settings);
        for (text, by) in &self.masks {
            report.text = report.text.replace(text, by);
        }
        report.text = mask_ids(&report.text.replace("http://localhost:0", "http://localhost:3000"));
        report
    }
}

/// Replaces ids of Better Auth (32 letters and digits), which are random.
fn mask_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let (mut masked, mut word) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        masked.push_str(if word.len() == KID.len() { KID } else { &word });
        masked.push(c);
        word.clear();
    }
    masked.pop();
    masked
}
