"""The command line as people use it: what is printed, exit codes, and one Chinese sentence for each mistake."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

from eduxl import labels as L
from eduxl.cli import main
from eduxl.console import DATE, usage_sentence
from eduxl.model import Warning
from eduxl.resources import sample_plan, sample_roster
from eduxl.returns import codes
from eduxl.summary import warning_lines
from eduxl.tracker.merge import Merged
from tests.builders import fill

Run = "Runner"


class Desk:
    """A folder with the sample plan and roster, and a way to run commands in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)
        with sample_plan() as plan, sample_roster() as roster:
            shutil.copy(plan, folder / "要点.txt")
            shutil.copy(roster, folder / "名册.xlsx")

    def __call__(self, *args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, list(args))
        assert result.exit_code == code, result.output
        return result

    def fails(self, *args: str, code: int = 1) -> str:
        """Run a command that must fail, leave every file alone and say one sentence in Chinese."""
        before = self.files()
        result = self(*args, code=code)
        assert result.stdout == ""
        assert self.files() == before
        said = result.stderr.strip()
        assert "Traceback" not in said and re.search("[一-鿿]", said)
        return said

    def files(self) -> dict[str, bytes]:
        return {
            str(p): p.read_bytes()
            for p in sorted(self.folder.rglob("*"))
            if p.is_file() and p.name != "lock" and not p.name.endswith(("-wal", "-shm"))
        }


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = tmp_path / "桌面"
    folder.mkdir()
    yield Desk(folder, monkeypatch)


@pytest.fixture
def tracker(desk: Desk) -> Desk:
    desk("master", "要点.txt", "--roster", "名册.xlsx", "--as-of", "2022-03-01")
    desk("round", "open", "2022-03", "--due", "2022-03-25", "--as-of", "2022-03-01")
    return desk


PLAN_KEYS = {"title", "year", "source", "projects", "tasks", "review", "left_out"}


# --- the ordinary way -----------------------------------------------------------------------------
def test_plan_as_text_as_json_and_as_a_workbook(desk: Desk) -> None:
    text = desk("plan", "要点.txt").stdout
    assert "10项工程、21项任务" in text and "21. 切实改进工作作风" in text and "待确认" in text
    data = json.loads(desk("plan", "要点.txt", "--json").stdout)
    assert len(data["tasks"]) == 21 and set(data) == PLAN_KEYS
    shown = desk("plan", "要点.txt", "-o", "计划.xlsx", "--roster", "名册.xlsx").stdout
    assert "任务12" in shown and "分组规则" in shown
    again = json.loads(desk("plan", "计划.xlsx", "--json").stdout)
    assert {**again, "source": ""} == {**data, "source": ""}


def test_master_tells_who_got_what_and_why(desk: Desk) -> None:
    said = desk("master", "要点.txt", "--roster", "名册.xlsx").stdout
    task12 = said[said.index("任务12") : said.index("任务13")]
    assert (
        "13个单位" in task12
        and "任务21：" in said[said.index("待确认，这些任务") :]
        and "各初级中学" in task12
        and "分组规则" in task12
    )
    assert (desk.folder / L.MASTER_NAME).exists()


def test_roster_new_and_check(desk: Desk) -> None:
    desk("roster", "new", "空名册.xlsx")
    assert "没有" in desk("roster", "check", "空名册.xlsx", code=1).stdout
    assert "80个单位" in desk("roster", "check", "名册.xlsx").stdout
    assert json.loads(desk("roster", "check", "名册.xlsx", "--json").stdout)["findings"] == []


