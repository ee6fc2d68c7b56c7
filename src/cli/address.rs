//! The arguments of commands that use the address of the service.

use clap::Args;

/// The address of the service. An argument takes precedence over the environment.
#[derive(Args, Clone, Default)]
pub(crate) struct Address {
    /// The name or address of the service, instead of the setting HOST
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// The port of the service, instead of the setting PORT; 0 selects a free port
    #[arg(long)]
    pub(crate) port: Option<u16>,
}
