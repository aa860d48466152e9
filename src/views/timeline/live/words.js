// ---- Words of the page of a program that still runs

Object.assign(WORDS, {
	noEventYet: "The program has not come to its first event yet.",
	pause: "‖ Pause (v)", follow: "● Follow (v)", save: "Save",
	following: "live", followingVirtual: "live, virtual time",
	paused: more => more ? `paused: ${count(more, "more event")} ${more === 1 ? "has" : "have"} come` : "paused",
	over: "ended",
	ended: "The program has ended. The page keeps what has come; “Save” makes a file of it.",
	gone: "The program is gone, or can't be reached. The page keeps what has come; “Save” makes a file of it.",
	refused: "The program sends no events to this page: "
		+ "too many browsers watch it already, or this is a new run of the program.",
	skipped: records => `${count(records, "record")} ${records === 1 ? "was" : "were"} skipped: `
		+ "they came faster than this browser took them.",
	liveLead: (alive, all, ready) =>
		`${count(alive, "task")} now, ${ready ? `${number(ready)} ready to run` : "all of them wait"}; ${number(all)} so far.`,
	liveLeadHole: (alive, all) => `At least ${count(alive, "task")} now; ${number(all)} so far.`,
});
WORDS.actions.follow = "follow the program, or pause";
WORDS.say.now = () => "now";
