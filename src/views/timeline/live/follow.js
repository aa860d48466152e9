// ---- Following: the newest stands at the right edge, until somebody looks elsewhere

/** What has come, and how it is looked at. While it is followed `set` is the window and the cursor that were set here:
 *  where they are others, somebody has moved them, and wants to look. */
const live = {
	file: [], loops: [], shown: -1, picked: false, moreLoops: 0, following: true, ended: false, trouble: "",
	seconds: null, set: {}, panelAt: 0, wordsAt: 0, scrolled: 0, wholeTook: 0,
	lanesAt: 0, lanesTook: 0,
};
/** So much of a run is in the window, unless somebody zooms: seconds, and records at the most. */
const SECONDS = 10, MOST = 8000;
/** How often it is drawn; how often the panel and the machine are, and what goes through the whole run. What takes
 *  long is done less often. */
const DRAWN = 40, PANEL = 400, WHOLE = 1000;

const shownLoop = () => live.loops[live.shown];

function tick() {
	const began = performance.now();
	if (live.shown >= 0) {
		takeOutMiddle();
		if (live.following && wasMoved()) live.following = false;
		if (live.following) follow(began);
		else layWindow();
		showControls();
	}
	setTimeout(tick, Math.max(DRAWN, 2 * (performance.now() - began)));
}

function timed(work) {
	const began = performance.now();
	work();
	return performance.now() - began;
}

/** Has anybody moved the cursor or the window since it was set? To zoom is no reason to stop: then more or less of the
 *  run is seen, up to the newest. */
function wasMoved() {
	const { set } = live, { from, span } = look;
	if (cursor !== set.cursor || player.way) return true;
	if (axis.readable !== set.readable || from === set.from && span === set.span) return false;
	if (Math.abs(from + span - axis.places[axis.last]) > span / 25) return true;
	live.seconds = from ? (run.times.at(-1) - axis.timeAt(from)) / 1e9 : Infinity;
	return false;
}

function follow(time) {
	const loop = shownLoop(), isAll = learn(loop);
	run.lastUntil(loop.isVirtual || live.ended || !isAll ? -1 : nowOf(loop));
	const isLast = live.ended && isAll && !loop.next;
	const isDue = isLast || time - live.wordsAt >= Math.max(WHOLE, 30 * live.wholeTook);
	if (isDue) look.overview = null; // all of it is painted anew
	showNewest();
	if (isLast || time - live.lanesAt >= 5 * live.lanesTook) {
		live.lanesAt = time;
		live.lanesTook = timed(() => {
			layLanes(run);
			fitLanes();
			scrollToNewest();
		});
	}
	if (isLast || !isDue && time - live.panelAt >= PANEL) {
		live.panelAt = time;
		growStory();
		look.task = null; // nobody has chosen one: no arrows are drawn for it
		show(cursor);
		byId("clock").textContent = moment(run.times[cursor]);
	}
	if (isDue) {
		live.wordsAt = time;
		live.wholeTook = timed(() => {
			showWords();
			draw();
		});
	}
	live.set = { cursor, from: look.from, span: look.span, readable: axis.readable };
	if (isLast) stop();
}

/** Lets the run learn of what has come; one without its middle, too, which takes its place when it has learned all. */
function learn(loop) {
	const isAll = !loop.isStale && loop.now.learn(10);
	if (!loop.next?.learn(12)) return isAll && !loop.next;
	const chosen = look.task?.id;
	Object.assign(loop, { now: loop.next, next: null, isStale: false });
	run = loop.now.run;
	const same = task => run.known.task.get(task?.id);
	Object.assign(look, { task: run.known.task.get(chosen) ?? null, page: -1, why: [], overview: null,
		pinned: new Set([...look.pinned].map(same).filter(Boolean)) });
	Object.assign(player, { before: null, shown: null });
	live.panelAt = live.wordsAt = performance.now(); // not all in one frame
	showNotices();
	return true;
}

