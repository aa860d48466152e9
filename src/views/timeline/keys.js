// ---- Keys and pointer

/** What can be done: its key, and how it is done. Buttons name these too; what they mean stands in WORDS.actions. */
const ACTIONS = {
	play: ["Space", () => play(1)],
	playBack: ["Shift Space", () => play(-1)],
	faster: [">", () => changeSpeed(1)],
	slower: ["<", () => changeSpeed(-1)],
	next: ["→", () => goTo(cursor + 1)],
	previous: ["←", () => goTo(cursor - 1)],
	nextTurn: ["t", () => goToNext(run.turns.first, 1)],
	previousTurn: ["T", () => goToNext(run.turns.first, -1)],
	nextPoll: ["p", () => goToNext(pollsOfTask(), 1)],
	previousPoll: ["P", () => goToNext(pollsOfTask(), -1)],
	taskBelow: ["↓", () => goToTask(1)],
	taskAbove: ["↑", () => goToTask(-1)],
	nextWarning: ["n", () => goToNext(run.findings.map(([index]) => index), 1)],
	first: ["Home", () => goTo(0)],
	last: ["End", () => goTo(run.length - 1)],
	why: ["w", askWhy],
	zoomIn: ["+", () => zoom(1 / 1.5)],
	zoomOut: ["−", () => zoom(1.5)],
	fit: ["0", () => setWindow(0, Infinity)],
	panRight: ["Shift →", () => setWindow(look.from + look.span / 5)],
	panLeft: ["Shift ←", () => setWindow(look.from - look.span / 5)],
	toggleAxis: ["l", toggleAxis],
	toggleFold: ["f", () => toggleFold()],
	toggleFolds: ["F", toggleFolds],
	search: ["/", () => byId("search").focus()],
	toggleBig: ["b", toggleBig],
	savePicture: ["g", savePicture],
	story: ["s", () => byId("story-section").toggleAttribute("open")],
	tourOff: ["Escape", () => tour(0)],
	help: ["?", () => byId("help").showModal()],
	tourOn: ["", () => tour(tourStep + 1)],
	earlierPage: ["", () => showStory(Math.max(0, look.page - 1))],
	laterPage: ["", () => showStory(Math.min(look.page + 1, Math.floor((run.story.length - 1) / PAGE)))],
};
const KEY_NAMES = { ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", "-": "−", "=": "+", " ": "Space" };

function pressed(event) {
	if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
	const name = KEY_NAMES[event.key] ?? event.key, shifted = /[→←↑↓]|Space/.test(name);
	if (event.target.matches("select, input")) return; // it has a use for keys itself
	if (name === "Space" && event.target.matches("button, summary")) return;
	const action = Object.values(ACTIONS).find(([key]) => key === (event.shiftKey && shifted ? `Shift ${name}` : name));
	if (!action) return;
	event.preventDefault();
	action[1]();
}

/** Goes to the next of some records that are in order, or to the previous one. */
function goToNext(indices, way) {
	const next = indices[way > 0 ? lowerBound(indices, cursor + 1) : lowerBound(indices, cursor) - 1];
	if (next !== undefined) goTo(next);
}

const pollsOfTask = () => list(look.task?.marks).filter(index => run.records[index][2] === "poll");

function goToTask(way) {
	const tasks = look.lanes.filter(lane => !lane.fold).map(lane => lane.owners[0]).filter(owner => owner?.kind === "task");
	const next = tasks[clamp(tasks.indexOf(look.task) + way, 0, tasks.length - 1)];
	if (next) goTo(nearest(next.marks, x(cursor)));
}

function toggleAxis() {
	const from = firstVisible(), until = Math.min(lastVisible(), axis.last);
	axis = new Axis(run, !axis.readable);
	byId("linear").setAttribute("aria-pressed", !axis.readable);
	const place = axis.at(from);
	if (from === 0 && until === axis.last) setWindow(0, Infinity);
	else setWindow(place, axis.at(until) - place);
	showCursor();
}

/** For a projector. */
function toggleBig() {
	const big = document.body.classList.toggle("big");
	byId("big").setAttribute("aria-pressed", big);
	resize();
}

/** All lanes, with the run's sentence above them and twice as many dots, as a file. */
function savePicture() {
	const download = `${document.title.replace(/[^\p{L}\p{N}]+/gu, "-")}.png`;
	Object.assign(make("a", ""), { download, href: picture().toDataURL("image/png") }).click();
}

function picture() {
	const shown = pen, { height } = size, whole = make("canvas", ""), head = 44;
	size.height = Math.min(HEAD + look.height, 2000);
	whole.width = size.width * 2;
	whole.height = (size.height + head) * 2;
	pen = whole.getContext("2d", { alpha: false });
	pen.scale(2, 2);
	look.overview = null;
	fill(ink.back, 0, 0, size.width, head);
	pen.fillStyle = ink.ink;
	pen.font = "600 15px system-ui, sans-serif";
	pen.fillText(byId("lead").textContent, 12, 28, size.width - 24);
	pen.translate(0, head);
	paintAll(0);
	Object.assign(size, { height });
	pen = shown;
	look.overview = null;
	requestDraw();
	return whole;
}

/** Which of these records stands nearest to a pixel. */
function nearest(indices, pixel) {
	const after = lowerBound(indices, pixel, x), before = Math.max(0, after - 1);
	return after === indices.length || pixel - x(indices[before]) < x(indices[after]) - pixel ? indices[before] : indices[after];
}

function laneAt(top) {
	const y = top - HEAD + byId("stage").scrollTop;
	return top < HEAD ? undefined : look.lanes.find(lane => lane.y <= y && y < lane.y + lane.height);
}

/** The record that is meant by a point on the canvas. */
function recordAt(left, top) {
	const index = axis.indexAt(placeAt(left)), next = Math.min(index + 1, axis.last);
	const lane = laneAt(top);
	if (top < size.overview + size.axis || !lane?.marks.length) return nearest([index, next], left);
	if (top < HEAD) return run.pollAround[index] >= 0 ? run.pollAround[index] : index;
	if (lane.fold) return nearest(lane.marks, left);
	const { slices } = lane.owners[0], slice = slices?.at(index) ?? -1;
	const wide = slice >= 0 && x(slices.last[slice]) - x(slices.first[slice]) > THIN;
	return wide ? slices.first[slice] : nearest(lane.marks, left);
}

/** Where a pointer is, in pixels of the canvas, whatever the size of the text. */
function pointOn(canvas, { clientX, clientY }) {
	const box = canvas.getBoundingClientRect();
	return [(clientX - box.left) * size.width / box.width, (clientY - box.top) * size.height / box.height];
}

function listenToPointer(canvas) {
	let drag = null;
	const centre = pixel => setWindow(axis.atTime(overviewTime(pixel)) - look.span / 2);
	canvas.addEventListener("pointerdown", event => {
		if (event.button) return;
		canvas.setPointerCapture(event.pointerId);
		const [begin, top] = pointOn(canvas, event);
		drag = { begin, from: look.from, moved: false, overview: top < size.overview };
		showHint("");
		if (drag.overview) centre(begin);
	});
	canvas.addEventListener("pointermove", event => {
		const [left, top] = pointOn(canvas, event);
		if (!drag) return showHint(hintAt(left, top), event.clientX, event.clientY);
		const distance = left - drag.begin;
		drag.moved ||= Math.abs(distance) > 3;
		if (drag.overview) centre(left);
		else if (drag.moved) setWindow(drag.from - distance / scale());
	});
	canvas.addEventListener("pointerleave", () => showHint(""));
	canvas.addEventListener("pointerup", event => {
		const [left, top] = pointOn(canvas, event);
		if (drag && !drag.moved && !drag.overview) choose(left, top);
		drag = null;
	});
	// The plain wheel scrolls, as everywhere.
	canvas.addEventListener("wheel", event => {
		if (!event.ctrlKey && !event.metaKey) return;
		event.preventDefault();
		zoom(1.002 ** clamp(event.deltaY, -300, 300), pointOn(canvas, event)[0]);
	}, { passive: false });
}

function choose(left, top) {
	const lane = laneAt(top);
	if (lane?.fold && (left < size.gutter || lane.isOpen)) return toggleFold(lane);
	goTo(recordAt(Math.max(left, size.gutter), top));
}
