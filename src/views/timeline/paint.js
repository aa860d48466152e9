// ---- Drawing the lanes
//
// Only what is in the window is drawn; slices thinner than a pixel share one.

let pen, ink, lastFrameMilliseconds = 0, frame = 0;
/** The shortened stretches in the window that are wide enough to be seen torn, as pixels; and what can be hovered over. */
let torn = [];

function requestDraw() {
	frame ||= requestAnimationFrame(draw);
}

function draw() {
	const began = performance.now();
	frame = 0;
	paintAll();
	lastFrameMilliseconds = performance.now() - began;
}

function paintAll() {
	const { gutter, width, height } = size, top = HEAD - byId("stage").scrollTop;
	torn = tornVisibly();
	const seen = look.lanes.filter(lane => top + lane.y + lane.height > HEAD && top + lane.y < height);
	fill(ink.back, 0, 0, width, height);
	inside(gutter, HEAD, () => {
		drawSleepsAndTicks();
		for (const lane of seen) drawLane(lane, top + lane.y);
		drawArrows(top);
	});
	inside(0, HEAD, () => {
		for (const lane of seen) drawName(lane, top + lane.y);
	});
	drawNamesOfHead();
	drawOverview();
	inside(gutter, size.overview, () => {
		drawLoop(size.overview + size.axis);
		drawAxis();
		drawCursor();
	});
}

function fill(colour, left, top, width, height, strength = 1) {
	pen.globalAlpha = strength;
	pen.fillStyle = colour;
	pen.fillRect(left, top, width, height);
	pen.globalAlpha = 1;
}

/** Paints with what is left of and above a point protected. */
function inside(left, top, paint) {
	pen.save();
	pen.beginPath();
	pen.rect(left, top, size.width, size.height);
	pen.clip();
	paint();
	pen.restore();
}

/** Text that is cut where it does not fit, and left out where hardly anything of it would. */
function write(text, left, baseline, room, colour, font = "11px") {
	const letters = Math.floor(room / 6.7);
	if (letters < Math.min(text.length, 7)) return;
	pen.font = `${font} ${ink.mono}`;
	pen.fillStyle = colour;
	pen.fillText(cut(text, letters), left, baseline, room);
}

const glyph = (text, middle, baseline, colour) => write(text, middle - 5, baseline, 20, colour, "bold 13px");

function warn(middle, baseline) {
	fill(ink.back, middle - 7, baseline - 12, 14, 15);
	glyph("⚠", middle, baseline, ink.bad);
}

/** What is thinner than this is drawn in columns of this width. */
const THIN = 2;

/** Slices too thin to be seen share a column of pixels: the more they fill, the higher it is. */
class Columns {
	column = 0; filled = 0;

	constructor(colour, top, height) { Object.assign(this, { colour, top, height }); }

	add(left, right) {
		const column = Math.floor(left / THIN) * THIN;
		if (column !== this.column) this.paint();
		this.column = column;
		this.filled += right - left;
	}
	paint() {
		const height = this.filled && this.height * Math.min(0.6 + this.filled / THIN, 1);
		fill(this.colour, this.column, this.top + this.height - height, THIN, height);
		this.filled = 0;
	}
}

/** Calls `paint` for each slice in the window. Thin ones go to the columns of their state, if any. */
function eachVisible({ first, last, state }, columns, paint) {
	const until = lastVisible(), outside = size.gutter - 9;
	for (let slice = lowerBound(last, firstVisible()); slice < first.length && first[slice] <= until; slice++) {
		const left = Math.max(x(first[slice]), outside), right = Math.min(x(last[slice]), size.width + 9);
		if (right - left < THIN) columns[state[slice]]?.add(left, right);
		else paint(left, right, slice);
	}
	for (const each of columns) each.paint();
}

/** Behind the lanes: the sleeps, in which nobody runs, and a line for each tick of the axis. */
function drawSleepsAndTicks() {
	eachVisible(run.sleeps, [], (left, right) => fill(ink.sleep, left, HEAD, right - left, size.height));
	for (const tick of ticks()) fill(ink.line, tick.x, HEAD, 1, size.height);
	for (const { left, right, isSleep } of torn) if (isSleep) drawTear(left, right, HEAD, size.height);
}

