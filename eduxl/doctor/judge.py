"""Facts to results: what is good, what isn't, and what to do, in a clerk's words. Looks at nothing but the facts."""

from __future__ import annotations

from collections.abc import Callable

from eduxl.addin.install import office_name
from eduxl.addin.program import ENVIRONMENT, SETTING
from eduxl.doctor.facts import Facts, Macros, Office
from eduxl.doctor.packages import is_enough, listed, pip
from eduxl.doctor.result import Result, bad, good, warning

OLDEST_PYTHON = (3, 11)
#: Most programs of Windows open paths of up to 259 characters. The longest file of the memory, a return in the archive
#: by its SHA-256, has 82 more than the master's path, and more while it is written.
_LONGEST, _INSIDE = 259, 100

_INSTALL = "请关闭 Excel，运行：eduxl addin install"
_TRUST = (
    "文件－选项－信任中心－信任中心设置－宏设置：选“禁用所有宏，并发出通知”（有的版本叫“通过通知禁用 VBA 宏”）；"
    "打开总台账时点黄条上的“启用内容”。"
)
_MAIL_SETUP = "请在台账所在的文件夹运行：eduxl mail setup"
_VARIABLE = "EDUXL_MAIL_SECRET"
_PLACE = "文件－选项－信任中心－信任中心设置－受信任位置－添加新位置：选台账所在的文件夹，勾选“同时信任此位置的子文件夹”。"


def judge(facts: Facts) -> list[Result]:
    """All checks in the order in which a person would put things right."""
    return [result for check in CHECKS if (result := check(facts))]


def _python(facts: Facts) -> Result:
    check, name, python = "python", "Python", facts.python
    version = ".".join(map(str, python.version))
    found = f"{version}，{python.bits} 位（{python.executable}）"
    if python.version[:2] < OLDEST_PYTHON:
        return bad(check, name, found, "太旧。请从 Python 官网下载安装 3.11 或更新的版本，重新装 eduxl。")
    if python.store:
        remedy = (
            "装加载项不能用这个 Python（它写的设置 Excel 看不到）。请从 Python 官网下载安装，重新装 eduxl。"
        )
        return warning(check, name, f"{found}，是从微软应用商店装的", remedy)
    return good(check, name, found)


def _packages(facts: Facts) -> Result:
    check, name, packages = "packages", "eduxl", facts.packages
    wrong = [package for package in packages.required if not is_enough(package)]
    found = packages.eduxl + ("（从源代码文件夹运行，没有安装）" if packages.source else "")
    if not packages.required:
        remedy = "看不出要哪些程序包。请在 eduxl 的源代码文件夹里运行：python -m pip install ."
        return warning(check, name, found, remedy)
    if not wrong:
        return good(check, name, f"{found}，要用的{len(packages.required)}个程序包都在")
    return bad(check, name, f"{found}，{listed(wrong)}", pip(facts.python, wrong))


def _office(facts: Facts) -> Result:
    check, name = "office", "Excel 或 WPS"
    found = "；".join(map(_office_said, (o for o in facts.offices if o.kind != "libreoffice")))
    kinds = _kinds(facts)
    if "excel" in kinds:
        return good(check, name, found)
    if "wps" in kinds:
        remedy = (
            "WPS 个人版没有宏，按钮不能用时，请运行 eduxl shortcut，双击总台账旁边的“汇总”；"
            "有宏的 WPS 里，按钮会保存并关闭总台账，办完再打开。"
        )
        return warning(check, name, found, remedy)
    if "libreoffice" in kinds:
        return good(check, name, "没有，用 LibreOffice")
    remedy = "请装 Excel、WPS 或 LibreOffice 来看总台账；eduxl 的命令（如 eduxl merge）没有它们也能用。"
    return warning(check, name, "没有找到", remedy)


