// ---- Why?

/** The records that led to the poll at the cursor, nearest first, back to the `polls`-th poll before it: a wake,
 *  what the wake came from, who had asked for it, the try that would have blocked. */
function stepsBack(index, polls) {
	const { causeOf, interestOf, pollAround, records } = run;
	const steps = [pollAround[index] >= 0 ? pollAround[index] : index];
	while (polls > 0) {
		const before = steps.at(-2), at = steps.at(-1);
		// An event may serve two directions: which one is meant is known to the wake.
		const next = records[at][2] === "event" && interestOf[before] >= 0 ? interestOf[before] : causeOf[at];
		if (next < 0 || steps.includes(next)) break;
		steps.push(next);
		if (records[next][2] === "poll") polls--;
	}
	return steps;
}

/** Asked again at the same place, it goes back by one more poll. */
function askWhy() {
	look.depth = look.why.length && look.whyAt === cursor ? look.depth + 1 : 1;
	look.whyAt = cursor;
	look.why = stepsBack(pollToExplain(), look.depth);
	showWhy();
	scrollInto(byId("panel"), byId("why"));
}

/** The poll at the cursor. Where none is, the next one of the chosen task. */
function pollToExplain() {
	if (run.pollAround[cursor] >= 0 || !look.task) return cursor;
	return list(look.task.marks).find(index => index > cursor && run.records[index][2] === "poll") ?? cursor;
}

function showWhy() {
	const { why } = look;
	byId("why").hidden = !why.length;
	byId("steps").replaceChildren(...why.map((index, step) => {
		const earlier = step && run.times[why[step - 1]] - run.times[index];
		return jumpItem("li", index, sayWithPlace(index), earlier > 0 ? WORDS.earlierBy(duration(earlier)) : "");
	}));
	const end = run.causeOf[why.at(-1)] < 0;
	byId("further").textContent = end ? WORDS.begins : WORDS.further;
	byId("further").disabled = end;
}

const task = id => WORDS.task(run.called(id));
function waitWords(wait) {
	const [kind, , words = WORDS.something] = list(wait);
	return kind === "timer" ? visible(words).replace(/^sleep /, WORDS.sleepsFor) : WORDS.waits(visible(words));
}

/** From the fields of a record to those that its sentence needs; where nothing stands here, they are the same. */
const FIELDS = {
	__proto__: null,
	"loop starts": main => [task(main)],
	park: deadline => [deadline == null ? null : moment(deadline)],
	unpark: by => [visible(by)],
	create: (id, by) => [task(id), by == null ? null : task(by)],
	poll: (id, number) => [task(id), number],
	"poll ends": (id, outcome, wait) => [task(id), visible(outcome), wait && waitWords(wait)],
	wake: (id, cause, outcome) => [task(id), because(list(cause), id), outcome !== "queued"],
	cancel: id => [task(id)], drop: id => [task(id)], retrieve: id => [task(id)],
	try: (id, operation, outcome, bytes, words) => [visible(operation), id, visible(words ?? outcome)],
	register: (id, address) => [id, run.names[address]],
	arm: (id, direction) => [id, visible(direction)],
	event: (id, ...ready) => [id, ["readable", "writable", "error"].filter((_, way) => ready[way]).join(", ")],
	"arm timer": (id, deadline) => [id, moment(deadline)],
	"fire timer": (id, late) => [id, late > 0 && duration(late)],
	"done job": (id, thread, started, ended) => [id, thread, duration(ended - started)],
};

/** A record in words. */
function say(index) {
	const [, , kind, ...fields] = run.records[index], family = FAMILY[kind];
	if (WORDS.say[kind]) return WORDS.say[kind](...(FIELDS[kind]?.(...fields) ?? fields));
	const about = family === "task" ? [task(fields[0])] : family in run.known ? [WORDS.thing(family, fields[0])] : fields;
	return [visible(kind), ...about.map(visible)].join(" · ");
}

function because([kind, number, more], id) {
	if (kind === "task") return number === id ? WORDS.byItself : WORDS.byTask(task(number));
	if (kind === "outside") return WORDS.fromOutside;
	return WORDS.because(kind, number, visible(more));
}

function sayWithPlace(index) {
	const place = placeOf(index);
	return say(index) + (place ? WORDS.at(place.text) : "");
}

/** The line of the program that a record is about, where it is known. */
function placeOf(index) {
	const record = run.records[index] ?? [], [, , kind, id] = record;
	const direct = { "loop starts": record[4], create: record[6], "poll ends": record[5]?.[3] };
	if (kind in direct) return run.places[direct[kind]];
	if (kind === "poll") return run.places[whereItWaited(run.owner[index], record[4], index)];
	if (!["arm", "arm timer", "queue job"].includes(kind) && record[5] !== "would block") return undefined;
	// The leaf says at the end of the poll what it waits for, and where.
	const wait = list(run.records[run.pollEnd[run.pollAround[index]]]?.[5]);
	return wait[0] === FAMILY[kind] && wait[1] === id ? run.places[wait[3]] : undefined;
}

/** A poll goes on where the one before it stopped; the first, where the task was made. */
function whereItWaited({ slices: { first, state, note }, place }, number, poll) {
	if (number === 1) return place;
	for (let slice = lowerBound(first, poll) - 1; slice >= 0 && state[slice] !== POLLED; slice--) {
		if (state[slice] === WAITING) return note[slice]?.[3];
	}
}
