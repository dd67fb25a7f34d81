"""A small knowledge base: the texts of a shop, with metadata."""

from __future__ import annotations

import json
from pathlib import Path

ID = "SHOP123456"
RETURNS = "Coats can be returned within thirty days. The refund takes one week."
HOURS = "# Opening hours\n\nOn weekdays the shop is open from nine to five."
SHOES = "Our shoes are made in Porto. They are exchanged, never refunded."
TEXTS = {"returns.md": RETURNS, "about/hours.md": HOURS, "about/shoes.txt": SHOES}
METADATA = {
    "returns.md": {"year": 2024, "tags": ["law", "coats"], "public": True},
    "about/shoes.txt": {"year": 2020, "maker": {"value": {"type": "STRING", "stringValue": "Sol"}}},
}


def write(folder: Path) -> Path:
    """Write the files into the folder."""
    for name, text in TEXTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for name, attributes in METADATA.items():
        side_car = folder / f"{name}.metadata.json"
        side_car.write_text(json.dumps({"metadataAttributes": attributes}))
    return folder


def uri(name: str) -> str:
    """The URI under which the local Bedrock gives the file."""
    return f"s3://{ID.lower()}/{name}"
