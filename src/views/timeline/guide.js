// ---- What to look at: the run in a sentence, the first selection, the tour, and what a hover says

/** One sentence about this run. */
function leadOf(run) {
	const { total, polls, waits, sums, holes } = run;
	const long = [...polls.first.keys()].filter(poll => run.isLongPoll(poll));
	if (long.length) {
		const held = long.reduce((sum, poll) => sum + run.lengthIn(polls, poll), 0);
		return WORDS.leadBlocked(long.length, round(held), queuedMeanwhile(long)) + (holes.size ? WORDS.maybeMore : "");
	}
	const waiters = new Set(waits.map(({ task }) => task));
	const waited = waits.reduce((sum, { length }) => sum + length, 0);
	const share = percent(sums.asleep / Math.max(1, total)), most = countsOf(waits).peak;
	// Who waited in a hole, nobody knows.
	if (!waiters.size || holes.size) return WORDS.leadBusy(run.tasks, sums.polls, round(total), holes.size && share);
	if (most < 2) return WORDS.leadWaits(waiters.size, round(waited), round(total), share);
	return WORDS.leadTogether(most, waiters.size, round(waited), round(total), share);
}

/** How many tasks were in the ready queue during long polls. */
function queuedMeanwhile(long) {
	const wasQueued = ({ slices }, poll) => slices.state[slices.at(run.polls.last[poll] - 1)] === QUEUED;
	return run.owners.task.filter(task => long.some(poll => wasQueued(task, poll))).length;
}

/** Where the cursor stands at first: at the first warning; else where the loop sleeps through the longest wait. */
function firstSelection(run) {
	const [warned] = run.findings;
	if (warned) {
		const task = run.known.task.get(warned[3]), poll = run.pollAround[clamp(warned[0], 0, run.length - 1)];
		return { index: poll >= 0 ? poll : clamp(warned[0], 0, run.length - 1), task };
	}
	const longest = run.waits.reduce((best, wait) => !best || wait.length > best.length ? wait : best, null);
	if (!longest) return { index: 0 };
	const { sleeps } = run;
	let index = longest.first, most = -1;
	for (let sleep = lowerBound(sleeps.first, longest.first); sleeps.first[sleep] < longest.last; sleep++) {
		const length = run.lengthIn(sleeps, sleep);
		if (length > most) [index, most] = [sleeps.first[sleep], length];
	}
	return { index, task: longest.task };
}

const TOUR = ["stage", "stage", "machine"];
let tourStep = 0;

function tour(step) {
	tourStep = step;
	const on = step >= 1 && step <= 3;
	byId("tour").hidden = !on;
	for (const part of document.querySelectorAll(".toured")) part.classList.remove("toured");
	if (!on) return;
	byId("tour-step").textContent = WORDS.tourSteps[step - 1];
	byId("tour-on").textContent = WORDS.tourOn(step);
	byId(TOUR[step - 1]).classList.add("toured");
}

/** What is at a point of the canvas, and how long. */
function hintAt(left, top) {
	if (left < size.gutter) return nameHint(laneAt(top));
	if (top < size.overview) return thingAt(run.indexAtTime(overviewTime(left)) | 0);
	const index = axis.indexAt(placeAt(left)), loopTop = size.overview + size.axis;
	if (top < loopTop) return moment(axis.timeAt(placeAt(left)));
	if (top < loopTop + 18) {
		const turn = run.turns.at(index);
		return turn < 0 ? "" : WORDS.hintTurn(run.turns.note[turn], duration(run.lengthIn(run.turns, turn)));
	}
	if (top < HEAD) return thingAt(index);
	const lane = laneAt(top);
	if (!lane || !lane.owners.length) return lane ? nameHint(lane) : thingAt(index);
	if (lane.fold) return WORDS.hintFold(lane.key, lane.fold.length, countAt(lane.counts, index));
	const owner = lane.owners.find(({ first, last, queued }) => Math.min(first, queued ?? first) <= index + 1 && index <= last);
	if (!owner) return "";
	return owner.kind === "task" ? taskHint(owner, nearestSlice(owner.slices, left, index))
		: WORDS.hintBar(nameOf(owner), duration(run.lengthOf(Math.floor(owner.first), Math.ceil(owner.last))));
}

/** A poll is thin: beside it, it counts too. */
function nearestSlice(slices, left, index) {
	const slice = slices.at(index);
	for (const near of [slice, slice + 1, slice - 1]) {
		if (slices.state[near] === POLLED && Math.abs(x(slices.first[near]) - left) < 4) return near;
	}
	return slice;
}

function nameHint(lane) {
	if (lane?.fold) return WORDS.hintFold(lane.key, lane.fold.length);
	return lane?.owners.slice(0, 3).map(nameOf).join("\n") ?? "";
}

/** What the loop does at a record. */
function thingAt(index) {
	const poll = run.polls.at(index), sleep = run.sleeps.at(index);
	if (poll >= 0) {
		const task = run.known.task.get(run.polls.note[poll]);
		return taskHint(task, task.slices.at(run.polls.first[poll]));
	}
	if (sleep < 0) return WORDS.looks;
	const first = run.sleeps.first[sleep], last = run.sleeps.last[sleep];
	const isShorter = axis.shortened.some(part => part.first === first);
	return WORDS.hintSleep(duration(run.lengthOf(first, last)), isShorter) + lostWords(first, last);
}

function taskHint(task, slice) {
	if (!task || slice < 0) return task ? nameOf(task) : "";
	const [first, last, state, note] = ["first", "last", "state", "note"].map(field => task.slices[field][slice]);
	const name = run.called(task.id), length = duration(run.lengthOf(first, last));
	if (state === POLLED) return WORDS.hintPoll(name, note, length, run.isLong(first, last)) + lostWords(first, last);
	return state === QUEUED ? WORDS.hintQueued(name, length) : WORDS.hintWait(name, waitWords(note), length);
}

/** For those who have no pointer: what the chosen task, or the loop, does at the cursor, and how long. */
function thingOf(task) {
	const slice = task ? task.slices.at(cursor) : -1;
	return slice >= 0 && run.sleeps.at(cursor) < 0 ? taskHint(task, slice) : thingAt(cursor);
}

function lostWords(first, last) {
	const lost = run.lostIn(first, Math.min(last, run.length - 1));
	return lost > 0 ? WORDS.hintLost(duration(lost)) : "";
}

function showHint(text, clientX, clientY) {
	const hint = byId("hint"), zoomed = document.body.classList.contains("big") ? 1.4 : 1;
	hint.hidden = !text;
	if (!text) return;
	hint.textContent = text;
	const { width, height } = hint.getBoundingClientRect();
	hint.style.left = `${clamp(clientX + 14, 4, innerWidth - width - 4) / zoomed}px`;
	hint.style.top = `${(clientY + 18 + height > innerHeight ? clientY - height - 10 : clientY + 18) / zoomed}px`;
}
