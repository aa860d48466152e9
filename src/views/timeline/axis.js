// ---- The axis, and the window that we look through

/** What is looked at, and the record at which the cursor stands. */
let run, axis, cursor = 0;
/** How it is looked at. `from` and `span` are the window, in places of the axis; `at` is where the cursor is drawn,
 *  which while the run plays is between two records. `open` has the folds that were opened. */
const look = { lanes: [], height: 0, task: null, from: 0, span: 1, at: 0, why: [], page: -1, open: new Set(), pinned: new Set() };

/** Pixels on the canvas; the gutter has the names of the lanes. */
const size = { width: 0, height: 0, gutter: 132, overview: 40, axis: 24, loop: 56, lane: 30 };
const HEAD = size.overview + size.axis + size.loop;

/** A place on the axis for each record: its time, with long sleeps shortened where `readable`. */
class Axis {
	constructor(run, readable) {
		this.readable = readable;
		this.shortened = []; // sleeps and other gaps, as [first, last]
		this.places = readable ? this.shortenSleeps(run) : run.times.map(t => t - run.times[0]);
		this.last = run.length - 1;
		this.end = Math.max(this.places[this.last], 1) * 1.01;
	}
	/** The place of a record, or of a fraction of the way between two. */
	at(index) {
		const whole = clamp(Math.floor(index), 0, this.last), place = this.places[whole];
		return index > whole && whole < this.last ? place + (index - whole) * (this.places[whole + 1] - place) : place;
	}
	atTime(t) { return this.at(run.indexAtTime(t)); }
	timeAt(place) {
		const index = this.indexAt(place), from = run.times[index], until = run.times[index + 1] ?? from;
		return from + (until - from) * (place - this.places[index]) / (this.places[index + 1] - this.places[index] || 1);
	}
	/** The last record that is not behind a place. */
	indexAt(place) { return clamp(lowerBound(this.places, place) - 1, 0, this.last); }

	/** Polls keep their scale. A sleep longer than the longest poll grows by its logarithm from there on: so of two
	 *  polls or sleeps the longer one is always wider, and all sleeps together take about two thirds of the picture. */
	shortenSleeps(run) {
		const parts = partsOf(run), length = ({ first, last }) => run.times[last] - run.times[first];
		const longest = parts.reduce((most, part) => part.kind === "poll" ? Math.max(most, length(part)) : most, 0);
		// Under virtual time polls take no time. Then each of them has the same width.
		this.virtual = longest === 0;
		const knee = longest || 1000, least = { poll: this.virtual ? knee : 0, sleep: 0, between: this.virtual ? knee / 4 : 0, hole: 0 };
		const sleeps = parts.filter(part => part.kind === "sleep").map(length), sum = (total, each) => total + each;
		const between = length => shorter(length, knee / 4, 0.3), awakeParts = parts.filter(({ kind }) => kind !== "sleep");
		const awake = this.virtual ? parts.length * knee / 2
			: awakeParts.map(part => part.kind === "poll" ? length(part) : between(length(part))).reduce(sum, 0);
		const logarithms = sleeps.map(length => Math.max(0, Math.log2(length / knee))).reduce(sum, 0) || 1;
		const whole = sleeps.map(length => Math.min(length, knee)).reduce(sum, 0);
		// At ln 2 the shortened sleep begins at the scale of the others: more would make it longer than it was.
		const growth = clamp((2 * awake - whole) / (knee * logarithms), 0.04, Math.LN2);
		const widths = {
			poll: length => length,
			sleep: length => shorter(length, knee, growth),
			between,
			hole: () => Math.max(awake / 8, knee),
		};
		Object.assign(this, { knee, widths, least });
		return this.place(run, parts, [0]);
	}

	place({ times }, parts, places) {
		for (const part of parts) {
			const { kind, first, last } = part, truly = times[last] - times[first], width = Math.max(this.widths[kind](truly), this.least[kind]);
			if (width < truly * 0.98 && kind !== "hole") this.shortened.push(part);
			for (let index = first + 1; index <= last; index++) {
				places[index] = places[first] + width * (truly > 0 ? (times[index] - times[first]) / truly : (index - first) / (last - first));
			}
		}
		return places;
	}
}

/** A length up to the knee stays; beyond, it grows by its logarithm. */
const shorter = (length, knee, growth) => length <= knee ? length : knee * (1 + growth * Math.log2(length / knee));

/** The run in parts, one after the other, each with its first and last record: polls, sleeps, what lies between. */
function partsOf({ polls, sleeps, holes, length }) {
	const parts = [], last = length - 1, gaps = [...holes.keys()];
	const add = (kind, from, until) => {
		if (from < until) parts.push({ kind, first: from, last: until });
	};
	const between = (from, until) => {
		for (let gap = lowerBound(gaps, from + 1); gaps[gap] <= until; gap++) {
			add("between", from, gaps[gap] - 1);
			add("hole", gaps[gap] - 1, from = gaps[gap]);
		}
		add("between", from, until);
	};
	let done = 0;
	for (let poll = 0, sleep = 0; poll < polls.first.length || sleep < sleeps.first.length;) {
		const isPoll = (polls.first[poll] ?? OPEN) < (sleeps.first[sleep] ?? OPEN);
		const slices = isPoll ? polls : sleeps, slice = isPoll ? poll++ : sleep++;
		const first = Math.max(done, slices.first[slice]), end = Math.min(last, slices.last[slice]);
		between(done, first);
		add(isPoll ? "poll" : "sleep", first, end);
		done = Math.max(done, end);
	}
	between(done, last);
	return parts;
}

