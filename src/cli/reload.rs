//! SIGHUP: secrets and key sets are read again, and nothing else.

use actix_web::web;
use tokio::signal::unix::Signal;

use crate::cli::development_secret;
use crate::cli::environment::Environment;
use crate::config::{AuthSettings, Config};
use crate::state::AppState;

/// Reads them again at each signal. Never ends.
pub(crate) async fn at_each(mut hangups: Signal, state: web::Data<AppState>) {
    while hangups.recv().await.is_some() {
        match settings(state.is_development) {
            Ok(auth) => {
                state.reload_secrets(&auth);
                log::info!("SIGHUP: the secrets were read again ({} in use); so are the key sets", auth.secrets.len());
            }
            Err(problem) => log::error!("SIGHUP: the secrets stay as they were: {}", problem.replace('\n', "; ")),
        }
        // a key set that cannot be had, or is none, leaves the one in use where it is
        state.keys.refresh();
    }
    // no signal can come any more
    std::future::pending().await
}

/// The guard's settings as they stand now. The variables of this process are still those that it was started with, so that what is
/// new is in the file.
fn settings(is_development: bool) -> Result<AuthSettings, String> {
    let environment = Environment::read()?;
    let mut config = Config::from_lookup(&|name| environment.get(name)).map_err(|error| error.to_string())?;
    if config.development && !is_development {
        return Err("BETTER_AUTH_SECRET is not set any more".into());
    }
    config.warnings.iter().for_each(|warning| log::warn!("{warning}"));
    development_secret::prepare(&mut config)?;
    Ok(config.auth)
}
