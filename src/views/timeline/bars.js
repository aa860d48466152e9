// ---- The lanes of sockets, timers and threads

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
