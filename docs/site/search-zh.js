// What the Chinese book is searched by. mdBook's own index has words between spaces, and Chinese has none: this looks
// for the letters as they stand. It takes the place of the index that `elasticlunr` would load.
elasticlunr.Index.load = ({ documentStore: { docs } }) => {
	const texts = Object.entries(docs).map(([ref, doc]) => [ref, doc, doc.title.toLowerCase(), doc.body.toLowerCase()]);
	return {
		search(words) {
			const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
			const found = texts.filter(([, , title, body]) => terms.every(term => title.includes(term) || body.includes(term)));
			const inTitle = ([, , title]) => terms.some(term => title.includes(term));
			const count = ([, , , body]) => terms.reduce((sum, term) => sum + body.split(term).length - 1, 0);
			found.sort((a, b) => inTitle(b) - inTitle(a) || count(b) - count(a));
			const shown = (doc, body) => ({ ...doc, body: around(doc.body, body.indexOf(terms[0]), terms) });
			return found.map(([ref, doc, , body]) => ({ ref, doc: shown(doc, body) }));
		},
	};
};

/** The text around a place. What was looked for stands alone in it: so it is marked. */
function around(text, place, terms) {
	const from = Math.max(0, place - 30), piece = text.slice(from, from + 100);
	const escaped = terms.map(term => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
	return (from ? "…" : "") + piece.replace(new RegExp(escaped, "gi"), " $& ") + "…";
}
