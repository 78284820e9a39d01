//! A WebSocket server that the test drives, connection by connection.

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

/// A server on a free port, stopped when dropped. Connections stay open meanwhile.
#[derive(Debug)]
pub struct Server {
    /// `ws://127.0.0.1:PORT`
    pub url: String,
    connections: UnboundedReceiver<Connection>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let (sender, connections) = unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut target = String::new();
                #[allow(clippy::result_large_err, reason = "the library's own type")]
                let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
                    target = request.uri().to_string();
                    Ok(response)
                };
                if let Ok(socket) = accept_hdr_async(stream, note).await
                    && sender.send(Connection { target, socket }).is_err()
                {
                    break;
                }
            }
        });
        Self { url, connections, task }
    }

    /// The next connection that a client makes.
    pub async fn accept(&mut self) -> Connection {
        self.connections.recv().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One client. Dropping it breaks the connection without a word.
#[derive(Debug)]
pub struct Connection {
    /// The path and query that it asked for.
    pub target: String,
    socket: WebSocketStream<TcpStream>,
}

impl Connection {
    pub async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::Text(text.into().into())).await.unwrap();
    }

    /// One message in so many frames. The client may refuse to hear it to the end.
    pub async fn send_in_parts(&mut self, text: &str, parts: usize) {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(text.len().div_ceil(parts)).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let code = if index == 0 { Data::Text } else { Data::Continue };
            let is_last = index + 1 == chunks.len();
            let frame = Frame::message(chunk.to_vec(), OpCode::Data(code), is_last);
            if self.socket.send(Message::Frame(frame)).await.is_err() {
                return;
            }
        }
    }

    /// Hears the client until it is gone; its pings are answered meanwhile.
    pub async fn read_on(mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// What the client says next, as JSON.
    pub async fn hear(&mut self) -> serde_json::Value {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                _ => continue,
            }
        }
    }

    /// Says good-bye.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
    }
}
