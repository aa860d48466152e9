// ---- Words: all that the page says, in one place, so that a second language can stand beside this one.
//
// The story's sentences and those of the lints come with the data.

const number = value => Number(value).toLocaleString("en");
const count = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;
/** Nearly all is not all. */
const percent = share => `${share > 0.99 ? (Math.floor(1000 * share) / 10) : Math.round(100 * share)} %`;

const WORDS = {
	// Buttons, labels, titles
	whichLoop: "Which loop", search: "Find a task", zoomOut: "Zoom out", zoomIn: "Zoom in", wholeRun: "Whole run",
	linear: "Linear time", bigText: "Large text (b)", png: "Save as PNG", why: "Why?", help: "Help",
	tour: "A short tour", tourOff: "End the tour", panel: "The moment at the cursor",
	stage: "Timeline. Arrow keys step through events, space plays the run, w says why, question mark lists all keys.",
	machine: "The loop, drawn", first: "To the beginning", previous: "Previous event", next: "Next event",
	play: "Play the run", playBack: "Play it backwards", speed: "Speed",
	warnings: "Warnings", state: "State after this event", story: "The story", earlier: "Earlier", later: "Later",
	helpTitle: "Watching a loop", close: "Close", further: "Further back (w)", begins: "Here it begins.",
	helpAxis: "Polls are drawn to scale. A long sleep is drawn shorter, with // and its true length in it; what waits across it "
		+ "has // as well. “+0.2 ms” on the axis: the time since the loop woke up. The bar at the top is always linear.",
	helpPointer: "A click selects, dragging moves, the wheel with Ctrl zooms. A click on a folded lane opens it.",
	noSource: "The source file was not found.",
	nothing: "There is nothing to show: ",
	noLoop: "no loop has run, or none has come to its first event yet",

	// Lanes and the axis
	overview: "whole run", readableAxis: "sleeps shortened", linearAxis: "linear time", virtualAxis: "virtual time",
	loop: "the loop",
	TASKS: "TASKS", SOCKETS: "SOCKETS", TIMERS: "TIMERS", THREADS: "THREADS", notDone: "not done",
	folded: (name, members) => `▸ ${name} ×${number(members)}`,
	unfolded: (name, members) => `▾ ${name} ×${number(members)}`,
	most: peak => `at most ${number(peak)} at once`,
	turn: id => `turn ${id}`,
	asleep: length => `asleep ${length}`,
	nothingElse: length => `${length}: nothing else can run`,
	thing: (kind, id) => `${kind} ${id}`, // a socket, a timer, a job
	things: count,
	thread: id => `thread ${id}`,
	ofTask: name => `, of ${name}`,

	// The legend
	legend: {
		poll: "polled", block: "polled for 100 ms or more", queued: "in the ready queue", waiting: "waits",
		torn: "a sleep, drawn shorter", lost: "time for watching, or for other threads",
		blocked: "would block", asks: "asks to be woken", ready: "ready", done: "done",
		end: "end of a task", warning: "warning", socket: "woken by a socket", timer: "by a timer", job: "by a thread",
		task: "by a task", outside: "from outside", create: "creates a task",
	},

	// The run in a sentence
	summary: ({ tasks, turns, polls, total, asleep }) =>
		`${count(tasks, "task")} · ${count(turns, "turn")} · ${count(polls, "poll")} · ${total} · asleep ${asleep} %`,
	leadBlocked: (polls, length, others) =>
		`${polls === 1 ? "One poll" : `${number(polls)} polls`} held the loop for ${length}${polls === 1 ? "" : " in all"}: `
		+ (others ? `meanwhile ${count(others, "other task")} ${others === 1 ? "was" : "were"} ready and could not run.`
			: "nothing else could run."),
	leadWaits: (tasks, waited, total, share) =>
		`${count(tasks, "task")} waited ${waited} in all, in ${total}: ${tasks > 1 ? "one after the other, and " : ""}the loop slept ${share}.`,
	leadTogether: (most, tasks, waited, total, share) =>
		`${count(tasks, "task")} waited ${waited} in all, in ${total}: `
		+ `${most === tasks ? "" : `up to ${number(most)} `}at the same time, on one thread, and it slept ${share}.`,
	leadBusy: (tasks, polls, total, share) => `${count(tasks, "task")} took ${count(polls, "poll")} in ${total}, and `
		+ (share ? `the loop slept ${share}.` : "had nothing to wait for."),
	maybeMore: " There may be more in the middle.",
	hole: (records, after) => `The middle is left out: ${count(records, "event")} after the first ${number(after)}.`,
	moreLoops: more => `${count(more, "more loop")} ran, and are not in this file.`,
	loopName: (name, place, events) => `${name ? `${place}: ${name}` : `loop ${place}`} (${count(events, "event")})`,
	tourSteps: [
		"1 of 3: The bar at the top is the whole run, linear. Below it, solid is a poll; pale is the loop asleep.",
		"2 of 3: Each task has a lane: polled, in the ready queue (striped), or waiting (a thin line). Press w: why did it go on?",
		"3 of 3: Press ▶ (or space): the loop moves, and tasks go from place to place.",
	],
	tourOn: step => step === 3 ? "Done" : "Next",

	// The machine
	places: {
		queue: "ready queue, next →", poll: "polled", socket: "sockets", timer: "timers", job: "threads", task: "tasks", sleep: "",
	},
	ways: "woken ↑ · ↓ waits for",
	more: left => `+${number(left)}`,
	sleeps: length => `☾ the loop sleeps: ${length}`,
	polls: "the loop polls", goesOn: "the loop takes the next one out of the queue", looks: "the loop looks: is anything ready?",
	doneCount: done => `✓ ${number(done)} done`,
	speedOf: factor => `${factor}×`,

	// The panel
	where: (event, events, time, turn) => `event ${number(event)} of ${number(events)} · ${time} · turn ${turn}`,
	stateOf: ["is polled, #", "is in the ready queue"],
	forSoLong: length => `for ${length}`,
	goesOff: length => `goes off in ${length}`,
	readyQueue: "Ready queue, next first", tasks: "Tasks", socketsWaited: "Sockets waited for", timers: "Timers",
	jobs: "Jobs on threads",
	known: ", as far as known",
	none: "none",
	andMore: left => `… and ${number(left)} more`,
	page: (first, last, all) => `${number(first)} to ${number(last)} of ${number(all)}`,
	moreSentences: left => `… and ${count(left, "sentence")} more.`,
	earlierBy: length => `${length} earlier`,
	found: (at, all) => `task ${number(at)} of ${number(all)} found`,
	notFound: "no task has this in its name",

	// A hover
	hintPoll: (task, id, length, long) => `${task} is polled, #${id}\n${length}${long ? ": nothing else could run" : ""}`,
	hintQueued: (task, length) => `${task} is in the ready queue\n${length}`,
	hintWait: (task, words, length) => `${task} ${words}\n${length}`,
	hintSleep: (length, isShorter) => `the loop sleeps\n${length}${isShorter ? ", drawn shorter" : ""}`,
	hintTurn: (id, length) => `turn ${id} of the loop\n${length}`,
	hintLost: length => `\n${length} of it was for watching, or for other threads`,
	hintBar: (name, length) => `${name}\nthere for ${length}`,
	hintFold: (name, members, now) => `${name}: ${number(members)} in one lane; a click on its name opens it`
		+ (now === undefined ? "" : `\n${number(now)} there at this time`),

	// Records, in words. Of other kinds the name says it.
	waits: words => `waits for ${words}`,
	sleepsFor: "sleeps for ",
	something: "something",
	task: name => `task ${name}`,
	at: place => `, at ${place}`,
	byItself: "by itself", fromOutside: "by something outside of the loop",
	byTask: name => `by ${name}`,
	because: (kind, id, more) => `because ${kind} ${id} ${{ timer: "went off", job: "is done" }[kind] ?? `is ${more}`}`,
	say: {
		__proto__: null, // a record may say that it is a "constructor"
		"loop starts": name => `the loop starts, with ${name}`,
		"loop ends": () => "the loop ends",
		"turn ends": polls => `the turn ends: ${count(polls, "poll")}`,
		park: until => until == null ? "nothing is ready: the loop sleeps until something happens"
			: `nothing is ready: the loop sleeps, until ${until} at the latest`,
		unpark: by => `the loop wakes up: ${by}`,
		create: (name, by) => `${name} is created${by ? ` by ${by}` : ""}: to the ready queue`,
		poll: (name, id) => `poll #${id} of ${name}, the next in the ready queue`,
		"poll ends": (name, outcome, wait) => `the poll of ${name} ends: ${outcome}${wait ? `, ${wait}` : ""}`,
		wake: (name, because, again) => `${name} is woken ${because}`
			+ (again ? "; it is in the ready queue already" : ": to the ready queue"),
		cancel: name => `${name} is cancelled`,
		drop: name => `${name} is dropped`,
		retrieve: name => `somebody looks at the result of ${name}`,
		try: (operation, id, outcome) => `${operation} on socket ${id} → ${outcome}`,
		register: (id, address) => `socket ${id} is new${address ? `: ${address}` : ""}`,
		deregister: id => `socket ${id} is closed`,
		arm: (id, direction) => `the task asks to be woken when socket ${id} is ${direction}`,
		event: (id, ready) => `the operating system reports socket ${id} ${ready}`,
		"arm timer": (id, deadline) => `timer ${id} is set for ${deadline}`,
		"fire timer": (id, late) => `timer ${id} goes off${late ? `, ${late} late` : ""}`,
		"cancel timer": id => `timer ${id} is taken back`,
		"queue job": id => `job ${id} is handed to a thread`,
		"done job": (id, thread, length) => `thread ${thread} has done job ${id} in ${length}`,
	},

	// What can be done with keys: the help lists these.
	actions: {
		play: "play, pause", playBack: "play backwards", faster: "faster", slower: "slower",
		next: "next event", previous: "previous event", nextTurn: "next turn", previousTurn: "previous turn",
		nextPoll: "next poll of this task", previousPoll: "previous poll of this task",
		taskBelow: "task below", taskAbove: "task above",
		nextWarning: "next warning", first: "first event", last: "last event", why: "why? again: further back",
		zoomIn: "zoom in", zoomOut: "zoom out", fit: "the whole run", panRight: "window to the right", panLeft: "window to the left",
		toggleAxis: "linear time, or long sleeps shortened", search: "find a task",
		toggleFold: "fold or unfold the tasks like this one", toggleFolds: "fold or unfold all",
		toggleBig: "large text, for a projector", savePicture: "save the lanes as a picture", story: "show or hide the story",
		tourOff: "end the tour", help: "this help",
	},
};
