"""Make the files of all habits: `python -m tests.data.returns TEMPLATES FOLDER [--office]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.data.returns import Kit, write_all

write_all(Path(sys.argv[2]), Kit(Path(sys.argv[1])), office="--office" in sys.argv[3:])
