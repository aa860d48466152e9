"""Follows each link of a built site: to its file, and to the place in it. links.py FOLDER"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page leads to, and the places in it that can be led to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            if name == "id":
                self.places.add(value)


def dead(pages, path, link):
    """What is wrong with a link, if anything is."""
    url = urlsplit(link)
    if url.scheme or url.netloc:
        return None  # somebody else's
    target = (path.parent / unquote(url.path)).resolve() if url.path else path
    if not target.is_file():
        return "no such file"
    is_ours = target in pages and target.parent.name != "timelines"  # those read words there
    if url.fragment and is_ours and unquote(url.fragment) not in pages[target].places:
        return "no such place in it"
    return None


def main(site):
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    found = [
        f"{path.relative_to(site)}: {link}: {why}"
        for path, page in pages.items()
        for link in page.links
        if (why := dead(pages, path, link))
    ]
    print(*found, sep="\n", end="\n" * bool(found))
    links = sum(len(page.links) for page in pages.values())
    print(f"{links} links on {len(pages)} pages, {len(found)} of them dead")
    sys.exit(bool(found) or links < 1000)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
