//! The threads that mail is written and sent on.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use tokio::sync::oneshot;

use super::{Deliver, DeliverError, look::Look, room_error::RoomError};

/// Letters on their way at the same time.
const THREADS: usize = 4;

/// Letters that may wait for a thread; beyond that the server says that it is busy.
const WAITING: usize = 64;

type Task = Box<dyn FnOnce() + Send>;

/// Where letters are written and handed over.
///
/// A slow mail server must not take a thread from a sign-in, so the work that includes sending happens here, apart from
/// the operations. What was begun is finished, also when its client has gone: a letter is never sent without being
/// recorded, nor recorded without being sent.
pub struct MailRoom {
    deliver: Arc<dyn Deliver>,
    tasks: SyncSender<Task>,
    look: Look,
}

impl fmt::Debug for MailRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailRoom(..)")
    }
}

impl MailRoom {
    /// A room whose threads end when it is dropped, after the tasks that were begun.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(deliver: Arc<dyn Deliver>) -> std::io::Result<Self> {
        let (tasks, waiting) = sync_channel::<Task>(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name("mail".to_owned())
                .spawn(move || work(&waiting))?;
        }
        Ok(Self {
            deliver,
            tasks,
            look: Look::default(),
        })
    }

    /// Runs a task that may deliver letters.
    ///
    /// # Errors
    /// See [`RoomError`].
    pub async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&dyn Deliver) -> T + Send + 'static,
    ) -> Result<T, RoomError> {
        let (tell, told) = oneshot::channel();
        let deliver = Arc::clone(&self.deliver);
        let task: Task = Box::new(move || {
            // Nobody may be left to be told; the work is done all the same.
            drop(tell.send(task(deliver.as_ref())));
        });
        match self.tasks.try_send(task) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(RoomError::Full),
            Err(TrySendError::Disconnected(_)) => return Err(RoomError::Closed),
        }
        told.await.map_err(|_| RoomError::Panicked)
    }

    /// Whether letters can be handed over; none if there is nothing to check. No letter waits for it.
    ///
    /// # Errors
    /// [`RoomError::Full`] if too many ask, and the others if the look ended without an outcome.
    pub async fn check(&self) -> Result<Option<Result<(), DeliverError>>, RoomError> {
        self.look.outcome(&self.deliver).await
    }
}

fn work(waiting: &Mutex<Receiver<Task>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = next else { return };
        // The task's channel closes when it panics, which its caller is told as an error.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
        if outcome.is_err() {
            tracing::error!("a mail task panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use actix_web::{ResponseError as _, rt::System};
    use futures_util::FutureExt as _;

    use super::*;
    use crate::{mail::NoMail, problem::Problem};

    fn room() -> MailRoom {
        MailRoom::new(Arc::new(NoMail)).unwrap()
    }

    #[test]
    fn too_many_letters_are_told_to_come_back() {
        System::new().block_on(async {
            let room = room();
            let (release, held) = channel::<()>();
            let held = Arc::new(Mutex::new(held));
            let (begun, started) = channel();
            // Threads that wait, and then a full queue. Nobody awaits these futures, but `run` sends when first polled.
            let mut under_way = Vec::new();
            let occupy = || {
                let (held, begun) = (Arc::clone(&held), begun.clone());
                move |_: &dyn Deliver| {
                    begun.send(()).unwrap();
                    // Ends when the sender is dropped.
                    held.lock().unwrap().recv().unwrap_err();
                }
            };
            for _ in 0..THREADS {
                let mut task = Box::pin(room.run(occupy()));
                assert!((&mut task).now_or_never().is_none());
                under_way.push(task);
                started.recv().unwrap();
            }
            for _ in 0..WAITING {
                let mut task = Box::pin(room.run(occupy()));
                assert!((&mut task).now_or_never().is_none());
                under_way.push(task);
            }
            let refused = room.run(|_| ()).await.unwrap_err();
            assert_eq!(Problem::from(refused).status_code().as_u16(), 503);
            drop(release);
            for task in under_way {
                task.await.unwrap();
            }
            room.run(|_| ()).await.unwrap();
        });
    }

    #[test]
    fn a_panic_costs_one_task_and_no_thread() {
        System::new().block_on(async {
            let room = room();
            for _ in 0..THREADS * 2 {
                let outcome = room.run(|_| -> () { panic!("on purpose") }).await;
                assert_eq!(Problem::from(outcome.unwrap_err()).status_code().as_u16(), 500);
            }
            assert_eq!(room.run(|_| 7).await.unwrap(), 7);
        });
    }

    #[test]
    fn what_was_begun_is_finished_without_its_client() {
        System::new().block_on(async {
            let room = room();
            let (done, told) = channel();
            let mut task = Box::pin(room.run(move |_| done.send("sent").unwrap()));
            // The task may be done already when it is polled; either way nobody is left to be told.
            (&mut task).now_or_never();
            drop(task);
            assert_eq!(told.recv().unwrap(), "sent");
        });
    }
}
