//! As much of HTTP as is needed to ask: one connection for each client, kept open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    path: String,
    /// A header, by its name.
    header: Option<(&'static str, String)>,
}

impl Ask {
    /// Asks as who accepts no compression.
    pub(crate) fn plain(path: &str) -> Self {
        Self { path: path.to_owned(), header: None }
    }

    /// Asks as who accepts gzip.
    pub(crate) fn gzip(path: &str) -> Self {
        Self { header: Some(("Accept-Encoding", "gzip".to_owned())), ..Self::plain(path) }
    }

    /// Asks as who has read the answer before and wants to know whether it has changed.
    pub(crate) fn again(address: SocketAddr, path: &str) -> std::io::Result<Self> {
        let plain = Self::plain(path);
        let tag = Connection::open(address)?.get(&plain, |_| {})?.tag;
        let tag = tag.ok_or_else(|| std::io::Error::other("no entity tag"))?;
        Ok(Self { header: Some(("If-None-Match", tag)), ..plain })
    }
}

/// What clients have seen who ask again and again.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// How long each answer took to be read, in milliseconds.
    pub(crate) times: Vec<f64>,
    /// How many bytes all bodies had.
    pub(crate) bytes: usize,
    /// How long all of it took, in seconds.
    pub(crate) seconds: f64,
}

/// How an answer began.
struct Began {
    /// Its entity tag, where it has one.
    tag: Option<String>,
    /// After what time its first byte came.
    first: Duration,
}

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

    /// Asks, gives the body's parts to `take`, and returns the entity tag, where there is one, and
    /// after what time the first byte came; fails on any status but 200 and 304.
    fn get(&mut self, ask: &Ask, mut take: impl FnMut(&[u8])) -> std::io::Result<Began> {
        let Ask { path, header } = ask;
        let header = header.as_ref().map(|(name, value)| format!("{name}: {value}\r\n"));
        let header = header.unwrap_or_default();
        let asked = Instant::now();
        write!(self.stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: bench\r\n{header}\r\n")?;
        self.stream.fill_buf()?;
        let first = asked.elapsed();
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut chunked, mut tag) = (0, false, None);
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
            tag = header.strip_prefix("etag:").map(|tag| tag.trim().to_owned()).or(tag);
        }
        if status == "304" {
            return Ok(Began { tag, first });
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
            Ok(Began { tag, first })
        } else {
            Err(std::io::Error::other(format!("status {status}")))
        }
    }
}

/// Asks once.
pub(crate) fn get(address: SocketAddr, ask: &Ask) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    Connection::open(address)?.get(ask, |part| body.extend_from_slice(part))?;
    Ok(body)
}

/// For how long one page is asked for.
const FIRST_BYTES: Duration = Duration::from_secs(10);

/// Asks so often, or for ten seconds, one time after the other, and returns the body's size in bytes, and after how many
/// milliseconds the first byte of each answer came.
pub(crate) fn first_bytes(
    address: SocketAddr,
    ask: &Ask,
    times: usize,
) -> Result<(usize, Vec<f64>), String> {
    let asked = || -> std::io::Result<(usize, Vec<f64>)> {
        let mut connection = Connection::open(address)?;
        let (mut size, mut first) = (0, Vec::new());
        let start = Instant::now();
        for _ in 0..times {
            if start.elapsed() > FIRST_BYTES {
                break;
            }
            size = 0;
            let began = connection.get(ask, |part| size += part.len())?;
            first.push(began.first.as_secs_f64() * 1e3);
        }
        Ok((size, first))
    };
    asked().map_err(|error| error.to_string())
}

/// Lets so many clients ask again and again for some time.
pub(crate) fn load(
    address: SocketAddr,
    ask: &Ask,
    clients: usize,
    time: Duration,
) -> Result<Load, String> {
    let client = || -> std::io::Result<Load> {
        let mut connection = Connection::open(address)?;
        let start = Instant::now();
        let mut load = Load::default();
        while start.elapsed() < time {
            let asked = Instant::now();
            connection.get(ask, |part| load.bytes += part.len())?;
            load.times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        Ok(load)
    };
    let start = Instant::now();
    let mut all = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let mut all = Load::default();
        for client in clients {
            let one = client.join().expect("a client that does not panic");
            let one = one.map_err(|error| error.to_string())?;
            all.times.extend(one.times);
            all.bytes += one.bytes;
        }
        Ok::<_, String>(all)
    })?;
    all.seconds = start.elapsed().as_secs_f64();
    Ok(all)
}
