"""Every verdict on facts that were written down: Windows, macOS and Linux alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve

from eduxl.addin.program import ENVIRONMENT, FOLDER, PATH, SETTING
from eduxl.doctor.facts import Facts, Folder, Macros, Mail, Package, Python
from eduxl.doctor.judge import judge
from eduxl.doctor.result import Result

from .computers import (
    ADDIN,
    ADDRESS,
    DOCUMENTS,
    EXCEL,
    EXE,
    WPS,
    finding,
    linux,
    packages,
    tracker,
    windows,
)

NO_MAILBOX = Mail("", keyring=True, variable=False, kept=False)
PY = "C:\\Py\\python.exe"
HOME = Python((3, 12, 4), 32, r"C:\Program Files\Python312-32\python.exe", False)


def result(facts: Facts, check: str) -> Result:
    """The result of one check."""
    return next(result for result in judge(facts) if result.check == check)


@pytest.mark.parametrize("facts", [windows(), linux()], ids=["windows", "linux"])
def test_a_computer_on_which_all_is_right_is_all_green(facts: Facts) -> None:
    assert [r for r in judge(facts) if r.state != "good" or r.remedy] == []


def test_each_check_has_an_id_and_a_name_of_its_own() -> None:
    results = judge(windows())
    assert len(results) == 12
    assert len({r.check for r in results}) == len({r.name for r in results}) == len(results)


#: check, how the computer differs from one on which all is right, state, what the text must name
CASES: list[tuple[str, Facts, str, str]] = [
    # --- Python and packages ---
    ("python", windows(python=Python((3, 10, 11), 64, PY, False)), "bad", "3.11"),
    ("python", windows(python=Python((4, 0, 0), 64, PY, False)), "good", "4.0.0"),
    ("python", windows(python=HOME), "good", "32 位"),
    ("python", windows(python=Python((3, 12, 4), 64, PY, True)), "warning", "应用商店"),
    ("packages", windows(packages=packages(installed="")), "bad", '-m pip install -U "openpyxl>=3.1.3"'),
    ("packages", windows(packages=packages(installed="3.1.2")), "bad", "3.1.2 太旧"),
    ("packages", windows(packages=packages(installed=""), python=HOME), "bad", f'"{HOME.executable}" -m pip'),
    ("packages", windows(packages=evolve(packages(), required=())), "warning", "pip install ."),
    ("packages", windows(packages=evolve(packages(), source=True)), "good", "源代码"),
    # --- Office ---
    ("office", windows(), "good", "64 位"),
    ("office", windows(offices=(evolve(EXCEL, bits=32), WPS)), "good", "32 位"),
    ("office", windows(offices=(WPS,)), "warning", "eduxl shortcut"),
    ("office", windows(offices=()), "warning", "eduxl merge"),
    ("office", linux(), "good", "用 LibreOffice"),
    ("libreoffice", linux(), "good", "soffice"),
    ("libreoffice", windows(), "good", "不用装"),
    ("libreoffice", windows(offices=()), "good", "没有装"),
    # --- xlwings and the add-in ---
    ("xlwings", windows(packages=packages(xlwings="")), "warning", 'pip install -U "xlwings>=0.33"'),
    ("xlwings", windows(packages=packages(xlwings="0.9")), "warning", "太旧"),
    ("xlwings", windows(packages=packages(xlwings=""), offices=(WPS,)), "good", "不需要"),
    ("xlwings", linux(packages=packages(xlwings="")), "good", "不需要"),
    ("addin", windows(offices=(WPS,), addin=evolve(ADDIN, there=False)), "good", "没有 Excel"),
    ("addin", windows(addin=None), "warning", "用户文件夹"),
    ("addin", windows(addin=evolve(ADDIN, there=False)), "warning", "eduxl addin install"),
    ("addin", windows(addin=evolve(ADDIN, current=False)), "warning", "eduxl addin install"),
    ("addin", windows(addin=evolve(ADDIN, marked=True)), "warning", "来自网上"),
    ("addin", windows(addin=evolve(ADDIN, blocked=("16.0",))), "warning", "禁用项目"),
    ("addin", windows(addin=evolve(ADDIN, versions=("15.0", "16.0"))), "warning", "Excel 2013"),
    # --- macros ---
    ("macros", windows(macros=(Macros("16.0", 1),)), "warning", "不安全"),
    ("macros", windows(macros=(Macros("16.0", 3),)), "warning", "受信任位置"),
    ("macros", windows(macros=(Macros("16.0", 4),)), "warning", "通过通知禁用 VBA 宏"),
    ("macros", windows(macros=(Macros("16.0", 4, by_policy=True),)), "warning", "管理员"),
    ("macros", windows(macros=(Macros("15.0", 2), Macros("16.0", 4))), "warning", "全部禁用"),
    ("macros", windows(macros=(Macros("16.0", 2, internet_blocked=True),)), "good", "从网上、邮件收到的"),
    ("macros", windows(macros=(Macros("16.0", 9),)), "warning", "不认识的设置 9"),
    ("macros", windows(macros=()), "good", "默认"),
    ("macros", linux(macros=(Macros("", 0),)), "warning", "不安全"),
    ("macros", linux(macros=(Macros("", 2),)), "warning", "可信文件位置"),
    ("macros", linux(offices=()), "good", "不需要"),
    # --- how a button finds eduxl ---
    ("program", windows(programs=(finding(PATH, EXE),)), "good", EXE),
    ("program", windows(programs=(finding(SETTING, "", False),)), "warning", "eduxl addin install"),
    ("program", windows(programs=(), offices=(WPS,)), "warning", f"EDUXL_EXE，值写 {EXE}"),
    ("program", linux(programs=()), "warning", "EDUXL_EXE=/usr/bin/eduxl"),
    ("program", windows(own=r"D:\新\eduxl.exe"), "warning", r"现在运行的是 D:\新\eduxl.exe"),
    ("program", windows(setting_readable=False), "warning", "代码页"),
    (
        "program",
        windows(programs=(finding(ENVIRONMENT, r"D:\旧\eduxl.exe", False), finding(SETTING, EXE))),
        "warning",
        r"D:\旧\eduxl.exe 已经不在",
    ),
    (
        "program",
        windows(programs=(finding(SETTING, r"D:\旧\eduxl.exe", False), finding(FOLDER, EXE))),
        "warning",
        "eduxl addin install",
    ),
    # --- the tracker ---
    (
        "tracker",
        windows(tracker=tracker(problem="这个文件夹里没有总台账。请先…")),
        "warning",
        "-m 总台账.xlsm",
    ),
    ("tracker", windows(tracker=tracker(problem="找不到总台账 x。", named=True)), "bad", "找不到总台账 x"),
    ("tracker", windows(tracker=tracker(folders=(Folder("记录", DOCUMENTS, False),))), "bad", "权限"),
    ("place", windows(), "good", "本机"),
    ("place", windows(tracker=tracker(marked=True)), "warning", "解除锁定"),
    ("place", windows(tracker=tracker(master="C:\\" + "长" * 180 + ".xlsm")), "bad", "太长"),
    ("place", linux(tracker=tracker(master="/" + "长" * 180 + ".xlsm")), "good", "本机"),
    ("place", windows(tracker=tracker(variables=("%TEMP%",))), "warning", "%TEMP%"),
    ("place", windows(tracker=tracker(cloud="OneDrive")), "warning", "冲突副本"),
    ("place", windows(tracker=tracker(kind="network")), "warning", "网络盘"),
    # --- fonts and mail ---
    ("fonts", linux(fonts=()), "warning", "方框"),
    ("fonts", linux(fonts=None), "warning", "没有查到"),
    ("fonts", linux(fonts=("甲", "乙", "丙", "丁")), "good", "等4种"),
    ("mail", windows(), "good", f"{ADDRESS}；授权码在系统密码库里"),
    ("mail", windows(mail=Mail(ADDRESS, False, True, True)), "good", "EDUXL_MAIL_SECRET 里"),
    ("mail", windows(mail=NO_MAILBOX), "warning", "点“发送模板”"),
    ("mail", windows(mail=NO_MAILBOX), "warning", "eduxl mail setup"),
    (
        "mail",
        windows(mail=NO_MAILBOX, tracker=tracker(problem="这个文件夹里没有总台账。")),
        "good",
        "没有检查",
    ),
    ("mail", windows(mail=evolve(NO_MAILBOX, keyring=False)), "warning", "放在环境变量 EDUXL_MAIL_SECRET"),
    ("mail", windows(mail=evolve(NO_MAILBOX, problem="看不懂。请重来。")), "warning", "请重来。"),
    ("mail", windows(mail=evolve(NO_MAILBOX, problem="看不懂。")), "warning", "eduxl mail setup"),
    ("mail", windows(mail=Mail(ADDRESS, False, False, False)), "warning", f"{ADDRESS}；没有可用的系统密码库"),
    ("mail", windows(mail=Mail(ADDRESS, True, False, False)), "warning", "没有找到它的授权码"),
    ("mail", windows(packages=packages(imap="")), "warning", '-m pip install -U "imap-tools>=1.7"'),
    ("mail", windows(packages=packages(keyring="24.0")), "warning", "keyring 24.0 太旧"),
    ("mail", windows(packages=packages(keyring=""), mail=Mail(ADDRESS, False, True, True)), "good", ADDRESS),
]


@pytest.mark.parametrize(("check", "facts", "state", "named"), CASES, ids=[f"{c[0]}-{c[3]}" for c in CASES])
def test_verdict(check: str, facts: Facts, state: str, named: str) -> None:
    found = result(facts, check)
    assert found.state == state
    assert named in f"{found.found}\n{found.remedy}"


@pytest.mark.parametrize("facts", [case[1] for case in CASES])
def test_whatever_is_not_good_says_in_chinese_what_to_do(facts: Facts) -> None:
    for found in judge(facts):
        assert (found.state == "good") == (found.remedy == ""), found
        assert not found.remedy or re.search("[一-鿿]", found.remedy)
        assert not found.found.endswith("。")
        assert "请请" not in found.remedy and "。。" not in found.remedy


def test_without_a_tracker_nothing_is_said_of_its_place() -> None:
    facts = windows(tracker=tracker(problem="这个文件夹里没有总台账。"))
    assert "place" not in {found.check for found in judge(facts)}


@pytest.mark.parametrize(
    ("installed", "least", "enough"),
    [
        ("3.10", "3.9", True),
        ("3.1", "3.1.0", True),
        ("3.1.0rc1", "3.1", True),
        ("2.9.9", "3", False),
        ("", "", False),
    ],
)
def test_versions_are_compared_by_their_numbers(installed: str, least: str, enough: bool) -> None:
    wanted: Any = packages()
    facts = windows(packages=evolve(wanted, required=(Package("x", least, installed),)))
    assert (result(facts, "packages").state == "good") is enough
