"""The words schools use instead of ours, as data: column headers, statuses, progress in words, labels,
signature rows.

A word stands here only if it has one reading. What can mean two things (未完成, 基本完成) is left out on
purpose, so that it is reported and never guessed.
"""

from __future__ import annotations

import re

from eduxl import labels as L


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Our column → other headers for it. Compared without white space, brackets' content and marks
#: (`tables._clean_header`).
_HEADER_WORDS: dict[str, tuple[str, ...]] = {
    L.TASK_NO: _words("任务序号 任务号 工作编号 任务编码 工作序号 任务代码"),
    L.PROJECT: _words("工程 所属项目 工程名称 项目 项目名称 重点工程"),
    L.TASK_TITLE: _words(
        "任务 工作任务 重点任务 工作名称 任务标题 重点工作 工作内容 任务内容 重点工作任务 工作事项"
    ),
    L.ROLE: _words("角色 责任类型"),
    L.DUE: _words(
        "完成时间 时限 时限要求 截止时间 截止日期 要求完成时间 办结时限 时间节点 完成期限 计划完成时间"
    ),
    L.STATUS: _words("状态 任务状态 工作状态 办理状态 目前状态 当前状态 是否完成 完成与否 进展状态"),
    L.PROGRESS: _words(
        "进度 完成率 完成比例 完成百分比 工作进度 任务进度 目前进度 当前进度 进度% 完成度 形象进度"
    ),
    L.DONE_ON: _words("实际完成日期 实际完成时间 办结日期 办结时间 完成的日期"),
    L.REPORT: _words(
        """
        进展 工作进展 进展情况说明 工作进展情况 目前进展 目前进展情况 落实情况 完成情况 工作开展情况
        开展情况 任务进展情况
        """
    ),
    L.PROBLEM: _words("问题 困难问题 困难和问题 存在的问题 存在困难 存在问题及困难 存在的困难和问题"),
    L.NEXT_STEPS: _words(
        """
        下步措施 下一步打算 下步打算 下一步计划 下一步工作 下一步工作措施 下一步工作打算 整改措施
        """
    ),
    L.EVIDENCE: _words("佐证 证明材料 支撑材料 附件 佐证资料 印证材料 相关材料 材料"),
    L.REPORTER: _words("填表人 报送人 填写人 填报人姓名 经办人 联系人"),
    L.PHONE: _words("电话 手机 手机号 联系方式 手机号码 电话号码 填报人电话 联系手机 办公电话"),
}

#: Columns by which one table holds the rows of several units; a template has none.
UNIT_COLUMNS = (L.UNIT_CODE, L.UNIT_NAME)
_UNIT_HEADER_WORDS: dict[str, tuple[str, ...]] = {
    L.UNIT_CODE: _words("单位代码 学校编码 学校代码"),
    L.UNIT_NAME: _words("单位 学校 学校名称 填报单位 填报学校 报送单位 上报单位 校名 园所 园所名称 幼儿园"),
}

#: Header → our column.
HEADERS: dict[str, str] = {name: name for name in (*L.FORM_COLUMNS, *UNIT_COLUMNS)} | {
    word: name for name, words in (_HEADER_WORDS | _UNIT_HEADER_WORDS).items() for word in words
}
#: Headers with a second meaning: the one that holds where the table has another column for the first.
SECOND_MEANING: dict[str, str] = {"完成情况": L.STATUS, "完成时间": L.DONE_ON}
#: Headers that count only where no other word names their column: beside 学校, 单位 is mostly the 学区.
VAGUE_HEADERS = frozenset({"单位"})
#: Columns that we or the master fill: what they say is no answer. Those of the last round begin with 上期.
GIVEN_HEADERS = frozenset({*L.ENTRY_COLUMNS, "退回意见"}.difference(L.FORM_COLUMNS))
#: Headers that mean 任务编号 only where the table has nothing better: many tables number their rows 1, 2, 3.
WEAK_TASK_NO = frozenset({"序号", "编号", "序列", "NO", "No", "no"})

IND_NAME, IND_TARGET, IND_UNIT, IND_VALUE, IND_NOTE = "指标名称", "目标值", "计量单位", "本期完成值", "说明"
INDICATOR_HEADERS: dict[str, str] = {
    name: name for name in (L.TASK_NO, L.TASK_TITLE, IND_NAME, IND_TARGET, IND_UNIT, IND_VALUE, IND_NOTE)
} | {"指标": IND_NAME, "完成值": IND_VALUE, "本期值": IND_VALUE, "单位": IND_UNIT, "备注": IND_NOTE}

PRO_TEXT, PRO_MEASURE, PRO_OWNER, PRO_DUE, PRO_STATE = (
    "问题描述",
    "整改措施",
    "责任人",
    "整改时限",
    "整改状态",
)
PROBLEM_HEADERS: dict[str, str] = {
    name: name for name in (L.TASK_NO, L.TASK_TITLE, PRO_TEXT, PRO_MEASURE, PRO_OWNER, PRO_DUE, PRO_STATE)
} | {"问题": PRO_TEXT, "存在问题": PRO_TEXT, "措施": PRO_MEASURE, "完成时限": PRO_DUE, "状态": PRO_STATE}

