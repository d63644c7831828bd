//! Fair shares of the server: whose operation runs next, and how much one application may hold.
//!
//! Every operation of a request takes a *place* first. Whoever finds none waits in the line of their application, which
//! takes no thread and no connection, and the next place goes to the line whose operations have taken the least time so
//! far: an application that sends much waits for itself. Lines are bounded, so that whoever sends more than is served is
//! told so, and nobody else.
//!
//! Lists, searches, exports and reports are *heavy*: only few of them run at once, of one application and in all, so
//! that processors and connections are left for sign-ins. Bodies under way are held against a number of bytes, of one
//! application and in all.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use passgate_core::application::AppId;
use tokio::{sync::oneshot, time::timeout};

/// What an operation is charged with when it begins; the difference is settled when it ends.
const ESTIMATE: Duration = Duration::from_micros(500);

/// How often those who are here are counted.
const COUNTED: Duration = Duration::from_millis(100);

/// On whose account something is done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// An application, whose key was accepted.
    App(AppId),
    /// Whoever holds the management key.
    Operator,
    /// Everybody who showed no key, or one that is not known yet: all of them together.
    Strangers,
}

/// How much an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A few rows, found by their keys.
    Light,
    /// As many rows as there are.
    Heavy,
}

/// How much there is to share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLimits {
    /// Operations at once.
    pub places: usize,
    /// Operations at once of one application while others are here.
    pub places_of_one: usize,
    /// For how long after a request an application counts as one of those who are here.
    pub here_for: Duration,
    /// Heavy operations at once.
    pub heavy: usize,
    /// Operations that may wait.
    pub waiting: usize,
    /// Operations of one application that may wait.
    pub waiting_of_one: usize,
    /// How long one waits.
    pub patience: Duration,
    /// Bytes of bodies at once.
    pub bytes: usize,
    /// Bytes of bodies at once of one application.
    pub bytes_of_one: usize,
}

impl ShareLimits {
    /// For so many threads, connections to the database and processors, and bodies of at most so many bytes.
    pub fn of(threads: usize, connections: usize, processors: usize, body: usize) -> Self {
        let places = threads.max(1);
        Self {
            places,
            // Enough to keep the processors busy while some wait for the disk.
            places_of_one: (2 * processors).clamp(1, places.div_ceil(2)),
            here_for: Duration::from_secs(1),
            // Each takes a processor and a connection while it runs, and half of both stay free.
            heavy: (connections / 2).min(processors / 2).max(1),
            waiting: 4096,
            waiting_of_one: 256,
            patience: Duration::from_secs(5),
            bytes: (64 << 20).max(4 * body),
            bytes_of_one: (16 << 20).max(body),
        }
    }
}

impl Default for ShareLimits {
    fn default() -> Self {
        Self::of(32, 8, 2, 1 << 20)
    }
}

/// Why there is no place, or no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// As many of this application wait as may.
    #[error("the application has as much under way as one may have")]
    Share,
    /// As many wait as may.
    #[error("as much is under way as the server takes")]
    Server,
    /// No place came free in time.
    #[error("no place came free in time")]
    Patience,
}

/// What is shared, and who has how much of it.
#[derive(Debug)]
pub struct Shares {
    limits: ShareLimits,
    state: Mutex<State>,
}

/// A place, as long as an operation runs.
#[derive(Debug)]
pub struct Place {
    shares: Arc<Shares>,
    share: Share,
    work: Work,
    since: Instant,
}

/// Bytes of a body, as long as they are held.
#[derive(Debug)]
pub struct Room {
    shares: Arc<Shares>,
    share: Share,
    bytes: usize,
}

/// What is going on, for the log and for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Operations that run.
    pub running: usize,
    /// Heavy ones among them.
    pub heavy: usize,
    /// Operations that wait, including those whose client is gone.
    pub waiting: usize,
    /// Bytes of bodies.
    pub bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    lines: HashMap<Share, Line>,
    running: usize,
    heavy: usize,
    waiting: usize,
    bytes: usize,
    /// The time of the line that was served last: whoever comes anew begins here, and saves nothing up.
    clock: Duration,
    /// Numbers those who wait.
    arrivals: u64,
    /// Applications that are here.
    here: usize,
    counted: Option<Instant>,
}

/// What is known of one share.
#[derive(Debug, Default)]
struct Line {
    /// The time that its operations took, since the line was last empty.
    time: Duration,
    running: usize,
    heavy: usize,
    light_waiting: VecDeque<Waiting>,
    heavy_waiting: VecDeque<Waiting>,
    bytes: usize,
    seen: Option<Instant>,
    /// How many had to wait, since the line is known.
    waited: u64,
}

