"""Habits of writing texts, people and telephone numbers; formulas and error values among them."""

# ruff: noqa: E501
from __future__ import annotations

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles.colors import Color

from tests.data.returns.habit import all_of, edited, one, pasted
from tests.data.returns.package import repacked
from tests.data.returns.workbooks import Formula, Shown, xlsx

NOTHING = ("", "无", "—", "/", "没有", "暂无")

# fmt: off
edited("x01-nothing", "存在问题写“无”“—”“/”“暂无”。", all_of("存在问题", ["无", "—", "/", "暂无"]), all_of("problems", [NOTHING] * 4), either="“无”原样留着还是算空。")
edited("x02-ditto-people", "填报人、电话写“同上”“〃”。", {(10, "填报人"): "同上", (10, "联系电话"): "同上", (11, "填报人"): "〃", (11, "联系电话"): "〃"}, {(t, k): v for t in (10, 11) for k, v in (("reporter", "王建平"), ("phone", "0936-4421018"))}, may="ditto 10, ditto 11")
edited("x03-ditto-report", "进展情况写“同上”。", {(11, "进展情况"): "同上"}, {(11, "report"): "两项工作均已通过验收，资料整理归档。"}, may="ditto 11, short-text 11", open="“同上”换成上一行的话，还是原样留着并提醒。")
# fmt: on

edited(
    "x04-ditto-all",
    "一行的状态、进度、进展都写“同上”。",
    {
        (11, "完成状态"): "同上",
        (11, "完成进度"): "同上",
        (11, "进展情况"): "同上",
        (10, "完成状态"): "推进中",
        (10, "完成进度"): 0.3,
        (10, "完成日期"): None,
    },
    {
        (10, "status"): "推进中",
        (10, "progress"): 30,
        (10, "done_on"): None,
        (11, "status"): "推进中",
        (11, "progress"): 30,
        (11, "report"): "两项工作均已通过验收，资料整理归档。",
    },
    may="ditto 11",
    open="“同上”换成上一行的话，还是原样留着并提醒。",
)

# fmt: off
edited("x05-ditto-first-row", "第一行就写“同上”，上面没有。", {(9, "进展情况"): "同上"}, {(9, "report"): ("", "同上")}, may="ditto 9, short-text 9, missing-cell 9", either="没有上一行的“同上”用哪个代码提醒。")
edited("x06-line-breaks", "一格里写了好几行，前后有空白。", {(9, "进展情况"): "\n1.完成选址；\n2.完成批复。\n "}, {(9, "report"): "1.完成选址；\n2.完成批复。"})
edited("x07-rare-characters", "生僻字和表情。", {(9, "进展情况"): "𠮷校长带队入户宣传👨‍👩‍👧，龘䶮全覆盖。", (9, "填报人"): "㛃𡌴"}, {(9, "report"): "𠮷校长带队入户宣传👨‍👩‍👧，龘䶮全覆盖。", (9, "reporter"): "㛃𡌴"})
edited("x08-longest-text", "一格写满 32767 个字。", {(9, "进展情况"): "已" * 32767}, {(9, "report"): "已" * 32767})
edited("x09-full-width-text", "全角的字母数字原样留在文字里。", {(9, "进展情况"): "完成ＷＩＦＩ覆盖１２间教室。"}, {(9, "report"): ("完成ＷＩＦＩ覆盖１２间教室。", "完成WIFI覆盖12间教室。")})
edited("x10-phone-number", "手机号存成了数。", {(10, "联系电话"): 13893600021})
edited("x11-phone-spaces", "电话里有空格、全角数字。", {(10, "联系电话"): "138 9360 0021", (9, "联系电话"): "０９３６－４４２１０１８"}, {(10, "phone"): ("138 9360 0021", "13893600021"), (9, "phone"): ("０９３６－４４２１０１８", "0936-4421018")})
pasted("x12-phone-leading-zero", "电话存成数，靠数字格式显示开头的 0。", {(9, "联系电话"): Shown(9364421018, "00000000000")}, {(9, "phone"): "09364421018"})
pasted("x13-phone-scientific", "手机号存成数，显示为 1.39E+10，值没有丢。", {(10, "联系电话"): Shown(13893600021, "0.00E+00")})
edited("x14-phone-ruined", "手机号早就变成了文字“1.39E+10”，找不回来：原样留着并提醒。", {(10, "联系电话"): "1.39E+10"}, {(10, "phone"): ("1.39E+10", "")}, "bad-phone 10")
edited("x15-text-leading-zero", "电话是文字，开头有 0。", {(9, "联系电话"): "09364421018"}, {(9, "phone"): "09364421018"})
edited("x16-number-in-text", "进展情况只写了一个数。", {(11, "进展情况"): 12, (11, "佐证材料"): 2022.5}, {(11, "report"): "12", (11, "evidence"): "2022.5"}, may="short-text 11")
edited("x17-rich-text", "一格里有几种字体颜色。", {(9, "进展情况"): CellRichText("已完成", TextBlock(InlineFont(b=True, color=Color("FFFF0000")), "选址"), "，正在招标准备。")}, {(9, "report"): "已完成选址，正在招标准备。"})
# fmt: on

one(
    "x18-carriage-returns",
    "从网页贴来的回车存成了 _x000D_。",
    lambda kit: repacked(
        xlsx(kit.grid("G09", {(9, "进展情况"): "第一步完成。@第二步推进。"})),
        {"xl/sharedStrings.xml": lambda part: part.replace(b"@", b"_x000D_\n")},
    ),
    answers={(9, "report"): ("第一步完成。\n第二步推进。", "第一步完成。\r\n第二步推进。")},
)

# fmt: off
pasted("x19-formula-text", "填报人是公式，程序存了结果。", {(9, "填报人"): Formula('="王"&"建平"', "王建平"), (9, "联系电话"): Formula('="0936-"&"4421018"', "0936-4421018")})
edited("x20-formula-text-without-value", "填报人是公式，文件里没有存结果。", {(10, "填报人"): '="李"&"学梅"'}, {(10, "reporter"): ("", '="李"&"学梅"')}, "no-result|formula-neutralised 10")
edited("x21-errors-in-text", "进展情况是 #N/A，完成日期是 #VALUE!。", {(11, "进展情况"): "#N/A", (10, "完成日期"): "#VALUE!"}, {(11, "report"): "", (10, "done_on"): None}, "error-value 11, error-value|bad-date 10", may="missing-cell 10, missing-cell 11")
pasted("x22-formula-error", "进度是公式，结果是 #DIV/0!。", {(9, "完成进度"): Formula("=1/0", "#DIV/0!")}, {(9, "progress"): None}, "error-value|bad-progress 9", may="missing-cell 9")
one("x23-phonetic", "共享字符串里带注音（rPh），不是正文。", lambda kit: repacked(xlsx(kit.grid()), {"xl/sharedStrings.xml": lambda part: part.replace("<t>王建平</t>".encode(), '<t>王建平</t><rPh sb="0" eb="1"><t>ワン</t></rPh>'.encode())}))
