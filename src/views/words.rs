//! A record in words, as the stepper says it: `main creates task 1 "sina"`.

use std::time::Duration;

use super::{
    state::LoopState,
    style::{count, short},
};
use crate::trace::record::*;

impl LoopState {
    /// What a record says. The state is that after it.
    pub(super) fn in_words(&self, what: &What) -> String {
        let words = self.loop_in_words(what).or_else(|| self.task_in_words(what));
        let words = words.or_else(|| self.timer_in_words(what));
        words.or_else(|| self.socket_in_words(what)).unwrap_or_else(|| what.to_string())
    }

    /// `main`, or `task 1 "sina"`.
    fn who(&self, task: TaskId) -> String {
        match self.task(task) {
            Some(it) if it.is_main => "main".to_string(),
            Some(_) => format!("task {}", self.quoted(task)),
            None => format!("task {task}"),
        }
    }

    /// Who does what happens now.
    fn doer(&self) -> String {
        self.polled.map_or("the loop".to_string(), |task| self.who(task))
    }

    fn loop_in_words(&self, what: &What) -> Option<String> {
        Some(match what {
            What::LoopStarted { main, name, .. } => {
                let name = name.as_deref().map(|it| format!(" \"{}\"", it.escape_debug()));
                format!("the loop{} starts; main is task {main}", name.unwrap_or_default())
            }
            What::LoopEnded { .. } => "the loop ends: main is done".to_string(),
            What::TurnEnded { polls } => format!("the turn ends: {polls} polled"),
            What::Parked { deadline: Some(deadline) } => {
                let most = short(Duration::from_nanos(deadline.saturating_sub(self.t)));
                format!("the loop sleeps at most {most}, for a timer")
            }
            What::Parked { deadline: None } => {
                "the loop sleeps until something happens".to_string()
            }
            What::Unparked { by } => format!("the loop is woken by {by}"),
            What::Deadlocked { tasks } => {
                format!("deadlock: {} wait for ever", count(*tasks, "task"))
            }
            What::Stuck { .. } => "it is not known what could end this sleep".to_string(),
            What::CloseWaits { jobs, .. } => {
                format!("closing waits for {}", count(*jobs, "job"))
            }
            What::Panicked { code } => format!("{code} panicked"),
            _ => return None,
        })
    }

    fn task_in_words(&self, what: &What) -> Option<String> {
        Some(match what {
            What::TaskCreated { task, by: Some(by), .. } => {
                format!("{} creates {}", self.who(*by), self.who(*task))
            }
            What::TaskCreated { task, by: None, .. } => format!("{} is created", self.who(*task)),
            What::TaskNamed { task, name } => {
                format!("task {task} is now named \"{}\"", name.escape_debug())
            }
            What::PollStarted { task, poll } => format!("poll #{poll} of {}", self.who(*task)),
            What::PollEnded { task, outcome: Outcome::Pending, waits, .. } => {
                let waits = match waits.map(|wait| wait.what) {
                    Some(WaitFor::Sleep { length, .. }) => format!("sleeps for {length:?}"),
                    Some(what) => format!("waits for {what}"),
                    None => "waits".to_string(),
                };
                format!("Pending: {} {waits}", self.who(*task))
            }
            What::PollEnded { task, outcome, .. } => format!("{} is {outcome}", self.who(*task)),
            What::Woken { task, by, outcome } => self.woken_in_words(*task, *by, *outcome),
            What::DeadWake { task } => format!("a wake of task {task} comes too late: it is gone"),
            What::Cancelled { task, by: Some(by) } => {
                format!("{} cancels {}", self.who(*by), self.who(*task))
            }
            What::Cancelled { task, by: None } => format!("{} is cancelled", self.who(*task)),
            What::Dropped { task } => format!("the loop closes and drops {}", self.who(*task)),
            What::Retrieved { task } => {
                format!("somebody looks at the result of {}", self.who(*task))
            }
            What::NeverRetrieved { task, .. } => {
                format!("nobody has looked at the failure of {}", self.who(*task))
            }
            What::CallbacksRun { task, callbacks } => {
                format!("{} of {} have run", count(*callbacks, "callback"), self.who(*task))
            }
            _ => return None,
        })
    }

    fn woken_in_words(&self, task: TaskId, by: Cause, outcome: WakeOutcome) -> String {
        let note = match outcome {
            WakeOutcome::Queued => "",
            WakeOutcome::AlreadyQueued => ", which is queued already",
        };
        let by = match by {
            Cause::Task(by) if by == task => {
                return format!("{} wakes itself{note}", self.who(task));
            }
            Cause::Task(by) => self.who(by),
            Cause::Outside => "something outside of the loop".to_string(),
            by => by.to_string(),
        };
        format!("{by} wakes {}{note}", self.who(task))
    }

