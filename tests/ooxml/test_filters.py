"""Which rows an autofilter shows: what Excel's criteria mean for a cell."""

from __future__ import annotations

from datetime import datetime

import pytest
from lxml import etree

from eduxl.ooxml.filters import Filter, Shown, displayed

DAY = datetime(2022, 6, 30)
SERIAL = 44742.0
BETWEEN = (
    '<customFilters and="1"><customFilter operator="greaterThanOrEqual" val="1"/>'
    '<customFilter operator="lessThan" val="2"/></customFilters>'
)


def hides(criteria: str, cell: Shown) -> bool:
    element = etree.fromstring(
        f'<autoFilter ref="A1:C9"><filterColumn colId="1">{criteria}</filterColumn></autoFilter>'
    )
    return Filter(element, 1).hides({2: cell})


@pytest.mark.parametrize(
    ("criteria", "cell", "hidden"),
    [
        ('<filters><filter val="通过"/></filters>', Shown("通过"), False),
        ('<filters><filter val="通过"/></filters>', Shown("退回"), True),
        ('<filters><filter val="ABC"/></filters>', Shown("abc"), False),
        ('<filters blank="1"/>', Shown(None), False),
        ('<filters blank="1"/>', Shown("有"), True),
        ('<filters><filter val="有"/></filters>', Shown(None), True),
        ('<filters><filter val="50%"/></filters>', Shown(0.5, "50%"), False),
        ('<filters><filter val="0.5"/></filters>', Shown(0.5, "50%"), False),
        ('<filters><filter val="60%"/></filters>', Shown(0.5, "50%"), True),
        # a format that is not known decides nothing
        ('<filters><filter val="壹"/></filters>', Shown(1.0), False),
        ('<filters><dateGroupItem year="2022" month="6" dateTimeGrouping="month"/></filters>', Shown(SERIAL, "", DAY), False),
        ('<filters><dateGroupItem year="2022" month="7" dateTimeGrouping="month"/></filters>', Shown(SERIAL, "", DAY), True),
        ('<customFilters><customFilter operator="greaterThan" val="3"/></customFilters>', Shown(4.0), False),
        ('<customFilters><customFilter operator="greaterThan" val="3"/></customFilters>', Shown(3.0), True),
        ('<customFilters><customFilter operator="greaterThan" val="3"/></customFilters>', Shown("字"), True),
        ('<customFilters><customFilter val="*经费*"/></customFilters>', Shown("缺经费三万"), False),
        ('<customFilters><customFilter val="?费"/></customFilters>', Shown("经费缺"), True),
        ('<customFilters><customFilter val="~*"/></customFilters>', Shown("*"), False),
        ('<customFilters><customFilter operator="notEqual" val=" "/></customFilters>', Shown(None), True),
        (BETWEEN, Shown(2.0), True),
        (BETWEEN, Shown(1.0), False),
        ('<customFilters><customFilter val="甲"/><customFilter val="乙"/></customFilters>', Shown("乙"), False),
        ('<colorFilter dxfId="0"/>', Shown("乙"), False),
        ('<dynamicFilter type="today"/>', Shown(SERIAL, "", DAY), False),
    ],
)  # fmt: skip
def test_criteria(criteria: str, cell: Shown, hidden: bool) -> None:
    assert hides(criteria, cell) is hidden


@pytest.mark.parametrize(
    ("value", "code", "moment", "text"),
    [
        (0.5, "0%", None, "50%"),
        (0.125, "0.0%", None, "12.5%"),
        (1234.5, "#,##0.00", None, "1,234.50"),
        (3.0, "General", None, "3"),
        (SERIAL, "yyyy-mm-dd", DAY, "2022-06-30"),
        (SERIAL, 'yyyy"年"m"月"d"日"', DAY, "2022年6月30日"),
        (SERIAL, "yyyy/m/d;@", DAY, "2022/6/30"),
        (1.0, "[DBNum2]General", None, ""),
    ],
)
def test_displayed(value: float, code: str, moment: datetime | None, text: str) -> None:
    assert displayed(value, code, moment) == text
