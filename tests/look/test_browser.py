"""A real browser shows the page, asks the network for nothing, and runs nothing that stands in the data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

import sslabel as tool
from sslabel.look.page import write_page
from tests.look.handmade import Strings, write_out

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")]

HOST = "sslabel-page.invalid"
QUIET = (
    *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--window-size=1280,2000"),
)
PAYLOADS = (
    f"<script>document.title='taken';fetch('http://{HOST}/a')</script>",
    f'"><img src=http://{HOST}/b onerror="document.title=\'taken\'">',
    f"</style><style>body{{background:url(http://{HOST}/c)}}",
    f"</title><link rel=stylesheet href=http://{HOST}/d>",
    f'<iframe src="javascript:document.title=\'taken\'"></iframe><a href="javascript:alert(1)">http://{HOST}/e</a>',
    f"' onload='fetch(`http://{HOST}/f`)",
    f"--><svg onload=fetch('http://{HOST}/g')>",
    f"<meta http-equiv=refresh content='0;url=http://{HOST}/h'>",
)


@dataclass(frozen=True)
class Visit:
    """What a browser made of a page: its document, what it complained of, and the addresses that it asked for."""

    document: str
    complaints: list[str]
    requests: list[str]


def browse(page: Path, folder: Path, *options: str) -> Visit:
    assert BROWSER is not None
    log = folder / "net.json"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    profile = f"--user-data-dir={folder / 'profile'}"
    arguments = [BROWSER, *QUIET, *root, profile, f"--log-net-log={log}", *options, page.as_uri()]
    done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    complaints = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
    events = json.loads(_closed(log.read_text("utf-8").rstrip().rstrip(",")))
    requests = [str(event["params"]["url"]) for event in events["events"] if "url" in event.get("params", {})]
    return Visit(done.stdout.decode("utf-8"), complaints, requests)


def _closed(text: str) -> str:
    """The log with its last brackets, which a browser that ends may leave out."""
    for end in ("", "]}", "}"):
        try:
            json.loads(text + end)
        except ValueError:
            continue
        return text + end
    raise AssertionError(text[-200:])


def test_what_a_page_may_not_do_is_seen_where_one_does_it(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(f"<script>document.title='taken';console.error('seen')</script><img src='http://{HOST}/b'>")
    visit = browse(page, tmp_path, "--dump-dom")
    assert "<title>taken</title>" in visit.document
    assert any("seen" in line for line in visit.complaints)
    assert any(HOST in one for one in visit.requests)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_stands_in_the_data_is_inert(tmp_path: Path, payload: str) -> None:
    strings = Strings(payload, payload, (payload, "two"), payload, payload, f"hue(shift={payload})", payload)
    write_page(write_out(tmp_path / "out", strings), tmp_path / "page.html")
    visit = browse(tmp_path / "page.html", tmp_path, "--dump-dom")
    assert "<title>Labelled by sslabel: handmade</title>" in visit.document
    assert visit.complaints == []
    assert [one for one in visit.requests if HOST in one] == []
    assert not any(f"<{tag}" in visit.document for tag in ("script", "iframe", "link", "object"))


@pytest.mark.parametrize("options", [[], ["--force-dark-mode"]])
def test_pictures_and_style_are_shown(photos: Path, tmp_path: Path, options: list[str]) -> None:
    tool.make(photos, tmp_path / "out", task=["inpaint", "rotation"], noise="gaussian-noise:sigma=0.05..0.2")
    write_page(tmp_path / "out", tmp_path / "page.html")
    shot = tmp_path / "shot.png"
    visit = browse(tmp_path / "page.html", tmp_path, f"--screenshot={shot}", *options)
    assert visit.complaints == []  # a style that the policy does not know would be one
    pixels = cv2.imread(str(shot))
    assert pixels is not None
    assert pixels.shape == (2000, 1280, 3)
    paper = pixels[3, 3].tolist()
    assert paper == ([28, 24, 21] if options else [255, 255, 255])
    colourful = abs(pixels.astype(int).max(axis=2) - pixels.min(axis=2)) > 60
    assert colourful.mean() > 0.01
