// Says which loop of a timeline is shown.
for (const list of document.querySelectorAll("figure.timeline nav")) {
	list.addEventListener("click", ({ target }) => {
		if (!target.matches("a")) return;
		for (const link of list.children) link.removeAttribute("aria-current");
		target.setAttribute("aria-current", true);
	});
}
