// ---- The lanes below that of the loop

/** So many tasks of one coroutine, sockets or timers are folded into one lane. */
let foldAt = 8;

/** Lays out the lanes. Each has its marks: the records that a click can choose. */
function layLanes({ owners, shown = owners, findings }) {
	const lanes = [];
	let y = 0;
	const lay = (lane, height) => {
		const marks = Int32Array.from(lane.owners.flatMap(owner => owner.marks)).sort();
		lanes.push({ ...lane, y, height, marks });
		for (const owner of lane.owners) owner.lane = lanes.at(-1);
		y += height;
	};
	const group = (title, rows) => {
		if (rows.length) lay({ title: WORDS[title], owners: [] }, 26);
		for (const row of rows) lay(row, row.fold && !row.isOpen ? size.lane + 10 : size.lane);
	};
	const tasks = shown.task.filter(task => task.slices.first.length).sort((a, b) => a.id - b.id);
	group("TASKS", foldTasks(tasks, new Set(findings.map(([, , , id]) => id))));
	group("SOCKETS", foldRows("socket", shareRows(shown.socket)));
	group("TIMERS", foldRows("timer", shareRows(shown.timer)));
	const threads = Map.groupBy(shown.job, job => job.thread);
	group("THREADS", [...threads].map(([thread, jobs]) =>
		({ name: thread === null ? WORDS.notDone : WORDS.thread(thread), owners: jobs.sort((a, b) => a.first - b.first) })));
	Object.assign(look, { lanes, height: y + 8 });
}

const taskRow = task => ({ name: `${task.id} ${task.name}`, owners: [task] });

/** The tasks of one coroutine share a lane if they are many. Whoever failed, was warned of, was chosen, or lived
 *  longest or shortest, stays outside. */
function foldTasks(tasks, warned) {
	const rows = [];
	for (const [birth, members] of Map.groupBy(tasks, task => task.birth ?? task)) {
		if (members.length < foldAt) {
			rows.push(...members.map(taskRow));
			continue;
		}
		const lived = task => run.lengthOf(task.first, task.last), sorted = members.toSorted((a, b) => lived(a) - lived(b));
		const failures = members.filter(({ id, how }) => how && how !== "ready" || warned.has(id));
		const outside = new Set([...failures.slice(0, 20), sorted[0], sorted.at(-1), ...members.filter(task => look.pinned.has(task))]);
		const inside = members.filter(task => !outside.has(task)), isOpen = look.open.has(birth);
		if (inside.length) rows.push(foldOf(birth, inside, isOpen));
		rows.push(...(isOpen ? members : [...outside]).sort((a, b) => a.id - b.id).map(taskRow));
	}
	return rows;
}

/** One lane for many. An open one is a heading of its members. */
function foldOf(key, members, isOpen) {
	const name = (isOpen ? WORDS.unfolded : WORDS.folded)(key, members.length);
	if (isOpen) return { name, key, fold: members, isOpen, owners: [] };
	const inFold = new Set(members.map(({ id }) => id)), polls = new Slices();
	const [{ kind, first }] = members, all = run.polls;
	for (let poll = lowerBound(all.first, first); kind === "task" && poll < all.note.length; poll++) {
		if (!inFold.has(all.note[poll])) continue;
		for (const field of ["first", "last", "state", "note"]) polls[field].push(all[field][poll]);
	}
	return { name, key, fold: members, isOpen, owners: members, counts: countsOf(members), polls };
}

/** How many are there at the same time: at which records that changes, to how many, and how many at most. */
function countsOf(members) {
	const steps = members.flatMap(({ first, last }) => [[first, 1], [last, -1]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	const counts = { at: [], now: [], peak: 0 };
	let now = 0;
	for (const [at, step] of steps) {
		counts.at.push(at);
		counts.now.push(now += step);
		counts.peak = Math.max(counts.peak, now);
	}
	return counts;
}

function foldRows(kind, rows) {
	if (rows.length < foldAt) return rows;
	const members = rows.flatMap(row => row.owners), key = `${kind}s`, isOpen = look.open.has(key);
	return [foldOf(key, members, isOpen), ...(isOpen ? rows : [])];
}

/** What does not overlap shares a row: a run may have thousands of timers, one after the other. */
function shareRows(owners) {
	const rows = [];
	for (const owner of owners) {
		const row = rows.find(row => row.owners.at(-1).last <= owner.first);
		if (row) row.owners.push(owner);
		else rows.push({ owners: [owner] });
	}
	for (const row of rows) {
		row.name = row.owners.length === 1 ? row.owners[0].name : WORDS.things(row.owners.length, row.owners[0].kind);
	}
	return rows;
}

/** What a thing is called: a socket by its address, a timer by its length, each with the task that made it. */
function nameOf({ kind, id, name, label, of }) {
	if (kind === "task") return run.called(id);
	return [name, label].filter(Boolean).join(" · ") + (of?.kind === "task" ? WORDS.ofTask(run.called(of.id)) : "");
}

/** Opens a fold, or closes it: the one that is given, or that of the chosen task. */
function toggleFold(fold = look.lanes.find(({ fold, key }) => fold && key === look.task?.birth)) {
	if (!fold) return;
	if (!look.open.delete(fold.key)) look.open.add(fold.key);
	layLanes(run);
	resize();
}

/** Closes all if one is open. */
function toggleFolds() {
	const folds = look.lanes.filter(({ fold }) => fold).map(({ key }) => key);
	look.open = new Set(look.open.size ? [] : folds);
	layLanes(run);
	resize();
}

/** Finds the next task whose number or name has these letters, and takes it out of its fold. */
function searchTask(text) {
	const wanted = text.trim().toLowerCase(), tasks = run.owners.task.filter(task => task.slices.first.length);
	const found = wanted ? tasks.filter(({ id, name }) => String(id) === wanted || name.toLowerCase().includes(wanted)) : [];
	byId("search").setAttribute("aria-invalid", wanted !== "" && !found.length);
	if (!found.length) return notify(wanted ? WORDS.notFound : "");
	const next = (found.indexOf(look.task) + 1) % found.length, task = found[next];
	look.pinned.add(task);
	layLanes(run);
	resize();
	look.task = task;
	goTo(task.marks.find(index => run.records[index][2] === "poll") ?? task.first);
	notify(WORDS.found(next + 1, found.length));
}
