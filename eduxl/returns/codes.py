"""Every reason to refuse a return and every warning about one, as data.

The commands, the sheet 退回清单, the page docs/codes.md and the tests are all made from this one list. A new
check is a function that finds something plus one `Code` here that says it.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from eduxl.model import Warning

Level = Literal["must", "explain"]


@frozen
class Code:
    """One reject or warning code.

    `level` is `must` (逻辑校验: unreadable, contradictory, missing) or `explain` (经验校验: unlikely but
    possible). `title` is its short Chinese name, `description` says when it is raised, `template` is the
    sentence people read, with {placeholders}, and `fix` what to do about it.
    """

    code: str
    level: Level
    title: str
    description: str
    template: str
    fix: str


@frozen
class Rejection:
    """Why nothing was taken from a file: `code` is one of `REJECTS`, `note` a Chinese sentence with the
    remedy.
    """

    code: str
    note: str


REJECT_LIST: tuple[Code, ...] = (
    Code(
        "not-a-workbook",
        "must",
        "不是表格文件",
        "文件内容不是 Excel、WPS 或 LibreOffice 表格（例如用 .xls 作扩展名的网页），或者文件、压缩包已损坏，或者是空文件。",
        "这个文件不是能打开的表格文件（{what}）。",
        "请核对它能否打开（压缩包请先解压），用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”后重新报送。",
    ),
    Code(
        "encrypted",
        "must",
        "文件有打开密码",
        "文件或压缩包设了打开密码，不输入密码读不出内容。",
        "这个文件设了打开密码，读不出内容。",
        "请在 Excel 或 WPS 里取消打开密码（压缩包请不要设密码），保存后重新报送。",
    ),
    Code(
        "too-large",
        "must",
        "文件过大",
        "文件或其解压后的内容超过上限；正常的填报表只有几十 KB。",
        "这个文件太大（{what}），没有读取。",
        "请删去图片和无关的工作表，或把内容复制到新下载的填报模板里，再重新报送。",
    ),
    Code(
        "unsafe-archive",
        "must",
        "压缩包不安全",
        "压缩包里的路径指到文件夹之外，或层层嵌套、大小异常。",
        "这个压缩包的内容不正常（{what}），没有解压。",
        "请让对方直接发送填报表，不要压缩。",
    ),
    Code(
        "no-entry-table",
        "must",
        "找不到填报表格",
        "所有工作表的前 30 行里都没有同时出现“任务编号”（或“任务名称”）和填报列名的表头行。",
        "文件里找不到填报表格：没有一行表头同时写着“任务编号”和“完成状态”等列名。",
        "请在填报模板里填写，不要改动表头，再重新报送。",
    ),
    Code(
        "unknown-unit",
        "must",
        "认不出是哪个单位",
        "隐藏信息、“单位”格、文件名、工作表名都指不出名册里的一个单位，或者互相矛盾。",
        "认不出这是哪个单位的填报表：{what}。",
        "请在“退回清单”的“确认单位”一栏填上单位编码，下次汇总即按此单位计入；或让学校用本单位的模板重新填报。",
    ),
    Code(
        "wrong-tracker",
        "must",
        "不是本台账的填报表",
        "填报表的隐藏信息属于另一本台账（例如去年的或别的科室的）。",
        "这份填报表不是本台账发出的（它是另一本台账{theirs}的）。",
        "请核对是否放错文件夹；如是往年的表，请让学校用本年的模板重新填报。",
    ),
    Code(
        "wrong-round",
        "must",
        "不是本轮次的填报表",
        "填报表是为另一个轮次发出的。",
        "这份填报表是 {theirs} 轮次的，现在汇总的是 {ours} 轮次。",
        "请放到对应轮次的文件夹里汇总，或让学校用本轮次的模板重新填报。",
    ),
)

WARNING_LIST: tuple[Code, ...] = (
    Code(
        "missing-entry",
        "must",
        "任务漏填",
        "本轮应报的任务，填报表里没有这一行，或者这一行什么也没填。",
        "任务 {task} 没有填报（{what}）。",
        "请补填这项任务的完成状态、完成进度和进展情况。",
    ),
    Code(
        "missing-cell",
        "must",
        "必填的格没有填",
        "这一行有内容，但按它的完成状态必填的格空着：完成状态始终必填；推进中、持续推进要填进度和进展情况；"
        "已完成要填完成日期；无法完成要填存在问题。",
        "任务 {task} {what}。",
        "请补填后重新报送。",
    ),
    Code(
        "bad-status",
        "must",
        "完成状态读不懂",
        "“完成状态”不是规定的五种，也不是只有一种理解的说法。",
        "任务 {task} 的完成状态“{value}”读不懂，按空白处理，原文已保留。",
        "请从下拉列表里选：未启动、推进中、已完成、持续推进、无法完成。",
    ),
    Code(
        "bad-progress",
        "must",
        "完成进度读不懂",
        "“完成进度”不是数字或百分数、超出 0–100%，或者只写了 1，看不出是 1% 还是 100%。",
        "任务 {task} 的完成进度“{value}”{what}，原文已保留。",
        "请填 0%–100% 的百分数，例如 80%。",
    ),
    Code(
        "bad-date",
        "must",
        "完成日期读不懂",
        "“完成日期”不是一个确定的日期（例如只写了月份）。",
        "任务 {task} 的完成日期“{value}”读不懂，按空白处理，原文已保留。",
        "请填完整日期，例如 2022-6-15。",
    ),
    Code(
        "bad-number",
        "must",
        "指标数值读不懂",
        "“指标填报”里的“本期完成值”不是一个数，或者计量单位与下发的不同。",
        "任务 {task} 的指标完成值“{value}”不是按下发的计量单位填的数字，按空白处理，原文已保留。",
        "请按下发的计量单位只填数字，不要改动计量单位一列。",
    ),
    Code(
        "future-date",
        "must",
        "完成日期在收到之后",
        "“完成日期”晚于收到这份填报表的日期。",
        "任务 {task} 的完成日期 {value} 晚于收到填报表的日期 {received}。",
        "请核对年份和月份；还没有完成的，完成日期请留空。",
    ),
    Code(
        "mail-date",
        "explain",
        "邮件的日期靠不住",
        "邮件自己写的日期不在、读不懂，或与邮箱服务器收到的时间相差一天以上，多半是发件电脑的时钟不准；以服务器的时间为准。",
        "邮件写的日期是“{value}”，与邮箱收到的时间 {received} 差得多，按邮箱收到的时间算。",
        "请核对收到的时间；它决定算不算迟报。",
    ),
    Code(
        "unit-by-mail",
        "explain",
        "单位由邮件认出",
        "文件里没有写明单位，邮件的主题或附件名提到的单位里，只有一个的邮箱是发件人的；按那个单位收下。",
        "文件里没有写明单位，按邮件主题“{value}”和发件人 {sender} 认出。",
        "请核对是不是这个单位的填报表；不是的，请让学校用发给本单位的模板重新填报。",
    ),
    Code(
        "date-before-year",
        "explain",
        "完成日期早于本年",
        "“完成日期”在计划年度之前，多半是年份写错了。",
        "任务 {task} 的完成日期 {value} 早于 {year} 年。",
        "请核对年份；确实以前就完成的，请在“存在问题”里说明。",
    ),
    Code(
        "progress-regressed",
        "explain",
        "比上次退步",
        "完成进度低于上次，或者完成状态退回到更早的阶段，而又没有写明原因。",
        "任务 {task} 上次报的是 {before}，这次是 {now}，比上次退步。",
        "请核对；如确有原因，请在“存在问题”或“进展情况”里写明。",
    ),
    Code(
        "status-conflict",
        "must",
        "填报内容互相矛盾",
        "完成状态与完成进度或完成日期对不上，例如“未启动”而进度大于 0。两个值都按原样保留。",
        "任务 {task} 的内容互相矛盾：{what}。",
        "请核对完成状态、完成进度、完成日期，改成一致。",
    ),
    Code(
        "unknown-task",
        "must",
        "不是本表任务的行",
        "有内容的行，任务编号不在本年任务里，或者没有任务编号；有内容的列、工作表不是填报的；内容没有作为填报读入。",
        "{where}的“{value}”{what}，没有作为填报读入。",
        "如是任务的进展，请写到该任务那一行的填报列里；自己加的行和列、签字行不用处理。",
    ),
    Code(
        "duplicate-task",
        "must",
        "同一任务填了多行",
        "同一个任务编号出现了不止一行；采用第一个有内容的行。",
        "任务 {task} 填了不止一行：采用了{used}，{where}没有采用。",
        "请把这项任务的内容合到一行。",
    ),
    Code(
        "other-sheet",
        "explain",
        "内容取自另一张工作表",
        "一个单位的填报内容分在几张工作表里；先出现的那张（“填报表”优先）空着的任务，取自后面的工作表。",
        "任务 {tasks} 的内容取自工作表“{value}”，不在“{first}”里。",
        "请核对是不是本轮的内容；以后请把内容都填在一张表里，用不着的工作表请删去。",
    ),
    Code(
        "own-numbers",
        "explain",
        "编号是自己排的",
        "一张表里至少两行、而且多数行的任务名称是另一项任务的，可见编号是自己重新排的；按任务名称认任务。",
        "{where}等处的编号（{value}）与任务名称对不上，像是自己排的，按任务名称认任务。",
        "请核对；请保留下发的任务编号，不要重新编号。",
    ),
    Code(
        "not-assigned",
        "explain",
        "不是本单位的任务",
        "这项任务没有分给这个单位（或本轮不要求填报），但它填了内容；不计入台账。",
        "任务 {task} 本轮没有分给这个单位，填的内容不计入台账。",
        "如果应当由这个单位填报，请先在计划或名册里改分工；否则不用处理。",
    ),
    Code(
        "copied-text",
        "explain",
        "进展情况雷同",
        "进展情况与别的单位同一任务的，或与本单位上一轮的，相同或几乎相同。",
        "任务 {task} 的进展情况与{what}雷同。",
        "请写本单位这一轮的实际进展。",
    ),
    Code(
        "progress-jump",
        "explain",
        "进度突增",
        "完成进度比上次多出 50 个百分点以上，而进展情况一字未改。",
        "任务 {task} 上次报的是 {before}，这次是 {now}，进展情况却没有变。",
        "请核对进度；确有进展的，请写进“进展情况”。",
    ),
    Code(
        "short-text",
        "explain",
        "进展情况太短",
        "完成状态是“推进中”，而“进展情况”不到 5 个字。",
        "任务 {task} 的进展情况只写了“{value}”，看不出做了什么。",
        "请写清做了什么、做到哪一步。",
    ),
    Code(
        "missing-evidence",
        "explain",
        "没有佐证材料",
        "任务要求留存或报送佐证材料，完成状态是“已完成”，而“佐证材料”空着。",
        "任务 {task} 已完成，任务要求有“{asked}”，但“佐证材料”没有填。",
        "请写上材料名称或文号；没有的请在“存在问题”里说明。",
    ),
    Code(
        "number-out-of-range",
        "explain",
        "指标数值不合常理",
        "“本期完成值”是负数、百分比超过 100%，或比目标值大 10 倍以上，而“说明”里没有写原因。",
        "任务 {task} 的指标“{name}”填了 {value}，{what}。",
        "请核对数值和计量单位；数值无误的请在“说明”里写明。",
    ),
    Code(
        "ditto",
        "explain",
        "写了“同上”",
        "填报格里写的是“同上”“同上月”一类的话，离开这张表就看不懂。",
        "{where}写的是“{value}”，{what}。",
        "请写本任务、本轮的实际内容。",
    ),
    Code(
        "no-result",
        "must",
        "公式没有结果",
        "单元格是公式，而文件里没有存它的计算结果（例如由程序生成、没有用 Excel 或 WPS 打开保存过）。",
        "{where}是公式“{value}”，文件里没有它的计算结果，按空白处理，原文已保留。",
        "请用 Excel 或 WPS 打开、保存一次再报送，或直接填写数字、文字。",
    ),
    Code(
        "error-value",
        "must",
        "单元格是错误值",
        "单元格显示 #REF!、#N/A 一类的错误值。",
        "{where}是错误值“{value}”，按空白处理，原文已保留。",
        "请改成数字或文字。",
    ),
    Code(
        "guessed-task",
        "explain",
        "按相近名称认出的任务",
        "这一行没有任务编号，任务名称也与下发的不完全一样，但只与一项任务相近。",
        "{where}没有任务编号，按相近的名称“{value}”认作任务 {task}“{given}”。",
        "请核对；认错了的请填上任务编号后重新报送。",
    ),
    Code(
        "unit-carried",
        "explain",
        "单位一格空着",
        "一张表里有几个单位，有的行“单位”一格空着；按上面最近的单位计入。",
        "{where}的单位空着，按上面一行的“{value}”计入。",
        "请核对；不对的请在每一行写明单位后重新报送。",
    ),
    Code(
        "bad-phone",
        "explain",
        "电话号码不完整",
        "“联系电话”写成了 1.39E+10 一类的科学计数法，号码的后几位已经丢失。",
        "任务 {task} 的联系电话“{value}”是科学计数法，号码不完整。",
        "请把单元格设为“文本”格式后重新填写号码。",
    ),
    Code(
        "old-template",
        "explain",
        "旧模板",
        "填报表是用较早的模板填的；计划调整或改版以后，任务编号已按新计划对应。",
        "这份填报表用的是较早的模板（版本 {value}，现在是 {ours}），内容已按现在的任务编号汇总。",
        "内容无误的不用处理；缺少新增任务的，请用新模板补报。",
    ),
    Code(
        "has-macros",
        "explain",
        "文件带有宏等内容",
        "文件里有宏、外部链接或嵌入的对象；一律不运行、不打开，也不带入台账。",
        "文件里带有{what}，没有运行，也没有带入台账。",
        "填报表不需要这些；不是有意加的，请删去后另存为“Excel 工作簿（.xlsx）”，并查一查电脑是否中了病毒。",
    ),
    Code(
        "formula-neutralised",
        "explain",
        "文字像公式",
        "文字以 = + - @ 开头，像一个公式；只作为文字保存，不会被计算。",
        "{where}的内容“{value}”像公式，已按普通文字保存，不会计算。",
        "如要填计算结果，请直接写数字或文字。",
    ),
    Code(
        "name-differs",
        "explain",
        "文件名像是别的单位的",
        "文件名写的是一个单位，表里的隐藏信息或“单位”一格是另一个；按表里的计入。",
        "文件名“{value}”像是别的单位的，按表里的“{given}”计入。",
        "请核对是不是填错了表；填错了的请用本单位的模板重新填报。",
    ),
    Code(
        "given-cell-edited",
        "explain",
        "改动了给定内容",
        "任务名称、完成时限或单位一格与下发的不同；匹配不受影响，仍按任务编号。",
        "{where}的“{value}”与下发的“{given}”不同，仍按下发的内容汇总。",
        "任务内容请勿改动；如任务有误，请联系教育局。",
    ),
)

#: What a master among the returns is refused with.
MASTER = Rejection("no-entry-table", "这是总台账，不是填报表，没有读取。请把它移出收回的文件夹。")

#: code → `Code`, in the order of the documentation.
REJECTS: dict[str, Code] = {c.code: c for c in REJECT_LIST}
WARNINGS: dict[str, Code] = {c.code: c for c in WARNING_LIST}

#: Longest piece of a school's text that is repeated inside a sentence; `Warning.value` has all of it.
_QUOTED = 40


def warning(
    code: str,
    *,
    task: int | None = None,
    cell: str = "",
    value: str = "",
    level: Level | None = None,
    **words: object,
) -> Warning:
    """Make the `Warning` of a code; `words` fill the other placeholders of its template.

    `level` overrides the code's own where one case of it is milder. KeyError for an unknown code or a missing
    word.
    """
    known = WARNINGS[code]
    shown = value if len(value) <= _QUOTED else value[: _QUOTED - 1] + "…"
    said = {"task": task, "value": shown.replace("\n", " "), "where": cell} | words
    note = known.template.format(**said)
    return Warning(code, level or known.level, task, cell, value, note, known.fix)


def rejection(code: str, **words: object) -> Rejection:
    """Make the `Rejection` of a code: what happened, then what to do. KeyError as for `warning`."""
    known = REJECTS[code]
    return Rejection(code, known.template.format(**words) + known.fix)


def fix_for(code: str) -> str:
    """What to do about a reject or warning code; "" for an unknown one (a ledger may be older or newer)."""
    known = REJECTS.get(code) or WARNINGS.get(code)
    return known.fix if known else ""


def title_of(code: str) -> str:
    """The short Chinese name of a reject or warning code; the code itself where it is unknown."""
    known = REJECTS.get(code) or WARNINGS.get(code)
    return known.title if known else code
