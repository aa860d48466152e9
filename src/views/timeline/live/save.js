// ---- "Save": the one-file form, as the program itself would have written it
//
// The server has sent what a file consists of along with the page. So nothing is asked of anybody, and nothing of this
// page gets into the file: not its address, which has the token, and not its leave to connect.

/** What has come of each loop; of a long one without its middle. */
const grownLoops = () => live.loops.map(({ now, next }) => next ?? now)
	.map(growth => growth.loop.records.length > 2 * KEPT ? growth.withoutMiddle().loop : growth.loop);

/** The text of the file. */
function fileText() {
	const [before, after] = live.file;
	const loops = grownLoops().map(loop => {
		const files = new Set(loop.places.map(([file]) => file));
		return { ...loop, sources: Object.fromEntries(Object.entries(loop.sources).filter(([file]) => files.has(file))) };
	});
	const escaped = character => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
	const text = loops.map(loop => JSON.stringify(loop)).join(",\n").replace(/[<\u2028\u2029]/g, escaped);
	return before.replace('"more_loops":0', `"more_loops":${live.moreLoops}`) + text + after;
}

function saveFile() {
	const link = make("a", ""), url = URL.createObjectURL(new Blob([fileText()], { type: "text/html" }));
	link.download = `${document.title.replace(/[^\p{L}\p{N}]+/gu, "-")}.html`;
	link.href = url;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
