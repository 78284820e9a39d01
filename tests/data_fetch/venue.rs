//! A scripted Binance, with a gate before each page.

use std::sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::json;
use shoal::domain::Candle;
use shoal::units::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    bench::{Bench, now},
    support::http::{Reply, Seen, Server},
};

/// 2024-01-01 00:00.
pub(crate) const T0: u64 = 1_704_067_200;
pub(crate) const HOUR: u64 = 3_600;

/// What the venue has of a bar: nothing of some, when it was down.
pub(crate) fn bar(ts: u64) -> Option<Candle> {
    let down = (T0 + 50 * HOUR..T0 + 53 * HOUR).contains(&ts);
    let open = 2_000.0 + (ts as f64 / 40_000.0).sin() * 100.0;
    let close = open + ((ts / HOUR % 7) as f64 - 3.0);
    let (high, low) = (open.max(close) + 2.0, open.min(close) - 2.0);
    (!down).then_some(Candle { ts: Timestamp(ts), open, high, low, close, volume: 10.0 + (ts / HOUR % 24) as f64 })
}

/// All that it has within `[from, to)`, in steps of a bar.
pub(crate) fn truth(from: u64, to: u64, step: u64) -> Vec<Candle> {
    (from.div_ceil(step)..to.div_ceil(step)).filter_map(|number| bar(number * step)).collect()
}

/// Closed: requests for pages past `free` wait until it opens.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        tokio::task::block_in_place(|| {
            let closed = self.closed.lock().unwrap();
            drop(self.changed.wait_while(closed, |closed| *closed).unwrap());
        });
    }

    pub(crate) fn set(&self, closed: bool) {
        *self.closed.lock().unwrap() = closed;
        self.changed.notify_all();
    }
}

pub(crate) struct Binance {
    pub(crate) server: Server,
    pub(crate) gate: Arc<Gate>,
    /// A word for each page that is asked for, before the gate.
    pub(crate) asked: UnboundedReceiver<()>,
    /// Whether the symbol was delisted.
    pub(crate) delisted: Arc<AtomicBool>,
    /// What the volume of each bar is more than it was at first, in units.
    pub(crate) more: Arc<AtomicU64>,
    /// Seconds by which its clock is ahead: one more with each answer.
    pub(crate) ahead: Arc<AtomicU64>,
}

impl Drop for Binance {
    fn drop(&mut self) {
        // A thread that waits for ever would hold the test's runtime.
        self.gate.set(false);
    }
}

impl Binance {
    /// Every page after the first `free` ones waits at the gate, while that is closed.
    pub(crate) async fn start(free: usize) -> Self {
        let (sender, asked) = unbounded_channel();
        let (gate, delisted) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(false)));
        let (more, ahead) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (at, gone, volume, pages) = (gate.clone(), delisted.clone(), more.clone(), Mutex::new(0));
        let skew = ahead.clone();
        let server = Server::start(move |_, seen| {
            if seen.path().ends_with("/time") {
                return Reply::Json(
                    json!({"serverTime": (now().0 + skew.fetch_add(1, Ordering::SeqCst)) * 1_000}).to_string(),
                );
            }
            let page = {
                let mut pages = pages.lock().unwrap();
                *pages += 1;
                *pages
            };
            let _ = sender.send(());
            if page > free {
                at.pass();
            }
            if gone.load(Ordering::SeqCst) {
                return Reply::Status(400, Vec::new(), r#"{"code":-1121,"msg":"Invalid symbol."}"#.to_owned());
            }
            Reply::Json(klines(seen, volume.load(Ordering::SeqCst) as f64))
        })
        .await;
        Self { server, gate, asked, delisted, more, ahead }
    }

    pub(crate) fn serve(&self, bench: &mut Bench, venue: &str) {
        bench.set(&["exchanges", venue, "rest"], self.server.url.as_str());
    }

    /// Waits until the venue is at the gate with page `number`.
    pub(crate) async fn until_page(&mut self, number: usize) {
        for _ in 0..number {
            self.asked.recv().await.unwrap();
        }
    }

    /// The stretches of the pages asked for, in seconds.
    pub(crate) fn pages(&self) -> Vec<(u64, u64)> {
        let seen = self.server.seen();
        let pages = seen.iter().filter(|seen| seen.path().ends_with("/klines"));
        pages.map(|seen| (milliseconds(seen, "startTime") / 1_000, milliseconds(seen, "endTime") / 1_000)).collect()
    }
}

fn milliseconds(seen: &Seen, name: &str) -> u64 {
    seen.query(name).unwrap().parse().unwrap()
}

fn klines(seen: &Seen, more: f64) -> String {
    let step = match seen.query("interval").unwrap().as_str() {
        "1m" => 60,
        "1h" => HOUR,
        other => panic!("{other}"),
    };
    let (from, to) = (milliseconds(seen, "startTime"), milliseconds(seen, "endTime"));
    let rows = truth(from.div_ceil(1_000), to / 1_000 + 1, step);
    let row = |candle: &Candle| {
        let Candle { ts, open, high, low, close, volume } = candle;
        let volume = &(volume + more);
        let [open, high, low, close, volume] = [open, high, low, close, volume].map(ToString::to_string);
        json!([ts.0 * 1_000, open, high, low, close, volume, 0, "0", 0, "0", "0", "0"])
    };
    serde_json::Value::from_iter(rows.iter().take(1_000).map(row)).to_string()
}
