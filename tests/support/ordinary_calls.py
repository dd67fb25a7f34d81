"""Seeded parameters as most programs pass them: builtin types, sane values, times in UTC."""

from __future__ import annotations

from datetime import datetime, timezone
from random import Random
from typing import Any

from botocore.model import OperationModel, Shape

import generators


def ordinary_params(rng: Random, operation: OperationModel) -> dict[str, Any]:
    """Parameters that pass validation."""
    return _OrdinaryParams(rng, operation, mistakes=0).structure(operation.input_shape, 0)


class _OrdinaryParams(generators.Params):
    def structure(self, shape: Shape, depth: int) -> dict[Any, Any]:
        return dict(super().structure(shape, depth))

    def string(self, shape: Shape, depth: int) -> str:
        if shape.metadata.get("enum"):
            return self.rng.choice(shape.metadata["enum"])
        # Headers are ASCII.
        is_header = shape.serialization.get("location") == "header"
        letters = "abc-/:=, 1" if is_header else 'añ中🙂\n"\\</ '
        least = shape.metadata.get("min", 0)
        text = "".join(self.rng.choice(letters) for _ in range(least + self.rng.randint(0, 12)))
        return text.strip().ljust(least, "x")

    def integer(self, shape: Shape, depth: int) -> int:
        return shape.metadata.get("min", 0) + self.rng.choice((0, 1, 100))

    long = integer

    def double(self, shape: Shape, depth: int) -> Any:
        return shape.metadata.get("min", 0) + self.rng.choice((0, 0.25, 1, 0.7))

    float = double

    def blob(self, shape: Shape, depth: int) -> Any:
        content = self.rng.randbytes(self.rng.randint(0, 40))
        return self.rng.choice((content, bytearray(content), "tëxt ✓"))

    def timestamp(self, shape: Shape, depth: int) -> Any:
        seconds = self.rng.choice((1700000000, 4102444800)) + self.rng.choice((0, 0.25, 0.123457))
        moment = datetime.fromtimestamp(seconds, timezone.utc)
        text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.rng.choice((moment, moment.replace(tzinfo=None), int(seconds), seconds, text))

    def document(self, depth: int) -> Any:
        return generators.ordinary_document(self.rng)
