//! Prints the addresses, a token and example requests of development mode.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Map;

use crate::cli::{mint, output};
use crate::config::Config;

/// The lifetime of the token.
const TOKEN_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Prints what a new user needs: the address, the page at `/docs`, a token, example requests for a shell, and how to stop.
pub(crate) fn print(config: &Config, address: SocketAddr) -> Result<(), String> {
    let token = mint::jwt(config, "demo", TOKEN_TTL, Map::new())?;
    let docs = match config.http.docs {
        true => format!("  Docs   http://{address}/docs (to read the API and try it)\n"),
        false => String::new(),
    };
    output::print(
        format!(
            "\n\
             Development mode: BETTER_AUTH_SECRET is not set. The service accepts connections from this machine only.\n\n  \
             API    http://{address}/api/demo/tasks\n\
             {docs}  \
             Stop   Ctrl-C\n\n\
             A token of the user \"demo\", valid for one day:\n\n  \
             TOKEN={token}\n\n\
             Example requests:\n\n  \
             curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{{\"title\":\"Buy milk\"}}' http://{address}/api/demo/tasks\n  \
             curl -H \"Authorization: Bearer $TOKEN\" http://{address}/api/demo/tasks\n  \
             curl -X PATCH -H \"Authorization: Bearer $TOKEN\" http://{address}/api/demo/tasks/1/complete\n\n"
        )
        .as_bytes(),
    )
}
