"""The vocabulary of plans: words of labels, verbs, kinds of units, titles. Data only, one place to widen.

The grammar and the unit rules compile these once; a county that says it differently needs a word here and
no code.
"""

from __future__ import annotations

from typing import Literal


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: What a label makes of its value. `responsible` (责任…) is lead, or support where something else is
#: named as lead.
LabelKind = Literal["lead", "responsible", "support", "schools", "people", "due"]

#: First half of a label that names units, longest first within a kind.
ROLE_WORDS: dict[LabelKind, tuple[str, ...]] = {
    "lead": (
        "牵头责任", "牵头负责", "牵头落实", "主要责任", "主要负责", "主体责任", "第一责任", "牵头", "主办", "主责",
        "主管", "承办", "主抓",
    ),
    "responsible": ("责任", "负责", "承担", "具体责任", "共同责任"),
    "support": (
        "协同配合", "协同责任", "配合责任", "配合协作", "协办责任", "协助配合", "配合落实", "其他责任", "配合", "协办",
        "协同", "协助", "协作", "参与", "参加",
    ),
    "schools": ("落实", "实施", "执行", "具体落实", "具体实施"),
}  # fmt: skip
#: Second half: with 学校 or 校 every role means schools.
UNIT_WORDS = ("单位", "科室", "股室", "处室", "部门", "机构", "主体", "科", "股", "室", "方")
SCHOOL_WORDS = ("学校", "校园", "学区", "校")
#: Labels of people; their values are in none of the lists.
PEOPLE_LABELS = _words(
    """
    责任领导 分管领导 牵头领导 包抓领导 包联领导 主管领导 联系领导 督导领导 分管县领导 包抓县领导
    责任县领导 牵头县领导 联系县领导 县级领导 分管局领导 责任局领导 责任人 第一责任人 直接责任人
    具体责任人 负责人 牵头人 联系人 联络员 联系电话 经办人
    """
)
DUE_LABELS = _words(
    """
    完成时间 完成时限 完成期限 完成日期 完成节点 计划完成时间 计划完成时限 拟完成时间 时间节点 时限要求
    时间要求 时间安排 时间进度 进度安排 整改时限 整改期限 办结时限 办理时限 办结时间 工作时限 落实时限
    推进时限 任务时限 截止时间 截止日期 截止时限 起止时间 实施时间 时限 时间 期限 推进时间 工作时间 计划时间
    完成时限要求 完成时间要求 完成时间节点 完成时限节点 完成时限及要求 完成时间及要求 预计完成时间 预计完成时限
    目标完成时间 最终完成时间 最迟完成时间 整改完成时间 整改完成时限 要求完成时间 要求完成时限 进度要求 办结期限
    办结日期 办理期限 办理时间 工作期限 任务期限 落实期限 落实时间 实施时限 实施期限 销号时限 销号时间 达标时限
    起止日期 起讫时间
    """
)
#: Words of a deadline that name no day; the clerk is asked for one.
UNDATED = _words(
    """
    立行立改 立改立行 立知立改 立查立改 即知即改 即行即改 即查即改 边查边改 立即整改 立即 按上级要求 按照上级要求 根据上级要求
    按上级部署 按照上级部署 按上级安排 按照上级安排 根据上级安排 按上级通知 按照上级通知 根据上级通知 按上级文件要求 按要求
    按时 按期 视情况 视情况而定 视情 视情而定 视工作情况 视工作进展 视实际情况 视具体情况 视进展情况 适时 另行通知 待定 随时
    """
)
#: Labels without a second half; only at the beginning of a line or bracket, or after a separator.
BARE_LABELS: dict[str, LabelKind] = {
    "牵头": "lead", "主办": "lead", "承办": "lead", "责任": "responsible", "配合": "support",
    "协办": "support",
    "协助": "support", "参与": "support", "落实": "schools", "实施": "schools",
    "责任分工": "responsible", "任务分工": "responsible", "职责分工": "responsible",
}  # fmt: skip

#: Verbs behind units: A牵头，B、C配合，各学区落实. The verb is no part of the name.
_VERBS_OF: dict[LabelKind, tuple[str, ...]] = {
    "lead": _words(
        """
        牵头 牵头负责 牵头落实 牵头实施 主办 主责 承办 为主 负责 负责落实 负责实施 总牵头
        """
    ),
    "support": _words(
        """
        配合 积极配合 配合落实 配合实施 协办 协助 协助落实 协同 协同配合 协作 参与 共同参与
        """
    ),
    "schools": _words(
        """
        落实 抓好落实 组织落实 组织实施 实施 执行 参加 具体执行
        """
    ),
}
VERBS: dict[str, LabelKind] = {verb: kind for kind, verbs in _VERBS_OF.items() for verb in verbs}
#: Endings that say nothing about the role and are dropped.
DROPPED_ENDINGS = _words(
    """
    按职责分工负责 按照职责分工负责 按职责分工落实 按照职责分工落实 按职责负责 按职责分工 按照职责分工
    按分工负责 按各自职责负责 按照各自职责负责 分工负责 分别负责 分别牵头 分别落实 各负其责 共同负责
    共同落实 共同实施 具体实施 具体落实 具体负责 依职责分工负责
    """
)
#: A value of one of these means that nothing was filled in.
EMPTY_VALUES = ("", "无", "—", "——", "-", "--", "－", "/", "／", "\\", "暂无")
SAME_AS_ABOVE = ("同上", "同前", "〃")

