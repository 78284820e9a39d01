//! An HTTP server that says what a test makes it say, however wrong.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// With the query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A query value, percent-decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let url = reqwest::Url::parse(&format!("http://server{}", self.target)).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request. Every connection serves one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 200 with a JSON body.
    Json(String),
    /// 200 with this content type.
    Body(&'static str, Vec<u8>),
    /// A status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// These very bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// A JSON body, one byte at a time with this pause between.
    Drip(String, Duration),
    /// The head and half of the body, then nothing, with the connection open.
    Freeze(String),
    /// Closes without a word.
    Hang,
}

/// A server on a free port, stopped when dropped.
#[derive(Debug)]
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// `answer` is asked with each request and its number, counted from zero.
    pub async fn start(answer: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (seen.clone(), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (log.clone(), answer.clone());
                tokio::spawn(async move {
                    // The client may leave at any time.
                    let _ = serve(stream, &log, &*answer).await;
                });
            }
        });
        Self { url, seen, task }
    }

    /// Every request so far, in order of arrival.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(usize, &Seen) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    let Some(request) = read(&mut stream).await? else { return Ok(()) };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    match answer(number, &request) {
        Reply::Json(body) => {
            stream.write_all(&whole(200, &[("content-type", "application/json".into())], body.as_bytes())).await?;
        }
        Reply::Body(kind, body) => stream.write_all(&whole(200, &[("content-type", kind.into())], &body)).await?,
        Reply::Status(status, headers, body) => stream.write_all(&whole(status, &headers, body.as_bytes())).await?,
        Reply::Raw(bytes) => stream.write_all(&bytes).await?,
        Reply::Drip(body, pause) => {
            stream.write_all(&head(200, &[("content-type", "application/json".into())], body.len())).await?;
            for byte in body.bytes() {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Freeze(body) => {
            stream.write_all(&head(200, &[("content-type", "application/json".into())], body.len())).await?;
            stream.write_all(&body.as_bytes()[..body.len() / 2]).await?;
            // Until the client gives up and closes.
            while stream.read(&mut [0; 64]).await? > 0 {}
        }
        Reply::Hang => {}
    }
    stream.shutdown().await
}

fn whole(status: u16, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = head(status, headers, body.len());
    bytes.extend_from_slice(body);
    bytes
}

/// The head of an answer that announces so many bytes.
pub fn head(status: u16, headers: &[(&str, String)], length: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    (text + "\r\n").into_bytes()
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut seen = Seen { method, target, headers, body: String::new() };
    let length: usize = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    seen.body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Ok(Some(seen))
}
