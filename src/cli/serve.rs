//! Runs `task-api serve`.

use std::net::{SocketAddr, TcpListener};

use actix_web::web;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::environment::Environment;
use crate::cli::{migrate, reload, samples};
use crate::config::Config;
use crate::db::{CitusState, DatabaseUrl, Db, Migrator, RowSecurity, checkpoint, files_open_to_others};
use crate::server;

pub(crate) fn run(config: &Config, environment: Environment) -> Result<(), String> {
    let mut migrator = migrate::connect(config)?;
    let applied =
        migrator.run().map_err(|error| format!("the migration of {} failed: {error}", config.database.url))?;
    for name in applied {
        log::info!("applied migration {name}");
    }
    check_row_security(config, &mut migrator)?;
    log_citus(&mut migrator)?;
    drop(migrator);
    warn_of_open_files(config);
    let system = actix_web::rt::System::new();
    // installed before the address is logged: without a handler each of these signals ends the process
    let listen = async { Ok((signal(SignalKind::hangup())?, StopSignals::listen()?)) };
    let (hangups, stop) = system
        .block_on(listen)
        .map_err(|error: std::io::Error| format!("cannot install the signal handlers: {error}"))?;
    let db = Db::open(&config.database).map_err(|error| format!("cannot start the database threads: {error}"))?;
    let listener = TcpListener::bind((config.http.host.as_str(), config.http.port)).map_err(|error| {
        format!("HOST and PORT: cannot listen on {}:{}: {error}", config.http.host, config.http.port)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    log::info!("listening on http://{address}, database {}", config.database.url);
    let metrics = config.requests.metrics.address.map(listen_for_metrics).transpose()?;
    if config.development {
        samples::print(config, address)?;
    }
    let state = web::Data::new(server::state(config, db.clone()));
    let serving = async {
        let reloading = actix_web::rt::spawn(reload::run_reload_loop(hangups, state.clone(), environment));
        let served = server::serve(listener, metrics, state, &config.http, stop.received()).await;
        reloading.abort();
        // the aborted task drops its reference to the state
        let _ = reloading.await;
        served
    };
    let served = system.block_on(serving);
    drop(system);
    served.map_err(|error| format!("the server failed: {error}"))?;
    // the threads of the server may still hold clones
    db.close();
    checkpoint(&config.database);
    log::info!("stopped");
    Ok(())
}

/// Logs a warning for database files that other users of this machine can access. Does not change modes, because a backup may
/// depend on them.
fn warn_of_open_files(config: &Config) {
    let DatabaseUrl::Sqlite(file) = &config.database.url else { return };
    for (file, mode) in files_open_to_others(file) {
        let file = file.display();
        log::warn!("other users of this machine can access {file} (mode {mode:o}); set its mode to 600");
    }
}

fn listen_for_metrics(address: SocketAddr) -> Result<TcpListener, String> {
    let listener =
        TcpListener::bind(address).map_err(|error| format!("METRICS_ADDR: cannot listen on {address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    log::info!("metrics on http://{address}/metrics");
    Ok(listener)
}

/// Logs the state of Citus, if the database has it.
///
/// # Errors
/// The error text of the database.
fn log_citus(migrator: &mut Migrator) -> Result<(), String> {
    let Some(citus) = migrator.citus().map_err(|error| error.to_string())? else { return Ok(()) };
    let CitusState { version, nodes, not_distributed, .. } = &citus;
    log::info!("the database has Citus: version={version} nodes={nodes} reachability={:?}", citus.reachability());
    if !not_distributed.is_empty() {
        log::warn!(
            "tables={not_distributed:?} are not distributed; run `task-api migrate distribute`, see docs/scaling.md"
        );
    }
    Ok(())
}

/// Warns if row-level security is not in effect on PostgreSQL.
///
/// # Errors
/// Row-level security is off and `REQUIRE_ROW_SECURITY` is set.
fn check_row_security(config: &Config, migrator: &mut Migrator) -> Result<(), String> {
    match migrator.row_security().map_err(|error| error.to_string())? {
        row_security @ RowSecurity::Off(_) if config.database.require_row_security => Err(format!(
            "REQUIRE_ROW_SECURITY is set, but on {} {row_security}; see docs/security-model.md",
            config.database.url
        )),
        row_security @ RowSecurity::Off(_) => {
            log::warn!("{row_security}; see docs/security-model.md");
            Ok(())
        }
        RowSecurity::On | RowSecurity::NotSupported => Ok(()),
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

    /// Resolves after the first SIGTERM or SIGINT.
    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        log::info!("stopping, draining requests in flight");
    }
}
