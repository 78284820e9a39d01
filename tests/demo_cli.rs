//! The demo as a process: broken off, robbed of its node, refused.
#![cfg(target_os = "linux")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use shoal::{domain::Record, io::store::JournalStore};

/// A demo that would take long, in a folder of its own, with little patience for a dead node.
struct Demo {
    child: Child,
    out: tempfile::TempDir,
}

fn config(folder: &Path) -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["tokens.toml", "pools.toml"] {
        fs::copy(project.join("config").join(name), folder.join(name)).unwrap();
    }
    let demo = fs::read_to_string(project.join("config/demo.toml")).unwrap();
    let hasty = demo
        .replace("request_timeout_seconds = 20", "request_timeout_seconds = 2")
        .replace("give_up_after_seconds = 60", "give_up_after_seconds = 3");
    assert_ne!(demo, hasty);
    let path = folder.join("demo.toml");
    fs::write(&path, hasty).unwrap();
    path
}

fn shoal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Demo {
    fn start() -> Self {
        let out = tempfile::tempdir().unwrap();
        let config = config(out.path());
        let child = shoal()
            .args(["demo", "--hours", "5000", "--config"])
            .arg(config)
            .arg("--out")
            .arg(out.path())
            .spawn()
            .unwrap();
        Self { child, out }
    }

    fn journal(&self) -> PathBuf {
        self.out.path().join("journal.sqlite")
    }

    /// Waits until the first orders have been written: the write-ahead log has grown.
    fn trading(&mut self) {
        let wal = self.out.path().join("journal.sqlite-wal");
        while fs::metadata(&wal).map_or(0, |data| data.len()) < 200_000 {
            assert!(self.child.try_wait().unwrap().is_none(), "the demo ended too early");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The processes that it started.
    fn children(&self) -> Vec<i32> {
        let parent = |stat: &str| stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse::<u32>().ok();
        let processes =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let is_ours = |pid: &i32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            parent(&stat) == Some(self.child.id())
        };
        processes.filter(is_ours).collect()
    }

    fn end(self) -> (Output, tempfile::TempDir) {
        (self.child.wait_with_output().unwrap(), self.out)
    }
}

#[allow(unsafe_code, reason = "a signal to a process of this test's own")]
fn signal(pid: i32, signal: i32) {
    // SAFETY: `kill` takes two integers and touches no memory.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

fn gone(pid: i32) -> bool {
    !fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

async fn closed(journal: &Path) -> String {
    let records = JournalStore::open(journal).await.unwrap().records().await.unwrap();
    match records.last() {
        Some(Record::Closed { why, .. }) => why.clone(),
        other => panic!("the journal ends with {other:?}"),
    }
}

#[tokio::test]
async fn ctrl_c_ends_it_in_order() {
    let mut demo = Demo::start();
    demo.trading();
    let nodes = demo.children();
    assert_eq!(nodes.len(), 2, "a replica and its fork");
    let journal = demo.journal();
    signal(demo.child.id() as i32, libc::SIGINT);
    let (output, _out) = demo.end();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(nodes.into_iter().all(gone), "an orphan is left");
    assert!(closed(&journal).await.contains("interrupted"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("SIMULATED"), "what was done is reported");
}

#[tokio::test]
async fn a_demo_whose_nodes_are_killed_stops_in_order() {
    let mut demo = Demo::start();
    demo.trading();
    let nodes = demo.children();
    let journal = demo.journal();
    for &node in &nodes {
        signal(node, libc::SIGKILL);
    }
    let (output, _out) = demo.end();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("http://127.0.0.1:"), "{stderr}");
    assert!(closed(&journal).await.contains("http://127.0.0.1:"));
}

#[tokio::test]
async fn a_demo_that_is_killed_leaves_a_readable_journal_and_no_orphan() {
    let mut demo = Demo::start();
    demo.trading();
    let nodes = demo.children();
    let journal = demo.journal();
    signal(demo.child.id() as i32, libc::SIGKILL);
    let (_, _out) = demo.end();
    while !nodes.iter().all(|&node| gone(node)) {
        thread::sleep(Duration::from_millis(10));
    }
    let records = JournalStore::open(&journal).await.unwrap().records().await.unwrap();
    assert!(matches!(records.first(), Some(Record::Opened { .. })));
    assert!(shoal::journal::open_orders(&records).is_ok());
}

#[test]
fn without_a_node_binary_it_says_how_to_get_one() {
    let out = tempfile::tempdir().unwrap();
    let output = shoal()
        .args(["demo", "--hours", "24", "--out"])
        .arg(out.path())
        .env("SHOAL_ANVIL", out.path().join("nowhere"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("nowhere"), "{stderr}");
}
