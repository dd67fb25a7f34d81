"""A hook of mkdocs: README.md is the home page, and links lead out of docs/ as well.

README.md has addresses of the repository, because package indexes show it, too. On the site, those
of pages and charts are the site's own. Links of pages to other files of the repository become
addresses of the repository.
"""

from __future__ import annotations

import os
import re
from logging import getLogger
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

LINK = re.compile(r"\]\((\.\./[^)#]+)")
PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
CHART = re.compile(r"charts/[\w-]+-(dark|light)\.svg")
# The readers' browsers ask no other server.
FOREIGN = re.compile(r"<(?:script|img|iframe|link(?![^>]*canonical))\b[^>]*(?:src|href)=.?https?:")

log = getLogger("mkdocs.plugins.site_pages")


def on_files(files: Files, config: Any) -> Files:
    text = PICTURE.sub(as_images, Path("README.md").read_text("utf-8"))
    text = text.replace(f"{config['extra']['repository']}/blob/main/docs/", "")
    files.append(File.generated(config, "index.md", content=text))
    return files


def as_images(picture: re.Match[str]) -> str:
    """Two images, of which the theme shows one: its reader can switch the colours."""
    alt = re.search(r'alt="[^"]+"', picture[0])
    return "\n".join(
        f'<img {alt[0] if alt else ""} src="{chart[0]}#only-{chart[1]}">'
        for chart in CHART.finditer(picture[0])
    )


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    folder = Path("docs", page.file.src_uri).parent

    def led(link: re.Match[str]) -> str:
        path = os.path.normpath(folder / link[1])
        if path.startswith("docs/"):
            return link[0]
        return f"]({config['extra']['repository']}/blob/main/{path}"

    return LINK.sub(led, markdown)


def on_post_page(output: str, page: Any, config: Any) -> str:
    for found in FOREIGN.findall(output):
        log.warning("%s asks another server: %s", page.file.src_uri, found)
    return output
