//! `task-api healthcheck`: for a container, whose image has no curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::config::HttpSettings;

const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(settings: &HttpSettings) -> Result<(), String> {
    let address = address(settings)?;
    let status = ask(address).map_err(|error| format!("no answer from http://{address}/readyz: {error}"))?;
    if status.starts_with("HTTP/1.1 200 ") {
        println!("ready");
        Ok(())
    } else {
        Err(format!("http://{address}/readyz is not ready: {status}"))
    }
}

/// Where the service listens; on all addresses means on this machine's own too.
fn address(settings: &HttpSettings) -> Result<SocketAddr, String> {
    let mut found =
        (settings.host.as_str(), settings.port).to_socket_addrs().map_err(|error| format!("HOST: {error}"))?;
    let mut address = found.next().ok_or("HOST has no address")?;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(address)
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or("").to_owned())
}
