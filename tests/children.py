"""Programs in processes of their own, within bounds of memory and time, that tell what came of something as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_LIMITED = """
import json, resource, sys
from pathlib import Path
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
"""
_TOLD = """
# ru_maxrss of a process begins with what its parent had, which is the test's own; VmHWM does not.
status = Path("/proc/self/status")
if status.is_file():
    peak = next(int(x.split()[1]) for x in status.read_text().splitlines() if x.startswith("VmHWM")) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
inner = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({**told, "memory": max(peak, inner)}))
"""


def told_by_child(program: str, path: Path, *, limit: int, seconds: float) -> dict[str, Any]:
    """What `program`, given `sys.argv[1]`, leaves in `told`; and `memory`, the most it and its own processes took.

    `limit` bounds its address space in bytes, `seconds` its whole time.
    """
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED + program + _TOLD, str(path), str(limit)],
        capture_output=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)},
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told
