//! The store against a model: what two users do by chance comes to the same on SQLite, on PostgreSQL and in a list in
//! memory. Outcomes are compared at every step, and everything that is stored behind every write.
//!
//! `TASK_API_MODEL_STEPS` and `TASK_API_MODEL_SEED` set how long and which way; a failure says how to see it again.

mod chance;
mod lists;
mod memory;
mod next;
mod operation;

use task_api::auth::{Credential, CredentialHeaders, KeySet, Owner};

use crate::on_both;
use crate::support::{App, Database, jwt};
use chance::Chance;
use memory::Memory;
use operation::{Operation, Outcome};

on_both!(it_does_what_the_model_does);

const USERS: [&str; 2] = ["alice", "bob"];
const STEPS: u64 = 10_000;
const SEED: u64 = 5;

/// A database that does what the model does.
struct Subject {
    database: Database,
    app: App,
    owners: Vec<(&'static str, Owner)>,
    /// The ids that it gave, in the order in which it created tasks.
    ids: Vec<i64>,
}

impl Subject {
    fn new(database: Database) -> Self {
        let app = App::start(database);
        let owners = USERS.map(|user| (user, owner(&app, user))).to_vec();
        Self { database, app, owners, ids: Vec::new() }
    }

    async fn perform(&mut self, user: &str, operation: &Operation) -> Outcome {
        let known = |number: i64| usize::try_from(number - 1).ok().and_then(|index| self.ids.get(index));
        // numbers behind the last one are of tasks that never were
        let asked = operation.clone().with_ids(&|number| known(number).copied().unwrap_or(i64::MAX - number));
        let owner = self.owners.iter().find(|(name, _)| *name == user).expect("one of the two").1.clone();
        let outcome: Outcome = match asked {
            Operation::Sweep { now, trash_life } => {
                self.app.db.purge_expired(now, trash_life).await.map(Outcome::Swept).into()
            }
            asked if asked.only_reads() => self.app.db.read(owner, |tasks| asked.read(tasks)).await.into(),
            asked => self.app.db.write(owner, |tasks| asked.write(tasks)).await.into(),
        };
        outcome.with_ids(&mut |id| self.number_of(id))
    }

    /// Which task this id is of: the newest, if it was not met before.
    fn number_of(&mut self, id: i64) -> i64 {
        let index = self.ids.iter().rposition(|known| *known == id).unwrap_or_else(|| {
            assert!(self.ids.last().is_none_or(|last| *last < id), "{:?} gave the id {id} late", self.database);
            self.ids.push(id);
            self.ids.len() - 1
        });
        i64::try_from(index).expect("a small number") + 1
    }
}

fn owner(app: &App, user: &str) -> Owner {
    let header = format!("Bearer {}", jwt(user));
    let presented = CredentialHeaders { authorization: vec![header.as_bytes()], cookie: vec![] };
    let judged = app.config.auth.verifier().verify(&presented, &KeySet::default(), chrono::Utc::now());
    match judged.expect("no database is needed").expect("it is good").1 {
        Credential::User(user) => user.into_owner(),
        Credential::Session(_) => unreachable!("a JWT proves a user"),
    }
}

fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}: must be a number")))
}

fn it_does_what_the_model_does(database: Database) {
    let (steps, seed) = (number("TASK_API_MODEL_STEPS", STEPS), number("TASK_API_MODEL_SEED", SEED));
    let mut subject = Subject::new(database);
    let (mut chance, mut memory) = (Chance::new(seed), Memory::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut compare = |step: u64, memory: &mut Memory, user: &str, operation: &Operation| {
        let expected = memory.perform(user, operation);
        let outcome = runtime.block_on(subject.perform(user, operation));
        assert_eq!(
            outcome, expected,
            "{database:?} (left) and the model (right) differ at step {step}: {user} did {operation:?}\n\
             to see it again: TASK_API_MODEL_SEED={seed} TASK_API_MODEL_STEPS={step}",
        );
    };
    for step in 1..=steps {
        let user = chance.pick(&USERS);
        let operation = chance.operation(&memory, user);
        let everybody = step % 10 == 0 || matches!(operation, Operation::Sweep { .. });
        let operation = match operation {
            alone if alone.only_reads() || everybody => alone,
            write => Operation::Watched(Box::new(write)),
        };
        compare(step, &mut memory, user, &operation);
        for user in USERS.into_iter().filter(|_| everybody) {
            compare(step, &mut memory, user, &Operation::Everything);
        }
    }
}
