"""What the mail commands say in the terminal and in message boxes: lines of Chinese. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.summary import listed

if TYPE_CHECKING:
    from pathlib import Path

    from eduxl.mail.fetching import FetchResult
    from eduxl.mail.results import SendResult

#: So many files are named for one reason.
_NAMED = 5


def send_lines(result: SendResult, *, dry_run: bool = False, what: str = "邮件") -> list[str]:
    """The counts, then each unit that got nothing and why; units that have what they need are only counted."""
    if dry_run:
        lines = [f"要发{len(result.sent)}封{what}（只是预览，没有发）："]
        lines += [f"  {item.unit} → {item.to}" for item in result.sent]
    else:
        lines = [f"发出{len(result.sent)}封{what}。"]
    done = [item for item in result.skipped if item.done]
    skipped = [item for item in result.skipped if not item.done]
    if done:
        lines.append(f"已经发过、不用再发的有{len(done)}个单位。")
    if result.unsure:
        lines.append(f"不能确定对方收到没有的有{len(result.unsure)}个单位：")
        lines += [f"  {item.unit}：{item.note}" for item in result.unsure]
    if skipped:
        lines.append(f"没有发的有{len(skipped)}个单位：")
        lines += [f"  {item.unit}：{item.note}" for item in skipped]
    if result.stopped:
        lines.append(f"没有发完：{result.stopped}")
        waiting = [item.unit for item in result.failed if not item.code]
        lines.append(f"还有{len(waiting)}封在等着发，再运行一次就接着发：{listed(waiting)}")
    failed = [item for item in result.failed if item.code or not result.stopped]
    if failed:
        lines.append(f"没有发成的有{len(failed)}个单位：")
        lines += [f"  {item.unit}（{item.to}）：{item.note}" for item in failed]
    return lines


def hand_out_lines(result: SendResult, place: Path, *, dry_run: bool = False) -> list[str]:
    """As `send_lines`, for templates that were put in a folder."""
    if dry_run:
        return send_lines(result, dry_run=True, what="模板")
    return [f"{len(result.sent)}个单位的填报表放进了 {place}。", *send_lines(result)[1:]]


def fetch_lines(result: FetchResult) -> list[str]:
    """What was saved, and what was not and why."""
    lines = _saved(result)
    if result.ignored:
        lines.append(f"没有收的有{len(result.ignored)}封邮件或附件：")
        lines += [f"  “{item.subject}”（{item.sender}）：{item.note}" for item in result.ignored]
    return lines


def take_in_lines(result: FetchResult) -> list[str]:
    """As `fetch_lines`, for the files of a folder: those that were not saved for one reason stand together."""
    lines = _saved(result)
    by_note: dict[str, list[str]] = {}
    for item in result.ignored:
        by_note.setdefault(item.note, []).append(item.subject)
    if result.interrupted:
        lines.append(str(result.interrupted))
    if by_note:
        lines.append(f"没有收的有{len(result.ignored)}个文件：")
        lines += [f"  {listed(paths, _NAMED)}：{note}" for note, paths in by_note.items()]
    return lines


def _saved(result: FetchResult) -> list[str]:
    return [
        f"收下{len(result.saved)}个文件。",
        *(
            f"  {item.path}：{item.unit or '认不出是哪个单位'}，{item.sender}，{item.received:%m-%d %H:%M}"
            for item in result.saved
        ),
    ]
