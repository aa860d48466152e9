// ---- The machine: the loop as a drawing, with each task in one place of it
//
// A task is in the ready queue, or polled, or waits: for a socket, a timer, a thread, or another task. The loop polls
// what is in the queue; when nothing is left there it sleeps, until a socket, a timer or a thread ends the sleep.

/** The places. `hue` names the colour; the rest is laid out in layMachine. */
const PLACES = {
	queue: { hue: "queued" }, poll: { hue: "task" }, socket: { hue: "socket" }, timer: { hue: "timer" }, job: { hue: "job" },
	task: { hue: "soft" }, sleep: { hue: "soft" },
};
const machine = { width: 0, height: 0, chips: new Map(), places: {}, paths: {}, from: null, to: null, progress: 1 };
const CHIP = 21, GAP = 4;

/** Where each task is at a record: for each place the ids, next first. */
function stateAt(index) {
	const state = { queue: [], poll: [], socket: [], timer: [], job: [], task: [], done: 0 };
	for (const task of run.owners.task) {
		const slice = task.slices.at(index);
		if (slice < 0) {
			if (task.how && task.last <= index) state.done++;
			continue;
		}
		const note = task.slices.note[slice];
		if (task.slices.state[slice] === POLLED) state.poll.push(task.id);
		else if (task.slices.state[slice] === QUEUED) state.queue.push([note, task.id]);
		else state[{ socket: "socket", timer: "timer", job: "job" }[list(note)[0]] ?? "task"].push(task.id);
	}
	state.queue = state.queue.sort((a, b) => a[0] - b[0]).map(([, id]) => id);
	state.sleep = run.sleeps.at(index);
	return state;
}

/** Lays the places out for the width that there is. */
function layMachine() {
	const box = byId("places"), width = box.clientWidth;
	if (!width) return;
	const column = (width - 3 * 6) / 4, top = 18 + 2 * (CHIP + GAP) + 16, bottom = 18 + 3 * (CHIP + GAP) + 16, below = top + 30;
	const chip = column - 12, second = column * 2 + 6;
	const at = (left, y, w, h, columns) => ({ left, top: y, width: w, height: h, columns, chip, rows: Math.floor((h - 34) / (CHIP + GAP)) });
	machine.places = {
		queue: at(0, 0, second + column * 0.35, top, 2), poll: at(width - column - 8, 0, column + 8, top, 1),
		socket: at(0, below, column, bottom, 1), timer: at(column + 6, below, column, bottom, 1),
		job: at(2 * (column + 6), below, column, bottom, 1), task: at(3 * (column + 6), below, column, bottom, 1),
		sleep: at(0, below + bottom + 6, width, 24, 0),
	};
	Object.assign(machine, { width, height: below + bottom + 32 });
	box.style.height = `${machine.height}px`;
	const ways = make("span", "ways", WORDS.ways);
	ways.style.cssText = `left: 36px; top: ${top + 3}px`;
	box.replaceChildren(arrowsOfMachine(), ways, ...Object.entries(machine.places).map(([name, place]) => placeBox(name, place)));
	machine.chips.clear();
	const shown = machine.to;
	machine.to = null; // all of it is to be painted again
	showMachine(shown, shown, 1);
}

function placeBox(name, place) {
	const box = make("div", "place");
	box.dataset.place = name;
	box.style.cssText = `left:${place.left}px;top:${place.top}px;width:${place.width}px;height:${place.height}px;--hue:var(--${PLACES[name].hue})`;
	box.title = WORDS.places[name];
	box.append(make("span", "", WORDS.places[name]), make("span", "more"));
	place.box = box;
	return box;
}

const SVG = "http://www.w3.org/2000/svg";

/** The ways from place to place. The one that was taken last is drawn strong. */
function arrowsOfMachine() {
	const { queue, poll, socket } = machine.places, drawing = document.createElementNS(SVG, "svg");
	drawing.setAttribute("width", machine.width);
	drawing.setAttribute("height", machine.height);
	// One line runs along all places where tasks wait: from the poll to it, and from it back to the queue.
	const middle = queue.height / 2, line = socket.top - 9, from = queue.left + 26, until = poll.left + poll.width / 2;
	const ways = {
		next: `M${queue.width} ${middle} H${poll.left - 7}`,
		wait: `M${until} ${poll.height} V${line - 7}`,
		wake: `M${until} ${line} H${from} V${queue.height + 7}`,
	};
	machine.paths = {};
	for (const [name, d] of Object.entries(ways)) {
		const path = document.createElementNS(SVG, "path");
		for (const [key, value] of Object.entries({ d, fill: "none", "stroke-linejoin": "round" })) path.setAttribute(key, value);
		path.style.cssText = "stroke: var(--soft); stroke-width: 1.5";
		const head = document.createElementNS(SVG, "path"), [, lastX, lastY] = endOf(d);
		const turn = { next: 0, wait: 90, wake: -90 }[name];
		head.setAttribute("d", "M0 -5 L7 0 L0 5 Z");
		head.setAttribute("transform", `translate(${lastX} ${lastY}) rotate(${turn})`);
		head.style.fill = "var(--soft)";
		drawing.append(path, head);
		machine.paths[name] = [path, head];
	}
	return drawing;
}

