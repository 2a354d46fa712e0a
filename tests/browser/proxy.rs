//! What stands between a browser and a daemon that is away: it answers, and with a page of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

const PAGE: &str = "<!doctype html><title>502</title><main id=main>502 Bad Gateway</main>";

/// Answers everything with 502, until it is dropped.
pub(crate) struct Proxy {
    listen: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Takes the address of a daemon that has ended.
    pub(crate) fn start(listen: SocketAddr) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind(listen).unwrap();
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                // A browser that goes away is no failure.
                answer(stream.unwrap()).unwrap_or_default();
            }
        });
        Self { listen, is_over, thread: Some(thread) }
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(1)))?;
    stream.read(&mut [0; 8192]).map(drop)?;
    write!(
        stream,
        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{PAGE}",
        PAGE.len()
    )
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        TcpStream::connect(self.listen).map(drop).unwrap_or_default();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
