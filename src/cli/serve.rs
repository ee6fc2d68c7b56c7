//! `task-api serve`

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::web;
use serde_json::Map;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{migrate, mint, reload};
use crate::config::Config;
use crate::db::{DatabaseUrl, Db, Migrator, RowSecurity, checkpoint, open_to_others};
use crate::server;

/// How long the token is valid that development mode prints.
const SAMPLE_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn run(config: &Config) -> Result<(), String> {
    let mut migrator = migrate::connect(config)?;
    let applied =
        migrator.run().map_err(|error| format!("the migration of {} failed: {error}", config.database.url))?;
    for name in applied {
        log::info!("applied migration {name}");
    }
    check_isolation(config, &mut migrator)?;
    drop(migrator);
    warn_of_open_files(config);
    let system = actix_web::rt::System::new();
    // before anything is said of an address: who knows the process may send it a signal, and each of these would end it at once
    let listen = async { Ok((signal(SignalKind::hangup())?, StopSignals::listen()?)) };
    let (hangups, stop) =
        system.block_on(listen).map_err(|error: std::io::Error| format!("signals cannot be received: {error}"))?;
    let db = Db::open(&config.database).map_err(|error| format!("no threads for the database: {error}"))?;
    let listener = TcpListener::bind((config.http.host.as_str(), config.http.port)).map_err(|error| {
        format!("HOST and PORT: cannot listen on {}:{}: {error}", config.http.host, config.http.port)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    log::info!("listening on http://{address}, database {}", config.database.url);
    let metrics = config.requests.metrics.address.map(listen_for_metrics).transpose()?;
    if config.development {
        print_samples(config, address)?;
    }
    let state = web::Data::new(server::state(config, db));
    let serving = async {
        let reloading = actix_web::rt::spawn(reload::at_each(hangups, state.clone()));
        let served = server::serve(listener, metrics, state, &config.http, stop.received()).await;
        reloading.abort();
        // so that nobody has the state any more
        let _ = reloading.await;
        served
    };
    let served = system.block_on(serving);
    drop(system);
    served.map_err(|error| format!("the server failed: {error}"))?;
    // the state has gone with the server, and with it the connections
    checkpoint(&config.database);
    log::info!("stopped");
    Ok(())
}

/// Warns of database files that other users of this machine can read. It leaves their modes: a backup may depend on them.
fn warn_of_open_files(config: &Config) {
    let DatabaseUrl::Sqlite(file) = &config.database.url else { return };
    for (file, mode) in open_to_others(file) {
        let file = file.display();
        log::warn!("every user of this machine can read or write {file} (mode {mode:o}); set its mode to 600");
    }
}

fn listen_for_metrics(address: SocketAddr) -> Result<TcpListener, String> {
    let listener =
        TcpListener::bind(address).map_err(|error| format!("METRICS_ADDR: cannot listen on {address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    log::info!("metrics on http://{address}/metrics");
    Ok(listener)
}

/// Names a PostgreSQL that does not keep users apart by itself, and refuses it where that is asked for.
fn check_isolation(config: &Config, migrator: &mut Migrator) -> Result<(), String> {
    match migrator.isolation().map_err(|error| error.to_string())? {
        isolation @ RowSecurity::Off(_) if config.database.require_row_security => Err(format!(
            "REQUIRE_ROW_SECURITY is set, and on {} {isolation}; see docs/reliability.md",
            config.database.url
        )),
        isolation @ RowSecurity::Off(_) => {
            log::warn!("{isolation}; see docs/reliability.md");
            Ok(())
        }
        RowSecurity::On | RowSecurity::NotOffered => Ok(()),
    }
}

/// SIGTERM, and SIGINT (Ctrl-C).
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Resolves when there was one of them.
    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        log::info!("stopping: requests in flight are finished first");
    }
}

/// Calls to paste into a shell.
fn print_samples(config: &Config, address: SocketAddr) -> Result<(), String> {
    let token = mint::jwt(config, "demo", SAMPLE_LIFE, Map::new())?;
    println!(
        "\n\
         Development mode: BETTER_AUTH_SECRET is not set, so nothing beyond this machine is served.\n\
         Try it, as the user \"demo\" (the token is good for a day):\n\n  \
         TOKEN={token}\n  \
         curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{{\"title\":\"Buy milk\"}}' http://{address}/api/demo/tasks\n  \
         curl -H \"Authorization: Bearer $TOKEN\" http://{address}/api/demo/tasks\n  \
         curl -X PATCH -H \"Authorization: Bearer $TOKEN\" http://{address}/api/demo/tasks/1/complete\n"
    );
    Ok(())
}
