"""Habits that the checks are about: contradictions, missing cells, the round before, other units' words."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.data.returns.expected import Answers, Item
from tests.data.returns.habit import HABITS, Habit, edited
from tests.data.returns.kit import Cells, Kit

edited(
    "c01-not-started-100",
    "未启动却是 100%：两个值都留着。",
    {(14, "完成进度"): 1},
    {(14, "progress"): 100},
    "status-conflict 14",
)
edited(
    "c02-doing-100", "推进中却是 100%。", {(9, "完成进度"): 1}, {(9, "progress"): 100}, "status-conflict 9"
)
edited(
    "c03-done-80", "已完成却只有 80%。", {(10, "完成进度"): 0.8}, {(10, "progress"): 80}, "status-conflict 10"
)
edited(
    "c04-date-but-doing",
    "推进中却填了完成日期。",
    {(9, "完成日期"): date(2022, 6, 1)},
    {(9, "done_on"): "2022-06-01"},
    "status-conflict 9",
)
edited(
    "c05-done-without-date",
    "已完成没有完成日期。",
    {(10, "完成日期"): None},
    {(10, "done_on"): None},
    "missing-cell 10",
)
edited(
    "c06-done-without-evidence",
    "已完成没有佐证材料，任务要求有。",
    {(10, "佐证材料"): None},
    {(10, "evidence"): ""},
    may="missing-evidence 10",
    either="样例计划没有写哪些任务要佐证。",
)
edited(
    "c07-short-text",
    "推进中，进展情况只写“推进中”三个字。",
    {(9, "进展情况"): "推进中"},
    {(9, "report"): "推进中"},
    "short-text 9",
)
edited(
    "c08-short-text-done",
    "已完成，进展情况只写“已完成”：不嫌短。",
    {(10, "进展情况"): "已完成"},
    {(10, "report"): "已完成"},
)
edited(
    "c09-five-characters",
    "推进中，进展情况正好五个字：不提醒。",
    {(9, "进展情况"): "正在招标中"},
    {(9, "report"): "正在招标中"},
)
edited(
    "c10-doing-without-report",
    "推进中没有进展情况。",
    {(9, "进展情况"): None},
    {(9, "report"): ""},
    may="missing-cell 9, short-text 9",
    either="推进中缺进展情况，除漏填外有没有提醒。",
)
edited(
    "c11-doing-without-progress",
    "推进中没有进度。",
    {(9, "完成进度"): None},
    {(9, "progress"): None},
    may="missing-cell 9",
    either="推进中缺进度，除漏填外有没有提醒。",
)
edited(
    "c12-cannot-without-problem",
    "无法完成没有存在问题。",
    {(9, "完成状态"): "无法完成"},
    {(9, "status"): "无法完成"},
    may="missing-cell 9",
    either="无法完成缺存在问题，除漏填外有没有提醒。",
)
edited(
    "c13-status-missing",
    "填了进展，没选状态。",
    {(9, "完成状态"): None},
    {(9, "status"): ""},
    may="missing-cell 9, bad-status 9",
    either="缺状态，除漏填外有没有提醒。",
)
# fmt: on

COPIED = "我单位高度重视，召开专题会议安排部署，明确责任分工，各项工作有序推进。"
#: What 项目办 sent in the round before: nothing done yet, other texts.
LAST_ROUND: dict[tuple[int, str], Any] = {
    (9, "完成进度"): 0.4,
    (9, "进展情况"): "完成选址初步比选，委托编制可研报告，争取列入专项债。",
    (10, "完成状态"): "推进中",
    (10, "完成进度"): 0.9,
    (10, "完成日期"): None,
    (10, "进展情况"): "撤并方案已经公示，正在逐户征求家长意见和建议。",
    (11, "完成进度"): 0.55,
    (11, "进展情况"): "搬迁领导小组成立，新校区设备采购清单已上报审核。",
}


def after(
    name: str,
    odd: str,
    cells: Cells,
    answers: Answers,
    warnings: str = "",
    before: Cells | None = None,
    **more: Any,
) -> None:
    """A return that is judged against the one of the round before."""

    def earlier(kit: Kit, folder: Path) -> None:
        folder.joinpath("G09.xlsx").write_bytes(kit.bytes("G09", LAST_ROUND | dict(before or {})))

    edited(name, odd, cells, answers, warnings, via="merge", earlier=earlier, **more)


SAME = LAST_ROUND[9, "进展情况"]
after("c20-after-ordinary", "有上一轮，这一轮照常有进展。", {}, {})

# fmt: off
after("c21-same-as-last-round", "进展情况与上一轮一字不差。", {(9, "进展情况"): SAME}, {(9, "report"): SAME}, "copied-text 9")
after("c22-same-with-reason", "进展情况没变，但在存在问题里写了原因。", {(9, "进展情况"): SAME, (9, "存在问题"): "专项债尚未批复，工作暂停。"}, {(9, "report"): SAME, (9, "problems"): "专项债尚未批复，工作暂停。"})
after("c23-progress-fell", "进度比上一轮低。", {(9, "完成进度"): 0.3}, {(9, "progress"): 30}, may="progress-regressed 9", either="进展情况也变了，算不算写了原因。")
after("c24-progress-fell-silently", "进度比上一轮低，进展情况没变，也没写原因。", {(9, "完成进度"): 0.3, (9, "进展情况"): SAME}, {(9, "progress"): 30, (9, "report"): SAME}, "progress-regressed 9, copied-text 9")
after("c25-progress-fell-with-reason", "进度比上一轮低，存在问题里写了原因。", {(9, "完成进度"): 0.3, (9, "存在问题"): "返工重做地勘。"}, {(9, "progress"): 30, (9, "problems"): "返工重做地勘。"})
after("c26-jump", "进度从 10% 跳到 95%，进展没变。", {(9, "完成进度"): 0.95, (9, "进展情况"): SAME}, {(9, "progress"): 95, (9, "report"): SAME}, "progress-jump 9, copied-text 9", before={(9, "完成进度"): 0.1}, open="跳多少算“大跳”没有写明。")
after("c27-same-as-last-month", "进展情况写“同上月”。", {(9, "进展情况"): "同上月"}, {(9, "report"): ("同上月", SAME, "")}, may="ditto 9, copied-text 9, short-text 9", either="“同上月”换成上轮原文还是原样留着。")
# fmt: on

after(
    "c28-done-to-doing",
    "上一轮已完成，这一轮又成了推进中，没写原因。",
    {
        (10, "完成状态"): "推进中",
        (10, "完成进度"): 0.9,
        (10, "完成日期"): None,
        (10, "进展情况"): "全部完成并通过县级验收。",
    },
    {
        (10, "status"): "推进中",
        (10, "progress"): 90,
        (10, "done_on"): None,
        (10, "report"): "全部完成并通过县级验收。",
    },
    "progress-regressed 10",
    before={
        (10, "完成状态"): "已完成",
        (10, "完成进度"): 1,
        (10, "完成日期"): date(2022, 5, 10),
        (10, "进展情况"): "全部完成并通过县级验收。",
    },
    may="copied-text 10",
)


def schools(name: str, odd: str, texts: tuple[str, str], warnings: str = "", **more: Any) -> None:
    """Two districts' returns, both 推进中 with these reports of the same task."""
    names = {"X01": "X01_洪水学区_2022-06.xlsx", "X02": "X02_六坝学区_2022-06.xlsx"}
    same = {(10, "完成状态"): "推进中", (10, "完成进度"): 0.5, (10, "完成日期"): None}

    def make(kit: Kit, folder: Path) -> None:
        for (unit, path), text in zip(names.items(), texts, strict=True):
            folder.joinpath(path).write_bytes(kit.bytes(unit, same | {(10, "进展情况"): text}))

    fields = {(10, "status"): "推进中", (10, "progress"): 50, (10, "done_on"): None}
    items = (
        Item(path, unit, fields | {(10, "report"): text}, warnings=warnings)
        for (unit, path), text in zip(names.items(), texts, strict=True)
    )
    HABITS.append(Habit(name, odd, make, tuple(items), "merge", **more))


schools("c30-same-as-another", "两个学区的进展情况一字不差。", (COPIED, COPIED), "copied-text 10")
schools("c31-nearly-the-same", "只改了一个字。", (COPIED, COPIED.replace("专题", "专门")), "copied-text 10")

# fmt: off
schools("c32-other-punctuation", "只改了标点和空格。", (COPIED, COPIED.replace("，", ", ").replace("。", "!")), "copied-text 10")
schools("c33-short-and-same", "不到 20 个字的话相同：不算雷同。", ("正在按计划推进各项工作。",) * 2)
schools("c34-like-but-not-same", "同一件事，各写各的。", (COPIED, "本学区两所教学点六月初完成撤并，学生全部转入中心小学就读。"))
# fmt: on
