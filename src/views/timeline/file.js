// ---- A page from disk: all loops are in it

start(data => {
	const picker = byId("loops"), loops = list(data.loops).filter(loop => list(loop?.records).length);
	const openLoop = () => open(new Run(loops[picker.value]), data.more_loops);
	loops.forEach(({ records, name }, place) =>
		picker.add(new Option(WORDS.loopName(name && visible(name), place + 1, records.length), place)));
	picker.hidden = loops.length < 2;
	picker.addEventListener("change", openLoop);
	takeTheHash();
	if (!loops.length) throw new Error(WORDS.noLoop);
	openLoop();
	listen();
	if (!document.body.classList.contains("embed")) tour(1);
});
