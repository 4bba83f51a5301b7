"""The 授权码: where it comes from, where it is kept, and that nothing shows it."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator

import attrs
import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from eduxl.errors import MailError
from eduxl.mail.secret import IN_KEYRING, IN_VARIABLE, SERVICE, VARIABLE, Secret, find, forget, keep, typed
from tests.mail.test_settings import OFFICE

CODE = "Wq7ZpLm4XyNsRtVb"


class Ring(KeyringBackend):
    """A keyring that lasts as long as the test; `broken` is what it raises, with the secret in its text.

    It has no priority, so that keyring never chooses it by itself.
    """

    def __init__(self, broken: type[BaseException] | None = None) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def _fail(self, *about: str) -> None:
        if self.broken:
            raise self.broken(f"cannot handle {about}")

    def get_password(self, service: str, username: str) -> str | None:
        self._fail(service, username)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail(service, username, password)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail(service, username)
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    monkeypatch.delenv(VARIABLE, raising=False)
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_no_form_of_a_secret_shows_it() -> None:
    secret = Secret(CODE)

    @attrs.frozen
    class Holder:
        secret: Secret

    shown = [
        repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", f"{secret:>20}", "%s %r" % (secret, secret), repr([secret]),  # noqa: UP031
        repr(Holder(secret)), str(attrs.asdict(Holder(secret))), repr(secret.__reduce__.__doc__), repr(dir(secret)),
        json.dumps({"secret": secret}, default=str),
    ]  # fmt: skip
    assert not any(CODE in text for text in shown)
    assert "******" in shown[0] and not hasattr(secret, "__dict__")
    assert secret.reveal() == CODE
    for whole in (pickle.dumps, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            whole(secret)  # type: ignore[operator]


@given(
    st.text(st.characters(codec="utf-8"), min_size=5, max_size=40),
    st.binary(max_size=20),
    st.binary(max_size=20),
)
def test_a_secret_said_back_is_hidden_plain_and_in_base64(code: str, before: bytes, after: bytes) -> None:
    encoded = b64encode(before + code.encode() + after).decode()
    said = Secret(code).hide_in(f"535 {code} {encoded}").replace("******", "")
    assert code not in said
    left = said.split(" ")[-1]
    # six bits a character; those at both ends are shared with what stands beside
    assert len(left) <= len(encoded) - (8 * len(code.encode()) // 6 - 2)


def test_the_variable_comes_before_the_keyring(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    ring.kept[SERVICE, OFFICE.address] = "kept"
    assert find(OFFICE).reveal() == "kept"
    monkeypatch.setenv(VARIABLE, f" {CODE}\n")
    assert find(OFFICE).reveal() == CODE
    monkeypatch.setenv(VARIABLE, "  ")
    assert find(OFFICE).reveal() == "kept"


def test_a_secret_is_kept_in_the_keyring_and_forgotten(ring: Ring) -> None:
    assert keep(OFFICE, Secret(CODE)) == IN_KEYRING
    assert ring.kept == {(SERVICE, OFFICE.address): CODE}
    assert find(OFFICE) == Secret(CODE)
    forget(OFFICE)
    forget(OFFICE)
    assert ring.kept == {}
    with pytest.raises(MailError, match=VARIABLE) as caught:
        find(OFFICE)
    assert caught.value.code == "no-secret"


@pytest.mark.parametrize(
    "backend",
    [
        keyring.backends.fail.Keyring(), keyring.backends.null.Keyring(), Ring(RuntimeError), Ring(keyring.errors.KeyringLocked),
        Ring(keyring.errors.NoKeyringError), Ring(OSError),
    ],
)  # fmt: skip
def test_a_keyring_that_keeps_nothing_is_as_none(
    ring: Ring, backend: KeyringBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.set_keyring(backend)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MailError, match=VARIABLE) as missing:
        find(OFFICE)
    with pytest.raises(MailError, match=VARIABLE) as unkept:
        keep(OFFICE, Secret(CODE))
    assert (missing.value.code, unkept.value.code) == ("no-secret", "no-keyring")
    told = "".join(traceback.format_exception(unkept.value)) + caplog.text
    assert CODE not in told
    forget(OFFICE)
    monkeypatch.setenv(VARIABLE, CODE)
    assert keep(OFFICE, Secret(CODE)) == IN_VARIABLE
    assert find(OFFICE).reveal() == CODE


def test_a_secret_is_used_as_it_was_typed_but_for_what_comes_along() -> None:
    assert typed(" abcd efgh \r\n").reveal() == "abcd efgh"
    assert typed("\ufeffabcd\u3000").reveal() == "abcd"
    assert not typed("  ")
    for broken in ("ab\ncd", "ab\x00cd", "ab\udcffcd"):
        with pytest.raises(MailError) as caught:
            typed(broken)
        assert caught.value.code == "bad-secret" and broken not in str(caught.value)