function tornVisibly() {
	const until = lastVisible(), found = [], { shortened } = axis;
	for (let part = lowerBound(shortened, firstVisible(), ({ last }) => last); shortened[part]?.first <= until; part++) {
		const left = x(shortened[part].first), right = x(shortened[part].last);
		if (right - left >= 8) found.push({ left, right, isSleep: shortened[part].kind === "sleep" });
	}
	return found;
}

/** Both edges of a torn stretch, from a height down. */
function drawTear(left, right, top, bottom) {
	Object.assign(pen, { strokeStyle: ink.soft, lineWidth: 1, globalAlpha: 0.55 });
	pen.beginPath();
	for (const edge of [left + 2.5, right - 2.5]) {
		pen.moveTo(edge, top);
		for (let y = top + 2, side = 2; y < bottom; y += 4, side = -side) pen.lineTo(edge + side, y);
	}
	pen.stroke();
	pen.globalAlpha = 1;
}

/** Where a line crosses a shortened sleep it is broken, with two slanted strokes. */
function drawBreaks(left, right, y, colour) {
	for (const each of torn) {
		const middle = (each.left + each.right) / 2;
		if (!each.isSleep || middle < left + 5 || middle > right - 5) continue;
		fill(ink.sleep, middle - 4, y - 5, 8, 10);
		Object.assign(pen, { strokeStyle: colour, lineWidth: 1.6 });
		pen.beginPath();
		for (const side of [-3.5, 1.5]) {
			pen.moveTo(middle + side - 1.5, y + 5);
			pen.lineTo(middle + side + 2.5, y - 5);
		}
		pen.stroke();
		pen.lineWidth = 1;
	}
}

/** Where the middle of the run was left out, from the loop down. */
function drawHole(top) {
	if (!run.hole) return;
	const left = x(run.hole.after - 1), right = x(run.hole.after);
	fill(ink.back, left, top, right - left, size.height);
	fill(stripes(ink.soft), left, top, right - left, size.height, 0.5);
}

function drawLane(lane, top) {
	if (lane.owners.includes(look.task) && !lane.fold) fill(ink.chosen, size.gutter, top, size.width, lane.height);
	if (lane.title) return;
	fill(ink.line, size.gutter, top + lane.height - 1, size.width, 1);
	if (lane.fold) drawFold(lane, top);
	else if (lane.owners[0].kind === "task") drawTask(lane.owners[0], top);
	else drawBars(lane.owners, top);
}

function drawTask(task, top) {
	const { slices, how, last } = task;
	const polled = new Columns(ink.task, top + 4, 22), queued = new Columns(ink.queued, top + 17, 5);
	const begin = visibleLeft(x(slices.first[0]));
	fill(ink.soft, begin, top + 20, Math.min(x(slices.last.at(-1)), size.width) - begin, 1);
	eachVisible(slices, [polled, queued], (left, right, slice) => {
		const state = slices.state[slice], note = slices.note[slice];
		const first = slices.first[slice], end = slices.last[slice], length = run.lengthOf(first, end);
		if (state === POLLED) drawPoll(left, right, top + 4, `#${note}`, run.isLong(first, end) && duration(length));
		else if (state === QUEUED) drawQueued(left, right, top + 8, duration(length));
		else drawWaiting(left, right, top, list(note), duration(length));
	});
	if (how) glyph(how === "ready" ? "✓" : "✕", x(last) + 8, top + 20, how === "ready" ? ink.socket : ink.bad);
	for (const [index, , , id] of run.findings) if (id === task.id) warn(x(index) - 9, top + 13);
}

/** Many in one lane: how many are there at a time, as a hill, and below it their polls, of which only one lasts at
 *  a time. */
function drawFold({ isOpen, counts, polls, owners, height }, top) {
	if (isOpen) return fill(ink.stripe, size.gutter, top, size.width, height);
	const colour = ink[owners[0].kind], hill = height - 16;
	for (let pixel = size.gutter; pixel < size.width; pixel += 2) {
		const now = countAt(counts, axis.indexAt(placeAt(pixel + 1)));
		if (now) fill(colour, pixel, top + 2 + hill * (1 - now / counts.peak), 2, hill * now / counts.peak, 0.3);
	}
	eachVisible(polls, [new Columns(ink.task, top + height - 13, 11)], (left, right, poll) => {
		const isLong = run.isLong(polls.first[poll], polls.last[poll]);
		fill(isLong ? ink.block : ink.task, left, top + height - 13, right - left, 11);
	});
	const text = WORDS.most(counts.peak), room = 6.7 * text.length + 6;
	fill(ink.back, size.width - room - 2, top + 2, room, 14, 0.8);
	write(text, size.width - room, top + 13, room, ink.ink);
}

