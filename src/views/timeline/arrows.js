// ---- The arrows: from what woke a task to the poll that it got for it

/** By what a task was woken: the colour and the dashes of the arrow. */
const ARROWS = {
	__proto__: null, socket: ["socket", []], timer: ["timer", [6, 3]], job: ["job", [2, 3]], task: ["queued", [12, 2]],
	outside: ["soft", [9, 4]], create: ["ink", [2, 4]],
};

/** Where the arrow to a poll begins, and how it looks. */
function originOf(poll) {
	const wake = run.causeOf[poll], cause = run.causeOf[wake], [, , kind, , more] = run.records[wake] ?? [];
	const by = kind === "wake" ? list(more)[0] : kind;
	if (!ARROWS[by] || by === "create" && cause < 0) return {};
	const [colour, dash] = ARROWS[by], owner = run.owner[cause];
	const origin = { socket: cause, timer: cause, job: owner?.last }[by] ?? wake;
	return { origin, lane: by === "outside" ? null : owner?.lane, colour, dash };
}

let fewPolls = 80;
/** The arrows of the chosen task, and all while they are few. */
function drawArrows(top) {
	const { polls, pollAround, owner } = run, chosen = pollAround[cursor];
	const from = lowerBound(polls.first, firstVisible()), until = lowerBound(polls.first, lastVisible() + 1);
	const few = until - from <= fewPolls;
	const isWanted = poll => (few || owner[poll] === look.task) && !owner[poll]?.lane?.fold;
	const arrows = polls.first.slice(from, until).filter(isWanted);
	// Of a busy task so many are a blot already.
	for (const poll of arrows.slice(0, 300)) drawArrow(poll, top, 1.3, owner[poll] === look.task ? 1 : 0.6);
	if (chosen >= 0) drawArrow(chosen, top, 2.6, 1);
}

function drawArrow(poll, top, width, strength) {
	const { origin, lane, colour, dash } = originOf(poll), to = run.owner[poll]?.lane;
	if (origin === undefined || !to) return;
	const fromX = x(origin), fromY = lane ? top + lane.y + 15 : HEAD;
	const toX = x(poll), toY = top + to.y + 15;
	Object.assign(pen, { globalAlpha: strength, lineWidth: width, strokeStyle: ink[colour] });
	pen.setLineDash(dash);
	pen.beginPath();
	pen.moveTo(fromX, fromY);
	pen.bezierCurveTo(fromX + 2, fromY + (toY - fromY) * 0.6, toX - Math.max(16, (toX - fromX) * 0.4), toY, toX - 5, toY);
	pen.stroke();
	pen.setLineDash([]);
	write("▶", toX - 8, toY + 3.5, 20, ink[colour], "10px");
	pen.globalAlpha = pen.lineWidth = 1;
}
