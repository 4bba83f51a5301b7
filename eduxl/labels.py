"""Every Chinese word that appears in a sheet or is read back from one: sheets, columns, statuses, flags, lights.

Only words live here, no behaviour. The names are contracts (docs/design.md, "fixed"); sentences that
people read (messages, help) stay with the code that says them, warning and reject codes in `returns/codes.py`.
"""

from __future__ import annotations

# --- sheets of the master -------------------------------------------------------------------------
HOME = "首页"
OVERVIEW = "总览"
TASKS = "任务台账"
MATRIX = "填报矩阵"
ENTRIES = "填报明细"
HISTORY = "历次明细"
ALERTS = "预警清单"
INDICATORS = "指标汇总"
PROBLEMS = "问题清单"
ROSTER = "单位名册"
REJECTED = "退回清单"
REMINDERS = "填报提醒"
LOG = "日志"
#: Not among `MASTER_SHEETS`: it is there once a list of whom to call was asked for, left of 日志.
CALLS = "催报"
META = "_eduxl"
MASTER_SHEETS = (
    HOME,
    OVERVIEW,
    TASKS,
    MATRIX,
    ENTRIES,
    HISTORY,
    ALERTS,
    INDICATORS,
    PROBLEMS,
    ROSTER,
    REJECTED,
    REMINDERS,
    LOG,
    META,
)

# --- sheets of a template -------------------------------------------------------------------------
FORM = "填报表"
FORM_INDICATORS = "指标填报"
FORM_PROBLEMS = "问题清单"
FORM_HELP = "填报说明"
FORM_BODIES = "任务内容"
FORM_SENDBACK = "退回说明"

# --- sheets of roster and plan workbooks ----------------------------------------------------------
ROSTER_SHEET = "名册"
RULES_SHEET = "分组规则"

# --- columns --------------------------------------------------------------------------------------
ROUND = "轮次"
UNIT_CODE = "单位编码"
UNIT_NAME = "单位名称"
ALIASES = "别名"
KIND = "类别"
STAGES = "学段"
OWNERSHIP = "办学性质"
DISTRICT = "所属学区"
CONTACT = "联系人"
PHONE = "联系电话"
EMAIL = "邮箱"
TASK_NO = "任务编号"
PROJECT = "所属工程"
TASK_TITLE = "任务名称"
TASK_BODY = "任务内容"
ROLE = "责任角色"
DUE = "完成时限"
STATUS = "完成状态"
PROGRESS = "完成进度"
DONE_ON = "完成日期"
REPORT = "进展情况"
PROBLEM = "存在问题"
NEXT_STEPS = "下一步措施"
EVIDENCE = "佐证材料"
REPORTER = "填报人"
RECEIVED = "收到时间"
SOURCE = "来源文件"
LIGHT = "亮灯"
FLAGS = "预警"
REVIEW = "审核结果"
REVIEW_NOTE = "审核意见"
EXTENDED_TO = "延期至"
LEADS = "牵头单位"
SUPPORTS = "配合单位"
SCHOOLS = "落实范围"
RECURRENCE = "周期"
EXPECTED = "应报"
REPORTED = "已报"
DONE = "已完成"
AVERAGE = "平均进度"
LEAD_REPORT = "牵头单位进展"
CLOSED = "销号"
REMARK = "备注"
LEVEL = "级别"
NOTE = "说明"
ADVICE = "建议"
LOCATE = "定位"
CONFIRM_UNIT = "确认单位"
FIX = "怎么办"
REMINDER = "提醒"
CELL = "单元格"
ORIGINAL = "原文"

ROSTER_COLUMNS = (UNIT_CODE, UNIT_NAME, ALIASES, KIND, STAGES, OWNERSHIP, DISTRICT, CONTACT, PHONE, EMAIL)

#: What a clerk corrects in the master's 单位名册 as the year goes on.
CONTACT_COLUMNS = (CONTACT, PHONE, EMAIL)

#: What a unit is told about each task; locked in the template.
GIVEN_COLUMNS = (TASK_NO, PROJECT, TASK_TITLE, ROLE, DUE)
#: What a unit answers.
ANSWER_COLUMNS = (STATUS, PROGRESS, DONE_ON, REPORT, PROBLEM, NEXT_STEPS, EVIDENCE, REPORTER, PHONE)
FORM_COLUMNS = GIVEN_COLUMNS + ANSWER_COLUMNS

