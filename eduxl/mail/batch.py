"""A batch of letters on its way: connections, refusals, pauses, and what each means for the letters.

A letter that was begun and never answered is `unsure` and stays so. What the server says about how fast, how much or
by whom is no unit's failure: the batch pauses or stops, and the next run goes on with what is still queued.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from attrs import define, field

from eduxl.errors import EduxlError, MailError
from eduxl.mail import smtp
from eduxl.mail.letter import Letter, as_bytes
from eduxl.mail.outbox import Outbox
from eduxl.mail.results import Failed, SendResult, Sent, broken_off
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings
from eduxl.mail.throttle import Throttle
from eduxl.mail.words import meaning

Progress = Callable[[int, int], None]
Connect = Callable[[Settings, Secret], smtp.Session]

#: How often a letter is tried again at the end of the batch after a temporary refusal.
ROUNDS = 3
#: So many of a kind in a row, with nothing accepted in between, end the run: connections that broke before a message,
#: connections that broke amid one (each leaves a unit unsure), refusals of our own address.
LOST, BROKEN, NOT_US = 3, 5, 3
#: After so many pauses on one letter the others go first: it may be its address that is asked for too often.
SLOWED = 3
#: Kinds of refusal that are about the mailbox and would meet every other letter as well.
_OURS = ("login", "unsafe-login", "quota")
_GOES_ON = "还没有发，仍在待发名单里；再运行一次同样的命令就接着发，已发的不会重发。"


class _Stop(Exception):
    """The run ends here; the argument is the sentence that says why."""


@define
class Batch:
    """A run over letters that are all queued."""

    letters: list[Letter]
    outbox: Outbox
    settings: Settings
    secret: Secret
    throttle: Throttle
    progress: Progress
    connect: Connect
    tell: Callable[[str], object]
    result: SendResult
    _finished: set[str] = field(factory=set, init=False)
    _session: smtp.Session | None = field(default=None, init=False)
    _was_connected: bool = field(default=False, init=False)
    #: in a row: connections lost, messages broken off, refusals of our own address
    _lost: int = field(default=0, init=False)
    _broken: int = field(default=0, init=False)
    _not_us: int = field(default=0, init=False)
    #: Message-ID → pauses
    _slowed: Counter[str] = field(factory=Counter, init=False)

    def run(self) -> None:
        """Bring the letters out; what becomes of each is in the outbox and in `result`. Raises as `sending.send`."""
        try:
            work = self.letters
            for tries_left in range(ROUNDS, -1, -1):
                work = [letter for letter in work if not self._send(letter, last=not tries_left)]
                if not work:
                    break
                self._rest(self.throttle.first, f"有 {len(work)} 封邮件服务器暂时没有收")
        except _Stop as stop:
            self.result.stopped = str(stop)
            for letter in self.letters:
                if letter.message_id not in self._finished:
                    note = f"{stop}{_GOES_ON}"
                    self.result.failed.append(Failed(letter.label, letter.to, "", note))
        finally:
            self._hang_up()

    def _send(self, letter: Letter, *, last: bool) -> bool:
        """Bring one letter to its end; False where it is to be tried again after the others."""
        try:
            data = as_bytes(letter, self.settings.address, self.settings.name, datetime.now())
        except EduxlError as error:
            self._fail(letter, "", str(error), str(error))
            return True
        while True:
            self.throttle.wait()
            session = self._ready()
            try:
                reply = session.send(
                    self.settings.address, letter.to, data, lambda: self.outbox.begin(letter)
                )
            except smtp.Lost:
                self._lose()
            except smtp.Unsure:
                self._break(letter)
                return True
            except smtp.Refused as refusal:
                done = self._refused(letter, refusal, last)
                if done is not None:
                    return done
            else:
                self._accept(letter, reply)
                return True

    def _accept(self, letter: Letter, reply: smtp.Reply) -> None:
        self.outbox.sent(letter, str(reply.code), reply.words)
        self._lost = self._broken = self._not_us = 0
        self.throttle.accepted()
        self.result.sent.append(Sent.of(letter))
        self._finish(letter)

    def _refused(self, letter: Letter, refusal: smtp.Refused, last: bool) -> bool | None:
        """What a refusal means: True: the letter failed, False: later, None: at once again. Raises `_Stop`."""
        code, words = refusal.reply.code, refusal.reply.words
        found = meaning(code, words)
        ours = found.kind == "frequency" or found.kind in _OURS
        hung_up = code == 421 and refusal.step != "message"
        later = code < 500 and not last
        if refusal.step in ("DATA", "message") and (ours or hung_up or later):
            self.outbox.queue([letter])  # it was begun, and is known not to be on its way
        if found.kind == "frequency":
            self._slow_down(found.sentence)
            self._slowed[letter.message_id] += 1
            return False if self._slowed[letter.message_id] % SLOWED == 0 and not last else None
        if ours:
            raise _Stop(found.sentence)
        if code == 421:
            self._lose()
        else:
            self._lost = 0
        if hung_up:
            return None
        if later:
            return False
        self._fail(letter, str(code), found.sentence, words)
        self._not_us = self._not_us + 1 if refusal.step == "MAIL" else 0
        if self._not_us >= NOT_US:
            raise _Stop(found.sentence)
        return True

    def _fail(self, letter: Letter, code: str, note: str, words: str) -> None:
        self.outbox.refused(letter, code, words)
        self.result.failed.append(Failed(letter.label, letter.to, code, note))
        self._finish(letter)

    def _break(self, letter: Letter) -> None:
        """Amid the letter the connection broke: nobody sends it again but the clerk."""
        self.result.unsure.append(broken_off(letter, letter.to))
        self._finish(letter)
        self._broken += 1
        if self._broken >= BROKEN:
            raise _Stop(
                f"发信的连接接连断了 {BROKEN} 次，为了不让更多单位弄不清收到没有，先停下来。请检查网络。"
            )

    def _finish(self, letter: Letter) -> None:
        self._finished.add(letter.message_id)
        self.progress(len(self._finished), len(self.letters))

    # --- the connection ---------------------------------------------------------------------------
    def _ready(self) -> smtp.Session:
        """A connection that takes a message. Raises `_Stop`, and `MailError` where none came about so far."""
        while True:
            session = self._session
            if session and session.is_alive() and not self.throttle.is_full(session.sent):
                return session
            self._hang_up()
            try:
                self._session = self.connect(self.settings, self.secret)
                self._was_connected = True
            except MailError as error:
                if error.code == "frequency":
                    self._slow_down(str(error))
                elif error.code == "temporary" or (error.code == "no-connection" and self._was_connected):
                    self._lose(str(error))
                elif self._was_connected:
                    raise _Stop(str(error)) from None
                else:
                    raise

    def _lose(self, why: str = "") -> None:
        """A connection is gone, or did not come about, before anything was begun on it."""
        self._hang_up()
        self._lost += 1
        if self._lost >= LOST:
            raise _Stop(why or f"和邮件服务器的连接接连断了 {LOST} 次。请检查网络，过一会儿再试。")
        self.throttle.sleep(self._lost)

    def _slow_down(self, why: str) -> None:
        seconds = self.throttle.back_off()
        if seconds is None:
            raise _Stop(f"{why}已经停过 {self.throttle.tries} 次，服务器还是不收，这次先停下来。")
        self._rest(seconds, "邮箱嫌发得太快")

    def _rest(self, seconds: float, why: str) -> None:
        self._hang_up()  # servers close connections that are silent, and some count by connection
        self.tell(f"{why}，停 {seconds:.0f} 秒再接着发……")
        self.throttle.sleep(seconds)

    def _hang_up(self) -> None:
        if self._session:
            self._session.close()
            self._session = None