#: Not schools although they are called so: they train teachers and cadres.
TRAINING_OFFICES = _words(
    """
    教师进修 进修学校 进修校 教师发展 教师培训 教师教育 教师研修 干部培训 干部学校 干部学院 党校 行政学院
    研修学院 教科院 教育学院
    """
)
#: Schools although their last word is not one of a school.
TEACHING_WORDS = _words(
    """
    职教中心 职业教育中心 职业技术教育中心 职业中专 职业中等 中等专业学校 中专 社区学院 老年大学
    艺术培训中心 文化培训中心 教学点 办学点 办园点 幼教点 教学部 成教中心 技师学院 职业学院 职业技术学院
    """
)
#: Last words of schools and of groups of schools. 牵头校 and 成员校 are kinds of school.
SCHOOL_ENDINGS = _words(
    """
    学校 小学 中学 初中 高中 职中 职高 完小 村小 中心小 幼儿园 幼儿班 学前班 学区 中心校 成员校 牵头校
    核心校 集团校 联盟校 分校 各校 校区 县直校 薄弱校 强校 弱校 寄宿制校 教育集团 幼教集团 教育联盟 教育共同体 教育机构
    早教机构 开放大学 园所 民中 培训机构
    托育机构 托幼机构 办学机构 办学单位 中小学 中小幼 中小学幼儿园 技校 附中 附小 附幼 实小 实中 实幼
    县中 县幼 县小 学堂 书院 校
    """
)
#: 园 alone is a kindergarten only behind one of these.
KINDERGARTEN_MARKS = _words(
    """
    各 公办 民办 普惠 实验 幼 示范 类 城区 乡镇 村 县直 中心 直属 托幼 试点
    """
)
#: Last words of offices and of everything that is no school.
OFFICE_ENDINGS = _words(
    """
    股 股室 科 科室 室 处 处室 办公室 中心 局 厅 委 委员会 会 工会 团委 少工委 妇联 妇委会 党委 党总支
    支部 党组 政府 部门 部 组 专班 队 大队 支队 窗口 所 站 馆 院 督学 督导责任区 责任区 单位 机关 领导小组
    乡镇 镇 乡 街道 村 社区 公司 企业 银行 协会 学会 基金会 台 网格 法庭 专干 基地 人大 政协 教研员
    青少年宫 少年宫 残联 科协 文联 工商联 关工委
    """
)

#: In front of lines that have no number; each may be a task.
BULLETS = "●○◆◇■□▪▫•➢►▶★☆"

#: Words of a plan's own title.
TITLE_WORDS = _words(
    """
    工作要点 工作计划 工作方案 实施方案 行动方案 行动计划 任务清单 责任清单 工作清单 项目清单 任务分解
    任务分工 责任分解 责任分工 分工方案 分解表 分工表 重点工作 重点任务 工作任务 工作安排 工作思路
    目标任务 任务书 台账 要点 推进计划 推进方案 配档表 工作部署 工作目标 时间表 安排意见 工作意见
    十件实事 民生实事 实事项目 攻坚方案 目标责任
    """
)
#: Last words of the body that signs a plan.
SIGNER_ENDINGS = _words(
    """
    局 委 委员会 办公室 领导小组 厅 政府 党委 党组 工委 中心 学校 学区 党支部
    """
)

#: Headings of sections around the tasks: aims in front of them, ways of working behind.
FRAME_SECTIONS = _words(
    """
    总体要求 总体目标 总体思路 指导思想 基本原则 工作原则 工作目标 保障措施 工作要求 组织保障 有关要求 相关要求
    工作保障 组织实施 几点要求 附则
    """
)

#: What a web page goes on with behind its article; a pattern.
PAGE_TAIL = "[上下]一[篇条页]|相关(?:阅读|链接|文章|新闻|信息|推荐|附件)|(?:推荐|延伸)阅读"