function countAt({ at, now }, index) { return now[lowerBound(at, index + 1) - 1] ?? 0; }

/** What is written in a slice that begins left of the window stands at the window's edge. */
const visibleLeft = left => Math.max(left, size.gutter);

/** A poll; a `long` one has another colour, a sign, and hatching where it went past what is well. */
function drawPoll(left, right, top, label, long) {
	fill(long ? ink.block : ink.task, left, top, right - left, 22);
	if (long) {
		fill(stripes(ink["on-task"]), left, top + 17, right - left, 5, 0.55);
	}
	// A long one may bear a warning at its end.
	const start = visibleLeft(left) + 4, room = Math.min(right, size.width) - start - (long ? 18 : 3);
	if (long) label = [`‼ ${label} · ${long}`, `‼ ${long}`].find(text => room > 6.7 * text.length) ?? `‼ ${label}`;
	if (long && room < 20 && room > -10) glyph("‼", start + 4, top + 14, ink["on-task"]);
	else write(label, start, top + 14, room, ink["on-task"]);
}

function drawQueued(left, right, top, label = "") {
	fill(ink.back, left, top, right - left, 14);
	fill(stripes(ink.queued), left, top, right - left, 14);
	pen.strokeStyle = ink.queued;
	pen.strokeRect(left + 0.5, top + 0.5, Math.max(0, right - left - 1), 13);
	const start = visibleLeft(left) + 6, room = Math.min(right, size.width) - start - 6, width = 6.7 * label.length + 4;
	if (!label || room < width) return;
	fill(ink.back, start - 2, top + 1, width, 12);
	write(label, start, top + 11, room, ink.ink);
}

function drawWaiting(left, right, top, [kind, , words], length) {
	const colour = ink[kind] ?? ink.soft, start = visibleLeft(left) + 5, room = Math.min(right, size.width) - start - 10;
	fill(colour, left, top + 19.5, right - left, 2);
	drawBreaks(left, right, top + 20.5, colour);
	const text = `${visible(words ?? WORDS.something)} · ${length}`;
	write(room > 6.7 * text.length ? text : length, start, top + 14, room, colour);
}

/** Sockets, timers and jobs: how long they were there, and what happened to them. */
function drawBars(owners, top) {
	const until = lastVisible(), colour = ink[owners[0].kind], thin = new Columns(colour, top + 4, 22);
	for (let bar = lowerBound(owners, firstVisible(), owner => owner.last); owners[bar]?.first <= until; bar++) {
		const { kind, first, last, queued, deadline, news } = owners[bar];
		const left = Math.max(x(first), size.gutter - 9), right = Math.min(x(last), size.width + 9);
		if (queued < first) drawQueued(x(queued), left, top + 8);
		if (right - left < THIN) {
			thin.add(left, right);
			continue;
		}
		fill(colour, left, top + 3, right - left, 24, 0.14);
		fill(colour, left, top + 3, 2, 24);
		drawBreaks(left, right, top + 23, colour);
		const start = visibleLeft(left) + 6, room = Math.min(right, size.width) - start - 4, name = nameOf(owners[bar]);
		write(owners.length > 1 ? name : name.replace(/^[^·]*· /, ""), start, top + 13, room, ink.ink);
		if (kind === "socket") drawSocket(owners[bar], top);
		if (kind === "timer" && last !== OPEN) glyph(news >= 0 ? "●" : "✕", right, top + 25, colour);
		if (deadline <= run.times[Math.min(last, run.length - 1)]) fill(colour, xOf(axis.atTime(deadline)), top + 3, 1.5, 24);
	}
	thin.paint();
}