#[derive(Debug)]
struct Waiting {
    arrival: u64,
    tell: oneshot::Sender<Place>,
}

impl Shares {
    /// Shares that nobody has anything of.
    pub fn new(limits: ShareLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            state: Mutex::default(),
        })
    }

    /// Takes a place, now or when it is this line's turn.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub async fn enter(self: &Arc<Self>, share: Share, work: Work) -> Result<Place, Exceeded> {
        let told = {
            let mut state = self.state();
            let now = Instant::now();
            state.see(&self.limits, &share, now);
            if state.may_enter(&self.limits, &share, work) {
                state.begin(&share, work);
                drop(state);
                return Ok(self.place(share, work, now));
            }
            let (tell, told) = oneshot::channel();
            state.wait(&self.limits, &share, work, tell)?;
            told
        };
        match timeout(self.limits.patience, told).await {
            Ok(Ok(place)) => Ok(place),
            // The shares outlive whoever waits, so a channel that closes means the same as no place.
            Ok(Err(_)) | Err(_) => Err(Exceeded::Patience),
        }
    }

    /// Room for a body that begins to arrive.
    pub fn room(self: &Arc<Self>, share: Share) -> Room {
        Room {
            shares: Arc::clone(self),
            share,
            bytes: 0,
        }
    }

    /// What is going on.
    pub fn usage(&self) -> Usage {
        let state = self.state();
        Usage {
            running: state.running,
            heavy: state.heavy,
            waiting: state.waiting,
            bytes: state.bytes,
        }
    }

    /// How many operations of a share had to wait, since it is here.
    pub fn waited(&self, share: &Share) -> u64 {
        self.state().lines.get(share).map_or(0, |line| line.waited)
    }

    fn place(self: &Arc<Self>, share: Share, work: Work, since: Instant) -> Place {
        Place {
            shares: Arc::clone(self),
            share,
            work,
            since,
        }
    }

    fn leave(self: &Arc<Self>, share: &Share, work: Work, took: Duration) {
        let mut granted = Vec::new();
        {
            let mut state = self.state();
            state.end(share, work, took);
            while let Some((share, work, tell)) = state.next(&self.limits) {
                granted.push((share, work, tell));
            }
        }
        let now = Instant::now();
        for (share, work, tell) in granted {
            // Whoever left in this moment gives the place back, here, without the lock.
            drop(tell.send(self.place(share, work, now)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shares.leave(&self.share, self.work, self.since.elapsed());
    }
}

impl Room {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// [`Exceeded`]; then nothing more is held.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Exceeded> {
        let mut state = self.shares.state();
        if state.bytes + bytes > self.shares.limits.bytes {
            return Err(Exceeded::Server);
        }
        let line = state.lines.entry(self.share.clone()).or_default();
        if line.bytes + bytes > self.shares.limits.bytes_of_one {
            return Err(Exceeded::Share);
        }
        line.bytes += bytes;
        state.bytes += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut state = self.shares.state();
        state.bytes -= self.bytes;
        if let Some(line) = state.lines.get_mut(&self.share) {
            line.bytes -= self.bytes;
        }
    }
}

impl State {
    /// Somebody of this share is here. Now and then, those who have gone are forgotten.
    fn see(&mut self, limits: &ShareLimits, share: &Share, now: Instant) {
        self.lines.entry(share.clone()).or_default().seen = Some(now);
        let is_due = self
            .counted
            .is_none_or(|counted| now.duration_since(counted) >= COUNTED);
        if !is_due && self.here > 1 {
            return;
        }
        self.counted = Some(now);
        let is_here = |line: &Line| {
            line.seen
                .is_some_and(|seen| now.duration_since(seen) < limits.here_for)
        };
        self.lines
            .retain(|_, line| is_here(line) || line.running + line.waiting() > 0 || line.bytes > 0);
        let is_app = |share: &Share| matches!(share, Share::App(_));
        self.here = self.lines.keys().filter(|share| is_app(share)).count();
    }

    /// Most places of one share.
    fn places_of_one(&self, limits: &ShareLimits, share: &Share) -> usize {
        match share {
            Share::App(_) if self.here <= 1 => limits.places,
            Share::App(_) => limits.places_of_one.min(limits.places / self.here).max(1),
            Share::Operator | Share::Strangers => limits.places_of_one,
        }
    }

    /// Whether one more of this work may run for this line.
    fn has_place(&self, limits: &ShareLimits, share: &Share, line: &Line, work: Work) -> bool {
        let is_free = self.running < limits.places && line.running < self.places_of_one(limits, share);
        is_free
            && match work {
                Work::Light => true,
                Work::Heavy => {
                    let of_one = if self.here > 1 {
                        limits.heavy.div_ceil(2)
                    } else {
                        limits.heavy
                    };
                    self.heavy < limits.heavy && line.heavy < of_one
                }
            }
    }

    /// Whether somebody who comes just now need not wait. Those of other lines who wait could not take the place, or
    /// they would have it.
    fn may_enter(&self, limits: &ShareLimits, share: &Share, work: Work) -> bool {
        self.lines.get(share).is_some_and(|line| {
            let is_first = match work {
                Work::Light => line.light_waiting.is_empty(),
                Work::Heavy => line.heavy_waiting.is_empty(),
            };
            is_first && self.has_place(limits, share, line, work)
        })
    }

    fn begin(&mut self, share: &Share, work: Work) {
        let line = self.lines.entry(share.clone()).or_default();
        if line.running == 0 {
            line.time = line.time.max(self.clock);
        }
        self.clock = self.clock.max(line.time);
        line.time += ESTIMATE;
        line.running += 1;
        self.running += 1;
        if work == Work::Heavy {
            line.heavy += 1;
            self.heavy += 1;
        }
    }

    fn end(&mut self, share: &Share, work: Work, took: Duration) {
        self.running -= 1;
        if work == Work::Heavy {
            self.heavy -= 1;
        }
        if let Some(line) = self.lines.get_mut(share) {
            line.running -= 1;
            if work == Work::Heavy {
                line.heavy -= 1;
            }
            line.time = (line.time + took).saturating_sub(ESTIMATE);
        }
    }

    fn wait(
        &mut self,
        limits: &ShareLimits,
        share: &Share,
        work: Work,
        tell: oneshot::Sender<Place>,
    ) -> Result<(), Exceeded> {
        if self.waiting >= limits.waiting {
            self.forget_the_gone();
        }
        let line = self.lines.entry(share.clone()).or_default();
        if line.waiting() >= limits.waiting_of_one {
            self.waiting -= line.forget_the_gone();
        }
        if line.waiting() >= limits.waiting_of_one {
            return Err(Exceeded::Share);
        }
        if self.waiting >= limits.waiting {
            return Err(Exceeded::Server);
        }
        self.arrivals += 1;
        self.waiting += 1;
        line.waited += 1;
        if line.running + line.waiting() == 0 {
            line.time = line.time.max(self.clock);
        }
        line.of(work).push_back(Waiting {
            arrival: self.arrivals,
            tell,
        });
        Ok(())
    }

    /// The one who runs next, begun; none if nobody may.
    fn next(&mut self, limits: &ShareLimits) -> Option<(Share, Work, oneshot::Sender<Place>)> {
        loop {
            if self.running >= limits.places || self.waiting == 0 {
                return None;
            }
            let candidates = self.lines.iter().filter_map(|(share, line)| {
                let work = line.first(|work| self.has_place(limits, share, line, work))?;
                Some((line.time, share, work))
            });
            let (_, share, work) = candidates.min_by_key(|(time, ..)| *time)?;
            let share = share.clone();
            let waiting = self.lines.get_mut(&share)?.of(work).pop_front()?;
            self.waiting -= 1;
            if waiting.tell.is_closed() {
                continue;
            }
            self.begin(&share, work);
            return Some((share, work, waiting.tell));
        }
    }

    fn forget_the_gone(&mut self) {
        let gone: usize = self.lines.values_mut().map(Line::forget_the_gone).sum();
        self.waiting -= gone;
    }
}

impl Line {
    fn waiting(&self) -> usize {
        self.light_waiting.len() + self.heavy_waiting.len()
    }

    const fn of(&mut self, work: Work) -> &mut VecDeque<Waiting> {
        match work {
            Work::Light => &mut self.light_waiting,
            Work::Heavy => &mut self.heavy_waiting,
        }
    }

    /// The work of whoever waits longest, of the kinds that may run.
    fn first(&self, may_run: impl Fn(Work) -> bool) -> Option<Work> {
        let arrival = |waiting: &VecDeque<Waiting>| waiting.front().map(|first| first.arrival);
        [
            (arrival(&self.light_waiting), Work::Light),
            (arrival(&self.heavy_waiting), Work::Heavy),
        ]
        .into_iter()
        .filter_map(|(arrival, work)| Some((arrival?, work)))
        .filter(|(_, work)| may_run(*work))
        .min_by_key(|(arrival, _)| *arrival)
        .map(|(_, work)| work)
    }

    /// Forgets those whose client has gone, and says how many they were.
    fn forget_the_gone(&mut self) -> usize {
        let before = self.waiting();
        for waiting in [&mut self.light_waiting, &mut self.heavy_waiting] {
            waiting.retain(|one| !one.tell.is_closed());
        }
        before - self.waiting()
    }
}

#[cfg(test)]
mod tests;
