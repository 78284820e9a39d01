//! A TCP proxy between a client and a node, which a test can make misbehave.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What happens to what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    Pass,
    /// Connections stay open; nothing more comes through on those there are, or on new ones.
    Freeze,
    /// Connections that were open at the change stay frozen; new ones pass.
    FreezeOld,
    /// What the node sends is read and thrown away; what the client sends passes.
    Swallow,
}

/// The rule in force, and the connections that it is about.
#[derive(Clone, Copy, Debug)]
struct Rules {
    traffic: Traffic,
    /// Connections opened when the rule was set.
    opened: usize,
    /// Connections before this one are closed.
    cut: usize,
}

/// Stopped when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    rules: watch::Sender<Rules>,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of the node at `endpoint`, `http://HOST:PORT`.
    pub async fn start(endpoint: &str) -> Self {
        let node = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (rules, seen) = watch::channel(Rules { traffic: Traffic::Pass, opened: 0, cut: 0 });
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(AtomicUsize::new(0));
        let (opened, asked) = (connections.clone(), requests.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let (node, seen, asked) = (node.clone(), seen.clone(), asked.clone());
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(node).await else { return };
                    let (client, server) = (client.into_split(), server.into_split());
                    let up = forward(client.0, server.1, seen.clone(), number, Some(asked));
                    let down = forward(server.0, client.1, seen, number, None);
                    // Where one side ends, both do.
                    tokio::select! { () = up => {} () = down => {} }
                });
            }
        });
        Self { address, rules, connections, requests, task }
    }

    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    pub fn set(&self, traffic: Traffic) {
        let opened = self.connections();
        self.rules.send_modify(|rules| (rules.traffic, rules.opened) = (traffic, opened));
    }

    /// Closes every connection there is; new ones pass.
    pub fn cut(&self) {
        let opened = self.connections();
        self.rules.send_modify(|rules| rules.cut = opened);
    }

    /// Connections that were ever opened.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// HTTP requests that passed.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Hands bytes on as the traffic rules say; ends with either side, or when refused.
async fn forward(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut rules: watch::Receiver<Rules>,
    number: usize,
    requests: Option<Arc<AtomicUsize>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Rules { traffic, opened, cut } = *rules.borrow_and_update();
        if number < cut {
            return;
        }
        match traffic {
            Traffic::FreezeOld if number >= opened => {}
            Traffic::Pass | Traffic::Swallow => {}
            Traffic::Freeze | Traffic::FreezeOld => {
                if rules.changed().await.is_err() {
                    return;
                }
                continue;
            }
        }
        tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(count @ 1..) => {
                    if let Some(requests) = &requests {
                        let posts = buffer[..count].windows(5).filter(|window| *window == b"POST ").count();
                        requests.fetch_add(posts, Ordering::SeqCst);
                    }
                    if traffic == Traffic::Swallow && requests.is_none() {
                        continue;
                    }
                    if to.write_all(&buffer[..count]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            changed = rules.changed() => if changed.is_err() { return },
        }
    }
}