/** What runs longer than the page can keep loses its middle. The run that is shown stays as it is for a while. */
function takeOutMiddle() {
	for (const loop of live.loops) {
		const newest = loop.next ?? loop.now;
		if (newest.loop.records.length <= 2 * KEPT + (live.ended ? 0 : SLACK) || loop.next?.run) continue;
		const trimmed = newest.withoutMiddle();
		if (loop.now.run) loop.next = trimmed;
		else loop.now = trimmed;
	}
}

/** Which time it is in the program: as long ago as the freshest record came. Records come late, but never early. */
const nowOf = ({ ahead }) => (performance.now() + ahead) * 1e6;

function hear(loop, records) {
	const ahead = Number(records.at(-1)?.[0]) / 1e6 - performance.now();
	// Far behind: its clock was stopped, or this page slept.
	if (!(loop.ahead - ahead < 1000)) loop.ahead = ahead;
	else loop.ahead = Math.max(loop.ahead, ahead);
}

/** The window at the end of the run. */
function showNewest() {
	axis = LiveAxis.of(run, axis);
	const newest = axis.places[axis.last], seconds = live.seconds ?? SECONDS;
	const begin = axis.atTime(run.times[axis.last] - seconds * 1e9);
	const from = live.seconds ? begin : Math.max(begin, axis.at(axis.last - MOST));
	const span = Math.max(newest - from, 200);
	axis.end = newest + span / 50;
	cursor = look.at = axis.last;
	setWindow(from, span + span / 50);
}

/** Lanes stand for what is in the window, wherever it was moved to. */
function layWindow() {
	const { set } = live;
	if (look.from === set.from && look.span === set.span && axis.readable === set.readable) return;
	Object.assign(set, { from: look.from, span: look.span, readable: axis.readable });
	layLanes(run);
	fitLanes();
	showCursor();
}

function fitLanes() {
	byId("spacer").style.height = `${Math.max(HEAD + look.height, size.height)}px`;
	requestDraw();
}

/** The newest task's lane is seen, unless somebody has scrolled elsewhere. */
function scrollToNewest() {
	const stage = byId("stage"), newest = look.lanes.findLast(lane => lane.owners[0]?.kind === "task");
	if (!newest || live.scrolled !== stage.scrollTop) return;
	stage.scrollTop = newest.y + 2 * size.lane - (size.height - HEAD);
	live.scrolled = stage.scrollTop;
}

/** The sentences that are new on the story's page. Where the story is closed, its page counts as shown. */
function growStory() {
	if (!byId("story-section").open) look.page = Math.floor(Math.max(0, sentenceAt(cursor)) / PAGE);
	if (look.page < 0 || !byId("story-section").open) return;
	const items = byId("story"), first = look.page * PAGE;
	items.append(...run.story.slice(first + items.children.length, first + PAGE).map(sentenceItem));
	byId("pages").hidden = run.story.length <= PAGE;
	byId("page").textContent = WORDS.page(first + 1, first + items.children.length, run.story.length);
}

/** What is said of the whole run. */
function showWords() {
	const { findings, sums, holes } = run, state = stateAt(cursor), ready = state.queue.length + state.poll.length;
	const alive = ready + state.socket.length + state.timer.length + state.job.length + state.task.length;
	const liveLead = holes.size ? WORDS.liveLeadHole : WORDS.liveLead;
	byId("lead").textContent = live.ended ? leadOf(run) : liveLead(alive, run.tasks, ready);
	showSummary(sums.asleep + sleepSoFar());
	showFindings(findings.slice(-50));
	live.loops.forEach((loop, number) => nameLoop(number));
}

/** Of the sleep that lasts. */
function sleepSoFar() {
	const { first, last } = run.sleeps;
	return last.at(-1) === OPEN ? run.lengthOf(first.at(-1), OPEN) : 0;
}

function toggleFollow() {
	if (live.shown < 0) return;
	Object.assign(live, { following: !live.following, scrolled: byId("stage").scrollTop });
	if (player.way) play(player.way);
	if (live.following) live.set = { ...live.set, cursor, from: look.from, span: look.span, readable: axis.readable };
	showControls();
}

/** The program has ended, and all of it is shown. */
function stop() {
	live.following = false;
	goTo(cursor);
}
