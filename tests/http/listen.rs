//! The listener: limits of a connection, and the end.

use crate::support::{Served, report, serve, state};
use plumber::daemon::http::{self, Connections};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn listen(served: &Served, connections: Connections) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = served.router.clone();
    let shutdown = async move { drop(stopped.await) };
    let ended = tokio::spawn(http::serve(listener, router, connections, shutdown));
    Listening { address, stop, ended }
}

/// Sends a text, and returns everything that comes back until the connection closes.
async fn talk(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    timeout(Duration::from_secs(10), reading).await.unwrap().unwrap();
    answer
}

const GET: &str = "GET /livez HTTP/1.1\r\nhost: plumber\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_is_answered_over_a_socket() {
    let served = serve(state(1, report("exempt")));
    let listening = listen(&served, Connections::default()).await;
    let answer = talk(listening.address, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("{\"status\":\"ok\"}"), "{answer}");
}

#[tokio::test]
async fn who_does_not_finish_the_request_is_cut_off() {
    let served = serve(state(1, report("exempt")));
    let connections = Connections { head: Duration::from_millis(50), ..Connections::default() };
    let listening = listen(&served, connections).await;
    assert_eq!(talk(listening.address, "GET /livez HTTP/1.1\r\nhost:").await, "");
    assert_eq!(talk(listening.address, "").await, "");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let served = serve(state(1, report("exempt")));
    let listening = listen(&served, Connections::default()).await;
    let long = format!("GET /livez?{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(60_000));
    let answer = talk(listening.address, &long).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let served = serve(state(1, report("exempt")));
    let connections = Connections { most: 1, ..Connections::default() };
    let listening = listen(&served, connections).await;
    let first = TcpStream::connect(listening.address).await.unwrap();
    // The first is accepted before the second asks.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut second = TcpStream::connect(listening.address).await.unwrap();
    second.write_all(GET.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let waits = timeout(Duration::from_millis(200), second.read_to_string(&mut answer)).await;
    assert!(waits.is_err(), "{answer}");
    drop(first);
    second.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn the_end_waits_for_answers_and_not_for_followers() {
    let served = serve(state(1, report("exempt")));
    let patience = Duration::from_millis(300);
    let listening = listen(&served, Connections { patience, ..Connections::default() }).await;
    let mut follower = TcpStream::connect(listening.address).await.unwrap();
    follower.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    follower.read_exact(&mut some).await.unwrap();
    listening.stop.send(()).unwrap();
    timeout(Duration::from_secs(5), listening.ended).await.unwrap().unwrap();
    assert!(follower.read_to_end(&mut Vec::new()).await.is_ok());
    let Err(refused) = TcpStream::connect(listening.address).await else {
        panic!("the address is still open")
    };
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_follower_ends_with_the_daemon() {
    let served = serve(state(1, report("exempt")));
    let listening = listen(&served, Connections::default()).await;
    let mut follower = TcpStream::connect(listening.address).await.unwrap();
    follower.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    follower.read_exact(&mut some).await.unwrap();
    let Served { tell, router } = served;
    drop((tell, router));
    listening.stop.send(()).unwrap();
    timeout(Duration::from_secs(5), listening.ended).await.unwrap().unwrap();
    let mut rest = String::new();
    follower.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "{rest}");
}
