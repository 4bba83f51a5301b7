"""Plan-like forms to try the template on: real titles, a carried answer, one shown beside, one sent back."""

from __future__ import annotations

from datetime import date

from eduxl.labels import COMPLETED, UNDER_WAY
from eduxl.model import Entry, Indicator, Round, Task, Unit
from eduxl.template import Form, FormRow

TITLES = (
    "持续开展“杏坛先锋·清廉校园”创建活动",
    "推进党组织领导的校长负责制建设",
    "巩固义务教育均衡发展成果",
    "扩充优质教育资源",
    "全面推进“减负提质”行动",
    "常态化抓好校园安全工作",
    "切实改进工作作风",
)
BODIES = {
    3: "主动对标，认真查摆，建立问题清单，明确整改时限，全面落实整改任务，有效解决存在的突出问题。",
    4: "年度计划投资10256万元，全面完成城乡统筹发展示范区教育布局各项工程。",
}
DONE = Entry(
    2, COMPLETED, 100, date(2022, 5, 12), report="=已印发实施方案", reporter="张三", phone="013900001234"
)
HALF = Entry(3, UNDER_WAY, 60, report="完成自查，建立台账")
REFUSED = Entry(5, COMPLETED, 100, date(2022, 5, 1), report="完成")


def make_task(no: int) -> Task:
    return Task(
        no,
        project=1,
        title=TITLES[(no - 1) % len(TITLES)],
        body=BODIES.get(no, "坚持把质量放在首位，压实责任，按月推进。"),
        due=date(2022, 12, 31),
        due_text="2022年12月",
        indicators=(Indicator("年度投资", 10256, "万元"), Indicator("新增学位", None, "个"))
        if no == 4
        else (),
        checklist=("制定方案", "组织实施") if no == 1 else (),
    )


def make_form(
    count: int = 21, *, code: str = "MZ001", name: str = "民乐县第一中学", plain: bool = False
) -> Form:
    """A form of `count` tasks; 2 carried, 3 with an earlier answer, 5 sent back, unless `plain`."""
    earlier: dict[int, dict[str, object]] = {
        2: {"carried": DONE},
        3: {"previous": HALF, "previous_round": "2022-05"},
        5: {"previous": REFUSED, "previous_round": "2022-05", "sent_back": "没有附验收材料，请补充。"},
    }
    rows = tuple(
        FormRow(
            make_task(no),
            project="着力实施义务教育优质均衡发展工程",
            role="落实",
            due=date(2022, 12, 31),
            **({} if plain else earlier.get(no, {})),  # type: ignore[arg-type]
        )
        for no in range(1, count + 1)
    )
    return Form(
        tracker="minle-2022",
        title="民乐县2022年教育工作要点",
        year=2022,
        unit=Unit(code, name),
        round=Round("2022-06", date(2022, 6, 25), date(2022, 6, 1)),
        rows=rows,
        as_of=date(2022, 6, 1),
        version="1",
    )