def test_a_round_by_commands(tracker: Desk) -> None:
    desk = tracker
    assert "80份" in desk("templates", "--as-of", "2022-03-02").stdout
    form = next((desk.folder / "templates/2022-03").glob("S001_*"))
    values = {1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.3, L.REPORT: "已制定方案"}}
    fill(form, desk.folder / "收回/S001.xlsx", values, date(2022, 3, 20))
    preview = desk("merge", "收回", "--as-of", "2022-03-26", "--dry-run")
    assert "只是预览" in preview.stdout
    merged = desk("merge", "收回", "--as-of", "2022-03-26")
    assert "计入1" in merged.stdout and "79" in merged.stdout
    assert "没有新内容" in desk("merge", "收回", "--as-of", "2022-03-26").stdout
    data = json.loads(desk("merge", "收回", "--as-of", "2022-03-26", "--json").stdout)
    assert data["changed"] is False and data["coverage"]["received"] == 1
    status = json.loads(desk("status", "--as-of", "2022-03-26", "--json").stdout)
    assert status["flags"] == data["flags"] and len(status["missing"]) == 79
    assert "应报80" in desk("status", "--as-of", "2022-03-26").stdout
    desk("master", "--as-of", "2022-03-10", "-o", "三月十日.xlsx")
    assert "2022-03" in desk("round", "close", "--as-of", "2022-03-31").stdout
    assert "2022-03-31结束" in desk("round", "list").stdout
    rounds = json.loads(desk("round", "list", "--json").stdout)["rounds"]
    assert rounds[0]["closed"] == "2022-03-31"
    said = desk("round", "open", "2022-06", "--due", "2022年6月25日", "--as-of", "2022/6/1")
    assert "2022-06" in said.stdout


def test_a_rejected_file_exits_3_each_time(tracker: Desk) -> None:
    (tracker.folder / "收回").mkdir()
    (tracker.folder / "收回/坏.xlsx").write_text("不是表格", encoding="utf-8")
    for _ in range(2):
        result = tracker("merge", "收回", "--as-of", "2022-03-20", code=3)
        assert "没读懂 坏.xlsx" in result.stdout


def test_a_merge_tells_each_file_once_the_lost_rows_first(tracker: Desk) -> None:
    tracker("templates", "--as-of", "2022-03-02")
    forms = {p.name[:4]: p for p in (tracker.folder / "templates/2022-03").glob("S00*")}
    fill(forms["S001"], tracker.folder / "收回/空的.xlsx", {}, date(2022, 3, 20))
    odd = {L.STATUS: L.UNDER_WAY, L.PROGRESS: "过半", L.REPORT: "已制定方案"}
    fill(forms["S002"], tracker.folder / "收回/旧的.xlsx", {1: odd}, date(2022, 3, 19))
    later = fill(forms["S002"], tracker.folder / "收回/新的.xlsx", {1: odd, 2: odd}, date(2022, 3, 20))
    book = openpyxl.load_workbook(later)
    sheet = book[L.FORM]
    sheet.cell(sheet.max_row + 3, 1).value, sheet.cell(sheet.max_row, 2).value = 99, "自己加的"
    book.save(later)
    other = later.with_name("四月的.xlsx")
    for row in book[L.META].iter_rows(max_col=2):
        if row[0].value == "round":
            row[1].value = "2022-04"
    book.save(other)
    said = tracker("merge", "收回", "--as-of", "2022-03-26", code=3).stdout
    assert "计入2，被同单位另一份代替1，没读懂0，不能计入1；" in said
    assert "不能计入 四月的.xlsx：" in said and "没读懂 四月的" not in said
    lines = [line for line in said.splitlines() if line.startswith(("  空的.xlsx", "  新的.xlsx"))]
    first, second = lines
    assert first.startswith("  新的.xlsx：填报表!A") and "99" in first and "没有作为填报读入；" in first
    assert "2 处完成进度读不懂（填报表!G5 等）" in first
    assert re.fullmatch(r"  空的\.xlsx：\d+ 项任务没有填报（填报表!F5 等）", second)
    assert re.search("共\\d+处提醒，逐条写在总台账的“填报提醒”里", said)
    preview = tracker("merge", "收回", "--as-of", "2022-03-26", "--dry-run", code=3).stdout
    assert "逐条见 --json" in preview and "填报提醒" not in preview