function drawSocket({ interest, marks }, top) {
	interest.forEach((slices, way) => eachVisible(slices, [], (left, right) => {
		fill(ink.socket, left, top + 21 + 2 * way, right - left, 1.5);
	}));
	let free = 0;
	const until = lastVisible();
	for (let mark = lowerBound(marks, firstVisible()); marks[mark] <= until; mark++) {
		const left = x(marks[mark]);
		if (left < free) continue; // no two glyphs on top of each other
		const [, , kind, , , outcome] = run.records[marks[mark]];
		const sign = { arm: "○", event: "◆", try: { done: "▲", "would block": "▽" }[outcome] ?? "✕" }[kind];
		if (!sign) continue;
		glyph(sign, left, top + 27, sign === "▽" || sign === "✕" ? ink.bad : ink.socket);
		free = left + 9;
	}
}

/** The arrows of the chosen task, and all while they are few. */
function drawArrows(top) {
	const { polls, pollAround, owner } = run, chosen = pollAround[cursor];
	const from = lowerBound(polls.first, firstVisible()), until = lowerBound(polls.first, lastVisible() + 1);
	const few = until - from <= 80;
	const arrows = polls.first.slice(from, until).filter(poll => few || owner[poll] === look.task);
	// Of a busy task so many are a blot already.
	for (const poll of arrows.slice(0, 300)) drawArrow(poll, top, 1.3, owner[poll] === look.task ? 1 : 0.6);
	if (chosen >= 0) drawArrow(chosen, top, 2.6, 1);
}

function drawArrow(poll, top, width, strength) {
	const { origin, lane, colour, dash } = originOf(poll), to = laneOf(run.owner[poll]);
	if (origin === undefined || !to || lane === to && to.fold) return;
	const fromX = x(origin), fromY = lane ? top + lane.y + 15 : HEAD;
	const toX = x(poll), toY = top + to.y + 15;
	Object.assign(pen, { globalAlpha: strength, lineWidth: width, strokeStyle: ink[colour] });
	pen.setLineDash(dash);
	pen.beginPath();
	pen.moveTo(fromX, fromY);
	pen.bezierCurveTo(fromX + 2, fromY + (toY - fromY) * 0.6, toX - Math.max(16, (toX - fromX) * 0.4), toY, toX - 5, toY);
	pen.stroke();
	pen.setLineDash([]);
	write("▶", toX - 8, toY + 3.5, 20, ink[colour], "10px");
	pen.globalAlpha = pen.lineWidth = 1;
}

/** By what a task was woken: the colour and the dashes of the arrow. */
const ARROWS = {
	__proto__: null, socket: ["socket", []], timer: ["timer", [6, 3]], job: ["job", [2, 3]], task: ["queued", [12, 2]],
	outside: ["soft", [9, 4]], create: ["ink", [2, 4]],
};

/** Where the arrow to a poll begins, and how it looks. */
function originOf(poll) {
	const wake = run.causeOf[poll], cause = run.causeOf[wake], [, , kind, , more] = run.records[wake] ?? [];
	const by = kind === "wake" ? list(more)[0] : kind;
	if (!ARROWS[by] || by === "create" && cause < 0) return {};
	const [colour, dash] = ARROWS[by], owner = run.owner[cause];
	const origin = { socket: cause, timer: cause, job: owner?.last }[by] ?? wake;
	return { origin, lane: by === "outside" ? null : laneOf(owner), colour, dash };
}

function drawName(lane, top) {
	const isChosen = lane.owners.includes(look.task);
	if (lane.title) return write(lane.title, 12, top + 20, size.gutter - 14, ink.soft, "bold 10px");
	if (isChosen) fill(ink.chosen, 0, top, size.gutter, lane.height);
	write(lane.name, 12, top + 19, size.gutter - 16, ink.ink, lane.fold ? "bold 12px" : "12px");
	fill(ink.line, 0, top + lane.height - 1, size.gutter, 1);
}

function drawNamesOfHead() {
	const { overview, gutter, width } = size, room = gutter - 14;
	fill(ink.back, 0, 0, width, HEAD);
	fill(ink.stripe, 0, 0, width, overview);
	write(WORDS.overview, 12, 24, room, ink.soft);
	const name = axis.virtual ? WORDS.virtualAxis : axis.shortened.length ? WORDS.readableAxis : WORDS.linearAxis;
	write(name, 12, overview + 16, room, ink.soft);
	write(WORDS.loop, 12, overview + size.axis + 39, room, ink.ink, "12px");
	fill(ink.soft, 0, HEAD - 1, width, 1);
}

