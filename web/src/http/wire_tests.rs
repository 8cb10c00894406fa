//! What no browser sends, over a real socket: smuggled requests (requirement WEB-06), bodies beyond the limits (WEB-05).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;

use crate::testing::TestApp;

struct Server {
    handle: ServerHandle,
    address: SocketAddr,
}

fn serve(app: &TestApp) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shared = app.app.clone();
    let server = HttpServer::new(move || crate::actix_app!(shared.clone()))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Server { handle, address }
}

impl Server {
    /// Everything the server says to these bytes until it closes the connection, or has nothing more to say.
    async fn says(&self, bytes: &[u8]) -> String {
        let (address, bytes) = (self.address, bytes.to_vec());
        let talk = move || {
            let mut socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            socket.write_all(&bytes).unwrap();
            // No more comes: a server that waits for the rest of a body sees that there is none.
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        };
        actix_web::rt::task::spawn_blocking(talk).await.unwrap()
    }
}

/// Statuses of the answers in one stream.
fn statuses(answer: &str) -> Vec<&str> {
    answer.match_indices("HTTP/1.1 ").map(|(at, _)| answer.get(at + 9..at + 12).unwrap_or("")).collect()
}

#[actix_web::test]
async fn smuggled_requests_are_refused() {
    let app = TestApp::new().await;
    let server = serve(&app);
    let fine = "GET /healthz HTTP/1.1\r\nHost: folkmoot.test\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&server.says(fine.as_bytes()).await), ["200"], "the server is there");
    // What would be the second request, if the first ended where an attacker wants it to.
    let hidden = "GET /hidden-request HTTP/1.1\r\nHost: folkmoot.test\r\n\r\n";
    let length = hidden.len();
    let post = "POST /sign-in HTTP/1.1\r\nHost: folkmoot.test\r\n";
    let shapes = [
        (
            "length and chunks",
            format!("{post}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "chunks and length",
            format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"),
        ),
        ("two lengths", format!("{post}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}")),
        ("a list of lengths", format!("{post}Content-Length: 0, {length}\r\n\r\n{hidden}")),
        ("a length with a sign", format!("{post}Content-Length: +{length}\r\n\r\n{hidden}")),
        ("a negative length", format!("{post}Content-Length: -1\r\n\r\n{hidden}")),
        ("a bad chunk", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{hidden}\r\n0\r\n\r\n")),
        (
            "a chunk of endless size",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{hidden}"),
        ),
        ("chunks by another name", format!("{post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}")),
        (
            "chunks twice",
            format!(
                "{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        ("space before the colon", format!("{post}Content-Length : {length}\r\n\r\n{hidden}")),
        ("a NUL in a header", format!("{post}X-Name: a\0b\r\nContent-Length: {length}\r\n\r\n{hidden}")),
        ("a NUL in the address", "GET /\0 HTTP/1.1\r\nHost: folkmoot.test\r\n\r\n".to_owned()),
        ("no host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (
            "ours of two hosts",
            "GET / HTTP/1.1\r\nHost: folkmoot.test\r\nHost: evil.example\r\n\r\n".to_owned(),
        ),
        ("two hosts", "GET / HTTP/1.1\r\nHost: evil.example\r\nHost: folkmoot.test\r\n\r\n".to_owned()),
        (
            "another host in an absolute address",
            "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
        ),
    ];
    for (shape, bytes) in shapes {
        let answer = server.says(bytes.as_bytes()).await;
        let found = statuses(&answer);
        assert!(found.len() <= 1, "{shape}: the hidden request was answered: {found:?}");
        let refused = found.iter().all(|s| s.starts_with('4') || *s == "501");
        assert!(refused, "{shape}: {found:?}");
        assert!(!answer.contains("evil.example") && !answer.contains("hidden-request"), "{shape}: {answer}");
    }
    // An absolute address with our own name is what proxies send; the name in it is not believed either way.
    let absolute =
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: folkmoot.test\r\nConnection: close\r\n\r\n";
    assert!(!server.says(absolute.as_bytes()).await.contains("evil.example"));
    server.handle.stop(false).await;
}

#[actix_web::test]
async fn bodies_beyond_size_and_time_are_cut() {
    let app = TestApp::with(|c| {
        c.http.body_seconds = 1;
        c.http.body_kib = 1;
    })
    .await;
    let server = serve(&app);
    let head = "POST /sign-in HTTP/1.1\r\nHost: folkmoot.test\r\nSec-Fetch-Site: same-origin\r\n";
    let announced = format!("{head}Content-Length: 1025\r\n\r\n");
    assert_eq!(statuses(&server.says(announced.as_bytes()).await), ["413"], "before anything of it is read");
    let chunk = format!("200\r\n{}\r\n", "a".repeat(512));
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(3));
    assert_eq!(statuses(&server.says(chunked.as_bytes()).await), ["413"], "without an announcement");
    let packed = format!("{head}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na");
    assert_eq!(statuses(&server.says(packed.as_bytes()).await), ["415"]);
    let fits = format!("{head}Content-Length: 1024\r\nConnection: close\r\n\r\n{}", "a".repeat(1024));
    assert_eq!(statuses(&server.says(fits.as_bytes()).await), ["403"], "read whole; it holds no proof");
    // A body that never ends: the server answers and closes, although the connection stays open on our side.
    let (address, slow) = (server.address, format!("{head}Content-Length: 1000\r\n\r\na"));
    let talk = move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.write_all(slow.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = actix_web::rt::task::spawn_blocking(talk).await.unwrap();
    assert_eq!(statuses(&answer), ["408"]);
    server.handle.stop(false).await;
}
