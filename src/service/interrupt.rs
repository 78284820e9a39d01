//! Ctrl-C for commands that have something to put in order first.

use std::{io, sync::Arc, thread};

use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Whether somebody asked this process to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<bool>>);

/// One that nobody has requested, and nobody but its holders can.
impl Default for Interrupt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

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
                    if seen.requested() {
                        std::process::exit(130);
                    }
                    seen.request();
                }
            });
        })?;
        Ok(this)
    }

    /// Asks to stop, as Ctrl-C does.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    pub fn requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody asks.
    pub async fn wait(&self) {
        // The sender is `self`: the channel cannot close while this waits.
        let _ = self.0.subscribe().wait_for(|requested| *requested).await;
    }
}
