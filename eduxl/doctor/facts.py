"""What was found on a computer, as plain records: the probes make them, the judging functions read them."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from eduxl.addin.install import State as Addin
from eduxl.addin.install import System
from eduxl.addin.program import Finding


@frozen
class Python:
    """The Python that runs eduxl. `store` is whether it is the Microsoft Store's."""

    version: tuple[int, int, int]
    bits: int
    executable: str
    store: bool


@frozen
class Package:
    """A package that eduxl asks for: the least version, and the installed one ("" where it is missing)."""

    name: str
    least: str
    installed: str


@frozen
class Packages:
    """eduxl itself and what its metadata asks for; `extras` are those of optional parts, by the part's name.

    `source` is whether the list was read from a checkout because eduxl is not installed.
    """

    eduxl: str
    source: bool
    required: tuple[Package, ...]
    extras: dict[str, tuple[Package, ...]]


@frozen
class Office:
    """A spreadsheet program: its kind, its name for people, where it is, 32 or 64 (0 where that is not known)."""

    kind: Literal["excel", "wps", "libreoffice"]
    name: str
    place: str
    bits: int = 0


@frozen
class Macros:
    """Excel's setting for macros in one version, or LibreOffice's (`version` "").

    `level` is VBAWarnings of Excel (1 all run, 2 ask, 3 only signed, 4 none) or MacroSecurityLevel of LibreOffice (0
    all run, 1 ask, 2 and 3 none but trusted); `by_policy` whether an administrator has set it; `internet_blocked`
    what BlockContentExecutionFromInternet says, None where it is not set.
    """

    version: str
    level: int
    by_policy: bool = False
    internet_blocked: bool | None = None


Kind = Literal["local", "network", "cloud"]


@frozen
class Folder:
    """A folder that eduxl writes to: what it is for, where it is, whether a file could be made in it."""

    use: str
    place: str
    writable: bool


@frozen
class Tracker:
    """The tracker and its folders.

    `problem` says why none was found ("" if one was), `named` whether the user has named one. `marked` is whether the
    workbook carries the Mark of the Web, `cloud` the name of the service
    that synchronises its folder.
    """

    problem: str
    named: bool
    master: str = ""
    folders: tuple[Folder, ...] = ()
    kind: Kind = "local"
    cloud: str = ""
    marked: bool = False
    #: Windows would replace these parts of the path: %NAME%.
    variables: tuple[str, ...] = ()


@frozen
class Mail:
    """The mailbox of the tracker ("" where there is none), and where its 授权码 may be; the 授权码 itself is not here.

    `keyring` is whether the system has a store for it, `variable` whether the environment has one, `kept` whether one
    was found for the mailbox in either. `problem` says why the settings, or the variable, cannot be used.
    """

    address: str
    keyring: bool
    variable: bool
    kept: bool
    problem: str = ""


@frozen
class Facts:
    """All that is known of a computer. `addin` is None where that could not be looked at."""

    system: System
    python: Python
    packages: Packages
    offices: tuple[Office, ...]
    macros: tuple[Macros, ...]
    addin: Addin | None
    #: Whether the macro's GetSetting gives the program back unharmed.
    setting_readable: bool
    programs: tuple[Finding, ...]
    #: What this very eduxl is started with.
    own: str
    tracker: Tracker
    #: Chinese fonts; None where nobody could say.
    fonts: tuple[str, ...] | None
    mail: Mail
