//! The reference schedule: what the loop must do with a program, said as slowly and plainly as can be.
//!
//! It shares nothing with the loop. No wakers, no futures, no slots: a queue of tasks that are ready, a list of timers,
//! and the five steps of a turn, as `docs/architecture.md` has them. It writes the lines that the trace must have.

use std::{
    collections::{BTreeSet, VecDeque},
    mem,
    time::Duration,
};

use super::program::{LAST, Program, Step};
use crate::random::Random;

/// How many entries of the queue are served in a turn.
const TURN: usize = 64;

/// What stands in the ready queue: a task that is to be polled, or one that is done and has callbacks.
#[derive(Clone, Copy)]
enum Entry {
    Poll(usize),
    Callbacks(usize),
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Wait {
    #[default]
    Nothing,
    /// Any poll will do.
    Poll,
    Timer(u64),
    Task(usize),
}

/// A task of the program, from before it is made until after it is gone.
#[derive(Default)]
struct Task {
    steps: VecDeque<Step>,
    id: Option<usize>,
    polls: usize,
    wait: Wait,
    is_queued: bool,
    is_done: bool,
    cancels_itself: bool,
    has_left_waker: bool,
    has_joined: bool,
    awaiter: Option<usize>,
    /// Whom the callbacks wake; and are they in the queue?
    callbacks: Vec<usize>,
    is_calling_back: bool,
}

#[derive(Default)]
struct Model {
    tasks: Vec<Task>,
    made: usize,
    ready: VecDeque<Entry>,
    inbox: Vec<usize>,
    /// Deadlines in milliseconds, numbers, and who sleeps.
    timers: BTreeSet<(u64, u64, usize)>,
    armed: u64,
    now: u64,
    random: Option<Random>,
    lines: Vec<String>,
}

/// The lines that the trace of this program must have, to the end of its main future.
pub fn schedule(program: &Program) -> Vec<String> {
    let mut model = Model::new(program);
    while !model.turn() {}
    model.lines
}

impl Model {
    fn new(program: &Program) -> Model {
        let task = |steps: &Vec<Step>| Task {
            steps: steps.iter().copied().collect(),
            is_queued: true,
            ..Task::default()
        };
        let mut tasks: Vec<_> = program.tasks.iter().map(task).collect();
        tasks[0].id = Some(0);
        tasks[0].steps.push_back(Step::Sleep(LAST));
        let random = program.shuffle.map(Random::new);
        let ready = VecDeque::from([Entry::Poll(0)]);
        Model { tasks, made: 1, ready, random, ..Model::default() }
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    /// The number of a task in the trace.
    fn id(&self, task: usize) -> usize {
        self.tasks[task].id.unwrap_or_default()
    }

    /// Is the main future done?
    fn turn(&mut self) -> bool {
        let mut polls = 0;
        for _ in 0..TURN {
            let Some(entry) = self.next() else { break };
            match entry {
                Entry::Callbacks(task) => self.call_back(task),
                Entry::Poll(task) if self.tasks[task].is_done => {
                    self.say(format!("dead wake {}", self.id(task)));
                }
                Entry::Poll(task) => {
                    polls += 1;
                    self.poll(task);
                }
            }
            if self.tasks[0].is_done {
                return true;
            }
        }
        self.say(format!("turn ends, {polls} polled"));
        // The main future sleeps at its end, so there is a timer where nobody is ready.
        if let Some(&(deadline, ..)) = self.timers.first()
            && deadline > self.now
            && self.ready.is_empty()
            && self.inbox.is_empty()
        {
            self.say(format!("park until {:?}", Duration::from_millis(deadline)));
            self.now = deadline;
        }
        while let Some(&(deadline, timer, task)) = self.timers.first()
            && deadline <= self.now
        {
            self.timers.pop_first();
            self.say(format!("fire timer {timer}"));
            self.wake(task, &format!("timer {timer}"));
        }
        for task in mem::take(&mut self.inbox) {
            self.wake(task, "outside");
        }
        false
    }

    /// First in, first out; or with a shuffle any of them, and the first takes its place.
    fn next(&mut self) -> Option<Entry> {
        match &mut self.random {
            Some(random) if !self.ready.is_empty() => {
                let chosen = random.below(self.ready.len());
                self.ready.swap(0, chosen);
            }
            _ => {}
        }
        self.ready.pop_front()
    }

    fn wake(&mut self, task: usize, by: &str) {
        let is_queued = mem::replace(&mut self.tasks[task].is_queued, true);
        let already = if is_queued { ", already queued" } else { "" };
        self.say(format!("wake {} by {by}{already}", self.id(task)));
        if !is_queued {
            self.ready.push_back(Entry::Poll(task));
        }
    }

    fn poll(&mut self, task: usize) {
        let id = self.id(task);
        self.tasks[task].is_queued = false;
        self.tasks[task].polls += 1;
        self.say(format!("poll {id} #{}", self.tasks[task].polls));
        let mut outcome = match self.is_waiting(task) {
            true => "pending",
            false => self.go_on(task),
        };
        if mem::take(&mut self.tasks[task].cancels_itself) && outcome != "panicked" {
            self.drop_future(task);
            outcome = "cancelled";
        }
        self.say(format!("{outcome} {id}"));
        if outcome != "pending" {
            self.finish(task);
        }
    }

    /// What it waits for has not come.
    fn is_waiting(&self, task: usize) -> bool {
        match self.tasks[task].wait {
            Wait::Nothing | Wait::Poll => false,
            Wait::Timer(timer) => self.timers.iter().any(|(_, it, _)| *it == timer),
            Wait::Task(other) => !self.is_over(other),
        }
    }

    fn is_over(&self, task: usize) -> bool {
        self.tasks[task].is_done && !self.tasks[task].is_calling_back
    }

    /// Steps, until one has to wait.
    fn go_on(&mut self, task: usize) -> &'static str {
        self.tasks[task].wait = Wait::Nothing;
        while let Some(step) = self.tasks[task].steps.pop_front() {
            if step == Step::Panic {
                return "panicked";
            }
            self.step(task, step);
            if self.tasks[task].wait != Wait::Nothing {
                return "pending";
            }
        }
        "ready"
    }