# --- tables ---------------------------------------------------------------------------------------
#: What a column of a table, or a row of a two-column block, holds. `weak-title` gives titles where no other
#: column does, `goal` is part of the body, `other` is passed over.
ColumnKind = Literal[
    "no", "project", "title", "weak-title", "body", "goal", "lead", "responsible", "support", "schools",
    "people", "due", "quarter", "remark", "other",
]  # fmt: skip

_COLUMNS_OF: dict[ColumnKind, tuple[str, ...]] = {
    "no": _words("序号 编号 任务编号 任务序号 序 号 项次 编码 No NO no"),
    "project": _words(
        """
        类别 工程 项目 所属工程 所属项目 重点工程 工程名称 工作板块 板块 任务类别 工作类别 分类 领域
        工作领域 重点领域 工作方面 方面 一级指标 一级任务 大项 任务分类 工程类别 工作分类 重点项目 模块
        工作模块 工作项目 项目类别 重点工作类别 专项
        """
    ),
    "title": _words(
        """
        任务 工作任务 重点任务 重点工作 重点工作任务 任务名称 任务标题 目标与任务 目标任务 工作事项 重点事项
        主要任务 年度任务 任务事项 事项 工作要点 主要工作 具体任务 工作名称 分解任务 任务分解 工作目标任务
        整改任务 年度重点任务 年度重点工作 重要任务 工作项 任务项 二级任务 工作目标及任务 工作任务及目标
        """
    ),
    "weak-title": _words("任务内容 重点任务内容 任务及内容 工作任务内容 重点工作内容"),
    "body": _words(
        """
        具体举措 工作措施 主要内容 工作内容 具体内容 具体措施 主要措施 推进措施 任务详情 工作要求 具体要求
        落实措施 主要举措 工作举措 任务要求 具体工作 内容 措施 举措 实施步骤 任务描述 工作步骤 整改措施
        具体工作内容 具体工作任务 推进举措 具体事项 工作安排 主要任务措施 任务说明
        """
    ),
    "goal": _words(
        """
        工作目标 目标 年度目标 目标值 预期目标 预期成效 考核指标 工作标准 完成标准 目标要求 成果形式
        预期成果 量化指标 指标 任务目标
        """
    ),
    "remark": _words("备注 备考 附注 说明"),
    "other": _words("开始时间 启动时间 开始日期 启动日期"),
}
TABLE_COLUMNS: dict[str, ColumnKind] = {word: kind for kind, ws in _COLUMNS_OF.items() for word in ws}
#: For headers that are none of these words nor a label; the first that is found anywhere in the header.
TABLE_PATTERNS: tuple[tuple[ColumnKind, str], ...] = (
    ("quarter", r"^第?[一二三四1-4]季度|^(?:\d{1,2}[-—~至]\d{1,2}|[一二三四五六七八九十\d]{1,2})月(?:份)?$"),
    ("support", r"(?:配合|协办|协同|协助|参与)[^领人]*(?:单位|部门|科室|股室|处室)"),
    ("lead", r"(?:牵头|主办|主责|主要责任|承办)[^领人]*(?:单位|部门|科室|股室|处室)"),
    ("schools", r"(?:落实|实施|责任)(?:学校|校)"),
    ("responsible", r"(?:责任|负责|承担)[^领人]*(?:单位|部门|科室|股室|处室)"),
    ("people", r"(?:领导|责任人|负责人|联系人|联络员|电话|姓名)"),
    ("due", r"(?:时限|完成时间|时间节点|期限|截止|完成日期|时间要求|时间安排|时间进度)"),
    ("no", r"^(?:序号|编号)|(?:序号|编号)$"),
    ("project", r"(?:类别|板块|领域|分类)$"),
    ("body", r"(?:措施|举措|内容|步骤)$"),
    (
        "title",
        r"(?:任务|事项|要点)(?:[及和与](?:工作)?(?:要求|目标|标准|措施|内容))?$|^(?:重点|主要|年度|中心)工作$",
    ),
)
#: Headers of sheets that ask for answers; a table with them is a form, no plan. (完成进度 stands in a bureau's own lists.)
FORM_COLUMNS = ("完成状态",)
TOTALS = _words("合计 小计 总计 共计 累计")
#: First words of rows below a table that are no tasks.
FOOTNOTE = r"(?:注|备注|说明|填表说明|填报说明|注意|备\s*注|附注)\s*[\d一二三]?\s*[：:、.．]"
SIGNING = (
    r"(?:填表人|填报人|制表人?|审核人?|审批人?|负责人签字|单位负责人|主要负责人|填报单位|填报日期|填报时间|制表日期"
    r"|联系电话|联系人|单位|日期)\s*(?:（[^）]*）)?\s*[：:]"
)
#: Cells of a matrix in which offices are columns.
MARKS = "★☆○●◎◇◆△▲√✓✔■□⊙〇*※"
