"""Builds the site: the book in each language by mdBook, timelines beside it. build.py TIMELINES FOLDER

Each page gets a link to the same page in the other language; the search of the Chinese book looks for letters.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sources import DOCS, ROOT, Book, address, place, repository

NAMES = {"en": "English", "zh": "中文"}
TITLES = {"en": "glassloop: an event loop that you can read and watch", "zh": "glassloop：看得见、读得完的事件循环"}
OTHER = {"en": "zh", "zh": "en"}
BUTTONS = '<div class="right-buttons">'


def main(timelines, site):
    books = [Book(language) for language in NAMES]
    shutil.rmtree(site, ignore_errors=True)
    for book in books:
        sources = ROOT / "target/book" / book.language
        book.write(sources, books, timelines)
        build(book, sources, site / book.root)
    search_by_letters(site / "zh")
    known = {book.language: {address(place(page)) for page in book.pages} for book in books}
    for book in books:
        lead_to_first_page(book, site / book.root)
        link_languages(book, site, known)
    shutil.copytree(DOCS / "pictures", site / "pictures")
    (site / "timelines").mkdir()
    for page in timelines.glob("*.html"):
        shutil.copy(page, site / "timelines")


def build(book, sources, folder):
    for name in ["book.toml", "site/site.css", "site/site.js"]:
        shutil.copy(DOCS / name, sources.parent)
    settings = {
        "MDBOOK_BUILD__BUILD_DIR": str(folder),
        "MDBOOK_BOOK__LANGUAGE": book.language,
        "MDBOOK_BOOK__SRC": sources.name,
        "MDBOOK_BOOK__TITLE": TITLES[book.language],
    }
    if repository():
        settings["MDBOOK_OUTPUT__HTML__GIT_REPOSITORY_URL"] = repository()
    command = ["mdbook", "build", sources.parent]
    done = subprocess.run(command, env=os.environ | settings, stderr=subprocess.PIPE, text=True)
    print(done.stderr, end="", file=sys.stderr)
    if done.returncode or re.search("WARN|ERROR", done.stderr):
        sys.exit(f"mdBook is not content with the book in {NAMES[book.language]}")


def search_by_letters(folder):
    """Changes what mdBook's search asks: behind the library that it asks, and so before anybody can search."""
    [library] = folder.glob("elasticlunr-*.js")
    library.write_text(library.read_text() + (DOCS / "site/search-zh.js").read_text())


def lead_to_first_page(book, folder):
    """Without a page for the front, mdBook takes the first one as it is, with links that are wrong there."""
    first = re.search(r"\]\(([^)]+)\)", book.summary)[1]
    url = address(place((book.summary_path.parent / first).resolve()).removeprefix(book.root))
    if url != "index.html":
        refresh = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={url}">'
        (folder / "index.html").write_text(f'{refresh}<a href="{url}">{TITLES[book.language]}</a>\n')


def link_languages(book, site, known):
    """Puts the link into the menu bar: to the same page, or to the first where there is no such."""
    other = OTHER[book.language]
    other_root = "" if other == "en" else f"{other}/"
    for here in known[book.language]:
        there = other_root + here.removeprefix(book.root)
        first = f"{other_root}index.html"
        url = os.path.relpath(there if there in known[other] else first, os.path.dirname(here) or ".")
        link = f'<a class="language" href="{url}" hreflang="{other}" lang="{other}">{NAMES[other]}</a>'
        text = (site / here).read_text()
        assert BUTTONS in text, f"{here}: mdBook's menu bar looks different"
        (site / here).write_text(text.replace(BUTTONS, BUTTONS + link, 1))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