def test_sixty_returns_are_told_in_few_lines() -> None:
    def gap(task: int, cell: str = "") -> Warning:
        return codes.warning("missing-entry", task=task, cell=cell, what="这一行是空白")

    blank = tuple(gap(no, f"填报表!F{no + 4}") for no in range(1, 16))
    likely = (codes.warning("short-text", task=2, cell="填报表!I6", value="好"),)
    merged = [
        Merged(f"S{no:03}.xlsx", f"S{no:03} 某校", 15, blank if no % 2 else likely) for no in range(1, 59)
    ]
    merged.append(Merged("学区.xlsx", "S059 甲校", 15, (gap(16),)))
    merged.append(Merged("学区.xlsx", "S060 乙校", 15, (gap(16), *likely)))
    lines = list(warning_lines(merged))
    assert len(lines) == 29 + 2 + 2
    assert lines[0] == "  S001.xlsx：15 项任务没有填报（填报表!F5 等）"
    assert "  学区.xlsx（S059 甲校）：1 项任务没有填报（任务16）" in lines, "no cell, and none is printed"
    assert (
        "  学区.xlsx（S060 乙校）：1 项任务没有填报（任务16）　请核对：1 处进展情况太短（填报表!I6）" in lines
    )
    shown = "S002.xlsx、S004.xlsx、S006.xlsx、S008.xlsx、S010.xlsx、S012.xlsx"
    assert lines[-2:] == [
        f"  请核对：进展情况太短（{shown}等29个）",
        f"  共{29 * 15 + 29 + 3}处提醒，逐条写在总台账的“填报提醒”里。",
    ]
    more = list(warning_lines([*merged, *merged[:40:2]]))
    assert len(more) == 40 + 3 and more[40] == "  ……另有11份也有必须改的。"
    assert list(warning_lines([Merged("好.xlsx", "S001 某校", 15)])) == []


def test_merge_without_a_folder_takes_the_rounds_own(tracker: Desk) -> None:
    (tracker.folder / "returns/2022-03").mkdir(parents=True)
    assert "什么也没有汇总" in tracker("merge", "--as-of", "2022-03-20").stdout


def test_check_without_a_tracker(tracker: Desk) -> None:
    tracker("templates", "--as-of", "2022-03-02")
    form = next((tracker.folder / "templates/2022-03").glob("S001_*"))
    values = {1: {L.STATUS: L.COMPLETED, L.PROGRESS: 0.3, L.DONE_ON: datetime(2022, 3, 1)}}
    fill(form, tracker.folder / "收回/S001.xlsx", values, date(2022, 3, 20))
    data = json.loads(tracker("check", "收回", "--json", "--roster", "名册.xlsx").stdout)
    (item,) = data["files"]
    assert item["unit"] == "S001 民乐县第一中学" and item["round"] == "2022-03" and item["rejected"] is None
    first = item["entries"][0]
    assert (first["task"], first["status"], first["progress"], first["done_on"]) == (
        1,
        "已完成",
        30,
        "2022-03-01",
    )
    assert "status-conflict" in {w["code"] for w in item["warnings"]}
    assert "S001" in tracker("check", "收回").stdout
    (tracker.folder / "收回/坏.xlsx").write_text("不是表格", encoding="utf-8")
    assert "没读懂" in tracker("check", "收回", code=3).stdout


