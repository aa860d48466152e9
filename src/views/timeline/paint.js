// ---- Drawing the lanes
//
// Only what is in the window is drawn; slices thinner than a pixel share one.

let pen, ink, lastFrameMilliseconds = 0, frame = 0;
/** The shortened stretches in the window that are wide enough to be seen torn, as pixels. */
let torn = [];

function requestDraw() {
	frame ||= requestAnimationFrame(draw);
}

function draw() {
	const began = performance.now();
	frame = 0;
	paintAll(byId("stage").scrollTop);
	lastFrameMilliseconds = performance.now() - began;
}

function paintAll(scrolled) {
	const { gutter, width, height } = size, top = HEAD - scrolled;
	torn = tornVisibly();
	const seen = look.lanes.filter(lane => top + lane.y + lane.height > HEAD && top + lane.y < height);
	fill(ink.back, 0, 0, width, height);
	inside(gutter, HEAD, () => {
		drawSleepsAndTicks();
		for (const lane of seen) drawLane(lane, top + lane.y);
		drawArrows(top);
	});
	inside(0, HEAD, () => {
		for (const lane of seen) drawName(lane, top + lane.y);
	});
	drawNamesOfHead();
	drawOverview();
	inside(gutter, size.overview, () => {
		drawLoop(size.overview + size.axis);
		drawAxis();
		drawCursor();
	});
}

function fill(colour, left, top, width, height, strength = 1) {
	pen.globalAlpha = strength;
	pen.fillStyle = colour;
	pen.fillRect(left, top, width, height);
	pen.globalAlpha = 1;
}

/** Paints with what is left of and above a point protected. */
function inside(left, top, paint) {
	pen.save();
	pen.beginPath();
	pen.rect(left, top, size.width, size.height);
	pen.clip();
	paint();
	pen.restore();
}

/** Text that is cut where it does not fit, and left out where hardly anything of it would. */
function write(text, left, baseline, room, colour, font = "11px") {
	const letters = Math.floor(room / 6.7);
	if (letters < Math.min(text.length, 7)) return;
	pen.font = `${font} ${ink.mono}`;
	pen.fillStyle = colour;
	pen.fillText(cut(text, letters), left, baseline, room);
}

const glyph = (text, middle, baseline, colour) => write(text, middle - 5, baseline, 20, colour, "bold 13px");

function warn(middle, baseline) {
	fill(ink.back, middle - 7, baseline - 12, 14, 15);
	glyph("⚠", middle, baseline, ink.bad);
}

/** What is thinner than this is drawn in columns of this width. */
const THIN = 2;

/** Slices too thin to be seen share a column of pixels: the more they fill, the higher it is. */
class Columns {
	column = 0; filled = 0;

	constructor(colour, top, height) { Object.assign(this, { colour, top, height }); }

	add(left, right) {
		const column = Math.floor(left / THIN) * THIN;
		if (column !== this.column) this.paint();
		this.column = column;
		this.filled += right - left;
	}
	paint() {
		const height = this.filled && this.height * Math.min(0.6 + this.filled / THIN, 1);
		fill(this.colour, this.column, this.top + this.height - height, THIN, height);
		this.filled = 0;
	}
}

/** Calls `paint` for each slice in the window. Thin ones go to the columns of their state, if any. */
function eachVisible({ first, last, state }, columns, paint) {
	const until = lastVisible(), outside = size.gutter - 9;
	for (let slice = lowerBound(last, firstVisible()); slice < first.length && first[slice] <= until; slice++) {
		const left = Math.max(x(first[slice]), outside), right = Math.min(x(last[slice]), size.width + 9);
		if (right - left < THIN) columns[state[slice]]?.add(left, right);
		else paint(left, right, slice);
	}
	for (const each of columns) each.paint();
}

function drawLane(lane, top) {
	if (lane.owners.includes(look.task) && !lane.fold) fill(ink.chosen, size.gutter, top, size.width, lane.height);
	if (lane.title) return;
	fill(ink.line, size.gutter, top + lane.height - 1, size.width, 1);
	if (lane.fold) drawFold(lane, top);
	else if (lane.owners[0].kind === "task") drawTask(lane.owners[0], top);
	else drawBars(lane.owners, top);
}

/** Hatching across the stripes' way: for time that is nobody's. */
const hatching = colour => stripes(colour, -1);

/** Stripes in a colour, for what is to be known by more than its colour. */
function stripes(colour, way = 1) {
	const key = `stripes ${colour} ${way}`;
	if (ink[key]) return ink[key];
	const tile = document.createElement("canvas"), brush = tile.getContext("2d");
	tile.width = tile.height = 12;
	Object.assign(brush, { strokeStyle: colour, lineWidth: 4 });
	brush.stroke(new Path2D("M -2 2 L 2 -2 M -2 14 L 14 -2 M 10 14 L 14 10")); // three, so that the tiles join
	const pattern = pen.createPattern(tile, "repeat");
	pattern.setTransform(new DOMMatrix().scale(0.5 * way, 0.5));
	return ink[key] = pattern;
}

const COLOURS = ["back", "stripe", "line", "ink", "soft", "sleep", "chosen", "bad", "cursor",
	"task", "on-task", "queued", "socket", "timer", "job", "block"];
const isPaper = () => document.documentElement.classList.contains("paper");

/** The colours as they are now, light or dark. A canvas can't resolve them itself. */
function readColours() {
	const probe = make("i", "");
	document.body.append(probe);
	const read = name => {
		probe.style.color = `var(--${name})`;
		return getComputedStyle(probe).color;
	};
	ink = Object.fromEntries(COLOURS.map(name => [name, read(name)]));
	ink.mono = getComputedStyle(document.documentElement).getPropertyValue("--mono");
	probe.remove();
}

/** Fits the canvas to its place. Paper can't be scrolled: there it is as long as its lanes, up to a page. */
function resize() {
	const stage = byId("stage"), canvas = byId("lanes"), paper = isPaper(), whole = HEAD + look.height;
	size.width = paper ? 720 : stage.clientWidth;
	size.height = paper ? Math.min(whole, 900) : stage.clientHeight;
	size.gutter = size.width < 420 ? 84 : size.width < 600 ? 100 : 144;
	const dots = Math.max(paper ? 2 : 1, devicePixelRatio * (document.body.classList.contains("big") ? 1.4 : 1));
	canvas.width = size.width * dots;
	canvas.height = size.height * dots;
	canvas.style.cssText = `width: ${size.width}px; height: ${size.height}px`;
	byId("spacer").style.height = `${Math.max(whole, size.height)}px`;
	pen = canvas.getContext("2d", { alpha: false });
	pen.setTransform(dots, 0, 0, dots, 0, 0);
	readColours();
	look.overview = null;
	drawLegend();
	layMachine();
	draw(); // now: a canvas whose size was set is blank
}
