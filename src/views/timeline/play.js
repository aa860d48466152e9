// ---- Playing the run: the cursor goes from move to move, and the machine with it
//
// Time here is that of whoever looks: each move takes half a second at speed 1, whatever it took in the run.

const SPEEDS = [0.5, 1, 2, 4, 8, 32, 128];
/** `way` is 1 or -1 while it plays; `since` is when the present move began. `target` is the record that it goes to. */
const player = { way: 0, speed: 1, clock: 0, since: 0, target: -1, before: null, shown: null, moved: 0,
	moving: false, frame: 0, byHand: false };
const STEP = 650;

const wantsNoMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A move is gone through in so many milliseconds: a sleep takes longer, the longer it was. */
function stepTime(index) {
	const sleep = run.sleeps.at(index - 1), length = sleep >= 0 ? run.lengthIn(run.sleeps, sleep) : 0;
	return STEP * (1 + (length > 1e6 ? Math.min(3, Math.log10(length / 1e6)) : 0)) / player.speed;
}

function play(way) {
	player.way = player.way === way ? 0 : way;
	if (player.way === 1 && cursor >= run.length - 1) goTo(0);
	if (player.way === -1 && cursor <= 0) goTo(run.length - 1);
	aim();
	showPlayer();
	requestTick();
}

/** Chooses the next move. */
function aim(since = player.clock) {
	const { moves } = run, next = player.way > 0 ? lowerBound(moves, cursor + 1) : lowerBound(moves, cursor) - 1;
	const last = run.length - 1, end = player.way > 0 && cursor < last ? last : -1;
	player.target = player.way ? moves[next] ?? end : -1;
	player.since = since;
	if (player.target < 0) player.way = 0;
}

/** How long the present move takes. */
const moveTime = () => stepTime(Math.max(cursor, player.target));

function showPlayer() {
	const { way } = player;
	byId("play").textContent = way > 0 ? "‖" : "▶";
	byId("play").setAttribute("aria-pressed", way > 0);
	byId("play-back").setAttribute("aria-pressed", way < 0);
}

function requestTick() {
	if (!player.byHand) player.frame ||= requestAnimationFrame(time => {
		player.frame = 0;
		advance(Math.min(100, time - (player.last ?? time)));
		player.last = player.way || player.moving ? time : undefined;
		if (player.way || player.moving) requestTick();
	});
}

/** Lets so many milliseconds pass. */
function advance(milliseconds) {
	const before = cursor;
	player.clock += milliseconds;
	while (player.way && player.clock - player.since >= moveTime()) {
		const since = player.since + moveTime();
		cursor = player.target;
		aim(since);
	}
	if (cursor !== before) show(cursor);
	if (!player.way) showPlayer();
	showMotion();
}

/** The machine and the cursor, on their way. */
function showMotion() {
	const still = wantsNoMotion(), sinceStep = player.clock - player.moved;
	const motion = still ? 1 : clamp(sinceStep / Math.min(420, 420 / player.speed), 0, 1);
	player.moving = motion < 1;
	showMachine(player.before ?? player.shown, player.shown, motion);
	const share = player.way && !still ? clamp((player.clock - player.since) / moveTime(), 0, 1) : 0;
	look.at = cursor;
	if (share && player.target >= 0) {
		const from = axis.at(cursor), to = axis.at(player.target);
		look.at = fractionAt(from + (to - from) * share);
	}
	byId("clock").textContent = moment(axis.timeAt(axis.at(look.at)));
	requestDraw();
}

/** The record, and the fraction of the way to the next, at a place of the axis. */
function fractionAt(place) {
	const index = axis.indexAt(place), from = axis.places[index], width = (axis.places[index + 1] ?? from) - from;
	return index + (width > 0 ? clamp((place - from) / width, 0, 1) : 0);
}

/** Whatever has moved the cursor: the machine moves to the state there. */
function moveMachine() {
	const state = stateAt(cursor), poll = run.polls.at(cursor);
	state.index = cursor;
	state.isLong = poll >= 0 && run.isLongPoll(poll);
	player.before = player.shown;
	player.shown = state;
	player.moved = player.clock;
	byId("cause").textContent = say(cursor);
	showMotion();
	requestTick();
}

function changeSpeed(way) {
	const next = clamp(SPEEDS.indexOf(player.speed) + way, 0, SPEEDS.length - 1);
	player.speed = SPEEDS[next];
	byId("speed").value = player.speed;
}
