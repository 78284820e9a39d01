//! What the models of a live run are told: frames from the store, at each bar's close.

use std::time::Duration;

use crate::{
    domain::{Asset, Frame, Timeframe},
    features::inputs::INPUTS,
    io::{
        clock::Clock,
        store::{DataStore, DataStoreError, Place},
    },
    market::asof::AsofError,
    pipeline::{
        forecaster::{Forecaster, Forecasters},
        frames::{History, frames},
    },
    service::{
        interrupt::Interrupt,
        learning::stored::{Stored, StoredError},
        models::{Models, WarmError, line, trained_after, unlearnt},
    },
    units::Timestamp,
};

/// How long after a bar's close its frame is made, in seconds: a venue's last trades, and the bars
/// of the other assets, are a few seconds on their way. What comes later is not waited for.
pub const FRAME_DELAY: u64 = 10;

/// How long the store may take over what a close brings. The bot's own block waits meanwhile.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// The models of a live run, and where it reads what they are told.
#[derive(Clone, Debug)]
pub struct Trading {
    pub models: Models,
    pub store: Place,
    pub clock: Clock,
}

/// Why there is nothing to tell. At the start that ends the run; later, exits are watched without.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error(transparent)]
    Stored(#[from] StoredError),
    #[error(transparent)]
    Join(#[from] AsofError),
    #[error(transparent)]
    Warm(#[from] WarmError),
    #[error("the store {0} did not answer within {wait} s", wait = READ_WITHIN.as_secs())]
    Slow(Place),
}

/// Frames by asset, each asset's oldest first, and the assets whose newest bar is missing.
pub(super) type News = (Vec<(Asset, Frame)>, Vec<Asset>);

/// The store, and how far each asset's frames were told.
#[derive(Debug)]
pub(super) struct Feed {
    place: Place,
    /// None after it failed: it is opened anew for the next bar.
    store: Option<DataStore>,
    clock: Clock,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    asset: Asset,
    timeframe: Timeframe,
    stored: Stored,
    /// The close of the last frame that was told, and the last that was asked for.
    told: Timestamp,
    asked: Timestamp,
}

impl Trading {
    /// What a run that began now would say of its models: how each was trained, what it reads, and
    /// whether it is warm. Reads the store and changes nothing.
    ///
    /// # Errors
    /// What would keep a run from beginning: no store, or none of an asset's bars in it.
    pub async fn rehearse(&self, now: Timestamp) -> Result<Vec<String>, FeedError> {
        Feed::open(self, now).await.map(|(_, _, about)| about)
    }
}

impl Feed {
    /// Opens the store and feeds the models what was known by `now`. The text says how each was
    /// trained and what it reads.
    ///
    /// # Errors
    /// No store, or none of an asset's bars in it.
    pub(super) async fn open(trading: &Trading, now: Timestamp) -> Result<(Self, Forecasters, Vec<String>), FeedError> {
        let mut store = DataStore::open_to_read(&trading.store).await?;
        let (mut lines, mut ready, mut about) = (Vec::new(), Vec::new(), Vec::new());
        for (file, set) in &trading.models.sets {
            let timeframe = set.subject.timeframe;
            let warm_up = Forecaster::warm_up_seconds(timeframe);
            let bars = timeframe.open(Forecaster::begin(set, now))..timeframe.open(now);
            let recent = timeframe.open(now.minus(warm_up))..bars.end;
            let stored = Stored::find(&mut store, &set.subject, &trading.models.sources, recent.clone()).await?;
            let lately = stored.read(&mut store, recent.clone()).await?;
            let lacking = lacking(&lately);
            let history = stored.read(&mut store, bars.clone()).await?.delayed(FRAME_DELAY);
            let frames = frames(&history)?;
            let mut forecaster = Forecaster::new(set.clone(), history.peers.len());
            for frame in &frames {
                let failed = |source| WarmError::Forecaster { file: file.clone(), source };
                forecaster.warm_up(frame).map_err(failed)?;
            }
            let (peers, of) = stored.peers();
            let told = frames.last().map_or(bars.start, |frame| timeframe.close(frame.ts()));
            let asset = set.subject.asset.clone();
            // A hole in the last weeks is not filled by what came before it.
            let lately = &frames[frames.partition_point(|frame| frame.ts() < recent.start)..];
            let begun = lately.first().map_or(bars.end, Frame::ts);
            let warm_at = begun.plus(warm_up);
            about.push(format!(
                "{}; warmed up by {} bars from {begun} on, the newest closed at {told}, with {peers} of {of} other series of candles",
                line(file, set),
                lately.len()
            ));
            about.extend(trained_after(set, now));
            about.extend(frames.first().and_then(|first| unlearnt(set, first.ts())));
            if !lacking.is_empty() {
                about
                    .push(format!("missing to the {asset} model, as the store has none of it: {}", lacking.join(", ")));
            }
            if warm_at > now {
                about.push(format!(
                    "the {asset} model is not warm: before {warm_at} nothing is bought by it; to have it warm at once, stop, run `shoal data fetch candles macro news --from {}`, and start again",
                    recent.start
                ));
            }
            lines.push(Line { asset, timeframe, stored, told, asked: bars.end });
            ready.push((forecaster, warm_at));
        }
        let (place, clock) = (trading.store.clone(), trading.clock.clone());
        Ok((Self { place, store: Some(store), clock, lines }, Forecasters::new(ready), about))
    }

    /// The frames of the bars that closed by `now` and were not told yet; `None` where no bar has
    /// closed since the last call, or somebody asks to stop. Waits until [`FRAME_DELAY`] after a
    /// close, and [`READ_WITHIN`] at most for the store.
    ///
    /// # Errors
    /// Where the store cannot be read. It is asked again at the next close, also for what was not
    /// told then.
    pub(super) async fn until(&mut self, now: Timestamp, interrupt: &Interrupt) -> Result<Option<News>, FeedError> {
        let closes = self.lines.iter().map(|line| line.timeframe.open(now)).enumerate();
        let due: Vec<(usize, Timestamp)> = closes.filter(|&(line, close)| self.lines[line].asked < close).collect();
        let Some(last) = due.iter().map(|&(_, close)| close).max() else { return Ok(None) };
        // Once a bar, whatever comes of it: exits must not wait for a store at every block.
        due.iter().for_each(|&(line, close)| self.lines[line].asked = close);
        wait(&self.clock, last, interrupt).await;
        let place = self.place.clone();
        let read = tokio::select! {
            read = tokio::time::timeout(READ_WITHIN, self.read(&due)) => read.map_err(|_| FeedError::Slow(place))??,
            () = interrupt.wait() => return Ok(None),
        };
        // Only now that nothing can fail: what is told once is not told again.
        let (mut all, mut missing) = (Vec::new(), Vec::new());
        for ((line, close), frames) in due.into_iter().zip(read) {
            let line = &mut self.lines[line];
            line.told = frames.last().map_or(line.told, |frame| line.timeframe.close(frame.ts()));
            if line.told < close {
                missing.push(line.asset.clone());
            }
            all.extend(frames.into_iter().map(|frame| (line.asset.clone(), frame)));
        }
        Ok(Some((all, missing)))
    }

    /// The frames of each line that is due, up to its close. A store that failed or was too slow is
    /// not kept.
    async fn read(&mut self, due: &[(usize, Timestamp)]) -> Result<Vec<Vec<Frame>>, FeedError> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => DataStore::open_to_read(&self.place).await?,
        };
        let mut read = Vec::with_capacity(due.len());
        for &(line, close) in due {
            let line = &self.lines[line];
            let history = line.stored.read(&mut store, line.told..close).await?.delayed(FRAME_DELAY);
            read.push(frames(&history)?);
        }
        self.store = Some(store);
        Ok(read)
    }
}

/// The inputs and the other assets of which nothing is stored. Inputs that no model was trained with
/// have no series to look for.
fn lacking(history: &History) -> Vec<&str> {
    let inputs = INPUTS.iter().zip(&history.inputs).filter(|(_, candidates)| !candidates.is_empty());
    let inputs = inputs.filter(|(_, candidates)| candidates.iter().all(|numbers| numbers.observations.is_empty()));
    let peers = history.peers.iter().filter(|(_, bars)| bars.is_empty());
    peers.map(|(name, _)| name.as_str()).chain(inputs.map(|(input, _)| input.name)).collect()
}

/// Until the delay after `close` is over by this host's clock; never for longer than the delay.
#[allow(clippy::disallowed_methods, reason = "waiting is what this is for")]
async fn wait(clock: &Clock, close: Timestamp, interrupt: &Interrupt) {
    let left = close.plus(FRAME_DELAY).since(clock.now()).min(FRAME_DELAY);
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(left)) => {}
        () = interrupt.wait() => {}
    }
}
