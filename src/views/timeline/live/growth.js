// ---- What has come of a loop: the data of a file, which grows; and the run that learns of it bit by bit

/** So many records are kept from the beginning, and as many from the end. */
const KEPT = 100_000;
/** The middle is taken out when there are so many more: each time all is gone through. */
const SLACK = 50_000;

/** The lines of the program, for all loops. */
const SOURCES = {};

const emptyLoop = () => ({
	records: [], lost: [], story: [], findings: [], name: null, left_out: null, skipped: [],
	names: [], places: [], sources: SOURCES, sums: { tasks: 0, turns: 0, polls: 0, asleep: 0 },
});

/** A run whose records come one by one. Its last one may be "now", which is no record of the program. */
class LiveRun extends Run {
	/** What is in the window: of all that ever was there would be too many lanes. The others have none. */
	get shown() {
		for (const lane of look.lanes) for (const owner of lane.owners) owner.lane = null;
		const from = firstVisible(), until = lastVisible();
		const isThere = ({ first, last, queued = first }) => Math.min(first, queued) <= until && last >= from;
		return Object.fromEntries(Object.entries(this.owners).map(([kind, owners]) => [kind, owners.filter(isThere)]));
	}

	get endsNow() { return this.records.at(-1)?.[2] === "now"; }

	forgetNow() {
		if (!this.endsNow) return;
		const fields = ["records", "times", "causeOf", "pollAround", "pollEnd", "interestOf", "owner"];
		for (const field of fields) this[field].pop();
		this.length--;
		this.latest = this.times.at(-1) ?? 0;
	}

	/** What lasts has lasted until now. */
	lastUntil(t) {
		this.forgetNow();
		const [, turn, kind] = this.records.at(-1) ?? [];
		if (kind && kind !== "loop ends" && t > this.latest) this.study([t, turn, "now"]);
	}
}

class Growth {
	/** How much of these the run has learned of. */
	learned = { lost: 0, story: 0, findings: 0, skipped: 0 };
	run = null;

	constructor(loop) {
		this.loop = loop;
		this.nameNumbers = new Map(loop.names.map((name, number) => [name, number]));
		this.placeNumbers = new Map(loop.places.map((place, number) => [place.join(":"), number]));
	}

	/** Adds a piece, in which names, places and records have numbers of its own. */
	add(piece, skipped) {
		const { loop } = this, before = loop.records.length;
		if (skipped && before === KEPT && !loop.left_out) loop.left_out = { after: before, records: skipped };
		else if (skipped) loop.skipped.push([before, skipped]);
		const names = piece.names.map(name => this.numberOfName(name));
		const places = piece.places.map(place => this.numberOfPlace(place));
		for (const record of piece.records) loop.records.push(renumbered(record, names, places));
		for (const [index, ...rest] of piece.lost) loop.lost.push([before + index, ...rest]);
		for (const [index, ...rest] of piece.findings) loop.findings.push([before + index, ...rest]);
		for (const [index, sign, task, text, place] of piece.story) {
			loop.story.push([before + index, sign, task, text, place === null ? null : places[place]]);
		}
		loop.name ??= piece.name;
		Object.assign(loop.sums, piece.sums);
	}

	numberOfName(name) { return numberIn(this.loop.names, this.nameNumbers, name, name); }
	numberOfPlace(place) { return numberIn(this.loop.places, this.placeNumbers, place.join(":"), place); }

	/** Lets the run learn of what has come, for so long. Returns whether that was all. */
	learn(milliseconds) {
		const until = performance.now() + milliseconds, { loop, learned } = this;
		const run = this.run ??= new LiveRun({ ...emptyLoop(), left_out: loop.left_out });
		const each = (field, before, learn) => {
			const list = loop[field];
			while (learned[field] < list.length && list[learned[field]][0] < before) learn(list[learned[field]++]);
		};
		run.forgetNow();
		for (let at = run.names.length; at < loop.names.length; at++) run.names.push(visible(loop.names[at]));
		for (let at = run.places.length; at < loop.places.length; at++) run.places.push(readPlace(loop.places[at]));
		each("lost", Infinity, ([index, watching, preempted]) => run.lost.set(index, watching + preempted));
		each("skipped", Infinity, ([after, records]) => run.holes.set(after, records));
		if (loop.left_out) run.holes.set(loop.left_out.after, loop.left_out.records);
		while (run.length < loop.records.length && performance.now() < until) {
			for (const record of loop.records.slice(run.length, run.length + 500)) run.study(record);
		}
		each("story", run.length, sentence => run.story.push(sentence));
		each("findings", run.length, finding => run.findings.push(finding));
		run.sums = loop.sums;
		return run.length === loop.records.length;
	}

	/** The same without its middle, for a run that has not learned of anything yet. */
	withoutMiddle() {
		const { loop } = this, behind = loop.records.length - KEPT, gone = behind - KEPT;
		const indexOf = ([index]) => index;
		const kept = list => [
			...list.slice(0, lowerBound(list, KEPT, indexOf)),
			...list.slice(lowerBound(list, behind, indexOf)).map(([index, ...rest]) => [index - gone, ...rest]),
		];
		const skippedThere = loop.skipped.filter(([after]) => KEPT <= after && after <= behind);
		const missing = skippedThere.reduce((sum, [, records]) => sum + records, gone + (loop.left_out?.records ?? 0));
		const next = new Growth({
			...loop, names: [], records: [],
			lost: kept(loop.lost), story: kept(loop.story), findings: kept(loop.findings),
			skipped: kept(loop.skipped.filter(each => !skippedThere.includes(each))), left_out: { after: KEPT, records: missing },
		});
		// Of the names those that are still spoken of; of the places all, which are few.
		const numberOf = number => next.numberOfName(loop.names[number]);
		for (const part of [loop.records.slice(0, KEPT), loop.records.slice(behind)]) {
			for (const record of part) next.loop.records.push(renamed(record, numberOf));
		}
		return next;
	}
}

function numberIn(list, numbers, key, value) {
	if (!numbers.has(key)) {
		numbers.set(key, list.length);
		list.push(value);
	}
	return numbers.get(key);
}

/** In which field of a record the number of a name stands, and that of a place. */
const NAME_FIELD = { __proto__: null, create: 5, name: 4, register: 4 };
const PLACE_FIELD = { __proto__: null, "loop starts": 4, create: 6 };

/** A record that nobody else has yet, with other numbers of its names and places. */
function renumbered(record, names, places) {
	const [, , kind] = record, name = NAME_FIELD[kind], place = PLACE_FIELD[kind];
	if (typeof record[name] === "number") record[name] = names[record[name]];
	if (place) record[place] = places[record[place]];
	if (kind === "poll ends" && record[5]) record[5][3] = places[record[5][3]];
	return record;
}

/** A record with another number of its name: a copy, where it has one. */
function renamed(record, numberOf) {
	const name = NAME_FIELD[record[2]];
	return typeof record[name] === "number" ? record.with(name, numberOf(record[name])) : record;
}