ENTRY_COLUMNS = (
    *(ROUND, UNIT_CODE, UNIT_NAME, KIND, STAGES, DISTRICT),
    *FORM_COLUMNS,
    *(RECEIVED, SOURCE, LIGHT, FLAGS, REVIEW, REVIEW_NOTE, EXTENDED_TO),
)
TASK_COLUMNS = (
    TASK_NO,
    PROJECT,
    TASK_TITLE,
    TASK_BODY,
    LEADS,
    SUPPORTS,
    SCHOOLS,
    DUE,
    RECURRENCE,
    EXPECTED,
    REPORTED,
    DONE,
    AVERAGE,
    LEAD_REPORT,
    LIGHT,
    FLAGS,
    CLOSED,
    REMARK,
)
ALERT_COLUMNS = (LEVEL, FLAGS, UNIT_CODE, UNIT_NAME, TASK_NO, TASK_TITLE, NOTE, ADVICE, LOCATE)
#: What a row says that is no row of ours any more and stands there for what the clerk wrote in it.
MOVED_OUT = "已移出"
#: 统计范围 of the first row of each indicator in 指标汇总; the others are a 学段 or a 学区.
WHOLE_COUNTY = "全县"
INDICATOR_COLUMNS = (
    TASK_NO, TASK_TITLE, "指标名称", "统计范围", "目标值", "计量单位", "应报单位数", "已报单位数", "合计", "完成率", "未报单位",
)  # fmt: skip
PROBLEM_COLUMNS = (
    ROUND,
    UNIT_CODE,
    UNIT_NAME,
    TASK_NO,
    TASK_TITLE,
    PROBLEM,
    NEXT_STEPS,
    STATUS,
    REPORTER,
    PHONE,
)
REJECTED_COLUMNS = ("文件编号", "文件", "类型", "原因", FIX, RECEIVED, CONFIRM_UNIT)
REMINDER_COLUMNS = (LEVEL, UNIT_CODE, UNIT_NAME, TASK_NO, REMINDER, CELL, ORIGINAL, NOTE, FIX, SOURCE)
#: 所欠内容 says how much is owed, 邮件情况 why mail did not reach the unit.
CALL_KIND, CALL_AMOUNT, CALL_COUNT, CALL_MAIL = "事由", "所欠内容", "已催次数", "邮件情况"
CALL_COLUMNS = (
    DISTRICT, UNIT_CODE, UNIT_NAME, CONTACT, PHONE, CALL_KIND, CALL_AMOUNT, CALL_COUNT, CALL_MAIL,
)  # fmt: skip
LOG_COLUMNS = ("日期", "操作", "内容")
#: The step that `undo` takes back, and what 日志 and history say of it then.
MERGE = "汇总"
UNDONE = "已撤销"

# --- values ---------------------------------------------------------------------------------------
NOT_STARTED = "未启动"
UNDER_WAY = "推进中"
COMPLETED = "已完成"
ONGOING = "持续推进"
IMPOSSIBLE = "无法完成"
STATUSES = (NOT_STARTED, UNDER_WAY, COMPLETED, ONGOING, IMPOSSIBLE)

LEAD = "牵头"
SUPPORT = "配合"
IMPLEMENT = "落实"

KINDS = ("股室", "学校", "学区", "其他")
STAGE_NAMES = ("幼儿园", "小学", "初中", "高中")
OWNERSHIPS = ("公办", "民办")

PASSED = "通过"
SENT_BACK = "退回"
REVIEW_RESULTS = (PASSED, SENT_BACK)
CLOSED_YES = "已销号"
CLOSED_NO = "未销号"
CLOSED_VALUES = (CLOSED_YES, CLOSED_NO)
#: A task that a revised plan dropped. It is written by eduxl and stays in the cell; the drop-down does not offer it.
CANCELLED = "已取消"
#: What asks nothing more and raises no 逾期, 临期, 滞后.
CLOSED_FOR_GOOD = (CLOSED_YES, CANCELLED)

RED, YELLOW, BLUE, GREEN = "红", "黄", "蓝", "绿"
#: Worst first.
LIGHTS = (RED, YELLOW, BLUE, GREEN)

F_MISSING = "未报"
F_LATE = "迟报"
F_SENT_BACK = "退回"
F_OVERDUE = "逾期"
F_GAPS = "漏填"
F_CONFLICT = "矛盾"
F_REGRESSED = "倒退"
F_BEHIND = "滞后"
F_COPIED = "雷同"
F_DONE_LATE = "超期完成"
F_DUE_SOON = "临期"
#: Worst first: the order in 预警清单 and inside a 预警 cell.
FLAG_NAMES = (
    F_MISSING, F_SENT_BACK, F_OVERDUE, F_GAPS, F_CONFLICT, F_REGRESSED, F_BEHIND, F_COPIED, F_DUE_SOON, F_LATE,
    F_DONE_LATE,
)  # fmt: skip
FLAG_LIGHT: dict[str, str | None] = {
    F_MISSING: RED,
    F_SENT_BACK: RED,
    F_OVERDUE: RED,
    F_GAPS: YELLOW,
    F_CONFLICT: YELLOW,
    F_REGRESSED: YELLOW,
    F_BEHIND: YELLOW,
    F_COPIED: YELLOW,
    F_DUE_SOON: BLUE,
    F_LATE: None,
    F_DONE_LATE: None,
}
#: 级别 of a warning about a return.
WARNING_LEVELS = {"must": "必须改", "explain": "请核对"}
#: 级别 of a flag that has no colour of its own.
LEVEL_LISTED = "提示"
#: Between names in one cell.
SEP = "、"

RECURRENCE_LABELS = {
    None: "",
    "weekly": "每周",
    "monthly": "每月",
    "quarterly": "每季度",
    "ongoing": "持续推进",
}

# --- mail ---
#: What a message to a unit is: its template, a reminder, a form that goes back, an answer to a return.
MAIL_TEMPLATE, MAIL_MISSING, MAIL_SENT_BACK, MAIL_RECEIPT = "模板", F_MISSING, SENT_BACK, "回执"
MAIL_KINDS = (MAIL_TEMPLATE, MAIL_MISSING, MAIL_SENT_BACK, MAIL_RECEIPT)
#: Stands behind an address in 单位名册 to which mail came back.
BOUNCED = "邮箱退信"
BOUNCED_MARK = f"（{BOUNCED}）"

# --- file names -----------------------------------------------------------------------------------
MASTER_NAME = "总台账.xlsm"
MEMORY_SUFFIX = ".eduxl"
#: Answers that say there is nothing to say.
NOTHING = frozenset({"无", "没有", "暂无", "无。", "暂无。", "—", "-", "/", "无问题"})
#: 填报矩阵: words of a cell that has no progress yet.
CELL_PENDING = "待报"
CELL_EMPTY = "空白"
