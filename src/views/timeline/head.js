// ---- The head: the whole run, the axis, the cursor, the names of the lanes

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
		if (right - left < THIN) thin.add(left, right);
		else fill(run.isLongPoll(poll) ? ink.block : ink.task, left, 7, right - left, bottom - 7);
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

function drawNamesOfHead() {
	const { overview, gutter, width } = size, room = gutter - 14;
	fill(ink.back, 0, 0, width, HEAD);
	fill(ink.stripe, 0, 0, width, overview);
	write(WORDS.overview, 12, 24, room, ink.soft);
	const name = axis.virtual ? WORDS.virtualAxis : axis.shortened.length ? WORDS.readableAxis : WORDS.linearAxis;
	name.split(" ").forEach((word, line) => write(word, 12, overview + 16 + 14 * line, room, ink.soft));
	write(WORDS.loop, 12, overview + size.axis + 39, room, ink.ink, "12px");
	fill(ink.soft, 0, HEAD - 1, width, 1);
}

function drawName(lane, top) {
	const isChosen = lane.owners.includes(look.task);
	if (lane.title) return write(lane.title, 12, top + 20, size.gutter - 14, ink.soft, "bold 10px");
	if (isChosen) fill(ink.chosen, 0, top, size.gutter, lane.height);
	write(lane.name, 12, top + 19, size.gutter - 16, ink.ink, lane.fold ? "bold 12px" : "12px");
	fill(ink.line, 0, top + lane.height - 1, size.gutter, 1);
}
