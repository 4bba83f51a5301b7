"""Habits of writing 完成状态, 完成进度 and 完成日期."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook

from tests.data.returns.expected import COLUMNS, as_json
from tests.data.returns.habit import all_of, edited, on_book, pasted
from tests.data.returns.workbooks import Formula, Shown

#: Every row of 项目办 as 已完成, so that dates can be tried in all of them.
DONE: dict[tuple[int, str], Any] = {
    **all_of("完成状态", ["已完成"] * 4),
    **all_of("完成进度", [1] * 4),
    **all_of("进展情况", ["已全部完成并通过验收。"] * 4),
}
DONE_JSON: dict[tuple[int, str], Any] = {
    (task, COLUMNS[c]): 100 if v == 1 else v for (task, c), v in DONE.items()
}
#: Every row as 推进中.
DOING: dict[tuple[int, str], Any] = {
    **all_of("完成状态", ["推进中"] * 4),
    **all_of("完成日期", [None] * 4),
    **all_of("进展情况", ["各项工作正按计划推进。"] * 4),
}
DOING_JSON: dict[tuple[int, str], Any] = {(task, COLUMNS[c]): v for (task, c), v in DOING.items()}


def doing(
    name: str, odd: str, progress: Iterable[Any], expected: Iterable[Any], warnings: str = "", **more: Any
) -> None:
    """Four rows 推进中 that differ in 完成进度."""
    cells = DOING | all_of("完成进度", progress)
    edited(name, odd, cells, DOING_JSON | all_of("progress", expected), warnings, **more)


def done(
    name: str, odd: str, days: Iterable[Any], expected: Iterable[Any], warnings: str = "", **more: Any
) -> None:
    """Four rows 已完成 that differ in 完成日期."""
    cells = DONE | all_of("完成日期", days)
    edited(name, odd, cells, DONE_JSON | all_of("done_on", expected), warnings, **more)


# --- 完成状态 ---------------------------------------------------------------------------------
def status(
    name: str,
    odd: str,
    words: Iterable[Any],
    base: Mapping[tuple[int, str], Any],
    expected: Any,
    warnings: str = "",
    **more: Any,
) -> None:
    """Four rows that differ in how the same status is written; the other cells fit the status."""
    share = {"已完成": 1, "未启动": None}.get(expected, 0.5) if isinstance(expected, str) else 0.5
    day = date(2022, 6, 10) if expected == "已完成" else None
    fitting = {"完成进度": share, "完成日期": day, "存在问题": "场地没有着落。"}
    cells = dict(base)
    for column, value in fitting.items():
        cells |= all_of(column, [value] * 4)
    answers = {(task, COLUMNS[column]): as_json(column, value) for (task, column), value in cells.items()}
    answers |= all_of("status", [expected] * 4)
    cells |= all_of("完成状态", words)
    edited(name, odd, cells, answers, warnings, **more)


# fmt: off
status("s01-done", "已完成的说法：完成了、√、完成、已办结。", ["完成了", "√", "完成", "已办结"], DONE, "已完成")
status("s02-done-spaces", "已完成前后、中间有空格、换行、句号、全角空格。", [" 已完成 ", "已 完 成", "已完成。", "\u3000已完成\n"], DONE, "已完成")
status("s03-done-more", "已完成的更多说法。", ["已全部完成", "✔", "☑", "100%完成"], DONE, "已完成", open="哪些同义词算数由数据决定。")
status("s04-doing", "推进中的说法。", ["进行中", "正在推进", "推进", "正在进行"], DOING, "推进中")
status("s05-not-started", "未启动的说法。", ["未开始", "尚未启动", "没有启动", "未启动 "], DOING, "未启动")
status("s06-ongoing", "持续推进的说法。", ["长期坚持", "常态化推进", "持续进行", "持续推进中"], DOING, "持续推进", open="哪些同义词算数由数据决定。")
status("s07-cannot", "无法完成的说法。", ["不能完成", "完成不了", "无法完成！", "无法按期完成"], DOING, "无法完成", open="哪些同义词算数由数据决定。")
# fmt: on

NOT_DONE = ("推进中", "未启动", "无法完成", "")

# fmt: off
status("s08-not-done-lookalikes", "含“完成”二字却不是已完成。", ["未完成", "基本完成", "即将完成", "没有完成"], DOING, NOT_DONE, may="bad-status 9, bad-status 10, bad-status 11, bad-status 14")
status("s09-bad", "看不出意思的状态。", ["还行", "见附件", "?", "领导重视"], DOING, ("", "还行", "见附件", "?", "领导重视"), "bad-status 9, bad-status 10, bad-status 11, bad-status 14")
edited("s10-two-statuses", "状态格里写了两个：“推进中/已完成”。", {(9, "完成状态"): "推进中/已完成"}, {(9, "status"): ("", "推进中/已完成")}, "bad-status 9")
edited("s11-percent-in-status", "状态格里写“完成45%”，进度格里也有。", {(9, "完成状态"): "完成45%"}, {(9, "status"): ("推进中", "")}, may="bad-status 9", either="状态格里的进度算推进中还是看不懂；决不是已完成。")
edited("s12-true", "状态列用了勾选框，值是 TRUE。", {(10, "完成状态"): True}, {(10, "status"): ("已完成", "", "TRUE")}, may="bad-status 10", either="TRUE 算不算已完成。")

# --- 完成进度 ---------------------------------------------------------------------------------
doing("p01-percent-text", "带百分号或“完成”的文字。", ["80%", "完成80%", "百分之八十", "约80%"], [80] * 4)
doing("p02-completed-nn", "完成 NN、百分之 NN。", ["完成80", "百分之80", "已完成80%左右", "完成 80 %"], [80] * 4)
doing("p03-full-width", "全角数字、全角百分号。", ["８０％", "80％", "８０%", "80 %"], [80] * 4)
doing("p04-shares", "整列都不大于 1：是比例。", [0.8, 0.05, 0.57, 0.285], [80, 5, 57, 28.5])
doing("p05-percents", "整列是百分数。", [80, 5, 57, 28.5], [80, 5, 57, 28.5])
doing("p06-mixed", "有的写 80，有的写 0.8。", [80, 0.8, 5, 0.57], [80, 80, 5, 57])
doing("p07-number-texts", "数存成文字。", ["80", "5", "57", "28.5"], [80, 5, 57, 28.5])
doing("p08-share-texts", "比例存成文字。", ["0.8", "0.05", "0.57", "0.285"], [80, 5, 57, 28.5])
doing("p09-full-width-numbers", "全角数存成文字，前后有空格。", ["８０", " ５ ", "57\n", "２８．５"], [80, 5, 57, 28.5])
doing("p10-one-among-shares", "比例列里有 1，状态推进中：100%，矛盾。", [0.8, 1, 0.5, 0.3], [80, 100, 50, 30], "status-conflict 10")
doing("p11-one-among-percents", "百分数列里有 1，状态推进中：1%。", [80, 1, 50, 30], [80, 1, 50, 30], may="bad-progress 10")
doing("p12-lone-one", "只有一个数，是 1，状态推进中：按 1%，并提醒。", [1, "80%", "50%", "30%"], [1, 80, 50, 30], "bad-progress 9")
edited("p13-one-done", "百分数列里有 1，状态已完成：100%。", {(9, "完成进度"): 45, (10, "完成进度"): 1, (11, "完成进度"): 60})
edited("p14-lone-one-done", "只有一个数，是 1，状态已完成：100%。", {(9, "完成进度"): "45%", (11, "完成进度"): "60%"})
doing("p15-over-100", "超过 100。", [150, 80, "120%", 45], [None, 80, None, 45], "bad-progress 9, bad-progress 11", may="missing-cell 9, missing-cell 11")
doing("p16-negative", "负数。", [-5, 80, "-10%", 45], [None, 80, None, 45], "bad-progress 9, bad-progress 11", may="missing-cell 9, missing-cell 11")
doing("p17-words", "只有话，没有数。", ["接近完工", 80, "顺利", 45], [None, 80, None, 45], "bad-progress 9, bad-progress 11", may="missing-cell 9, missing-cell 11")
doing("p18-near-numbers", "八成、一半、80-90%、3/4。", ["八成", "一半", "80-90%", "3/4"], [(80, None), (50, None), None, (75, None)], may="bad-progress 9, bad-progress 10, bad-progress 11, bad-progress 14, missing-cell", either="这些说法有没有唯一读法。")
doing("p19-zero", "推进中而进度是 0。", [0, "0%", 0.5, 0.25], [0, 0, 50, 25])
edited("p20-dash", "未启动行的进度写“—”、已完成行的进度空着。", {(14, "完成进度"): "—", (10, "完成进度"): None}, {(10, "progress"): None})
edited("p21-slash", "进度写“/”和“无”。", {(14, "完成进度"): "/", (10, "完成进度"): "无"}, {(10, "progress"): None})
edited("p22-text-hundred", "已完成写文字“100”，别的是比例。", {(10, "完成进度"): "100"})
pasted("p23-percent-format", "0.8 显示为 80%，别的格写 45。", {(9, "完成进度"): 45, (11, "完成进度"): Shown(0.6, "0%")})
pasted("p24-formula", "进度是公式 =3/4，程序存了结果。", {(9, "完成进度"): Formula("=3/4", 0.75)}, {(9, "progress"): 75})
edited("p25-formula-without-value", "进度是公式，文件里没有存结果。", {(9, "完成进度"): "=3/4"}, {(9, "progress"): None}, "no-result|bad-progress 9", may="missing-cell 9")
edited("p26-error", "进度格是 #REF!。", {(9, "完成进度"): "#REF!"}, {(9, "progress"): None}, "error-value|bad-progress 9", may="missing-cell 9")
pasted("p27-percent-sign-format", '45 显示为 45"%"（自定义格式）。', {(9, "完成进度"): Shown(45, '0"%"'), (11, "完成进度"): Shown(60, '0"%"'), (10, "完成进度"): Shown(100, '0"%"')})
pasted("p28-long-fractions", "比例带尾数 0.45000000000000001、0.6 是 3/5 算出来的。", {(11, "完成进度"): Formula("=1-0.4", 0.6)})
# fmt: on

# --- 完成日期 ---------------------------------------------------------------------------------
DAY = "2022-06-15"

# fmt: off
done("d01-texts", "2022.6.15、6月15日、2022年6月15日、2022/6/15。", ["2022.6.15", "6月15日", "2022年6月15日", "2022/6/15"], [DAY] * 4)
done("d02-more-texts", "2022-06-15、2022-6-15 00:00:00、20220615、6.15。", ["2022-06-15", "2022-6-15 00:00:00", "20220615", "6.15"], [DAY] * 4)
done("d03-serials", "日期变成序列号：数、文字、带时刻。", [44727, "44727", 44727.6, 44727], [DAY] * 4)
done("d04-full-width", "全角数字、中间空格、写“号”。", ["２０２２年６月１５日", "２０２２．６．１５", "2022 年 6 月 15 日", "2022年6月15号"], [DAY] * 4)
done("d05-date-times", "真日期、带时刻的真日期。", [date(2022, 6, 15), datetime(2022, 6, 15, 14, 30), "2022-06-15 14:30", "2022-06-15T14:30:00"], [DAY] * 4)
done("d06-separators", "2022、6、15，2022—6—15，6/15，6-15。", ["2022、6、15", "2022—6—15", "6/15", "6-15"], [DAY] * 4)
done("d07-number-yyyymmdd", "20220615 存成数。", [20220615, "2022.06.15", "2022 6 15", "2022.6.15."], [DAY] * 4, open="空格分开、末尾多一点算不算有唯一读法。")
done("d08-impossible", "没有的日子，或不是日子。", ["2022年6月31日", "2022.13.1", "上周五", "已验收"], [None] * 4, "bad-date 9, bad-date 10, bad-date 11, bad-date 14", may="missing-cell 9, missing-cell 10, missing-cell 11, missing-cell 14")
done("d09-chinese-numerals", "中文数字的日期。", ["二〇二二年六月十五日", "二○二二年六月十五日", "六月十五日", "二零二二年六月十五日"], [DAY] * 4, open="汉字日期没有写明要读。")
# fmt: on

done(
    "d10-month-only",
    "只写到月：2022年6月、2022.06、6月底、6月上旬。",
    ["2022年6月", "2022.06", "6月底", "6月上旬"],
    [
        (None, "2022-06-30", "2022-06-01"),
        (None, "2022-06-30", "2022-06-01"),
        (None, "2022-06-30"),
        (None, "2022-06-10"),
    ],
    may="bad-date 9, bad-date 10, bad-date 11, bad-date 14, future-date, future-date 9, future-date 10, future-date 11, status-conflict 9, status-conflict 10, status-conflict 11, missing-cell",
    either="没有日子的日期怎么读。",
)

# fmt: off
done("d11-two-digit-year", "22.6.15、22年6月15日、'22-6-15。", ["22.6.15", "22年6月15日", "22-6-15", "22/6/15"], [DAY] * 4, open="两位年份算不算有唯一读法。")
done("d12-words-around", "日期前后有字。", ["2022年6月15日完成", "于2022年6月15日验收", "2022.6.15（周三）", "6月15日已完成"], [DAY] * 4, open="夹在话里的日期算不算有唯一读法。")
done("d13-range", "写了一段日期。", ["6月1日-6月15日", "2022.6.1—2022.6.15", "6月1日至15日", "2022/6/1~6/15"], [(None, DAY)] * 4, may="bad-date 9, bad-date 10, bad-date 11, bad-date 14, missing-cell", either="一段日期取末日还是看不懂。")
edited("d14-empty-marks", "没完成的行，日期写“—”“/”“无”。", {(9, "完成日期"): "—", (11, "完成日期"): "/", (14, "完成日期"): "无"})
edited("d15-before-year", "完成日期在计划年度以前。", {(10, "完成日期"): date(2021, 6, 10)}, {(10, "done_on"): "2021-06-10"}, "date-before-year 10")
edited("d16-future", "完成日期在收到以后。", {(10, "完成日期"): date(2022, 12, 1)}, {(10, "done_on"): "2022-12-01"}, "future-date 10", may="status-conflict 10")
edited("d17-no-year-future", "不写年份的日期取轮次的年份，在收到以后。", {(10, "完成日期"): "12月20日"}, {(10, "done_on"): "2022-12-20"}, "future-date 10", may="status-conflict 10")
pasted("d18-formula", "日期是公式，程序存了结果。", {(10, "完成日期"): Formula("=DATE(2022,6,15)", 44727)}, {(10, "done_on"): DAY})
pasted("d19-custom-format", "真日期，显示为“6月15日”。", {(10, "完成日期"): Shown(44727, 'm"月"d"日"')}, {(10, "done_on"): DAY})
pasted("d20-number-without-format", "真日期的数字格式丢了，成了常规数。", {(10, "完成日期"): Shown(44727, "0.00")}, {(10, "done_on"): DAY})
# fmt: on


@on_book("d21-1904", "苹果电脑旧版 Excel 的 1904 日期系统。")
def _(book: Workbook) -> None:
    book.epoch = CALENDAR_MAC_1904
