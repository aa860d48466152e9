// ---- The lanes of tasks: polled, in the ready queue, waiting; and of many in one

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

/** What is written in a slice that begins left of the window stands at the window's edge. */
const visibleLeft = left => Math.max(left, size.gutter);

/** A poll; a `long` one has another colour and a sign. (No hatching: that is time which was lost.) */
function drawPoll(left, right, top, label, long) {
	fill(long ? ink.block : ink.task, left, top, right - left, 22);
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
