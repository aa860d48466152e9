// ---- The panel and the story

/** Moves the cursor. While the run plays, it plays on from there. */
function goTo(index, keepWhy = false) {
	show(clamp(index, 0, run.length - 1), keepWhy);
	if (player.way) aim();
	showMotion();
}

/** Everything that shows a moment now shows this one. */
function show(index, keepWhy = false) {
	cursor = index;
	const tasks = [run.owner[cursor], run.owner[run.pollAround[cursor]], look.task];
	look.task = tasks.find(owner => owner?.kind === "task") ?? null;
	if (!keepWhy) look.why = [];
	const told = sentenceAt(cursor), [, sign, id, text, place] = list(run.story[told]);
	byId("where").textContent = WORDS.where(cursor + 1, run.length, moment(run.times[cursor]), run.records[cursor][1]);
	byId("sentence").textContent = told < 0 ? "" : `${signOf(sign)} ${id == null ? "" : run.called(id)} ${shorten(visible(text))}`;
	byId("what").textContent = thingOf(look.task).replaceAll("\n", ": ");
	showSource(placeOf(cursor) ?? run.places[place] ?? placeOf(run.pollAround[cursor]));
	showState();
	showStory(Math.floor(Math.max(0, told) / PAGE));
	if (!keepWhy) showWhy();
	showCursor();
	moveMachine();
}

/** Many alike in a row ("creates 2 "request", 3 "request", …") are told by the first, the last and their number. */
function shorten(text, most = 4) {
	const parts = text.split(/(, |; )/), shape = part => part?.replace(/^creates /, "").replace(/\d+/g, "0");
	let told = "";
	for (let at = 0; at < parts.length;) {
		let end = at;
		while (end + 2 < parts.length && shape(parts[end + 2]) === shape(parts[at])) end += 2;
		const alike = (end - at) / 2 + 1;
		told += alike > most ? `${parts[at]} … ${parts[end]} (${number(alike)})` : parts.slice(at, end + 1).join("");
		told += parts[end + 1] ?? "";
		at = end + 2;
	}
	return cut(told, 400);
}

/** An item of a list, as a button that moves the cursor. */
function jumpItem(tag, index, text, more = "", className = "") {
	const item = make(tag, className), button = make("button", "jump", text);
	button.dataset.jump = clamp(index, 0, run.length - 1);
	if (more) button.append(" ", make("span", "soft", more));
	item.append(button);
	return item;
}

/** The sentence about a record. What happens in the course of a poll is told at its end. */
function sentenceAt(index) {
	const { story, pollEnd, pollAround } = run, end = pollEnd[pollAround[index]], indexOf = ([index]) => index;
	const told = lowerBound(story, end, indexOf);
	return end > index && story[told]?.[0] === end ? told : lowerBound(story, index + 1, indexOf) - 1;
}

function showSource(place) {
	byId("source-section").hidden = !place;
	if (!place) return;
	byId("source-title").textContent = visible(`${place.file}:${place.line}`);
	const near = Object.entries(run.sources[place.file] ?? {}).filter(([line]) => Math.abs(line - place.line) <= 4);
	byId("source").replaceChildren(...near.map(([line, text]) => {
		const row = make("div", "");
		if (Number(line) === place.line) row.setAttribute("aria-current", "true");
		row.append(make("span", "number", line), make("span", "", visible(text.replaceAll("\t", "    "))));
		return row;
	}));
	if (!near.length) byId("source").textContent = WORDS.noSource;
}

/** What the lanes show at the cursor, in words. */
function showState() {
	const { owners, times } = run, now = times[cursor];
	const ready = [], tasks = [], interests = [];
	for (const task of new Set([look.task, ...owners.task].filter(Boolean))) {
		const slice = task.slices.at(cursor);
		if (slice < 0) continue;
		const state = task.slices.state[slice], since = task.slices.first[slice], note = task.slices.note[slice];
		const wake = state === QUEUED ? note : run.wokenIn.get(since);
		if (wake <= cursor) ready.push([wake, run.called(task.id)]);
		const doing = [WORDS.stateOf[0] + note, WORDS.stateOf[1], waitWords(note)][state];
		tasks.push([since, `${run.called(task.id)} ${doing}`, WORDS.forSoLong(duration(now - times[since]))]);
	}
	ready.sort((a, b) => a[0] - b[0]);
	const there = ({ first, last, deadline }) => first <= cursor && cursor < last && deadline >= 0;
	for (const socket of owners.socket) for (const slices of socket.interest) {
		const slice = slices.at(cursor);
		if (slice >= 0) interests.push([slices.first[slice], `${nameOf(socket)} ${visible(slices.note[slice])}`]);
	}
	const timers = owners.timer.filter(there).sort((a, b) => a.deadline - b.deadline)
		.map(timer => [timer.first, nameOf(timer), WORDS.goesOff(duration(Math.max(0, timer.deadline - now)))]);
	const jobs = owners.job.filter(job => job.queued <= cursor && (cursor < job.news || job.thread === null));
	byId("state").replaceChildren(
		...stateRows(WORDS.readyQueue, ready), ...stateRows(WORDS.tasks, tasks),
		...stateRows(WORDS.socketsWaited, interests), ...stateRows(WORDS.timers, timers),
		...stateRows(WORDS.jobs, jobs.map(job => [job.queued, nameOf(job)])));
}

function stateRows(title, items, most = 8) {
	const rows = items.slice(0, most).map(([index, text, more]) => jumpItem("dd", index, text, more));
	if (items.length > most) rows.push(make("dd", "soft", WORDS.andMore(items.length - most)));
	// What lasts across a hole is not seen until it changes.
	const known = [...run.holes.keys()].some(after => after <= cursor + 1) ? WORDS.known : "";
	return [make("dt", "", `${title}${known}: ${items.length || WORDS.none}`), ...rows];
}

const PAGE = 300;

/** The story, a page at a time: a hundred thousand sentences at once would stop the browser. */
function showStory(page) {
	const { story } = run, items = byId("story"), first = page * PAGE;
	if (look.page !== page) {
		look.page = page;
		const shown = story.slice(first, first + PAGE);
		byId("pages").hidden = story.length <= PAGE;
		byId("page").textContent = WORDS.page(first + 1, first + shown.length, story.length);
		items.start = first + 1;
		items.replaceChildren(...shown.map(sentenceItem));
	}
	items.querySelector("[aria-current]")?.removeAttribute("aria-current");
	const item = items.children[sentenceAt(cursor) - first];
	if (!item) return;
	item.firstChild.setAttribute("aria-current", "true");
	scrollInto(byId("story-section"), item);
}

/** Few fonts have the sign of a pause. */
const signOf = sign => visible(sign).replace("⏸", "‖");

function sentenceItem([index, sign, id, text, place]) {
	const poll = run.pollAround[index];
	const begin = sign === "▶" && poll >= 0 ? poll : clamp(index, 0, run.length - 1);
	const item = jumpItem("li", begin, "");
	item.firstChild.append(
		make("span", "time", (run.times[begin] / 1e6).toFixed(2)), make("span", "sign", signOf(sign)),
		make("span", "who", id == null ? "" : run.called(id)), make("span", "", shorten(visible(text))),
		make("span", "soft", run.places[place]?.text));
	return item;
}

/** Scrolls a box, and nothing around it, so that an item of it is seen. */
function scrollInto(box, item) {
	const outer = box.getBoundingClientRect(), inner = item.getBoundingClientRect();
	if (inner.top < outer.top + 40) box.scrollTop += inner.top - outer.top - 40;
	else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
}
