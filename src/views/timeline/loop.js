// ---- The lane of the loop, the sleeps behind all lanes, and how a shortened one is drawn

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

/** Where records are missing, from the loop down. */
function drawHoles(top) {
	for (const after of run.holes.keys()) {
		const left = x(after - 1), right = x(after);
		fill(ink.back, left, top, right - left, size.height);
		fill(stripes(ink.soft), left, top, right - left, size.height, 0.5);
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
		const long = isLong && WORDS.nothingElse(duration(run.lengthOf(first, last)));
		drawPoll(left, right, top + 24, run.called(run.polls.note[poll]), long);
	});
	for (const { left, right, isSleep } of torn) if (!isSleep) drawTear(left, right, top + 24, top + 46);
	drawLost(top + 24);
	drawHoles(top);
	for (const [index] of run.findings) warn(x(index) - 9, top + 34);
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

/** Time that watching took, or for which the system had other threads to run, stands behind the record before it. */
function drawLost(top) {
	const from = firstVisible(), until = lastVisible();
	for (const [index, lost] of run.lost) {
		if (index < from || index > until || index < 1) continue;
		const left = x(index - 1), gap = run.times[index] - run.times[index - 1];
		const right = left + (x(index) - left) * Math.min(1, lost / (gap || 1));
		if (right - left < THIN) continue;
		fill(ink.back, left, top + 16, right - left, 6);
		fill(hatching(ink.soft), left, top + 16, right - left, 6);
	}
}
