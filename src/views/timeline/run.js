// ---- Study: one pass over the records

const POLLED = 0, QUEUED = 1, WAITING = 2;
/** A poll of so many nanoseconds holds the loop: it has a colour and a sign of its own. */
const LONG = 1e8;
/** The end of what has not ended when the records do. */
const OPEN = Infinity;

/** Slices of a lane, one after the other: from which record to which, in which state, and a note. */
class Slices {
	first = []; last = []; state = []; note = [];

	begin(index, state, note) {
		this.finish(index);
		this.first.push(index);
		this.last.push(OPEN);
		this.state.push(state);
		this.note.push(note);
	}
	finish(index) {
		if (this.last.at(-1) === OPEN) this.last[this.last.length - 1] = index;
	}
	/** The slice that lasts at this record, or -1. */
	at(index) {
		const slice = lowerBound(this.first, index + 1) - 1;
		return slice >= 0 && index < this.last[slice] ? slice : -1;
	}
}

const readPlace = ([file, line]) => ({ file, line, text: visible(`${file}:${line}`).split(/[\\/]/).pop() });

/** What the records add up to. `causeOf` goes from a record to the one that led to it. */
class Run {
	constructor(loop) {
		this.names = list(loop.names).map(visible);
		this.places = list(loop.places).map(readPlace);
		this.sources = loop.sources ?? {};
		this.story = list(loop.story).sort((a, b) => a[0] - b[0]);
		this.lost = new Map(list(loop.lost).map(([index, watching, preempted]) => [index, watching + preempted]));
		this.findings = list(loop.findings).sort((a, b) => a[0] - b[0]);
		const { left_out: hole } = loop;
		// Before which record how many are missing.
		this.holes = new Map([...hole ? [[hole.after, hole.records]] : [], ...list(loop.skipped)]);
		this.sums = loop.sums; // also of what is missing
		this.length = this.latest = 0;
		this.records = [];
		this.times = [];
		this.causeOf = [];
		this.pollAround = []; // the record that began the poll in which this one lies
		this.pollEnd = [];
		this.interestOf = []; // of a wake by a socket: the "arm" that had asked for it
		this.owner = [];
		this.moves = []; // where something moves, for whoever plays the run
		this.known = { __proto__: null, task: new Map(), socket: new Map(), timer: new Map(), job: new Map() };
		this.owners = { task: [], socket: [], timer: [], job: [] };
		this.turns = new Slices();
		this.sleeps = new Slices();
		this.polls = new Slices();
		this.wokenIn = new Map(); // from a poll to the wake that its own task had in the course of it
		this.polling = -1;
		list(loop.records).filter(Array.isArray).forEach(record => this.study(record));
	}

	study(record) {
		const [t, turn, kind, id] = record, index = this.length++;
		this.records.push(record);
		this.times.push(this.latest = Math.max(this.latest, Number(t) || 0));
		if (this.holes.has(index)) this.forget(index - 1);
		if (this.turns.note.at(-1) !== turn) this.turns.begin(index, 0, turn);
		this.pollAround[index] = this.causeOf[index] = this.polling;
		this.pollEnd[index] = this.interestOf[index] = -1;
		if (this.isMove(index)) this.moves.push(index);
		// A stream that was made by hand may use a number again.
		if (kind === "register" || kind === "arm timer") this.known[FAMILY[kind]].delete(id);
		const owner = this.owner[index] = FAMILY[kind] in this.known ? this.find(FAMILY[kind], id, index) : null;
		owner?.marks.push(index);
		LEARN[FAMILY[kind]]?.[kind](owner, index, record.slice(4), this);
	}

	/** Behind a hole in the records nothing is known of what lasted before it. */
	forget(index) {
		this.polling = -1;
		this.sleeps.finish(index);
		this.polls.finish(index);
		for (const task of this.owners.task) {
			task.slices.finish(index);
			task.poll = task.wokenBy = -1;
		}
		for (const socket of this.owners.socket) {
			for (const interest of socket.interest) interest.finish(index);
			Object.assign(socket, { armed: [-1, -1], blocked: [-1, -1] });
		}
		for (const owner of Object.values(this.owners).flat()) owner.news = -1;
		for (const timer of this.owners.timer) timer.last = Math.min(timer.last, index);
	}

