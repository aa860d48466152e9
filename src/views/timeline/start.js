// ---- The start

/** With the contents of the element `run`. */
function start(begin) {
	addEventListener("DOMContentLoaded", () => {
		try {
			const data = JSON.parse(byId("run").textContent);
			document.title = byId("title").textContent = `glassloop · ${visible(data.program)}`;
			sayWords();
			begin(data);
		} catch (error) {
			document.body.classList.add("nothing");
			notify(WORDS.nothing + error.message);
		}
	});
}

/** Puts the words of the table where the page has said which it wants. */
function sayWords() {
	for (const element of document.querySelectorAll("[data-say]")) element.textContent = WORDS[element.dataset.say];
	for (const element of document.querySelectorAll("[data-label]")) {
		const label = WORDS[element.dataset.label];
		element.setAttribute("aria-label", label);
		if (element.matches("button, input")) element.title = label;
	}
	byId("search").placeholder = WORDS.search;
	for (const speed of SPEEDS) byId("speed").add(new Option(WORDS.speedOf(speed), speed, false, speed === player.speed));
	for (const [name, meaning] of Object.entries(WORDS.actions)) {
		const row = byId("keys").insertRow();
		row.insertCell().append(make("kbd", "", ACTIONS[name][0]));
		row.insertCell().textContent = meaning;
	}
}

/** Behind the # of the address: "embed" for a frame of another page, "light" or "dark", a loop by its number. */
function takeTheHash() {
	for (const word of location.hash.slice(1).split(",")) {
		if (word === "embed") document.body.classList.add(word);
		if (word === "light" || word === "dark") document.documentElement.classList.add(word);
		if (/^loop=\d+$/.test(word)) byId("loops").value = Number(word.slice(5)) - 1;
	}
	if (byId("loops").selectedIndex < 0) byId("loops").selectedIndex = 0;
}

function listen() {
	addEventListener("keydown", pressed);
	addEventListener("click", ({ target }) => {
		const { jump, do: action } = target.closest("[data-jump], [data-do]")?.dataset ?? {};
		// A step of "why?" leaves the list of steps as it is, for the next to be looked at.
		if (jump) goTo(Number(jump), target.closest("#steps") !== null);
		if (action) ACTIONS[action][1]();
		if (!target.isConnected) byId("stage").focus(); // its list is another one now
	});
	listenToPointer(byId("lanes"));
	byId("search").addEventListener("keydown", event => {
		if (event.key === "Enter") searchTask(event.target.value);
		if (event.key === "Escape") byId("stage").focus();
	});
	byId("speed").addEventListener("change", ({ target }) => player.speed = Number(target.value));
	byId("stage").addEventListener("scroll", requestDraw);
	new ResizeObserver(() => isPaper() || resize()).observe(byId("stage"));
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
	matchMedia("print").addEventListener("change", ({ matches }) => setPaper(matches));
	addEventListener("beforeprint", () => setPaper(true));
	addEventListener("afterprint", () => setPaper(false));
}

/** On paper everything is light, and the story is whole, up to a length that somebody might print. */
function setPaper(paper, most = 5000) {
	if (paper === isPaper()) return;
	const { story } = run;
	document.documentElement.classList.toggle("paper", paper);
	resize();
	look.page = -1;
	if (!paper) return goTo(cursor, true);
	byId("story-section").open = true;
	byId("story").replaceChildren(...story.slice(0, most).map(sentenceItem));
	if (story.length > most) byId("story").append(make("li", "", WORDS.moreSentences(story.length - most)));
}

function open(opened, more) {
	run = opened;
	axis = new Axis(run, true);
	const notices = Array.from(run.holes, ([after, records]) => WORDS.hole(records, after));
	if (more > 0) notices.push(WORDS.moreLoops(more));
	notify(notices.join(" "));
	byId("lead").textContent = leadOf(run);
	showSummary();
	Object.assign(look, { task: null, page: -1, why: [], span: axis.end, at: 0, overview: null, open: new Set(), pinned: new Set() });
	layLanes(run);
	showFindings(run.findings);
	byId("linear").setAttribute("aria-pressed", false);
	const found = [...new Set(run.owners.task.map(({ name }) => name))].slice(0, 50);
	byId("found").replaceChildren(...found.map(name => new Option(name)));
	Object.assign(player, { way: 0, before: null, shown: null });
	Object.assign(machine, { from: null, to: null });
	resize();
	setWindow(0, axis.end);
	const { index, task } = firstSelection(run);
	look.task = task ?? null;
	goTo(index);
	showPlayer();
}

function showSummary(slept = run.sums.asleep) {
	const { sums, tasks, total } = run;
	const asleep = (100 * slept / Math.max(1, total)).toFixed(1);
	byId("summary").textContent = WORDS.summary({ ...sums, tasks, total: duration(total), asleep });
}

function showFindings(findings) {
	byId("warnings").hidden = !findings.length;
	byId("findings").replaceChildren(...findings.map(([index, lint, text]) =>
		jumpItem("li", index, `${visible(lint)}: ${visible(text)}`, "", "finding")));
}

function notify(text) {
	byId("notice").textContent = text;
	byId("notice").hidden = !text;
}

/** For tests. */
window.glassloop = {
	get lastFrameMilliseconds() { return lastFrameMilliseconds; },
	get cursor() { return cursor; },
	get axis() { return axis.readable ? "readable" : "linear"; },
	get theAxis() { return axis; },
	get run() { return run; },
	get why() { return look.why.map(sayWithPlace).join(" ← "); },
	get chips() { return [...machine.chips].map(([id, chip]) => `${id}: ${chip.dataset.place}`); },
	/** From now on time passes only where it is told to. */
	advance(milliseconds) {
		player.byHand = true;
		advance(milliseconds);
		draw();
	},
	look, player, size, x, ticks, overviewX, hintAt, stateAt, draw, leadOf, picture,
};
