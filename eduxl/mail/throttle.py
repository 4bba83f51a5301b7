"""How fast a mailbox may send: the pace between messages, and the pauses after the server said it is too fast.

Pure but for `clock` and `sleep`, which are arguments. Times are in seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from attrs import define, field


@define
class Throttle:
    """The pace of one batch.

    `per_minute` and `per_connection` are messages, None: no bound. After a refusal for frequency the pause is `first`,
    then each time twice as long up to `longest`; `tries` pauses with no message accepted in between are the most.
    """

    per_minute: int | None = None
    per_connection: int | None = None
    first: float = 60.0
    longest: float = 600.0
    tries: int = 5
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    _next: float | None = field(default=None, init=False)
    _pause: float = field(default=0.0, init=False)
    _paused: int = field(default=0, init=False)

    @classmethod
    def off(
        cls, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> Throttle:
        """No pace of our own; pauses, where the server asks for them, begin at a second."""
        return cls(None, None, 1.0, 60.0, clock=clock, sleep=sleep)

    def wait(self) -> None:
        """Sleep until the next message may go; call it before each. Messages are spread evenly over the minute."""
        if not self.per_minute:
            return
        now = self.clock()
        if self._next is not None and self._next > now:
            self.sleep(self._next - now)
            now = self._next
        self._next = now + 60 / self.per_minute

    def is_full(self, sent: int) -> bool:
        """Whether a connection that took so many messages should take no more."""
        return bool(self.per_connection) and sent >= (self.per_connection or 0)

    def accepted(self) -> None:
        """A message was taken: pauses are counted anew, and the next one is half as long as it would have been."""
        self._paused = 0
        self._pause /= 2

    def back_off(self) -> float | None:
        """Seconds to pause after a refusal for frequency; None where that was tried often enough."""
        if self._paused >= self.tries:
            return None
        self._paused += 1
        self._pause = min(max(self.first, 2 * self._pause), self.longest)
        return self._pause