	/** A task, socket, timer or job; `news` is its last record that can have woken somebody. */
	find(kind, id, index) {
		const known = this.known[kind];
		if (!known.has(id)) {
			const name = kind === "task" ? "?" : WORDS.thing(kind, id);
			const of = kind === "task" ? null : this.owner[this.polling]; // who made it
			const owner = { kind, id, name, of, label: "", first: index, last: OPEN, marks: [], news: -1 };
			if (kind === "task") Object.assign(owner, { birth: name, slices: new Slices(), poll: -1, wokenBy: -1 });
			const interest = [new Slices(), new Slices()]; // by direction, as the other two
			if (kind === "socket") Object.assign(owner, { interest, armed: [-1, -1], blocked: [-1, -1] });
			if (kind === "job") Object.assign(owner, { queued: index, thread: null });
			known.set(id, owner);
			this.owners[kind].push(owner);
		}
		return known.get(id);
	}

	/** Where in the run a time is: a record's index and a fraction of the way to the next. */
	indexAtTime(t) {
		const after = clamp(lowerBound(this.times, t), 1, Math.max(1, this.length - 1));
		const [from, to] = [this.times[after - 1], this.times[after]];
		return after - 1 + clamp((t - from) / (to - from || 1), 0, 1);
	}

	isMove(index) {
		const [, , kind, , , outcome] = this.records[index];
		return MOVES.has(kind) && (kind !== "wake" || outcome === "queued");
	}

	get total() { return this.latest - this.times[0]; }

	/** How long it was from one record to another; what has not ended lasts until the records end. */
	lengthOf(first, last) { return this.times[Math.min(last, this.length - 1)] - this.times[first]; }
	lengthIn({ first, last }, slice) { return this.lengthOf(first[slice], last[slice]); }

	/** So much of that time went to watching, or to other threads: nobody is to be blamed for it. */
	lostIn(first, last) {
		let sum = 0;
		if (this.lost.size < last - first) {
			for (const [index, lost] of this.lost) if (first < index && index <= last) sum += lost;
		} else {
			for (let index = first + 1; index <= last; index++) sum += this.lost.get(index) ?? 0;
		}
		return sum;
	}

	isLongPoll(poll) { return this.isLong(this.polls.first[poll], this.polls.last[poll]); }
	isLong(first, last) {
		const length = this.lengthOf(first, last);
		return length >= LONG && length - this.lostIn(first, Math.min(last, this.length - 1)) >= LONG;
	}

	/** All waits for something outside of the tasks: a socket, a timer, a thread. */
	get waits() {
		const found = [];
		for (const task of this.owners.task) {
			const { first, last, state, note } = task.slices;
			first.forEach((index, slice) => {
				const kind = state[slice] === WAITING && list(note[slice])[0];
				if (!["socket", "timer", "job"].includes(kind)) return;
				found.push({ task, first: index, last: last[slice], length: this.lengthOf(index, last[slice]) });
			});
		}
		return found;
	}

	/** In a part of a run, those that are seen. */
	get tasks() { return Math.max(this.sums.tasks, this.owners.task.length); }

	called(id) { return cut(`${id} ${this.known.task.get(id)?.name ?? ""}`, 28); }
}

const wayOf = word => ["writable", "write", "connect"].includes(word) ? 1 : 0;

function endTask(task, index, how) {
	if (task.how) return;
	task.slices.finish(index);
	Object.assign(task, { last: index, how, news: index });
}

