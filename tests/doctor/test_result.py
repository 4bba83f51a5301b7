"""Results as people and programs read them."""

from __future__ import annotations

from eduxl.doctor.result import bad, good, lines, to_json, warning, worst

ONE = good("a", "甲", "好")
TWO = warning("b", "乙", "旧", "换新的")
THREE = bad("c", "丙", "没有", "装\n或者不用")


def test_a_line_each_then_what_to_do_then_the_sum() -> None:
    assert lines([ONE, TWO, THREE]) == [
        "✓ 甲：好",
        "! 乙：旧",
        "    → 换新的",
        "✗ 丙：没有",
        "    → 装",
        "    → 或者不用",
        "",
        "检查了3项：1项正常，1项提醒，1项要处理。请照 → 后面说的处理，再运行一次 eduxl doctor。",
    ]


def test_the_last_line_says_whether_eduxl_can_be_used() -> None:
    assert lines([ONE])[-1].endswith("可以使用。")
    assert "可以使用；提醒的" in lines([ONE, TWO])[-1]


def test_a_code_page_without_the_signs_still_tells_good_from_bad() -> None:
    said = lines([ONE, TWO, THREE], "gbk")
    assert [line[:3].strip(" ") for line in said if line[:1] == "["] == ["[好]", "[!]", "[错]"]
    "".join(said).encode("gbk")
    assert lines([ONE], "no-such-code-page")[0].startswith("[好]")


def test_json_has_the_same() -> None:
    data = to_json([ONE, TWO])
    assert data["state"] == "warning" == worst([ONE, TWO])
    assert data["results"][1] == {
        "check": "b",
        "name": "乙",
        "state": "warning",
        "found": "旧",
        "remedy": "换新的",
    }
    assert worst([]) == worst([ONE]) == "good"
    assert worst([THREE, TWO]) == "bad"
