// The timeline of a run: from records to a picture, in the order in which things happen.
//
// A moment is named by a record's number, its index: the cursor stands at one, a slice of a lane lasts from
// one to another. So two events at the same time (virtual time has many) are still two, in their order.
// Whatever comes from the data is shown by textContent or fillText: a host called "<img …>" stays a text.

// ---- Small tools

const byId = id => document.getElementById(id);
const list = value => Array.isArray(value) ? value : [];
const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
const cut = (text, most) => text.length > most ? text.slice(0, most - 1) + "…" : text;

function make(tag, className, text = "") {
	const made = document.createElement(tag);
	made.className = className;
	made.textContent = text;
	return made;
}

/** The first index whose value is not below `value`, in an array that never decreases. */
function lowerBound(sorted, value, key = each => each) {
	let low = 0, high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (key(sorted[middle]) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Control characters, and those that turn the direction of writing, as escapes. */
function visible(text) {
	const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
	return String(text ?? "?").replace(hidden, c => `\\u{${c.codePointAt(0).toString(16)}}`);
}

const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

/** Two or three digits of a duration. */
function duration(ns) {
	const [unit, name] = UNITS.find(([unit]) => ns >= 0.9995 * unit) ?? UNITS[3]; // no "1000 ms"
	return `${(ns / unit).toFixed(ns >= 99.95 * unit || unit === 1 ? 0 : 1)} ${name}`;
}

/** The same without a last zero, for what was meant to be round: a timer's length. */
const round = ns => duration(ns).replace(".0 ", " ");

/** A moment, in the unit of the story. */
const moment = ns => `${(ns / 1e6).toFixed(2)} ms`;
