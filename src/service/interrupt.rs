//! Ctrl-C for commands that have something to put in order first.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

/// Whether somebody asked this process to stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens to SIGINT and SIGTERM from now on. The first is noted for the command to obey;
    /// a second ends the process at once.
    ///
    /// # Errors
    /// When the operating system grants no thread or no handler.
    pub fn listen() -> io::Result<Self> {
        let this = Self::default();
        let seen = this.clone();
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let (mut interrupt, mut terminate) = {
            let _guard = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
            runtime.block_on(async move {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    if seen.0.swap(true, Ordering::SeqCst) {
                        std::process::exit(130);
                    }
                }
            });
        })?;
        Ok(this)
    }

    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
