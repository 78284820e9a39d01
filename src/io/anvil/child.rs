//! The child process: it dies with us, and not before we say so.

use std::{
    ffi::OsString,
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
    thread,
};

/// The last bytes of the child's stderr that are kept.
const STDERR_KEPT: usize = 4_096;

/// A running child; dropping it kills it and waits for it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    /// Starts `path` in its own process group, so that Ctrl-C in our terminal reaches us alone
    /// and we stop the child in order. On Linux the kernel kills the child when we die in any
    /// way, SIGKILL included.
    pub(super) fn spawn(path: &Path, args: Vec<OsString>) -> io::Result<Self> {
        let mut child = spawn_from_lasting_thread(path.to_owned(), args)?;
        let stderr = Arc::new(Mutex::new(Vec::new()));
        if let Some(pipe) = child.stderr.take() {
            let kept = Arc::clone(&stderr);
            // Ends with the pipe, that is with the child.
            thread::spawn(move || keep_tail(pipe, &kept));
        }
        Ok(Self { child, stderr })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `Some` once the child has ended.
    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What the child last said on stderr, in one line.
    pub(super) fn stderr(&self) -> String {
        let bytes = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() { "it said nothing on stderr".to_owned() } else { line }
    }

    /// Its state is a throwaway, so it is killed outright.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn keep_tail(mut pipe: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1_024];
    while let Ok(read @ 1..) = pipe.read(&mut buffer) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let excess = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..excess);
    }
}

struct Job {
    path: PathBuf,
    args: Vec<OsString>,
    answer: mpsc::Sender<io::Result<Child>>,
}

/// The kernel's death signal is tied to the *thread* that started the child: a child started
/// from a runtime's worker would die when that runtime ends. So one thread that lives as long
/// as the process starts them all.
fn spawn_from_lasting_thread(path: PathBuf, args: Vec<OsString>) -> io::Result<Child> {
    static JOBS: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Job>();
        thread::spawn(move || {
            for job in receiver {
                let _ = job.answer.send(spawn_here(&job.path, &job.args));
            }
        });
        sender
    });
    let (answer, result) = mpsc::channel();
    let gone = || io::Error::other("the thread that starts processes is gone");
    jobs.send(Job { path, args, answer }).map_err(|_| gone())?;
    result.recv().map_err(|_| gone())?
}

fn spawn_here(path: &Path, args: &[OsString]) -> io::Result<Child> {
    let mut command = Command::new(path);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    die_with_us(&mut command);
    command.spawn()
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "only `pre_exec` can set the death signal between fork and exec")]
fn die_with_us(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: between fork and exec only async-signal-safe functions may run; the closure calls
    // `prctl` and `getppid`, which are, and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // We died before the signal was armed: nobody would ever stop the child.
            if u32::try_from(libc::getppid()) != Ok(parent) {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
}

/// Elsewhere the kernel has no such signal; `Drop` and an orderly stop must do.
#[cfg(not(target_os = "linux"))]
fn die_with_us(_: &mut Command) {}
