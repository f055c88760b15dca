"""`python -m benchmarks references [ENVIRONMENT]` writes what imagecorruptions makes of a small photograph.

It goes to `tests/noise/image/references.json`, which the tests of the ImageNet-C noises compare with. imagecorruptions
wants a stack of its own (another OpenCV, an old setuptools), so it gets a virtual environment: in the folder
ENVIRONMENT, which may hold one already, or in a temporary one.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import tempfile
import venv
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parent.parent
_OUT = ROOT / "tests" / "noise" / "image" / "references.json"
_PHOTO = ROOT / "sample_data" / "images" / "nature" / "autumn_mountain.jpg"
_BOX, _SIZE = (36, 0, 604, 426), (128, 96)  # what is cut from the photograph, and what it is reduced to
_CROP, _SEEDS = 16, 24
_NEXT = ",\n"

_PACKAGES = {
    "imagecorruptions": "1.1.2",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "scikit-image": "0.26.0",
    "pillow": "13.0.0",
    "opencv-python-headless": "5.0.0.93",
    "setuptools": "65.5.0",
}
_EXACT = frozenset(
    ("gaussian_blur", "defocus_blur", "zoom_blur", "brightness", "contrast", "saturate", "pixelate", "jpeg_compression")
)
"""Those that draw nothing, and so can be compared pixel by pixel."""


def main(environment: str = "") -> None:
    """Make the environment where there is none, and run this file in it."""
    with tempfile.TemporaryDirectory(prefix="sslabel-references-") as temporary:
        python = prepared(Path(environment or temporary))
        subprocess.run([str(python), "-W", "ignore", "-m", "benchmarks.references"], check=True, cwd=ROOT)


def prepared(folder: Path, *more: str) -> Path:
    """The Python of an environment with imagecorruptions and `more` packages, made where there is none."""
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet"]
    pins = [f"{name}=={pin}" for name, pin in _PACKAGES.items()]
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([*install, *pins[1:], "imageio", "lazy-loader", "networkx", "tifffile"], check=True)
        # Without what it asks for: it would bring the OpenCV that draws windows.
        subprocess.run([*install, "--no-deps", pins[0]], check=True)
    if more:
        subprocess.run([*install, *pins[1:], *more], check=True)
    return python


def _write() -> None:
    """Write the fixture; this runs where imagecorruptions is."""
    names = sorted(import_module("imagecorruptions").get_corruption_names("all"))
    clean = _clean()
    found = {name.replace("_", "-"): [_of(name, level, clean) for level in range(1, 6)] for name in names}
    fixture = {
        "made_by": "python -m benchmarks references",
        "versions": {name: version(name) for name in _PACKAGES},
        "picture": base64.b64encode(_png(clean)).decode(),
        "noises": found,
    }
    _OUT.write_text(f"{_lines(fixture)}\n", "utf-8")


def _lines(fixture: Any, depth: int = 3) -> str:  # noqa: ANN401
    """JSON with a line for each severity, so that a difference shows what differs."""
    if not depth or not isinstance(fixture, dict | list):
        return json.dumps(fixture)
    if isinstance(fixture, list):
        return f"[\n{_NEXT.join(_lines(one, depth - 1) for one in fixture)}\n]"
    items = [f"{json.dumps(name)}: {_lines(one, depth - 1)}" for name, one in fixture.items()]
    return f"{{\n{_NEXT.join(items)}\n}}"


def _clean() -> Any:  # noqa: ANN401 - an array of an environment without our types
    import numpy as np
    from PIL import Image

    with Image.open(_PHOTO) as photo:
        return np.asarray(photo.resize(_SIZE, Image.Resampling.LANCZOS, box=_BOX))


def _png(pixels: Any) -> bytes:  # noqa: ANN401
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def corrupted(name: str, severity: int, pixels: Any, seed: int = 0) -> Any:  # noqa: ANN401
    """What imagecorruptions makes of H×W×3 uint8 pixels, on packages younger than itself."""
    import numpy as np

    skimage: Any = import_module("skimage")
    corruptions: Any = import_module("imagecorruptions.corruptions")
    gaussian, random_noise = skimage.filters.gaussian, skimage.util.random_noise

    def of_channels(image: Any, *given: Any, multichannel: bool = False, **named: Any) -> Any:  # noqa: ANN401
        return gaussian(image, *given, **named, channel_axis=-1 if multichannel else None)

    def seeded(image: Any, **named: Any) -> Any:  # noqa: ANN401
        return random_noise(image, rng=seed, **named)

    corruptions.np.float_ = np.float64  # gone with numpy 2
    corruptions.gaussian = of_channels  # `multichannel` is gone from scikit-image
    util = SimpleNamespace(random_noise=seeded)  # it draws from a generator of its own
    corruptions.sk = SimpleNamespace(util=util, color=skimage.color)
    np.random.seed(seed)  # noqa: NPY002 - the others draw from numpy's global state
    return import_module("imagecorruptions").corrupt(pixels, corruption_name=name, severity=severity)


def _of(name: str, severity: int, clean: Any) -> dict[str, Any]:  # noqa: ANN401
    """Mean and deviation of the change, channel by channel, over the seeds; two crops where nothing is drawn.

    `mean_varies` and `std_varies` are the standard deviations of the two from seed to seed.
    """
    import numpy as np

    made = [corrupted(name, severity, clean, seed) for seed in range(1 if name in _EXACT else _SEEDS)]
    changes = [one.astype(np.float64) - clean for one in made]
    means, stds = (np.array([getattr(one, what)(axis=(0, 1)) for one in changes]) for what in ("mean", "std"))
    found: dict[str, Any] = {
        "mean": means.mean(axis=0).round(3).tolist(),
        "std": stds.mean(axis=0).round(3).tolist(),
    }
    if name in _EXACT:
        top, left = (clean.shape[0] - _CROP) // 2, (clean.shape[1] - _CROP) // 2
        middle = made[0][top : top + _CROP, left : left + _CROP]
        return found | {"corner": _packed(made[0][-_CROP:, -_CROP:]), "middle": _packed(middle)}
    return found | {
        "mean_varies": means.std(axis=0).round(3).tolist(),
        "std_varies": stds.std(axis=0).round(3).tolist(),
    }


def _packed(pixels: Any) -> str:  # noqa: ANN401
    return base64.b64encode(pixels.tobytes()).decode()


if __name__ == "__main__":
    _write()