/** The whole run, linear, and which part of it is in the window. It is painted once, and then copied. */
function drawOverview() {
	const { overview, gutter } = size, bottom = overview - 5, dots = pen.getTransform().a;
	if (!look.overview) look.overview = paintOverview(bottom, dots);
	pen.drawImage(look.overview, gutter, 0, lanesWidth() + 10, overview);
	for (const [index] of run.findings) warn(overviewX(run.times[index]) - 8, 16);
	const left = overviewX(axis.timeAt(look.from)), right = overviewX(axis.timeAt(look.from + look.span));
	pen.strokeStyle = ink.ink;
	if (look.span < axis.end * 0.999) fill(ink.ink, left, 2, Math.max(6, right - left), overview - 4, 0.09);
	pen.strokeRect(left + 0.5, 2.5, Math.max(6, right - left) - 1, overview - 5);
	fill(ink.cursor, overviewX(axis.timeAt(axis.at(look.at))), 2, 1.5, overview - 4);
}

function paintOverview(bottom, dots) {
	const picture = document.createElement("canvas"), onto = picture.getContext("2d"), shown = pen;
	picture.width = (lanesWidth() + 10) * dots;
	picture.height = size.overview * dots;
	onto.setTransform(dots, 0, 0, dots, -size.gutter * dots, 0);
	pen = onto;
	fill(ink.stripe, size.gutter, 0, size.width, size.overview);
	const each = ({ first, last }, paint) => first.forEach((index, slice) =>
		paint(overviewX(run.times[index]), overviewX(run.times[Math.min(last[slice], run.length - 1)]), slice));
	each(run.sleeps, (left, right) => fill(ink.sleep, left, 7, right - left, bottom - 7));
	const thin = new Columns(ink.task, 7, bottom - 7);
	each(run.polls, (left, right, poll) => {
		const isLong = run.isLong(run.polls.first[poll], run.polls.last[poll]);
		if (right - left < THIN) thin.add(left, right);
		else fill(isLong ? ink.block : ink.task, left, 7, right - left, bottom - 7);
	});
	thin.paint();
	fill(ink.soft, size.gutter, bottom, lanesWidth(), 1);
	pen = shown;
	return picture;
}

function drawAxis() {
	for (const tick of ticks()) {
		fill(ink.soft, tick.x, size.overview + 16, 1, 8);
		write(tick.label, tick.x + 4, size.overview + 15, 120, ink.soft);
	}
}

function drawLoop(top) {
	eachVisible(run.turns, [], (left, right, turn) => {
		const name = `${run.turns.note[turn]}`, start = visibleLeft(left) + 5, room = Math.min(right, size.width) - start - 3;
		fill(turn % 2 ? ink.sleep : ink.line, left, top + 2, right - left - 1, 16);
		const text = room > 54 ? WORDS.turn(name) : name;
		if (room >= 6.7 * text.length) write(text, start, top + 14, room, ink.soft);
	});
	eachVisible(run.sleeps, [], (left, right, sleep) => drawSleep(left, right, top, sleep));
	eachVisible(run.polls, [new Columns(ink.task, top + 24, 22)], (left, right, poll) => {
		const first = run.polls.first[poll], last = run.polls.last[poll], isLong = run.isLong(first, last);
		drawPoll(left, right, top + 24, run.called(run.polls.note[poll]), isLong && WORDS.nothingElse(duration(run.lengthOf(first, last))));
	});
	for (const { left, right, isSleep } of torn) if (!isSleep) drawTear(left, right, top + 24, top + 46);
	drawLost(top + 24);
	drawHole(top);
	for (const [index] of run.findings) warn(x(index) - 9, top + 34);
}

/** Time that watching took, or for which the system had other threads to run, stands behind the record before it. */
function drawLost(top) {
	const from = firstVisible(), until = lastVisible();
	for (const [index, lost] of run.lost) {
		if (index < from || index > until || index < 1) continue;
		const left = x(index - 1), gap = run.times[index] - run.times[index - 1], right = left + (x(index) - left) * Math.min(1, lost / (gap || 1));
		if (right - left < THIN) continue;
		fill(ink.back, left, top + 16, right - left, 6);
		fill(hatching(ink.soft), left, top + 16, right - left, 6);
	}
}

