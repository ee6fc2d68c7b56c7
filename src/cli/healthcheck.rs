//! Runs `task-api healthcheck`, for containers without curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::config::HttpSettings;

/// Limits the connect and each read and write.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn run(settings: &HttpSettings) -> Result<(), String> {
    let address = probe_address(settings)?;
    let status = fetch_status(address).map_err(|error| format!("no response from http://{address}/readyz: {error}"))?;
    if status.starts_with("HTTP/1.1 200 ") {
        println!("ready");
        Ok(())
    } else {
        Err(format!("http://{address}/readyz is not ready: {status}"))
    }
}

/// Returns the address to probe. Uses the loopback address if the service listens on all addresses.
fn probe_address(settings: &HttpSettings) -> Result<SocketAddr, String> {
    let mut addresses =
        (settings.host.as_str(), settings.port).to_socket_addrs().map_err(|error| format!("HOST: {error}"))?;
    let mut address = addresses.next().ok_or("HOST resolves to no address")?;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(address)
}

/// Returns the status line of `GET /readyz`.
fn fetch_status(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut response)?;
    let response = String::from_utf8_lossy(&response);
    Ok(response.lines().next().unwrap_or("").to_owned())
}