def _libreoffice(facts: Facts) -> Result:
    check, name = "libreoffice", "LibreOffice"
    found = [office for office in facts.offices if office.kind == "libreoffice"]
    if found:
        return good(check, name, f"{_bits(found[0])}{found[0].place}")
    return good(check, name, "没有装（有 Excel 或 WPS 就不用装）" if _kinds(facts) else "没有装")


def _xlwings(facts: Facts) -> Result:
    check, name = "xlwings", "xlwings"
    asked = facts.packages.extras.get("excel", ())
    if facts.system == "other" or "excel" not in _kinds(facts):
        return good(check, name, "不需要（只有 Excel 里的按钮用它）")
    wrong = [package for package in asked if not is_enough(package)]
    if wrong:
        remedy = f"Excel 里的按钮要用它。{pip(facts.python, wrong)}"
        return warning(check, name, listed(wrong), remedy)
    return good(check, name, "已装 " + "、".join(f"{package.name} {package.installed}" for package in asked))


def _addin(facts: Facts) -> Result:
    check, name, addin = "addin", "Excel 加载项", facts.addin
    if facts.system == "other":
        return good(check, name, "不需要（只用于 Windows 和 macOS 的 Excel）")
    if "excel" not in _kinds(facts):
        return good(check, name, "不需要（没有 Excel）")
    if addin is None:
        return warning(check, name, "看不到用户文件夹", "请用平常登录的账号打开命令提示符，再运行一次。")
    if not addin.there:
        remedy = f"总台账“首页”上的按钮不需要它。想在功能区里也有“教育台账”：{_INSTALL}"
        return warning(check, name, "没有装", remedy)
    if not addin.current:
        return warning(check, name, f"{addin.copy} 不是这一版的", _INSTALL)
    if addin.marked:
        return warning(check, name, "带着“来自网上”的记号，Excel 会拦住它", _INSTALL)
    if addin.blocked:
        remedy = "打开 Excel：文件－选项－加载项－下面“管理”选“禁用项目”－转到，选中“教育台账”，点“启用”，重新打开 Excel。"
        return warning(check, name, "Excel 出过错，把它停用了", remedy)
    if missing := [v for v in addin.versions if v not in addin.ticked]:
        names = "、".join(map(office_name, missing))
        return warning(check, name, f"没有在 {names} 里登记", _INSTALL)
    return good(check, name, f"已装（{addin.copy}）")


def _macros(facts: Facts) -> Result:
    check, name = "macros", "宏"
    if facts.system == "other" and "libreoffice" not in _kinds(facts):
        return good(check, name, "不需要（没有能运行宏的表格软件）")
    if not facts.macros:
        return good(check, name, "没有查到设置，按软件的默认办")
    return max((_macro(check, name, found) for found in facts.macros), key=_badness)


def _macro(check: str, name: str, found: Macros) -> Result:
    if not found.version:
        return _libreoffice_macro(check, name, found)
    levels = {1: "全部启用", 2: "打开时询问", 3: "只运行有数字签名的", 4: "全部禁用，不通知"}
    said = f"{office_name(found.version)}：{levels.get(found.level, f'不认识的设置 {found.level}')}"
    if found.by_policy:
        said += "（单位的策略规定）"
    if found.internet_blocked:
        said += "；从网上、邮件收到的文件不许运行宏"
    if found.level == 2:
        return good(check, name, said)
    if found.level == 1:
        return warning(check, name, said, f"这样不安全，请改为打开时询问。{_TRUST}")
    remedy = "按钮不能用。"
    if found.by_policy:
        remedy += f"请把台账所在的文件夹设为受信任位置：{_PLACE}\n添加不了的，请管理员放行，或改用命令和“汇总”快捷方式。"
    else:
        remedy += f"{_TRUST}\n或者：{_PLACE}"
    return warning(check, name, said, remedy)


