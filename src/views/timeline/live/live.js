// ---- The beginning: what comes from the program, and what stands above the lanes

/** More lanes than in a file, with fewer arrows: each connection has its own, as long as they can be told apart. */
[foldAt, fewPolls] = [40, 30];
ACTIONS.follow = ["v", toggleFollow];
ACTIONS.saveFile = ["", saveFile];

start(({ file }) => {
	live.file = file;
	document.querySelector(".tools").prepend(control("follow"), control("saveFile"), make("span", "soft"));
	byId("saveFile").textContent = WORDS.save;
	document.querySelector(".tools .soft").id = "live";
	byId("loops").addEventListener("change", ({ target }) => {
		live.picked = true;
		showLoop(Number(target.value));
	});
	takeTheHash();
	showNotices();
	document.body.classList.add("nothing");
	listenToProgram();
	tick();
});

function control(action) {
	const button = make("button", "");
	button.id = button.dataset.do = action;
	return button;
}

function listenToProgram() {
	const source = new EventSource("events");
	let failures = 0;
	source.addEventListener("open", () => failures = 0);
	source.addEventListener("piece", ({ data }) => {
		setTrouble("");
		take(JSON.parse(data));
	});
	source.addEventListener("end", ({ data }) => {
		source.close();
		Object.assign(live, { ended: true, moreLoops: JSON.parse(data).more_loops });
		showNotices();
	});
	source.addEventListener("error", () => {
		// It tries again by itself, unless it was refused.
		const isRefused = source.readyState === EventSource.CLOSED;
		if (++failures === 30) source.close();
		setTrouble(isRefused ? WORDS.refused : failures > 1 ? WORDS.gone : "");
	});
}

function take({ loop: number, first, virtual, sources, records: piece }) {
	const loop = live.loops[number] ??= {
		now: new Growth(emptyLoop()), next: null, isStale: false, total: 0, isVirtual: virtual, ahead: -Infinity,
	};
	for (const [file, lines] of Object.entries(sources)) SOURCES[file] = { ...SOURCES[file], ...lines };
	const skipped = first - loop.total;
	if (skipped < 0) return; // it is there already
	loop.total = first + piece.records.length;
	hear(loop, piece.records);
	loop.next?.add(piece, skipped);
	if (loop.next && !live.following) loop.isStale = true;
	if (!loop.isStale) loop.now.add(piece, skipped);
	if (skipped) showNotices();
	if (live.shown < 0 || number > live.shown && !live.picked && live.following) showLoop(number);
}

function showLoop(number) {
	const loop = live.loops[number], isFirst = live.shown < 0;
	Object.assign(live, { shown: number, following: true, wordsAt: 0, panelAt: 0 });
	document.body.classList.remove("nothing");
	loop.now.learn(20);
	open(loop.now.run, 0);
	if (isFirst) {
		listen();
		byId("story-section").open = false; // on a wall the lanes need the room
		byId("story-section").addEventListener("toggle", () => {
			look.page = -1;
			show(cursor, true);
		});
	}
	nameLoop(number);
	byId("loops").value = number;
	if (!loop.isVirtual) toggleAxis(); // it runs as the clock does
	live.set = { cursor, from: look.from, span: look.span, readable: axis.readable };
	live.scrolled = byId("stage").scrollTop;
	showNotices();
}

/** The loop in the list of loops. */
function nameLoop(number) {
	const picker = byId("loops"), { now, next, total } = live.loops[number], { name } = (next ?? now).loop;
	while (picker.length <= number) picker.add(new Option("", picker.length));
	picker.options[number].text = WORDS.loopName(name && visible(name), number + 1, total);
	picker.hidden = picker.length < 2;
}

function showControls() {
	const { now, next, isVirtual } = shownLoop(), more = (next ?? now).loop.records.length - (run.length - run.endsNow);
	const isOver = live.ended && !live.following && !more;
	byId("follow").textContent = live.following ? WORDS.pause : WORDS.follow;
	byId("follow").setAttribute("aria-pressed", live.following);
	byId("follow").hidden = isOver;
	const following = isVirtual ? WORDS.followingVirtual : WORDS.following;
	byId("live").textContent = isOver ? WORDS.over : live.following ? following : WORDS.paused(Math.max(0, more));
}

function setTrouble(trouble) {
	if (trouble === live.trouble) return;
	live.trouble = trouble;
	showNotices();
}

/** What is missing, and how it ended. */
function showNotices() {
	const notices = [live.ended ? WORDS.ended : live.trouble], growth = shownLoop()?.next ?? shownLoop()?.now;
	const { left_out: hole, skipped = [] } = growth?.loop ?? {};
	const all = skipped.reduce((sum, [, records]) => sum + records, 0);
	if (live.shown < 0 && !notices[0]) notices.push(WORDS.noEventYet);
	if (hole) notices.push(WORDS.hole(hole.records, hole.after));
	if (all) notices.push(WORDS.skipped(all));
	if (live.moreLoops) notices.push(WORDS.moreLoops(live.moreLoops));
	notify(notices.filter(Boolean).join(" "));
}

/** For tests. */
Object.assign(window.glassloop, { live, take, fileText });
