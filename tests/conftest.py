"""Fixtures that all tests share: folders of small photographs, drawn by a seeded generator; never changed by a test."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Tests share code as `tests.engine.drawing`; at the end of the path, so that an installed sslabel comes first.
sys.path.append(str(Path(__file__).resolve().parents[1]))

# How long an example takes is not what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


# A shell starts what it puts in the background with SIGINT ignored, and so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def own_registry() -> Iterator[None]:
    """What plug-ins register in a module of tests is gone when they end."""
    from sslabel.registry import readers_by_extension
    from tests.recipes import open_registry

    with pytest.MonkeyPatch.context() as patch:
        open_registry(patch)
        yield
    readers_by_extension.cache_clear()
    for name in [one for one in sys.modules if one.startswith("sslabel_plugin_")]:
        del sys.modules[name]  # so that another module of tests may have the same


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen pictures in three folders: JPEG, PNG and WebP, one of them grey, one turned and located by its EXIF."""
    from tests.engine.drawing import draw_photos

    return draw_photos(tmp_path_factory.mktemp("raw") / "photos")


@pytest.fixture(scope="session")
def many_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty tiny JPEGs in one folder."""
    from tests.engine.drawing import draw_many

    return draw_many(tmp_path_factory.mktemp("raw") / "many", 40)


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small tokenizer files like those of GPT-2, BERT and T5: `gpt`, `bert`, `t5`."""
    from tests.tokenizing import train

    return train(tmp_path_factory.mktemp("tokenizers"))
