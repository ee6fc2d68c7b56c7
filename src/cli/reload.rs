//! Reloads secrets and key sets on SIGHUP. Other settings need a restart.

use actix_web::web;
use tokio::signal::unix::Signal;

use crate::cli::development_secret;
use crate::cli::environment::Environment;
use crate::config::{AuthSettings, Config};
use crate::state::AppState;

/// Reloads secrets and key sets on each SIGHUP. Never returns.
pub(crate) async fn run_reload_loop(mut hangups: Signal, state: web::Data<AppState>, environment: Environment) {
    while hangups.recv().await.is_some() {
        match read_auth_settings(&environment, state.is_development) {
            Ok(auth) => {
                state.reload_secrets(&auth);
                log::info!("SIGHUP: secrets reloaded ({} in use), key sets reloading", auth.secrets.len());
            }
            Err(problem) => log::error!("SIGHUP: secrets not reloaded: {}", problem.replace('\n', "; ")),
        }
        // if the key set is unavailable or invalid, the service keeps the current one
        state.keys.refresh();
    }
    // the signal stream ended
    std::future::pending().await
}

/// Reads the current authentication settings. The process's own variables do not change after the start; changes come from the file.
fn read_auth_settings(environment: &Environment, is_development: bool) -> Result<AuthSettings, String> {
    let environment = environment.reread()?;
    let mut config = Config::from_lookup(&|name| environment.get(name)).map_err(|error| error.to_string())?;
    if config.development && !is_development {
        return Err("BETTER_AUTH_SECRET is no longer set; it must stay set while the service runs".into());
    }
    config.warnings.iter().for_each(|warning| log::warn!("{warning}"));
    development_secret::prepare(&mut config)?;
    Ok(config.auth)
}
