"""A real Dovecot on loopback, in a temporary folder: IMAP and POP3, plain, STARTTLS and TLS, one mailbox."""

from __future__ import annotations

import getpass
import imaplib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import trustme
from attrs import frozen

from eduxl.mail.incoming import Box, open_box
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Incoming, Security, Server, Settings
from tests.mail.letters import OURS

#: Not ASCII: it goes by AUTHENTICATE.
CODE = "Kd8-钥匙-xQ2zrw"
PROGRAM = shutil.which("dovecot") or ("/usr/sbin/dovecot" if os.path.exists("/usr/sbin/dovecot") else None)
needs_dovecot = pytest.mark.skipif(PROGRAM is None, reason="Dovecot is not installed")
#: Whoever owns the mail where the tests run as root, which may own none.
_NOBODY = "nobody"
_SERVICES = ("imap", "imaps", "pop3", "pop3s")
#: Services that Dovecot confines to a folder of their own.
_CONFINED = ("anvil", "stats", "imap-login", "pop3-login")


@frozen
class Dovecot:
    """A server that runs. `ca` is the certificate that vouches for it."""

    folder: Path
    ports: dict[str, int]
    ca: Path

    def settings(self, protocol: Incoming = "imap", security: Security = "plain", **other: str) -> Settings:
        """For this mailbox; `host` is the name by which it is called."""
        port = self.ports[f"{protocol}s" if security == "ssl" else protocol]
        where = Server(other.get("host", "localhost"), port)
        return Settings(OURS, "", "custom", Server("localhost", 1), where, protocol, "plain", security)

    def open(self, protocol: Incoming = "imap", security: Security = "plain", code: str = CODE) -> Box:
        return open_box(self.settings(protocol, security), Secret(code))

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Another program at the same mailbox, which may do anything."""
        with imaplib.IMAP4("localhost", self.ports["imap"]) as client:
            whole = f"\0{OURS}\0{CODE}".encode()
            client.authenticate("PLAIN", lambda _: whole)
            yield client

    def deliver(self, mails: Iterable[bytes | tuple[bytes, datetime]], folder: str = "INBOX") -> None:
        """Put mails there, each with the time (local) at which it came, else now."""
        with self.client() as client:
            for each in mails:
                raw, came = each if isinstance(each, tuple) else (each, datetime.now())
                kind, said = client.append(
                    _wire(folder), "", imaplib.Time2Internaldate(came.astimezone()), raw
                )
                assert kind == "OK", said

    def make(self, folder: str) -> None:
        """A folder with nothing in it."""
        with self.client() as client:
            assert client.create(_wire(folder))[0] == "OK"

    def close(self, folder: str) -> None:
        """Let nobody look into a folder."""
        (self.folder / "mail" / OURS / f".{_wire(folder)[1:-1]}").chmod(0)

    def contents(self) -> dict[str, int]:
        """What lies in the mailbox: names of files, which hold the flags, with the folders new or cur → their sizes."""
        home = self.folder / "mail"
        return {
            path.relative_to(home).as_posix(): path.stat().st_size
            for path in home.rglob("*")
            if path.parent.name in ("new", "cur") and path.is_file()
        }

    def renumber(self, folder: str = "INBOX") -> None:
        """Number the mails anew, as servers do that were mended or moved."""
        command = ["doveadm", "-c", str(self.folder / "conf"), "mailbox", "update", "-u", OURS]
        subprocess.run([*command, "--uid-validity", "77", folder], check=True)

    def unread(self, folder: str = "INBOX") -> int:
        with self.client() as client:
            client.select(_wire(folder), readonly=True)
            return len(client.search(None, "UNSEEN")[1][0].split())

    def downloads(self) -> int:
        """How many whole mails sessions that have ended have taken."""
        time.sleep(0.2)  # the log is written behind the client's back
        log = (self.folder / "log").read_text(encoding="utf-8")
        return sum(int(imap or pop3) for imap, pop3 in re.findall(r"body_count=(\d+)|retr=(\d+)/", log))


@contextmanager
def dovecot(junk: str = "") -> Iterator[Dovecot]:
    """Start it, wait for it, end it. `junk` is a folder that is marked as that for junk."""
    assert PROGRAM
    folder = Path(tempfile.mkdtemp(prefix="dovecot"))
    folder.chmod(0o755)
    try:
        server = Dovecot(folder, {name: _free() for name in _SERVICES}, folder / "ca.pem")
        _prepare(server, junk)
        process = subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "conf")])
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(server: Dovecot, junk: str) -> None:
    folder = server.folder
    owner = _NOBODY if os.geteuid() == 0 else getpass.getuser()
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", owner)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(server.ca))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "key.pem"))
    (folder / "passwd").write_text(f"{OURS}:{{PLAIN}}{CODE}\n", encoding="utf-8")
    (folder / "passwd").chmod(0o644)
    internal = "" if os.geteuid() == 0 else _as_itself(owner)
    marked = f' mailbox "{junk}" {{\n  auto = create\n  special_use = \\Junk\n }}\n' if junk else ""
    ports = server.ports
    (folder / "conf").write_text(
        f"base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\nprotocols = imap pop3\n"
        f"listen = 127.0.0.1\nssl = yes\nssl_cert = <{folder}/key.pem\nssl_key = <{folder}/key.pem\n"
        f"disable_plaintext_auth = no\nauth_failure_delay = 0\nfirst_valid_uid = 1\nmail_fsync = never\n"
        f"mail_location = maildir:{folder}/mail/%u\nmail_max_userip_connections = 100\n{internal}"
        f"namespace inbox {{\n inbox = yes\n{marked}}}\n"
        f"passdb {{\n driver = passwd-file\n args = scheme=PLAIN username_format=%u {folder}/passwd\n}}\n"
        f"userdb {{\n driver = static\n args = uid={owner} gid={_group(owner)} home={folder}/mail/%u\n}}\n"
        + "".join(
            f"service {name}-login {{\n inet_listener {name} {{\n  port = {ports[name]}\n }}\n"
            f" inet_listener {name}s {{\n  port = {ports[f'{name}s']}\n  ssl = yes\n }}\n}}\n"
            for name in ("imap", "pop3")
        ),
        encoding="utf-8",
    )


def _as_itself(owner: str) -> str:
    """For a server whose processes cannot change to other users, nor into a smaller tree."""
    import grp

    users = f"default_internal_user = {owner}\ndefault_login_user = {owner}\n"
    group = f"default_internal_group = {grp.getgrgid(_group(owner)).gr_name}\n"
    return users + group + "".join(f"service {name} {{\n chroot =\n}}\n" for name in _CONFINED)


def _group(owner: str) -> int:
    import pwd

    return pwd.getpwnam(owner).pw_gid


def _wait(server: Dovecot, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    for port in server.ports.values():
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, "Dovecot did not start"
                time.sleep(0.05)


def _wire(folder: str) -> str:
    """A folder's name as IMAP has it."""
    from imap_tools.imap_utf7 import utf7_encode

    return f'"{utf7_encode(folder).decode("ascii")}"'


def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
