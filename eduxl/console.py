"""The command line's manners: dates as people type them, errors as one Chinese sentence, exit codes, progress.

Exit codes (fixed): 0 done; 1 failed, nothing changed; 2 usage; 3 done, but some files were rejected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import click

from eduxl.errors import EduxlError

FAILED, USAGE, REJECTED = 1, 2, 3


class DateType(click.ParamType[date]):
    """A day: 2022-06-25, 2022/6/25, 2022.6.25, 20220625 or 2022年6月25日."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        text = str(value).strip()
        found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text) or re.fullmatch(
            r"(\d{4})(\d{2})(\d{2})", text
        )
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                self.fail(f"“{text}”：没有这一天，请核对月和日。", param, ctx)
        self.fail(f"“{text}”不是日期，请写成 2022-06-25 这样。", param, ctx)


DATE = DateType()


#: Click's own words in its help pages.
_WORDS = {
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示这段说明。",
    "Show the version and exit.": "显示版本号。",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 …",
}


class _Formatter(click.HelpFormatter):
    """Help pages with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for english, chinese in _WORDS.items():
            args = args.replace(english, chinese)
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_WORDS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        said = [(name, _WORDS.get(text, text).replace("[required]", "［必填］")) for name, text in rows]
        super().write_dl(said, col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A command whose help page is Chinese."""

    context_class = _Context


class Commands(click.Group):
    """A group whose help pages and errors are Chinese, errors as one sentence on standard error."""

    context_class = _Context
    command_class = Command
    group_class = type  # groups inside are of this class too

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run, and leave with the exit codes above. `--debug` anywhere lets a traceback through."""
        given = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in given
        given = [arg for arg in given if arg != "--debug"]
        standalone = extra.pop("standalone_mode", True)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a pipe on an old Windows code page must not stop the work
                stream.reconfigure(errors="replace")
        try:
            result = super().main(given, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            return _leave(USAGE, standalone)
        except click.UsageError as error:
            click.echo(f"用法不对：{usage_sentence(error)}", err=True)
            if error.ctx:
                click.echo(f"用“{error.ctx.command_path} --help”看用法和例子。", err=True)
            return _leave(USAGE, standalone)
        except click.Abort:
            click.echo("已中断，什么也没有改动。", err=True)
            return _leave(FAILED, standalone)
        except EduxlError as error:
            if debug:
                raise
            click.echo(f"错误：{error}", err=True)
            return _leave(FAILED, standalone)
        except BrokenPipeError:
            sys.stderr.close()
            return _leave(0, standalone)
        except Exception as error:
            if debug:
                raise
            click.echo(
                f"程序出错了（{type(error).__name__}）。请加 --debug 再运行一次，"
                "把屏幕上的内容发给维护人员；已有的台账没有改动。",
                err=True,
            )
            return _leave(FAILED, standalone)
        return _leave(result if isinstance(result, int) else 0, standalone)


def _leave(code: int, standalone: bool) -> int:
    if standalone:
        sys.exit(code)
    return code


def usage_sentence(error: click.UsageError) -> str:
    """Click's complaint in Chinese."""
    if isinstance(error, click.NoSuchOption):
        near = f"，是不是 {'、'.join(error.possibilities)}？" if error.possibilities else "。"
        return f"没有选项 {error.option_name}{near}"
    if isinstance(error, click.MissingParameter):
        name = error.param.human_readable_name if error.param else ""
        if isinstance(error.param, click.Option):
            name = error.param.opts[-1]
        return f"缺少 {name}。"
    if isinstance(error, click.BadParameter):
        return error.message
    if found := re.search(r"Option '(.+?)' requires", error.message):
        return f"{found[1]} 后面要写上内容。"
    found = re.search(r"No such command ['\"](.+?)['\"]", error.message)
    if found:
        return f"没有命令“{found[1]}”。"
    found = re.search(r"unexpected extra arguments? \((.+)\)", error.message)
    if found:
        return f"多出了参数：{found[1]}。"
    return error.message


def json_text(data: Any) -> str:
    """A document for standard output, with escapes for what it cannot say as it stands."""
    import json

    text = json.dumps(data, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(data, indent=2)
    return text


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on standard error: yields a function of (done, total), None where it is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar: Any = None

    def step(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = click.progressbar(length=total, label=label, file=sys.stderr)
            bar.__enter__()
        bar.update(done - bar.pos)

    try:
        yield step
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