    fn timer_in_words(&self, what: &What) -> Option<String> {
        Some(match what {
            What::TimerArmed { timer, deadline } => {
                let length = short(Duration::from_nanos(deadline.saturating_sub(self.t)));
                format!("{} sets timer {timer}, for {length}", self.doer())
            }
            What::TimerFired { timer, .. } => format!("timer {timer} goes off"),
            What::TimerCancelled { timer } => format!("{} takes timer {timer} back", self.doer()),
            What::JobQueued { job } => format!("{} hands job {job} to a thread", self.doer()),
            What::JobDone { job, thread, started, ended } => {
                let took = short(Duration::from_nanos(ended.saturating_sub(*started)));
                format!("job {job} is done: it took {took} on thread {thread}")
            }
            _ => return None,
        })
    }

    fn socket_in_words(&self, what: &What) -> Option<String> {
        Some(match what {
            What::Registered { socket, address } => {
                let address = address.map(|it| format!(", to {it}")).unwrap_or_default();
                format!("{} opens socket {socket}{address}", self.doer())
            }
            What::Tried { socket, operation, outcome } => {
                format!("{} tries: {operation} on socket {socket}: {outcome}", self.doer())
            }
            What::Armed { socket, direction } => {
                format!("{} wants socket {socket} {direction}", self.doer())
            }
            What::Disarmed { socket, direction } => {
                format!("{} no longer wants socket {socket} {direction}", self.doer())
            }
            What::Ready { socket, readable, writable, error } => {
                let words = [(readable, "readable"), (writable, "writable"), (error, "broken")];
                let words: Vec<_> =
                    words.iter().filter(|(set, _)| **set).map(|(_, word)| *word).collect();
                format!("the system says: socket {socket} is {}", words.join(" and "))
            }
            What::Deregistered { socket } => format!("{} closes socket {socket}", self.doer()),
            What::Unsent { socket, bytes } => format!("socket {socket} ends with {bytes} B unsent"),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::{
        EventLoop, create_task, sleep,
        trace::{Observer, Record},
    };

    #[test]
    fn a_run_is_told_in_words() {
        let task = TaskId(7);
        let woken = What::Woken { task, by: Cause::Outside, outcome: WakeOutcome::AlreadyQueued };
        let words = LoopState::default().in_words(&woken);
        assert_eq!(words, "something outside of the loop wakes task 7, which is queued already");
        let (mut state, told) = (LoopState::default(), Rc::<RefCell<Vec<String>>>::default());
        let list = told.clone();
        let observer = move |record: &Record| {
            state.record(record);
            list.borrow_mut().push(state.in_words(&record.what));
        };
        let builder =
            EventLoop::builder().unwatched().virtual_time().name("first").observer(observer);
        builder.build().expect("a loop can be made").run(async {
            let sleeper = create_task(sleep(Duration::from_secs(1)));
            sleeper.set_name("a\nb");
            create_task(sleep(Duration::from_secs(9))).cancel();
            sleeper.await.expect("it does not fail");
        });
        let expected = [
            "the loop \"first\" starts; main is task 0",
            "poll #1 of main",
            "main creates task 1 \"Sleep\"",
            "task 1 is now named \"a\\nb\"",
            "main creates task 2 \"Sleep\"",
            "main cancels task 2 \"Sleep\"",
            "Pending: main waits for task 1",
            "poll #1 of task 1 \"a\\nb\"",
            "task 1 \"a\\nb\" sets timer 0, for 1.0 s",
            "Pending: task 1 \"a\\nb\" sleeps for 1s",
            "a wake of task 2 comes too late: it is gone",
            "the turn ends: 2 polled",
            "the loop sleeps at most 1.0 s, for a timer",
            "the loop is woken by the deadline",
            "timer 0 goes off",
            "timer 0 wakes task 1 \"a\\nb\"",
            "poll #2 of task 1 \"a\\nb\"",
            "task 1 \"a\\nb\" is ready",
            "task 1 \"a\\nb\" wakes main",
            "poll #2 of main",
            "somebody looks at the result of task 1 \"a\\nb\"",
            "main is ready",
            "the loop ends: main is done",
        ];
        assert_eq!(*told.borrow(), expected);
    }
}
