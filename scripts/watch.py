"""Run a command and print what it took, for stopwatch.py: seconds of wall and processor time, peak of memory in MiB.

A process of its own, and with next to no imports, because Linux counts the memory of whoever starts a command as the
command's own peak. Windows tells no process of its children: there the latter two are `nan`.
"""

import os
import subprocess
import sys
import time


def main(command: list[str]) -> int:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    cpu = peak = float("nan")
    if sys.platform == "win32":
        code = process.wait()
        wall = time.perf_counter() - start
    else:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        code = process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(wall, cpu, peak)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