def _libreoffice_macro(check: str, name: str, found: Macros) -> Result:
    if found.level == 0:
        remedy = "这样不安全：工具－选项－LibreOffice－安全－宏安全性，请改为“中”。"
        return warning(check, name, "LibreOffice：全部启用", remedy)
    if found.level == 1:
        return good(check, name, "LibreOffice：打开时询问")
    remedy = (
        "总台账里的按钮可能点不动：工具－选项－LibreOffice－安全－宏安全性，选“中”，"
        "或在“可信来源－可信文件位置”里加上台账所在的文件夹。"
    )
    return warning(check, name, "LibreOffice：只运行可信位置里的", remedy)


def _program(facts: Facts) -> Result:
    check, name = "program", "按钮找 eduxl"
    first = next((found for found in facts.programs if found.starts), None)
    broken = [f for f in facts.programs if f.program and not f.starts and f.place in (ENVIRONMENT, SETTING)]
    looked = "、".join(found.place.name for found in facts.programs)
    if first is None:
        variable = f"新建用户变量 EDUXL_EXE，值写 {facts.own}"
        if facts.system == "windows" and "excel" in _kinds(facts):
            remedy = f"按钮都不能用。{_INSTALL}"
        elif facts.system == "windows":
            remedy = f"按钮都不能用。请在“系统属性－环境变量”里{variable}"
        else:
            remedy = f"总台账里的按钮不能用。请把 {facts.own} 所在的文件夹加到 PATH，或设环境变量 EDUXL_EXE={facts.own}"
        return warning(check, name, f"没有找到（找过：{looked}）", remedy)
    found_at = f"{first.place.name}（{first.program}）" if first.program != "eduxl" else "PATH 里的 eduxl"
    if first.place is SETTING and not facts.setting_readable:
        remedy = "路径里有这台 Windows 的代码页没有的文字，按钮可能找不到它。" + _INSTALL
        return warning(check, name, found_at, remedy)
    if broken:
        remedy = f"{broken[0].place.name} 写的 {broken[0].program} 已经不在。"
        remedy += _INSTALL if broken[0].place is SETTING else "请改正或删去这个环境变量。"
        return warning(check, name, f"按{found_at}", remedy)
    if first.place is SETTING and first.program.strip('"').casefold() != facts.own.casefold():
        remedy = f"现在运行的是 {facts.own}。要让按钮也用它，{_INSTALL}"
        return warning(check, name, f"按{found_at}，不是现在运行的这个", remedy)
    return good(check, name, f"按{found_at}")


def _tracker(facts: Facts) -> Result:
    check, name, tracker = "tracker", "台账和文件夹", facts.tracker
    if tracker.problem:
        if tracker.named:
            return bad(check, name, tracker.problem.rstrip("。"), "请核对 -m 后面的路径，再运行一次。")
        remedy = "要检查台账的文件夹，请到台账所在的文件夹里运行，或写明：eduxl doctor -m 总台账.xlsm"
        return warning(check, name, f"没有检查：{tracker.problem.split('。')[0]}", remedy)
    closed = [folder for folder in tracker.folders if not folder.writable]
    if closed:
        found = "、".join(f"{folder.use}文件夹 {folder.place}" for folder in closed)
        remedy = "请管理员开通权限，或把总台账连同旁边的文件夹一起搬到“文档”里。"
        return bad(check, name, f"不能写入{found}", remedy)
    uses = "、".join(folder.use for folder in tracker.folders)
    return good(check, name, f"{tracker.master}，{uses}文件夹都可以写入")


