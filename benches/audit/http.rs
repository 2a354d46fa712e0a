//! As much of HTTP as is needed to ask: one connection for each client, kept open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection that is kept open.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream) })
    }

    /// Asks, and gives the body's parts to `take`; fails on any status but 200.
    fn get(&mut self, path: &str, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
        write!(self.stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            chunked |= header == "transfer-encoding: chunked";
        }
        loop {
            if chunked {
                line.clear();
                self.stream.read_line(&mut line)?;
                length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
            }
            let mut left = length;
            while left > 0 {
                let part = self.stream.fill_buf()?;
                let count = part.len().min(left);
                if count == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                take(&part[..count]);
                self.stream.consume(count);
                left -= count;
            }
            if !chunked {
                break;
            }
            let mut end = [0; 2];
            self.stream.read_exact(&mut end)?;
            if length == 0 {
                break;
            }
        }
        if status == "200" {
            Ok(())
        } else {
            Err(std::io::Error::other(format!("status {status}")))
        }
    }
}

/// Asks once.
pub(crate) fn get(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    Connection::open(address)?.get(path, |part| body.extend_from_slice(part))?;
    Ok(body)
}

/// Lets so many clients ask again and again for some time, and returns how long each answer took
/// to be read, in milliseconds.
pub(crate) fn load(
    address: SocketAddr,
    path: &str,
    clients: usize,
    time: Duration,
) -> Result<Vec<f64>, String> {
    let client = || -> std::io::Result<Vec<f64>> {
        let mut connection = Connection::open(address)?;
        let start = Instant::now();
        let mut times = Vec::new();
        while start.elapsed() < time {
            let asked = Instant::now();
            connection.get(path, |_| {})?;
            times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        Ok(times)
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let mut times = Vec::new();
        for client in clients {
            let one = client.join().expect("a client that does not panic");
            times.extend(one.map_err(|error| error.to_string())?);
        }
        Ok(times)
    })
}