#: Other words for a status, without white space and outer punctuation (`normalise.status`).
_STATUS_WORDS: dict[str, tuple[str, ...]] = {
    L.NOT_STARTED: _words(
        """
        未开始 未开展 未实施 尚未启动 尚未开始 尚未开展 没有启动 没有开始 还没开始 还未开始 还未启动
        未动工 未开工 没启动 没开始 暂未开展 暂未启动 暂未开始
        """
    ),
    L.UNDER_WAY: _words(
        """
        进行中 正在进行 正在推进 正在进行中 正在推进中 推进 在推进 实施中 正在实施 开展中 正在开展 落实中
        正在落实 已启动 有序推进 稳步推进 正有序推进 按计划推进 部分完成 在建 办理中 正常推进 正常推进中
        """
    ),
    L.COMPLETED: _words(
        """
        完成 完成了 已经完成 全部完成 已全部完成 已完成了 圆满完成 按期完成 如期完成 按时完成 办结 已办结
        已完结 完结 已落实 落实完成 已完工 完工 √ ✓ ✔ ☑ 100% 完成100% 100%完成 已完成100%
        """
    ),
    L.ONGOING: _words(
        """
        持续 持续推进中 持续进行 持续进行中 持续开展 持续实施 长期推进 长期坚持 长期开展 长期 常态化
        常态化推进 常态化开展 坚持推进
        """
    ),
    L.IMPOSSIBLE: _words("不能完成 完成不了 无法按期完成 无法推进 无法实施 无法开展 不具备条件"),
}
STATUSES: dict[str, str] = {s: s for s in L.STATUSES} | {
    word: status for status, words in _STATUS_WORDS.items() for word in words
}

#: 完成进度 in words that have one reading, in percent.
PROGRESS_WORDS: dict[str, float] = {
    "完成": 100.0,
    "已完成": 100.0,
    "完成了": 100.0,
    "全部完成": 100.0,
    "已全部完成": 100.0,
    "√": 100.0,
    "✓": 100.0,
    "✔": 100.0,
    "未启动": 0.0,
    "未开始": 0.0,
    "未开展": 0.0,
    "尚未启动": 0.0,
    "一半": 50.0,
    "完成一半": 50.0,
}

#: Fillers for "nothing to say" in 完成状态, 完成进度 and 完成日期; in text columns they stay text.
NOTHING = frozenset({"-", "--", "—", "——", "－", "/", "／", "\\", "无", "暂无", "空", "N/A", "n/a", "."})

#: An answer that means the one in the row above it.
DITTO_ABOVE = frozenset(_words('同上 同上行 同上一行 同前 上同 〃 ″ " 〞'))
#: An answer that points to an earlier report; nothing in the file says what that was.
DITTO_EARLIER = frozenset(
    _words(
        """
        同上月 同上期 同上次 同上轮 同上一轮 同上季度 同上周 同上报 同上次填报 同上月填报 与上月相同 与上期相同
        与上次相同 与上轮相同 同以前 见上月 见上期 见上次
        """
    )
)

#: Words that tell titles apart however alike the rest is: stages, kinds of schools, people, negations.
TELLING_WORDS = _words(
    """
    学前 幼儿 托育 义务 小学 初中 高中 中小学 中学 普通 职业 中职 特殊 民办 公办 农村 乡村 城区 城镇 城乡
    寄宿 教师 教职工 校长 学生 家长 党员 不 未 无 非 禁 防止 杜绝
    """
)

#: What stands before the unit's name above the table, without colon, brackets' content and white space.
UNIT_LABELS = frozenset(
    {
        "单位",
        "填报单位",
        "单位名称",
        "报送单位",
        "上报单位",
        "学校",
        "学校名称",
        "填报学校",
        "填表单位",
        "填报单位名称",
    }
)
#: A sheet whose name ends so is called after some unit.
UNIT_ENDINGS = ("校", "园", "学区", "中学", "小学", "一中", "二中", "三中", "中心", "股", "室", "办", "站")
#: Rubbish after a unit's name.
UNIT_SUFFIXES = ("（盖章）", "(盖章)", "（公章）", "(公章)", "盖章", "（章）", "(章)")

#: A row below the tasks that has one of these in front of a cell's text is a signature, remark or total row.
SIGNATURE_STARTS = _words(
    """
    填表人 填报人 审核人 审签 负责人 单位负责人 学校负责人 主要负责人 分管领导 分管负责人 校长 园长 签字
    签名 盖章 (盖章 （盖章 (公章 （公章 公章 联系人 联系电话 填报日期 填表日期 填报时间 填表时间 报送日期
    报送时间 制表 复核 经办人 备注 说明 注: 注： 填报单位
    """
)
TOTAL_STARTS = _words("合计 小计 总计 共计 累计 平均 汇总")

#: What speaks of an earlier report.
EARLIER = re.compile("上月|上期|上次|上轮|上季")
#: Sheets of an earlier report, or kept beside the one that counts, by a part of their names.
EARLIER_SHEETS = re.compile(EARLIER.pattern + r"|备份|副本|旧(?:表|版|稿|数据|的)?$|[(（]旧[)）]")

#: A task whose words contain one of these asks for 佐证材料 when it is done.
EVIDENCE_WORDS = _words("佐证材料 佐证资料 印证材料 印证资料 证明材料 支撑材料")
