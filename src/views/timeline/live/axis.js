// ---- An axis that grows with its run: the places of what has been stay, and nothing is gone through twice

class LiveAxis extends Axis {
	/** How long the run was when all of it was looked at. */
	lookedAt = 0;
	/** From this record on places may still change: there begins what has not ended yet. */
	settled = 0;

	constructor(run, readable) {
		super(run, readable);
		Object.assign(this, { run, lookedAt: run.length, settled: this.lastBegin(run) });
	}

	/** The axis of a run that has grown: the one that there is, if it can grow. */
	static of(run, axis) {
		return axis.run === run && axis.grow() ? axis : new LiveAxis(run, axis.readable);
	}

	/** With a third more records the sleeps may be shortened in another way, to fill two thirds of the picture. */
	grow() {
		const { run, settled, places, shortened } = this;
		if (run.length > 1.3 * this.lookedAt + 100) return false;
		const parts = this.readable ? this.partsSince(settled) : [];
		// A longest poll is drawn to scale, and no sleep that is longer may be narrower.
		const isLongest = ({ kind, first, last }) => kind === "poll" && run.times[last] - run.times[first] > this.knee;
		if (parts.some(isLongest)) return false;
		places.length = settled + 1;
		while (shortened.at(-1)?.first >= settled) shortened.pop();
		if (this.readable) this.place(run, parts, places);
		else for (let index = places.length; index < run.length; index++) places.push(run.times[index] - run.times[0]);
		this.last = run.length - 1;
		this.settled = this.lastBegin(run);
		return true;
	}

	partsSince(settled) {
		const tail = ({ first, last }) => {
			const from = lowerBound(first, settled);
			return { first: first.slice(from), last: last.slice(from) };
		};
		const { polls, sleeps, holes, length } = this.run;
		const parts = partsOf({ polls: tail(polls), sleeps: tail(sleeps), holes, length });
		return parts.filter(({ last }) => last > settled).map(part => ({ ...part, first: Math.max(part.first, settled) }));
	}

	/** Where the last poll or sleep begins, which may not have ended; not behind the last record but one. */
	lastBegin({ polls, sleeps, length }) {
		return clamp(Math.max(polls.first.at(-1) ?? 0, sleeps.first.at(-1) ?? 0), 0, Math.max(0, length - 2));
	}
}