const lanesWidth = () => Math.max(1, size.width - size.gutter - 10);
const scale = () => lanesWidth() / look.span;
const xOf = place => size.gutter + (place - look.from) * scale();
const x = index => xOf(axis.at(index));
const placeAt = pixel => look.from + (pixel - size.gutter) / scale();
const firstVisible = () => axis.indexAt(look.from);
const lastVisible = () => axis.indexAt(look.from + look.span) + 1;

/** The overview is always linear. */
const overviewX = t => size.gutter + (t - run.times[0]) / Math.max(1, run.total) * lanesWidth();
const overviewTime = pixel => run.times[0] + clamp((pixel - size.gutter) / lanesWidth(), 0, 1) * run.total;

function setWindow(from, span = look.span) {
	const { end } = axis;
	look.span = clamp(span, Math.min(200, end), end);
	look.from = clamp(from, 0, end - look.span);
	requestDraw();
}

/** The place at this pixel stays where it is. */
function zoom(factor, pixel = clamp(x(cursor), size.gutter, size.width)) {
	const fixed = placeAt(pixel);
	setWindow(fixed - (fixed - look.from) * factor, look.span * factor);
}

function showCursor() {
	const place = axis.at(cursor) - look.from, margin = look.span / 25;
	if (look.span < axis.end) {
		if (place < margin) setWindow(look.from + place - look.span * 0.7);
		if (place > look.span - margin) setWindow(look.from + place - look.span * 0.3);
	}
	const lane = run.owner[cursor]?.lane, stage = byId("stage");
	if (!lane) return;
	const lowest = lane.y + 2 * size.lane - (size.height - HEAD);
	stage.scrollTop = clamp(stage.scrollTop, lowest, Math.max(lowest, lane.y - size.lane));
}

/** The labels of the axis: round times, none on another, and none below the cursor's. */
function ticks() {
	const torn = axis.shortened[lowerBound(axis.shortened, firstVisible() + 1, part => part.last)];
	const isTorn = torn?.first < lastVisible() || axis.virtual, hidden = cursorLabel(), found = [];
	let free = size.gutter;
	for (const [t, text] of isTorn ? tornTicks() : evenTicks()) {
		const left = xOf(axis.atTime(t)), right = left + 6.7 * text.length + 12;
		if (left < free || right > size.width || left < hidden.right && right > hidden.left) continue;
		found.push({ t, label: text, x: left, right });
		free = right;
	}
	return found;
}

/** Where nothing is torn, at even distances. */
function evenTicks() {
	const rough = 92 / scale(), power = 10 ** Math.floor(Math.log10(rough)), found = [];
	const step = Math.max(1, [1, 2, 5, 10].map(n => n * power).find(step => step >= rough));
	const from = axis.timeAt(look.from), last = axis.timeAt(Math.min(look.from + look.span, axis.places[axis.last]));
	const tick = Math.ceil(from / step), hasManyDigits = [tick, tick + 1].every(each => digitsOf(each * step) > 2);
	const base = hasManyDigits ? lastWake(from) : 0;
	for (let t = Math.ceil((from - base) / step) * step; base + t <= last; t += step) found.push([base + t, label(t, base)]);
	return found;
}

/** Elsewhere the roundest time of each stretch. After a sleep that has many digits; there stands how long ago the
 *  loop woke up. */
function tornTicks() {
	const found = [], room = 84, end = axis.places[axis.last];
	for (let pixel = size.gutter; pixel < size.width - 30; pixel += room) {
		const [from, until] = [pixel, pixel + room - 4].map(pixel => axis.timeAt(Math.min(placeAt(pixel), end)));
		if (from >= until) continue;
		const t = roundest(from, until), woke = lastWake(until);
		if (digitsOf(t) <= 3) found.push([t, label(t)]);
		else if (woke && woke < from && until - woke < 1e9) {
			const after = roundest(from - woke, until - woke);
			found.push([woke + after, label(after, woke)]);
		}
	}
	return found;
}

/** When the last shortened sleep before a time ended, or 0. */
function lastWake(t) {
	const index = run.indexAtTime(t);
	let part = lowerBound(axis.shortened, index, part => part.last) - 1;
	while (part >= 0 && axis.shortened[part].kind !== "sleep") part--;
	return part >= 0 ? run.times[axis.shortened[part].last] : 0;
}

/** The number between two that has the fewest digits. */
function roundest(from, until) {
	for (let power = 10 ** Math.ceil(Math.log10(until)); power > 0.5; power /= 10) {
		for (const step of [5 * power, 2 * power, power]) {
			const t = Math.round(Math.ceil(from / step) * step);
			if (from <= t && t <= until) return t;
		}
	}
	return Math.round(from);
}

const digitsOf = t => String(Math.round(t)).replace(/0+$/, "").length;

/** A round time; with a base, so long after that. */
function label(t, base) {
	const [unit, name] = UNITS.find(([unit]) => t >= unit) ?? UNITS[1];
	return `${base ? "+" : ""}${Number((t / unit).toFixed(9))} ${name}`;
}
