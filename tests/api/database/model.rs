//! Model-based test: random operations of two users have the same outcome on SQLite, on PostgreSQL and in an in-memory
//! model. The test compares outcomes at every step, and all stored tasks after every write. A client of the change feed has the same tasks
//! after every write.
//!
//! `TASK_API_MODEL_STEPS` and `TASK_API_MODEL_SEED` set the number of steps and the seed. A failure prints both.

mod chance;
mod feed;
mod lists;
mod memory;
mod next;
mod operation;

use better_auth_guard::Owner;

use crate::on_both;
use crate::support::{App, Database, owner};
use chance::OperationGenerator;
use feed::FeedClient;
use memory::InMemoryStore;
use operation::{Operation, Outcome};

on_both!(the_store_matches_the_model);

const USERS: [&str; 2] = ["alice", "bob"];
const STEPS: u64 = 10_000;
const SEED: u64 = 5;

/// The tested database.
struct TestedStore {
    database: Database,
    app: App,
    owners: Vec<(&'static str, Owner)>,
    /// The ids of the database, in the order of creation.
    ids: Vec<i64>,
    /// A client of each user's change feed.
    feeds: Vec<FeedClient>,
}

impl TestedStore {
    fn new(database: Database) -> Self {
        let app = App::start(database);
        let owners = USERS.map(|user| (user, owner(&app, user))).to_vec();
        let feeds = owners.iter().map(|(_, owner)| FeedClient::new(owner.clone())).collect();
        Self { database, app, owners, ids: Vec::new(), feeds }
    }

    /// Asserts that the copies of these users' clients of the feed equal the lists.
    async fn check_feeds(&mut self, users: &[&str]) {
        for (feed, _) in self.feeds.iter_mut().zip(USERS).filter(|(_, user)| users.contains(user)) {
            feed.sync(&self.app.db).await;
        }
    }

    async fn perform(&mut self, user: &str, operation: &Operation) -> Outcome {
        let id_at = |number: i64| usize::try_from(number - 1).ok().and_then(|index| self.ids.get(index));
        // numbers after the last one belong to no task
        let operation = operation.clone().with_ids(&|number| id_at(number).copied().unwrap_or(i64::MAX - number));
        let owner = self.owners.iter().find(|(name, _)| *name == user).expect("a known user").1.clone();
        let outcome: Outcome = match operation {
            Operation::PurgeExpired { now, trash_life } => {
                self.app.db.purge_expired(now, trash_life).await.map(Outcome::Purged).into()
            }
            operation if operation.is_read_only() => {
                self.app.db.read(owner, |tasks| operation.read(tasks)).await.into()
            }
            operation => self.app.db.write(owner, move |tasks| operation.clone().write(tasks)).await.into(),
        };
        outcome.with_ids(&mut |id| self.number_of(id))
    }

    /// Returns the creation number of an id. An unknown id is the newest task.
    fn number_of(&mut self, id: i64) -> i64 {
        let index = self.ids.iter().rposition(|known_id| *known_id == id).unwrap_or_else(|| {
            assert!(
                self.ids.last().is_none_or(|last| *last < id),
                "{:?} returned the id {id} out of order",
                self.database
            );
            self.ids.push(id);
            self.ids.len() - 1
        });
        i64::try_from(index).expect("a small number") + 1
    }
}

fn number_from_env(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}: must be a number")))
}

fn the_store_matches_the_model(database: Database) {
    let (steps, seed) = (number_from_env("TASK_API_MODEL_STEPS", STEPS), number_from_env("TASK_API_MODEL_SEED", SEED));
    let mut store = TestedStore::new(database);
    let (mut generator, mut model) = (OperationGenerator::new(seed), InMemoryStore::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut compare = |step: u64, model: &mut InMemoryStore, user: &str, operation: &Operation| {
        let expected = model.perform(user, operation);
        let outcome = runtime.block_on(store.perform(user, operation));
        match operation {
            Operation::PurgeExpired { .. } => runtime.block_on(store.check_feeds(&USERS)),
            operation if operation.is_read_only() => {}
            _ => runtime.block_on(store.check_feeds(&[user])),
        }
        assert_eq!(
            outcome, expected,
            "{database:?} (left) and the model (right) differ at step {step}: {user} executed {operation:?}\n\
             reproduce with: TASK_API_MODEL_SEED={seed} TASK_API_MODEL_STEPS={step}",
        );
    };
    for step in 1..=steps {
        let user = generator.pick(&USERS);
        let operation = generator.operation(&model, user);
        let lists_all = step % 10 == 0 || matches!(operation, Operation::PurgeExpired { .. });
        let operation = match operation {
            unwatched if unwatched.is_read_only() || lists_all => unwatched,
            write => Operation::WriteThenListAll(Box::new(write)),
        };
        compare(step, &mut model, user, &operation);
        for user in USERS.into_iter().filter(|_| lists_all) {
            compare(step, &mut model, user, &Operation::ListAll);
        }
    }
}
