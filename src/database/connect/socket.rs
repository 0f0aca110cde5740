//! The wire: finding addresses, opening sockets, and asking a server whether it speaks TLS.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::database::conninfo::{Host, Keepalive, Place};

/// Where exactly a socket leads.
#[derive(Clone, Debug)]
pub(super) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Finds the addresses of a host; those that are written as numbers are not looked up.
pub(super) async fn addresses(host: &Host) -> io::Result<Vec<Address>> {
    let (name, address) = match &host.place {
        Place::Socket(_) => return Ok(host.socket().into_iter().map(Address::Unix).collect()),
        Place::Tcp { name, address } => (name.as_str(), *address),
    };
    let ip = |ip: IpAddr| Address::Tcp(SocketAddr::new(ip, host.port));
    if let Some(address) = address {
        return Ok(vec![ip(address)]);
    }
    // The resolver answers this one from a file: it is not worth a thread.
    let found: Vec<SocketAddr> = if name == "localhost" {
        (name, host.port).to_socket_addrs()?.collect()
    } else {
        tokio::net::lookup_host((name, host.port)).await?.collect()
    };
    Ok(found.into_iter().map(Address::Tcp).collect())
}

/// A connection to a server, before TLS.
#[derive(Debug)]
pub enum Stream {
    /// A TCP connection.
    Tcp(TcpStream),
    /// A unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    pub(super) async fn open(address: &Address, keepalive: Keepalive) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                keep_alive(&SockRef::from(&stream), keepalive)?;
                Ok(Self::Tcp(stream))
            }
            #[cfg(unix)]
            Address::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Asks whether the server speaks TLS; nothing else has been sent yet.
    ///
    /// Exactly one byte is read: whatever came with it in clear belongs to nobody, and makes the
    /// handshake fail.
    pub(super) async fn offers_tls(&mut self) -> io::Result<bool> {
        const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
        self.write_all(&SSL_REQUEST).await?;
        match self.read_u8().await? {
            b'S' => Ok(true),
            b'N' => Ok(false),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the answer to a request for TLS is neither yes nor no",
            )),
        }
    }

    /// Returns the number of the user that runs the server of a socket.
    #[cfg(unix)]
    pub(super) fn peer_user(&self) -> io::Result<Option<u32>> {
        match self {
            Self::Tcp(_) => Ok(None),
            Self::Unix(stream) => Ok(Some(stream.peer_cred()?.uid())),
        }
    }
}

fn keep_alive(socket: &SockRef<'_>, settings: Keepalive) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some(timeout) = settings.user_timeout {
        socket.set_tcp_user_timeout(Some(timeout))?;
    }
    if !settings.enabled {
        return Ok(());
    }
    let Keepalive {
        idle,
        interval,
        count,
        ..
    } = settings;
    if (idle, interval, count) == (None, None, None) {
        return socket.set_keepalive(true);
    }
    let mut keepalive = TcpKeepalive::new();
    if let Some(idle) = idle {
        keepalive = keepalive.with_time(idle);
    }
    #[cfg(unix)]
    {
        if let Some(interval) = interval {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(count) = count {
            keepalive = keepalive.with_retries(count);
        }
    }
    socket.set_tcp_keepalive(&keepalive)
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
