// ---- The legend: every sign that the lanes use, painted by what paints the lanes

const SIGNS = {
	poll: () => fill(ink.task, 0, 1, 22, 12),
	block: () => drawSign("‼", ink["on-task"], ink.block),
	queued: () => drawQueued(0, 22, 0),
	waiting: () => fill(ink.soft, 0, 6, 22, 2),
	torn: () => {
		fill(ink.sleep, 0, 0, 22, 14);
		drawTear(0, 22, 0, 14);
	},
	lost: () => fill(hatching(ink.soft), 0, 2, 22, 9),
	blocked: () => glyph("▽", 11, 12, ink.bad),
	asks: () => glyph("○", 11, 12, ink.socket),
	ready: () => glyph("◆", 11, 12, ink.socket),
	done: () => glyph("▲", 11, 12, ink.socket),
	end: () => {
		glyph("✓", 6, 12, ink.socket);
		glyph("✕", 17, 12, ink.bad);
	},
	warning: () => glyph("⚠", 11, 12, ink.bad),
};
for (const by in ARROWS) SIGNS[by] = () => drawSmallArrow(...ARROWS[by]);

function drawSign(text, colour, back) {
	fill(back, 0, 1, 22, 12);
	glyph(text, 11, 12, colour);
}

function drawSmallArrow(colour, dash) {
	Object.assign(pen, { strokeStyle: ink[colour], lineWidth: 1.8 });
	pen.setLineDash(dash);
	pen.beginPath();
	pen.moveTo(0, 7);
	pen.lineTo(16, 7);
	pen.stroke();
	write("▶", 14, 10.5, 20, ink[colour], "10px");
}

function drawLegend() {
	const shown = pen;
	byId("legend").replaceChildren(...Object.keys(SIGNS).map(sign => {
		const item = make("span", ""), canvas = make("canvas", "");
		canvas.width = 44;
		canvas.height = 28;
		canvas.style.cssText = "width: 22px; height: 14px";
		pen = canvas.getContext("2d");
		pen.scale(2, 2);
		SIGNS[sign]();
		item.append(canvas, WORDS.legend[sign]);
		return item;
	}));
	pen = shown;
}
