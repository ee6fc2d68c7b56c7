//! Serves rustauth on a free port of 127.0.0.1. `BETTER_AUTH_SECRET` is its secret.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpServer};
use rustauth::prelude::*;
use rustauth_actix_web::{RustAuthActixWebExt, RustAuthActixWebOptions};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The base URL contains the port.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let auth = RustAuth::builder()
        .secret(std::env::var("BETTER_AUTH_SECRET")?)
        .base_url(format!("http://{address}/api/auth"))
        // The default of rustauth is "rustauth". The example apps expect the default of Better Auth.
        .advanced(AdvancedOptions::default().cookie_prefix("better-auth"))
        .email_password(EmailPasswordOptions::new().enabled(true))
        .adapter(MemoryAdapter::new())
        .build()
        .await?;
    let auth = Arc::new(auth);
    let app = move || {
        let scope = auth.mount_at_base_path(RustAuthActixWebOptions::default());
        App::new().service(scope.expect("the base path is valid"))
    };
    println!("listening on {address}");
    Ok(HttpServer::new(app).workers(1).listen(listener)?.run().await?)
}
