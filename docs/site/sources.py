"""The pages of `docs/` as mdBook wants them: a folder for each language, links as they are in the site, timelines."""

import html
import json
import os
import re
import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

CODE = r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
LABEL = r"(?P<label>(?:[^\[\]`]|`[^`]*`|!?\[[^\]]*\]\([^)]*\))*)"
LINK = re.compile(CODE + "|" + r"(?P<image>!?)\[" + LABEL + r"\]\((?P<target>[^)\s]+)\)", re.DOTALL)
RUN = re.compile(r"\[!\[(?P<says>[^\]]*)\]\([^)]*/?pictures/timeline-(?P<name>[^)]*)\.\w+\)\]\([^)]*\)")
WIDE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"  # Chinese letters, and the signs that are as wide
SIGN = "[\u3000-\u303f\uff00-\uffef]"
WHOLE_PAGE = {"en": "The whole page", "zh": "打开完整页面"}
NEWER = "\n\n> 这一节的英文版更新，中文版还没有跟上。\n"
FULL_STOP = {"en": ". ", "zh": "。"}


def repository():
    """Where the sources can be read, if that is known."""
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    if "repository" in package:
        return package["repository"].rstrip("/")
    name = os.environ.get("GITHUB_REPOSITORY")  # so does the workflow call it
    return name and f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"


def place(source):
    """The path in the site of a file of `docs/`: `course/zh/ex01.md` is at `zh/course/ex01.md`."""
    parts = list(source.relative_to(DOCS).parts)
    if parts[:2] == ["course", "zh"]:
        parts[:2] = ["zh", "course"]
    return "/".join(parts)


def address(place):
    """Of a page, what mdBook makes of it."""
    return re.sub(r"(README)?\.md$", lambda it: "index.html" if it[1] else ".html", place)


def summary(language):
    """The table of contents of a book, and where it stands."""
    path = DOCS / "SUMMARY.md" if language == "en" else DOCS / language / "SUMMARY.md"
    return path, path.read_text() if path.exists() else course_alone(language)


def course_alone(language):
    """The table of contents of a book of which there is the course, and nothing yet besides."""
    pages = sorted((DOCS / "course" / language).glob("*.md"))
    return "".join(f"- [{page.read_text().splitlines()[0][2:]}](../course/{language}/{page.name})\n" for page in pages)


class Book:
    """One language."""

    def __init__(self, language):
        self.language = language
        self.root = "" if language == "en" else f"{language}/"
        self.summary_path, self.summary = summary(language)
        targets = re.findall(r"\]\(([^)]+)\)", self.summary)
        self.pages = {(self.summary_path.parent / target).resolve() for target in targets}

    def write(self, folder, books, timelines):
        """Writes the sources of this book into a folder."""
        self.listed = set().union(*(book.pages for book in books))
        self.timelines = timelines
        shutil.rmtree(folder, ignore_errors=True)
        for page in self.pages:
            self.put(folder, page, self.page(page))
        inside = lambda it: f"]({place((self.summary_path.parent / it[1]).resolve()).removeprefix(self.root)})"
        self.put(folder, self.summary_path, re.sub(r"\]\(([^)]+)\)", inside, self.summary))

    def put(self, folder, source, text):
        path = folder / place(source).removeprefix(self.root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def page(self, source):
        """A page: what stands in blocks of code is left as it is."""
        parts = re.split(r"(^ *(`{3,})[^`\n]*\n.*?^ *\2`*$)", self.notes(source, source.read_text()), flags=re.DOTALL | re.MULTILINE)
        prose, blocks = parts[0::3], parts[1::3]
        prose = [self.prose(source, text) for text in prose]
        return "".join(text + block for text, block in zip(prose, blocks + [""]))

    def notes(self, source, text):
        """Says where an English section has changed since the Chinese one was written (`tests/chinese.rs`)."""
        english = DOCS / source.name
        if source.parent != DOCS / "zh" or not english.exists():
            return text
        stamps = [fingerprint(section) for section in sections(english.read_text())]
        parts = sections(text)
        for number, (part, stamp) in enumerate(zip(parts, stamps)):
            if f"<!-- en: {stamp} -->" not in part:
                parts[number] = part.replace("\n", NEWER, 1)
        return "".join(parts)

    def prose(self, source, text):
        if self.language == "zh":  # where a line breaks stands a space, of which Chinese has none
            text = re.sub(rf"(?<={SIGN})\n(> )? *(?=[^\s\-*#|>\d<])|(?<={WIDE})\n(> )? *(?={WIDE})", "", text)
        text = RUN.sub(lambda run: self.frame(source, run), text)
        paragraphs = re.split(r"(\n\s*\n)", text)
        return "".join(LINK.sub(lambda link: self.link(source, link), it) for it in paragraphs)

    def link(self, source, link):
        """A link as it is in the site. What leads out of the book leads to the repository, or is text."""
        if link["target"] is None or re.match(r"#|\w+:", link["target"]):
            return link[0]
        path, anchor = (link["target"].split("#") + [""])[:2]
        label = LINK.sub(lambda inner: self.link(source, inner), link["label"])
        target = (source.parent / path).resolve()
        if target in self.listed or target.is_relative_to(DOCS / "pictures"):
            return f"{link['image']}[{label}]({self.way(source, address(place(target)))}{anchor and '#' + anchor})"
        if repository() is None:
            return label
        kind = "tree" if target.is_dir() else "blob"
        return f"[{label}]({repository()}/{kind}/HEAD/{target.relative_to(ROOT)})"

    def way(self, source, place_in_site):
        return os.path.relpath(place_in_site, os.path.dirname(place(source)) or ".")

    def frame(self, source, run):
        """A timeline, in the place of its picture. Where a program has several loops, each can be chosen."""
        page = self.timelines / f"{run['name']}.html"
        says = html.escape(run["says"])
        url = self.way(source, f"timelines/{page.name}")
        # The page looks behind the # when it is loaded; and loaded anew it is where what stands before that differs.
        choices = [
            f'<a href="{url}?{number}#embed,loop={number}" target="{run["name"]}"'
            f'{" aria-current=true" if number == 1 else ""}>{html.escape(name)}</a>'
            for number, name in enumerate(loops(page), 1)
        ]
        several = len(choices) > 1
        caption = "" if several else says + FULL_STOP[self.language]
        return (
            '<figure class="timeline">\n'
            + f"<nav>{' '.join(choices)}</nav>\n" * several
            + f'<iframe name="{run["name"]}" src="{url}#embed" title="{says}"'
            + ' loading="lazy" sandbox="allow-scripts allow-downloads"></iframe>\n'
            + f'<figcaption>{caption}<a href="{url}">{WHOLE_PAGE[self.language]}</a></figcaption>\n'
            + "</figure>"
        )


def sections(page):
    """Each heading with all until the next one; a `#` in a block of code is none."""
    found, is_code = [], False
    for line in page.splitlines(keepends=True):
        is_code ^= line.lstrip().startswith("```")
        if not is_code and line.startswith("#"):
            found.append("")
        found[-1] += line
    return found


def fingerprint(section):
    """FNV-1a, as in `tests/chinese.rs`."""
    value = 0xCBF29CE484222325
    for byte in section.strip().encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def loops(page):
    """The names of the loops of a timeline."""
    data = page.read_text().split('<script type="application/json" id="run">')[1].split("</script>")[0]
    return [loop["name"] or "" for loop in json.loads(data)["loops"]]