    fn step(&mut self, task: usize, step: Step) {
        let by = self.id(task);
        match step {
            Step::Spawn(new) if self.tasks[new].id.is_none() => {
                self.tasks[new].id = Some(self.made);
                self.say(format!("create {} by {by}", self.made));
                self.made += 1;
                self.ready.push_back(Entry::Poll(new));
            }
            Step::Yield => {
                self.wake(task, &format!("task {by}"));
                self.tasks[task].wait = Wait::Poll;
            }
            Step::Sleep(length) => {
                let (deadline, timer) = (self.now + length, self.armed);
                self.armed += 1;
                self.timers.insert((deadline, timer, task));
                let deadline = Duration::from_millis(deadline);
                self.say(format!("arm timer {timer} for {deadline:?}"));
                self.tasks[task].wait = Wait::Timer(timer);
            }
            Step::Park => {
                self.tasks[task].has_left_waker = true;
                self.tasks[task].wait = Wait::Poll;
            }
            Step::Wake(other) => self.wake_by_waker(other, by),
            Step::WakeFromThread(other)
                if self.tasks[other].has_left_waker && !self.inbox.contains(&other) =>
            {
                self.inbox.push(other);
            }
            Step::Join(other) if self.has_handle(other) => {
                self.tasks[other].has_joined = true;
                if !self.is_over(other) {
                    self.tasks[other].awaiter = Some(task);
                    self.tasks[task].wait = Wait::Task(other);
                }
            }
            Step::Cancel(other) => self.cancel(other, task),
            Step::Callback(other, woken) if self.has_handle(other) => {
                self.tasks[other].callbacks.push(woken);
                if self.tasks[other].is_done {
                    self.queue_callbacks(other);
                }
            }
            _ => {}
        }
    }

    /// It was made, and nobody has joined it. The main future has no handle.
    fn has_handle(&self, task: usize) -> bool {
        task != 0 && self.tasks[task].id.is_some() && !self.tasks[task].has_joined
    }

    fn wake_by_waker(&mut self, task: usize, by: usize) {
        if self.tasks[task].has_left_waker {
            self.wake(task, &format!("task {by}"));
        }
    }

    fn cancel(&mut self, task: usize, by: usize) {
        if task == 0 || self.tasks[task].id.is_none() || self.tasks[task].is_done {
            return;
        }
        self.say(format!("cancel {} by {}", self.id(task), self.id(by)));
        if task == by {
            self.tasks[task].cancels_itself = true; // it goes on until its poll is over
        } else {
            self.drop_future(task);
            self.finish(task);
        }
    }

    /// Undoes what the task waits for.
    fn drop_future(&mut self, task: usize) {
        match self.tasks[task].wait {
            Wait::Timer(timer) => {
                let before = self.timers.len();
                self.timers.retain(|(_, it, _)| *it != timer);
                if self.timers.len() < before {
                    self.say(format!("cancel timer {timer}"));
                }
            }
            Wait::Task(other) if !self.tasks[other].is_calling_back => {
                self.tasks[other].awaiter = None;
            }
            _ => {}
        }
    }

    /// First come the callbacks, in their turn, then whoever awaits it.
    fn finish(&mut self, task: usize) {
        self.tasks[task].is_done = true;
        if !self.tasks[task].callbacks.is_empty() {
            return self.queue_callbacks(task);
        }
        if let Some(awaiter) = self.tasks[task].awaiter.take() {
            self.wake(awaiter, &format!("task {}", self.id(task)));
        }
    }

    fn queue_callbacks(&mut self, task: usize) {
        if !mem::replace(&mut self.tasks[task].is_calling_back, true) {
            self.ready.push_back(Entry::Callbacks(task));
        }
    }

    fn call_back(&mut self, task: usize) {
        let (id, callbacks) = (self.id(task), mem::take(&mut self.tasks[task].callbacks));
        for woken in &callbacks {
            self.wake_by_waker(*woken, id);
        }
        self.say(format!("callbacks {id}, {} run", callbacks.len()));
        self.tasks[task].is_calling_back = false;
        self.finish(task);
    }
}