/** What a record teaches of its owner, by the family of the owner; the loop's own records have none. */
const LEARN = {
	loop: {
		park(_, index, fields, { sleeps }) { sleeps.begin(index, 0, index); },
		unpark(_, index, fields, { sleeps }) { sleeps.finish(index); },
	},
	task: {
		"loop starts"(task, index, [place]) {
			Object.assign(task, { name: "main", birth: null, place, wokenBy: index });
			task.slices.begin(index, QUEUED, index);
		},
		create(task, index, [, coroutine, place], { names }) {
			Object.assign(task, { name: names[coroutine] ?? "?", birth: names[coroutine] ?? "?", place, wokenBy: index });
			task.slices.begin(index, QUEUED, index);
		},
		name(task, index, [name], { names }) { task.name = names[name] ?? "?"; },
		poll(task, index, [number], run) {
			run.causeOf[index] = task.wokenBy;
			Object.assign(task, { poll: index, news: index, wokenBy: -1 });
			task.slices.begin(index, POLLED, number);
			run.polls.begin(index, POLLED, task.id);
			run.polling = run.pollAround[index] = index;
		},
		"poll ends"(task, index, [outcome, wait], run) {
			if (task.poll >= 0) {
				run.pollEnd[task.poll] = index;
				run.causeOf[index] = run.pollAround[index] = task.poll;
				run.polls.finish(index);
			}
			run.polling = task.poll = -1;
			if (outcome !== "pending") endTask(task, index, outcome);
			else if (task.wokenBy >= 0) task.slices.begin(index, QUEUED, task.wokenBy); // in the middle of the poll
			else task.slices.begin(index, WAITING, wait);
		},
		wake(task, index, [cause, outcome], run) {
			const [kind, number, direction] = list(cause);
			const waker = kind in run.known ? run.find(kind, number, index) : null;
			if (waker?.news >= 0) run.causeOf[index] = waker.news;
			if (kind === "socket") run.interestOf[index] = waker.armed[wayOf(direction)];
			if (kind === "job") waker.wake = index;
			if (outcome !== "queued") return;
			task.wokenBy = index;
			if (task.poll >= 0) run.wokenIn.set(task.poll, index);
			else if (!task.how) task.slices.begin(index, QUEUED, index);
		},
		cancel(task, index) {
			if (task.poll < 0) endTask(task, index, "cancelled"); // one that cancels itself first comes to the end of its poll
		},
		drop(task, index) { endTask(task, index, "dropped"); },
		"loop ends"() {}, "dead wake"() {}, retrieve() {}, "never retrieved"() {}, callbacks() {},
	},
	socket: {
		register(socket, index, [address], { names }) { socket.label = names[address] ?? ""; },
		try(socket, index, [operation, outcome]) {
			if (outcome === "would block") socket.blocked[wayOf(operation)] = index;
		},
		arm(socket, index, [direction], run) {
			const way = wayOf(direction);
			socket.interest[way].begin(index, way, direction);
			socket.armed[way] = index;
			if (socket.blocked[way] >= 0) run.causeOf[index] = socket.blocked[way];
		},
		event(socket, index, [...ready], run) {
			socket.news = index;
			socket.interest.forEach((interest, way) => {
				if (!ready[way] || interest.at(index) < 0) return;
				interest.finish(index);
				run.causeOf[index] = socket.armed[way];
			});
		},
		disarm(socket, index, [direction]) { socket.interest[wayOf(direction)].finish(index); },
		deregister(socket, index) {
			socket.last = index;
			for (const interest of socket.interest) interest.finish(index);
		},
		unsent() {},
	},
	timer: {
		"arm timer"(timer, index, [deadline], { times }) {
			Object.assign(timer, { deadline, label: round(deadline - times[index]) });
		},
		"fire timer"(timer, index, fields, run) {
			run.causeOf[index] = timer.first;
			timer.news = timer.last = index;
		},
		"cancel timer"(timer, index) { timer.last = index; },
	},
	job: {
		"queue job"(job, index) { job.news = index; },
		"done job"(job, index, [thread, started, ended], run) {
			const first = Math.max(job.queued, run.indexAtTime(started)), last = Math.max(first, run.indexAtTime(ended));
			Object.assign(job, { thread, first, last, news: index, label: duration(ended - started) });
			run.causeOf[index] = job.queued;
			if (job.wake >= 0) run.causeOf[job.wake] = index; // this record comes from whoever was woken by it
		},
	},
};
/** In these something goes from one place of the machine to another. */
const MOVES = new Set(["loop starts", "create", "poll", "poll ends", "wake", "cancel", "drop", "park", "unpark"]);
const FAMILY = {};
for (const family in LEARN) for (const kind in LEARN[family]) FAMILY[kind] = family;