/** Where a path of M, H and V ends. */
function endOf(d) {
	let [, x = 0, y = 0] = d.match(/^M(\S+) (\S+)/).map(Number);
	for (const [, way, value] of d.matchAll(/([HV])(\S+)/g)) way === "H" ? x = Number(value) : y = Number(value);
	return [d, x, y];
}

/** Where in its place each task is drawn; those for whom there is no room are counted. */
function slotsOf(state) {
	const slots = new Map();
	for (const [name, place] of Object.entries(machine.places)) {
		if (name === "sleep") continue;
		const ids = state[name], room = place.rows * place.columns;
		ids.slice(0, room).forEach((id, number) => {
			const row = Math.floor(number / place.columns), column = number % place.columns;
			// The queue's next one stands at the right, beside the poll.
			const left = name === "queue" ? place.left + place.width - (column + 1) * (place.chip + GAP) - 4 : place.left + 6;
			slots.set(id, { name, x: left, y: place.top + 18 + row * (CHIP + GAP), width: place.chip });
		});
		for (const id of ids.slice(room)) slots.set(id, null);
	}
	return slots;
}

/** Shows the machine on the way from one state to another. */
function showMachine(from, to, progress) {
	if (!to || !machine.width) return;
	if (machine.to !== to) paintPlaces(to);
	Object.assign(machine, { from, to, progress });
	const before = from === to ? null : from.slots ??= slotsOf(from), after = to.slots && to.slotsWidth === machine.width ? to.slots : to.slots = slotsOf(to);
	to.slotsWidth = machine.width;
	const eased = progress < 1 ? progress * progress * (3 - 2 * progress) : 1;
	for (const id of new Set([...after.keys(), ...(before?.keys() ?? []), ...machine.chips.keys()])) placeChip(id, before?.get(id), after.get(id), eased);
}

function placeChip(id, before, after, progress) {
	const start = before ?? after, end = after ?? before;
	if (!end || progress === 1 && !after) {
		machine.chips.get(id)?.remove();
		machine.chips.delete(id);
		return;
	}
	let chip = machine.chips.get(id);
	if (!chip) {
		chip = make("div", "chip", run.called(id));
		byId("places").append(chip);
		machine.chips.set(id, chip);
	}
	const at = key => start[key] + (end[key] - start[key]) * progress;
	chip.dataset.place = end.name;
	chip.dataset.task = id;
	chip.classList.toggle("chosen", look.task?.id === id);
	chip.classList.toggle("long", end.name === "poll" && machine.to.isLong);
	// On its way it makes a bow, so that it is seen among those that stay.
	const bow = start === end || start.name === end.name ? 0 : Math.sin(Math.PI * progress) * 10;
	chip.style.cssText = `width:${end.width}px; --hue: var(--${PLACES[end.name].hue}); transform: translate(${at("x")}px, ${at("y") - bow}px);`
		+ `opacity: ${before && after || !machine.from || machine.from === machine.to ? 1 : after ? progress : 1 - progress}; z-index: ${bow ? 1 : 0}`;
}

/** What stands in the places beside the tasks: who had no room, which are alive, what the loop does. */
function paintPlaces(state) {
	for (const [name, { box, rows, columns }] of Object.entries(machine.places)) {
		const left = (state[name]?.length ?? 0) - rows * columns, asleep = state.sleep >= 0;
		box.lastChild.textContent = name !== "sleep" && left > 0 ? WORDS.more(left) : "";
		// Asleep, the three that can end the sleep are lit; awake, the poll.
		const lit = asleep ? ["sleep", "socket", "timer", "job"].includes(name) && (name === "sleep" || state[name].length) : name === "poll" && state.poll.length;
		box.classList.toggle("on", Boolean(lit));
	}
	const way = { poll: "next", "poll ends": "wait", wake: "wake" }[run.records[state.index]?.[2]];
	for (const [name, parts] of Object.entries(machine.paths)) {
		const hue = name !== way ? "soft" : { next: "task", wait: "ink", wake: "queued" }[way];
		parts[0].style.cssText = `stroke: var(--${hue}); stroke-width: ${name === way ? 3.5 : 1.5}`;
		parts[1].style.fill = `var(--${hue})`;
	}
	const sleep = machine.places.sleep.box, done = state.done ? ` · ${WORDS.doneCount(state.done)}` : "";
	const { first, last } = run.sleeps, asleep = () => WORDS.sleeps(duration(run.lengthOf(first[state.sleep], last[state.sleep])));
	sleep.firstChild.textContent = (state.sleep >= 0 ? asleep() : state.poll.length ? WORDS.polls : state.queue.length ? WORDS.goesOn : WORDS.looks) + done;
}
