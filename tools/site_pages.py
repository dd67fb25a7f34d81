"""A hook of mkdocs: README.md is the home page, and links lead out of docs/ as well.

On a code host, README.md and the pages have relative links to files of the repository. On the
site, those to pages stay, and the others lead to the repository if mkdocs.yml has a ``repo_url``.
Otherwise their text remains.
"""

from __future__ import annotations

import re
from logging import getLogger
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+|)([^):#]+)([^)]*)\)")
PICTURE = re.compile(r"<picture>.*?</picture>", re.DOTALL)
SOURCE = re.compile(r'(srcset|src)="docs/([^"]+)"')
# The readers' browsers ask no other server.
FOREIGN = re.compile(r"<(?:script|img|iframe|link(?![^>]*canonical))\b[^>]*(?:src|href)=.?https?:")

log = getLogger("mkdocs.plugins.site_pages")


def on_files(files: Files, config: Any) -> Files:
    text = PICTURE.sub(as_images, Path("README.md").read_text("utf-8"))
    files.append(File.generated(config, "index.md", content=LINK.sub(r"[\1](../\3\4)", text)))
    return files


def as_images(picture: re.Match[str]) -> str:
    """Two images, of which the theme shows one: its reader can switch the colours."""
    schemes = {"srcset": "dark", "src": "light"}
    found = SOURCE.findall(picture[0])
    alt = re.search(r'alt="[^"]+"', picture[0])
    return "\n".join(
        f'<img {alt[0] if alt else ""} src="{file}#only-{schemes[kind]}">' for kind, file in found
    )


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    folder = Path("docs") / Path(page.file.src_uri).parent

    def led(link: re.Match[str]) -> str:
        text, up, target, anchor = link.groups()
        if not up:
            return link[0]
        path = (folder / up / target).resolve().relative_to(Path.cwd())
        if path.is_relative_to("docs"):
            return f"[{text}]({path.relative_to('docs')}{anchor})"
        repository = (config["repo_url"] or "").rstrip("/")
        return f"[{text}]({repository}/blob/main/{path}{anchor})" if repository else text

    return LINK.sub(led, markdown)


def on_post_page(output: str, page: Any, config: Any) -> str:
    for found in FOREIGN.findall(output):
        log.warning("%s asks another server: %s", page.file.src_uri, found)
    return output
