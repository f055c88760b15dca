"""A small folder in which all kinds stand mixed: pictures, texts, films, and what is more than one of them."""

from __future__ import annotations

from pathlib import Path

import av

from sslabel.values import Clip
from tests.clips import animation, moving_clip
from tests.engine.drawing import photo, save_photo
from tests.engine.prose import paragraphs, save
from tests.pictures import jpeg

FRAMES = 24


def save_frames(folder: Path, film: Clip) -> Path:
    """Each frame as a numbered JPEG."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(film.frames, 1):
        (folder / f"{number:06d}.jpg").write_bytes(jpeg(frame.pixels))
    return folder


def save_film(path: Path, film: Clip) -> Path:
    """A film file, 25 frames a second."""
    with av.open(path, "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = film.width, film.height, "yuvj420p"
        for frame in film.frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def draw_mixture(folder: Path) -> Path:
    """Thirty-four sources: 32 pictures, 5 films and a text, of which 3 are pictures and films; and a strange file."""
    save_frames(folder / "clip", moving_clip(FRAMES, 66, 44))
    save_film(folder / "film.avi", moving_clip(20, 64, 48))
    animated = animation(moving_clip(12, 40, 32), "GIF", [40] * 12)
    (folder / "loop.gif").write_bytes(animated)
    (folder / "torn.gif").write_bytes(animated[: len(animated) * 3 // 4])
    (folder / "moving.png").write_bytes(animation(moving_clip(9, 40, 32), "PNG", [20] * 9))
    photo(1).save(folder / "still.gif")
    for number, name in enumerate(("wren.jpg", "hill.png", "mist.webp")):
        save_photo(folder / "photos" / name, number)
    save(folder / "notes" / "a.txt", paragraphs(30))
    (folder / "notes" / "a.pdf").write_bytes(b"%PDF")
    return folder