def _place(facts: Facts) -> Result | None:
    check, name, tracker = "place", "台账的位置", facts.tracker
    if tracker.problem:
        return None
    if tracker.marked:
        remedy = "按钮里的宏会被 Windows 拦住：关闭总台账，右键点它－属性－勾选“解除锁定”－确定，再打开。"
        return warning(check, name, "总台账带着“来自网上”的记号", remedy)
    room = _LONGEST - _INSIDE
    if facts.system == "windows" and len(tracker.master) > room:
        remedy = f"Windows 的路径不能太长，请搬到浅一些的文件夹，使总台账的路径不超过{room}个字。"
        return bad(check, name, f"路径有{len(tracker.master)}个字，太长", remedy)
    if tracker.variables:
        remedy = "请改掉文件夹或文件名里的 %。"
        return warning(check, name, f"路径里的 {tracker.variables[0]} 会被 Windows 换成别的文字", remedy)
    if tracker.cloud:
        remedy = (
            f"{tracker.cloud} 同步时可能占住文件，也可能生成“冲突副本”。最好搬到不同步的文件夹；"
            "不搬的，汇总前先等同步完成，两台电脑不要同时办理。"
        )
        return warning(check, name, f"在 {tracker.cloud} 同步的文件夹里", remedy)
    if tracker.kind == "network":
        remedy = "可以用。网络断开时不能办理；几个人同时用时，后来的会等前面的办完。备份请另存本机一份。"
        return warning(check, name, "在网络盘上", remedy)
    return good(check, name, "本机文件夹")


def _fonts(facts: Facts) -> Result:
    check, name = "fonts", "中文字体"
    if facts.fonts is None:
        return warning(
            check, name, "没有查到", "打开总台账，中文显示为方框的，请装一种中文字体（如思源黑体）。"
        )
    if not facts.fonts:
        return warning(
            check, name, "没有", "中文会显示为方框。请装一种中文字体，如 Noto Sans CJK（思源黑体）。"
        )
    more = f" 等{len(facts.fonts)}种" if len(facts.fonts) > 3 else ""
    return good(check, name, "、".join(facts.fonts[:3]) + more)


def _mail(facts: Facts) -> Result:
    check, name, mail = "mail", "邮件", facts.mail
    found, steps = [], []
    # who has the variable needs no keyring
    asked = [p for p in facts.packages.extras.get("mail", ()) if not (mail.variable and p.name == "keyring")]
    if wrong := [package for package in asked if not is_enough(package)]:
        found.append(listed(wrong))
        steps.append(f"要用邮件的，{pip(facts.python, wrong)}")
    if mail.address:
        found.append(f"邮箱 {mail.address}")
    elif mail.problem:
        what, _, remedy = mail.problem.partition("。")
        found.append(what)
        steps.append(remedy or _MAIL_SETUP)
    elif facts.tracker.problem:
        found.append("邮箱在每本台账里设置，这里没有台账，没有检查")
    else:
        found.append("还没有设置邮箱")
        steps.append(f"要用邮件的，点“发送模板”，照提示填写邮箱地址和授权码；没有按钮的，{_MAIL_SETUP}")
    if mail.kept:
        found.append(f"授权码在环境变量 {_VARIABLE} 里" if mail.variable else "授权码在系统密码库里")
    elif not (mail.keyring or mail.variable):
        found.append("没有可用的系统密码库")
        steps.append(f"要用邮件的，请把授权码放在环境变量 {_VARIABLE} 里。")
    elif mail.address:
        found.append("没有找到它的授权码")
        steps.append(f"点“发送模板”或“收取邮件”时会再问一次；没有按钮的，{_MAIL_SETUP}")
    said = "；".join(found)
    return warning(check, name, said, "\n".join(steps)) if steps else good(check, name, said)


CHECKS: tuple[Callable[[Facts], Result | None], ...] = (
    _python,
    _packages,
    _office,
    _libreoffice,
    _xlwings,
    _addin,
    _macros,
    _program,
    _tracker,
    _place,
    _fonts,
    _mail,
)


def _kinds(facts: Facts) -> set[str]:
    return {office.kind for office in facts.offices}


def _office_said(office: Office) -> str:
    return f"{office.name}（{_bits(office)}{office.place}）"


def _bits(office: Office) -> str:
    return f"{office.bits} 位，" if office.bits else ""


def _badness(result: Result) -> int:
    return ("good", "warning", "bad").index(result.state)