/** A sleep of the loop, with its true length. */
function drawSleep(left, right, top, sleep) {
	const { first, last } = run.sleeps, words = duration(run.lengthOf(first[sleep], last[sleep]));
	fill(ink.sleep, left, top + 19, right - left, size.loop - 20);
	const isTorn = torn.find(each => Math.abs(each.left - x(first[sleep])) < 1);
	if (isTorn) drawTear(isTorn.left, isTorn.right, top + 19, top + size.loop - 1);
	const start = visibleLeft(left), room = Math.min(right, size.width) - start - 10;
	const text = [`☾ ${WORDS.asleep(words)}`, words].find(text => room > 6.7 * text.length);
	if (text) write(text, start + 5 + (room - 6.6 * text.length) / 2, top + 36, room, ink.ink);
}

/** The time at the cursor, and where it stands: above the ticks, which leave it room. */
function cursorLabel() {
	const at = xOf(axis.at(look.at)), label = moment(axis.timeAt(axis.at(look.at))), width = 6.7 * label.length + 10;
	const left = clamp(at - width / 2, size.gutter, size.width - width);
	return { at, label, width, left, right: left + width };
}

function drawCursor() {
	const { at, label, width, left } = cursorLabel();
	if (at < size.gutter - 1 || at > size.width) return;
	fill(ink.cursor, at - 0.75, size.overview, 1.5, size.height);
	fill(ink.cursor, left, size.overview + 2, width, 17);
	write(label, left + 5, size.overview + 14, width, ink.back);
}

/** Hatching across the stripes' way: for time that is nobody's. */
const hatching = colour => stripes(colour, -1);

/** Stripes in a colour, for what is to be known by more than its colour. */
function stripes(colour, way = 1) {
	const key = `stripes ${colour} ${way}`;
	if (ink[key]) return ink[key];
	const tile = document.createElement("canvas"), brush = tile.getContext("2d");
	tile.width = tile.height = 12;
	Object.assign(brush, { strokeStyle: colour, lineWidth: 4 });
	brush.stroke(new Path2D("M -2 2 L 2 -2 M -2 14 L 14 -2 M 10 14 L 14 10")); // three, so that the tiles join
	const pattern = pen.createPattern(tile, "repeat");
	pattern.setTransform(new DOMMatrix().scale(0.5 * way, 0.5));
	return ink[key] = pattern;
}

const COLOURS = ["back", "stripe", "line", "ink", "soft", "sleep", "chosen", "bad", "cursor",
	"task", "on-task", "queued", "socket", "timer", "job", "block"];
const isPaper = () => document.documentElement.classList.contains("paper");

/** The colours as they are now, light or dark. A canvas can't resolve them itself. */
function readColours() {
	const probe = make("i", "");
	document.body.append(probe);
	const read = name => {
		probe.style.color = `var(--${name})`;
		return getComputedStyle(probe).color;
	};
	ink = Object.fromEntries(COLOURS.map(name => [name, read(name)]));
	ink.mono = getComputedStyle(document.documentElement).getPropertyValue("--mono");
	probe.remove();
}

/** Fits the canvas to its place. Paper can't be scrolled: there it is as long as its lanes, up to a page. */
function resize() {
	const stage = byId("stage"), canvas = byId("lanes"), paper = isPaper(), whole = HEAD + look.height;
	size.width = paper ? 720 : stage.clientWidth;
	size.height = paper ? Math.min(whole, 900) : stage.clientHeight;
	size.gutter = size.width < 420 ? 84 : size.width < 600 ? 100 : 144;
	const dots = Math.max(paper ? 2 : 1, devicePixelRatio * (document.body.classList.contains("big") ? 1.4 : 1));
	canvas.width = size.width * dots;
	canvas.height = size.height * dots;
	canvas.style.cssText = `width: ${size.width}px; height: ${size.height}px`;
	byId("spacer").style.height = `${Math.max(whole, size.height)}px`;
	pen = canvas.getContext("2d", { alpha: false });
	pen.setTransform(dots, 0, 0, dots, 0, 0);
	readColours();
	look.overview = null;
	drawLegend();
	layMachine();
	draw(); // now: a canvas whose size was set is blank
}