# --- mistakes -------------------------------------------------------------------------------------
def test_files_that_are_not_what_they_should_be(desk: Desk) -> None:
    (desk.folder / "图.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (desk.folder / "散文.txt").write_text("今天天气很好，我们去爬山。", encoding="utf-8")
    (desk.folder / "空.txt").write_text("", encoding="utf-8")
    for name in ("图.png", "散文.txt", "空.txt", "名册.xlsx", "没有.txt"):
        desk.fails("plan", name)
        desk.fails("master", name, "--roster", "名册.xlsx")
    for name in ("要点.txt", "图.png", "没有.xlsx"):
        desk.fails("master", "要点.txt", "--roster", name)
        desk.fails("roster", "check", name)
    desk("roster", "new", "空名册.xlsx")
    assert "空" in desk.fails("master", "要点.txt", "--roster", "空名册.xlsx")
    desk.fails("roster", "new", "名册.xlsx")
    desk.fails("master", "要点.txt", "--roster", "名册.xlsx", "-o", "无此文件夹/总台账.xlsm")
    desk.fails("plan", "要点.txt", "-o", "无此文件夹/计划.xlsx")


def test_no_tracker_two_trackers(desk: Desk) -> None:
    for args in (("status",), ("merge", "."), ("templates",), ("round", "list"), ("round", "close")):
        assert "没有总台账" in desk.fails(*args)
    for name in ("甲.xlsx", "乙.xlsm"):
        desk("master", "要点.txt", "--roster", "名册.xlsx", "-o", name)
    assert "用 -m 指定" in desk.fails("status")
    assert "没有轮次" in desk.fails("templates", "-m", "甲.xlsx", "--round", "2022-03")
    assert "还没有开启轮次" in desk.fails("status", "-m", "甲.xlsx")
    assert "还没有开启轮次" in desk.fails("merge", "-m", "甲.xlsx")
    assert "还没有轮次" in desk("round", "list", "-m", "甲.xlsx").stdout


def test_unknown_rounds_and_folders(tracker: Desk) -> None:
    assert "2022-03" in tracker.fails("merge", ".", "--round", "2022-09")
    assert "无此文件夹" in tracker.fails("merge", "无此文件夹")
    assert "默认的" in tracker.fails("merge")
    assert "已经存在" in tracker.fails("master", "要点.txt", "--roster", "名册.xlsx")
    assert "名册里没有" in tracker.fails("templates", "--unit", "火星小学")


def test_usage_errors_exit_2(desk: Desk) -> None:
    assert "没有命令" in desk.fails("汇总", code=2)
    assert "没有选项 --jsn" in desk.fails("status", "--jsn", code=2)
    assert "缺少" in desk.fails("plan", code=2)
    assert "缺少 --due" in desk.fails("round", "open", "2022-03", code=2)
    assert "不是日期" in desk.fails("status", "--as-of", "昨天", code=2)
    assert "没有这一天" in desk.fails("status", "--as-of", "2022-02-30", code=2)
    assert "多出了参数" in desk.fails("status", "多余", code=2)
    assert "--roster" in desk.fails("master", "要点.txt", code=2)
    assert "--as-of" in desk.fails("master", code=2)
    assert "-m" in desk.fails("master", "要点.txt", "--roster", "名册.xlsx", "-m", "x.xlsm", code=2)
    assert "一年的办法" in desk(code=2).output


def test_a_click_error_without_a_translation_is_passed_on() -> None:
    assert usage_sentence(click.UsageError("odd")) == "odd"


def test_dates_as_people_type_them() -> None:
    for text in ("2022-06-25", "2022/6/25", "2022.6.25", "20220625", "2022年6月25日"):
        assert DATE.convert(text, None, None) == date(2022, 6, 25)


def test_a_bug_is_told_as_one_and_shown_with_debug(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from eduxl.tracker.tracker import Tracker

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Tracker, "find", broken)
    assert "程序出错了" in desk.fails("status")
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(main, ["status", "--debug"], catch_exceptions=False)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A read-only mount; skipped where this user may not make one."""
    import os

    folder = tmp_path / "只读"
    folder.mkdir()
    if os.system(f"mount -t tmpfs -o size=4m tmpfs '{folder}' 2>/dev/null") != 0:
        pytest.skip("no right to mount a tmpfs")
    yield folder
    os.system(f"umount '{folder}'")


def test_a_read_only_target(desk: Desk, read_only: Path) -> None:
    import os

    desk("master", "要点.txt", "--roster", "名册.xlsx", "-o", str(read_only / "总台账.xlsx"))
    desk("round", "open", "2022-03", "--due", "2022-03-25", "-m", str(read_only / "总台账.xlsx"))
    os.system(f"mount -o remount,ro '{read_only}'")
    target = str(read_only / "x.xlsx")
    for args in (
        ("plan", "要点.txt", "-o", target),
        ("roster", "new", target),
        ("master", "要点.txt", "--roster", "名册.xlsx", "-o", target),
        ("templates", "-m", str(read_only / "总台账.xlsx")),
        ("round", "close", "-m", str(read_only / "总台账.xlsx")),
        ("merge", ".", "-m", str(read_only / "总台账.xlsx")),
        ("demo", str(read_only / "演示")),
    ):
        assert "权限" in desk.fails(*args)


# --- help -----------------------------------------------------------------------------------------
def commands(
    group: click.Group, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))
        else:
            yield (*prefix, name), command


@pytest.mark.parametrize(
    ("name", "command"), list(commands(main)), ids=lambda v: " ".join(v) if isinstance(v, tuple) else ""
)
def test_help_pages_are_chinese(name: tuple[str, ...], command: click.Command) -> None:
    page = CliRunner().invoke(main, [*name, "--help"]).stdout
    assert page.startswith("用法：") and "选项" in page
    for english in ("Usage", "Options", "Commands", "Show", "PATH", "TEXT", "OPTIONS", "ARGS", "required"):
        assert english not in page


@pytest.mark.parametrize(
    ("name", "command"),
    [((), main), *commands(main)],
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)
def test_every_command_has_help_with_an_example(name: tuple[str, ...], command: click.Command) -> None:
    assert command.help and ("例：" in command.help or not name)
    assert f"eduxl {' '.join(name)}" in command.help
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{name} {param.opts} has no help"


# --- a revised plan -------------------------------------------------------------------------------
def test_plan_diff_tells_what_a_revision_changes(desk: Desk) -> None:
    text = (desk.folder / "要点.txt").read_text("utf-8")
    revised = text.replace("完成时间：2022年7月", "完成时间：2022年8月", 1)
    (desk.folder / "新要点.txt").write_text(revised, "utf-8")
    said = desk("plan", "新要点.txt", "--diff", "要点.txt").stdout
    assert "12. 加强初中实验教学" in said and "2022-07-31改为2022-08-31" in said and "不变20项" in said
    data = json.loads(desk("plan", "新要点.txt", "--diff", "要点.txt", "--json").stdout)
    (changed,) = data["tasks"]["changed"]
    assert (changed["no"], changed["kinds"], data["same"]) == (12, ["deadline"], False)
    assert changed["changes"]["due"] == {"old": "2022-07-31", "new": "2022-08-31"}


def test_plan_diff_against_the_plan_workbook_made_of_it(desk: Desk) -> None:
    desk("plan", "要点.txt", "-o", "计划.xlsx")
    assert "没有变化" in desk("plan", "计划.xlsx", "--diff", "要点.txt").stdout
    said = desk("plan", "要点.txt", "--diff", "计划.xlsx", "-o", "计划.xlsx").stdout
    assert "没有变化" in said and "已写入 计划.xlsx" in said


def test_plan_diff_is_about_two_plans_only(desk: Desk) -> None:
    said = desk.fails("plan", "要点.txt", "--diff", "要点.txt", "--roster", "名册.xlsx", code=2)
    assert "--roster" in said
    assert "没有这个计划" in desk.fails("plan", "要点.txt", "--diff", "没有这个计划.txt", "-o", "新.xlsx")


def test_master_update_puts_a_revised_plan_in_force(tracker: Desk) -> None:
    lines = (tracker.folder / "要点.txt").read_text("utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("5."))
    (tracker.folder / "新要点.txt").write_text("\n".join(lines[:at] + lines[at + 3 :]), "utf-8")
    said = tracker("master", "--update", "新要点.txt", "--as-of", "2022-03-10").stdout
    assert "标为已取消，在台账里的编号是5" in said and "轮次 2022-03 正在填报" in said
    again = tracker("master", "--update", "新要点.txt", "--as-of", "2022-03-10").stdout
    assert "没有变化" in again and "已换成" not in again


def test_master_update_stands_alone(tracker: Desk) -> None:
    said = tracker.fails("master", "--update", "要点.txt", "--roster", "名册.xlsx", code=2)
    assert "--update" in said
