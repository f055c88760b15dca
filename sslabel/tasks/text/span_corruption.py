"""Tell hidden spans of words from what is around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sslabel.blocks import Bools, Integers, Lists, Pairs, Passages, Strings, bounds_of, ranges, rows_of
from sslabel.options import Between, File
from sslabel.registry import task
from sslabel.seeding import BlockDraws
from sslabel.transforms.text.graphemes import grapheme_bounds
from sslabel.transforms.text.orders import places_of, refilled, sifted
