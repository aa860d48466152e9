// ---- The machine: the loop as a drawing, with each task in one place of it
//
// A task is in the ready queue, or polled, or waits: for a socket, a timer, a thread, or another task. The loop polls
// what is in the queue; when nothing is left there it sleeps, until a socket, a timer or a thread ends the sleep.

/** The places, with the names of their colours. Where they are, layMachine says. */
const HUES = { queue: "queued", poll: "task", socket: "socket", timer: "timer", job: "job", task: "soft", sleep: "soft" };
/** `chips` has the drawn tasks by their ids. `from` and `to` are the states between which it moves. */
const machine = { width: 0, height: 0, chips: new Map(), places: {}, paths: {}, from: null, to: null };
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

/** Lays the places out for the width that there is: two above, four below, and the sleep. */
function layMachine() {
	const box = byId("places"), width = box.clientWidth;
	if (!width) return;
	const gap = 6, column = (width - 3 * gap) / 4, chip = column - 12;
	const heightOf = rows => 34 + rows * (CHIP + GAP), upper = heightOf(2), lower = heightOf(3), below = upper + 30;
	const place = (left, top, width, rows, columns = 1) => ({ left, top, width, height: heightOf(rows), rows, columns, chip });
	machine.places = {
		queue: place(0, 0, 2.35 * column + gap, 2, 2), poll: place(width - column - 8, 0, column + 8, 2),
		...Object.fromEntries(["socket", "timer", "job", "task"].map((name, at) => [name, place(at * (column + gap), below, column, 3)])),
		sleep: { ...place(0, below + lower + gap, width, 0), height: 24 },
	};
	Object.assign(machine, { width, height: below + lower + gap + 26 });
	box.style.height = `${machine.height}px`;
	const ways = make("span", "ways", WORDS.ways);
	ways.style.cssText = `left: 36px; top: ${upper + 3}px`;
	box.replaceChildren(arrowsOfMachine(), ways, ...Object.keys(machine.places).map(placeBox));
	machine.chips.clear();
	const shown = machine.to;
	machine.to = null; // all of it is to be painted again
	showMachine(shown, shown, 1);
}

function placeBox(name) {
	const place = machine.places[name], box = place.box = make("div", "place");
	for (const side of ["left", "top", "width", "height"]) box.style[side] = `${place[side]}px`;
	box.style.setProperty("--hue", `var(--${HUES[name]})`);
	box.dataset.place = name;
	box.append(make("span", "", WORDS.places[name]), make("span", "more"));
	return box;
}

const SVG = "http://www.w3.org/2000/svg";

function drawn(kind, attributes) {
	const made = document.createElementNS(SVG, kind);
	for (const name in attributes) made.setAttribute(name, attributes[name]);
	return made;
}

/** The ways from place to place. The one that was taken last is drawn strong. */
function arrowsOfMachine() {
	const { queue, poll, socket } = machine.places, drawing = drawn("svg", { width: machine.width, height: machine.height });
	// One line runs along all places where tasks wait: from the poll to it, and from it back to the queue.
	const middle = queue.height / 2, line = socket.top - 9, from = queue.left + 26, until = poll.left + poll.width / 2;
	// Each with its end, and the way that its head looks.
	const ways = {
		next: [`M${queue.width} ${middle} H${poll.left - 7}`, poll.left - 7, middle, 0],
		wait: [`M${until} ${poll.height} V${line - 7}`, until, line - 7, 90],
		wake: [`M${until} ${line} H${from} V${queue.height + 7}`, from, queue.height + 7, -90],
	};
	for (const [name, [d, x, y, turn]] of Object.entries(ways)) {
		const head = drawn("path", { d: "M0 -5 L7 0 L0 5 Z", transform: `translate(${x} ${y}) rotate(${turn})` });
		machine.paths[name] = [drawn("path", { d, fill: "none" }), head];
		drawing.append(...machine.paths[name]);
	}
	return drawing;
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
	Object.assign(machine, { from, to });
	const before = from === to ? new Map() : slotsAt(from), after = slotsAt(to);
	const eased = progress < 1 ? progress * progress * (3 - 2 * progress) : 1;
	for (const id of new Set([...after.keys(), ...before.keys(), ...machine.chips.keys()])) {
		placeChip(id, before.get(id), after.get(id), eased);
	}
}

/** The slots of a state, kept with it as long as the width stays. */
function slotsAt(state) {
	if (state.width !== machine.width) Object.assign(state, { slots: slotsOf(state), width: machine.width });
	return state.slots;
}

function placeChip(id, before, after, progress) {
	const start = before ?? after, end = after ?? before;
	let chip = machine.chips.get(id);
	if (!end || progress === 1 && !after) {
		chip?.remove();
		machine.chips.delete(id);
		return;
	}
	if (!chip) {
		chip = make("div", "chip", run.called(id));
		byId("places").append(chip);
		machine.chips.set(id, chip);
	}
	Object.assign(chip.dataset, { place: end.name, task: id });
	chip.classList.toggle("chosen", look.task?.id === id);
	chip.classList.toggle("long", end.name === "poll" && machine.to.isLong);
	const at = key => start[key] + (end[key] - start[key]) * progress, isMoving = start.name !== end.name && progress < 1;
	// On its way it makes a bow, so that it is seen among those that stay. Who comes or goes, fades.
	const bow = isMoving ? Math.sin(Math.PI * progress) * 10 : 0;
	const strength = before && after || machine.from === machine.to ? 1 : after ? progress : 1 - progress;
	chip.style.cssText = `width: ${end.width}px; --hue: var(--${HUES[end.name]}); opacity: ${strength}; z-index: ${isMoving ? 1 : 0};`
		+ `transform: translate(${at("x")}px, ${at("y") - bow}px)`;
}

/** What stands in the places beside the tasks: who had no room, which are alive, what the loop does. */
function paintPlaces(state) {
	const isAsleep = state.sleep >= 0;
	for (const [name, { box, rows, columns }] of Object.entries(machine.places)) {
		const tasks = state[name]?.length ?? 0, left = tasks - rows * columns;
		box.lastChild.textContent = left > 0 && rows ? WORDS.more(left) : "";
		// Asleep, those that can end the sleep are lit; awake, the poll.
		const canWake = tasks > 0 && ["socket", "timer", "job"].includes(name);
		box.classList.toggle("on", isAsleep ? name === "sleep" || canWake : name === "poll" && tasks > 0);
	}
	const way = { poll: "next", "poll ends": "wait", wake: "wake" }[run.records[state.index]?.[2]];
	for (const [name, [line, head]] of Object.entries(machine.paths)) {
		const hue = name !== way ? "soft" : { next: "task", wait: "ink", wake: "queued" }[way];
		line.style.cssText = `stroke: var(--${hue}); stroke-width: ${name === way ? 3.5 : 1.5}`;
		head.style.fill = `var(--${hue})`;
	}
	const doing = state.poll.length ? WORDS.polls : state.queue.length ? WORDS.goesOn : WORDS.looks;
	const words = isAsleep ? WORDS.sleeps(duration(run.lengthIn(run.sleeps, state.sleep))) : doing;
	machine.places.sleep.box.firstChild.textContent = words + (state.done ? ` · ${WORDS.doneCount(state.done)}` : "");
}
