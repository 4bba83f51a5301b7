"""Links to files that did not come with the mail: what 超大附件 and shared documents are."""

from __future__ import annotations

import html
import re

from attrs import frozen

#: Characters of a mail's text that are looked through, and links that are told.
_MOST_TEXT, _MOST_LINKS = 1 << 20, 20
_URL = re.compile(r"https?://([A-Za-z0-9.-]{3,100})(?::\d{1,5})?(/[^\s\"'<>（）“”，。；、]{0,2000})?")
#: Host (with all below it), how the path begins, and what people call the service. The first that fits counts. A path
#: is given where pages of the same host are not files: in the line that a phone adds to each mail, say.
_SERVICES: tuple[tuple[str, str, str], ...] = (
    ("ftn.qq.com", "", "QQ邮箱中转站"),
    ("mail.qq.com", r"/(?:cgi-bin/)?ftn", "QQ邮箱中转站"),
    ("mail.qq.com", r"/cgi-bin/(?:exs_)?download\b", "QQ邮箱中转站"),
    ("exmail.qq.com", r"/(?:cgi-bin/)?ftn", "腾讯企业邮箱中转站"),
    ("exmail.qq.com", r"/qy_mng_logic/|/cgi-bin/(?:exs_)?download\b", "腾讯企业邮箱中转站"),
    ("docs.qq.com", r"/.", "腾讯文档"),
    ("doc.weixin.qq.com", r"/.", "企业微信文档"),
    ("drive.weixin.qq.com", r"/.", "企业微信微盘"),
    ("weiyun.com", r"/.", "腾讯微云"),
    ("mail.163.com", r"/(?:large-attachment|cloud-attachment|filehub|netdisk)", "网易邮箱云附件"),
    ("mail.126.com", r"/(?:large-attachment|cloud-attachment|filehub|netdisk)", "网易邮箱云附件"),
    ("fs.163.com", r"/.", "网易邮箱云附件"),
    ("u.163.com", r"/.", "网易邮箱云附件"),
    ("dashi.163.com", r"/html/cloud-attachment", "网易邮箱云附件"),
    ("qiye.163.com", r"/(?:large-attachment|cloud-attachment|filehub|netdisk)", "网易企业邮箱云附件"),
    ("kdocs.cn", r"/.", "WPS云文档"),
    ("wps.cn", r"/(?:l|p|s|view|file|drive)/", "WPS云文档"),
    ("drive.wps.cn", r"/.", "WPS云文档"),
    ("f.wps.cn", r"/.", "WPS云文档"),
    ("docs.wps.cn", r"/.", "WPS云文档"),
    ("alidocs.dingtalk.com", r"/.", "钉钉文档"),
    ("space.dingtalk.com", r"/.", "钉盘"),
    ("feishu.cn", r"/(?:docs|docx|sheets|base|file|wiki|drive|share)", "飞书文档"),
    ("shimo.im", r"/.", "石墨文档"),
    ("pan.baidu.com", r"/(?:s|share|wap)\b", "百度网盘"),
    ("alipan.com", r"/s/", "阿里云盘"),
    ("aliyundrive.com", r"/s/", "阿里云盘"),
    ("pan.quark.cn", r"/s/", "夸克网盘"),
    ("cloud.189.cn", r"/.", "天翼云盘"),
    ("yun.139.com", r"/.", "移动云盘"),
    ("caiyun.139.com", r"/.", "移动云盘"),
    ("mail.10086.cn", r"/.{0,200}(?:disk|large|download)", "139邮箱超大附件"),
    ("lanzou.com", r"/.", "蓝奏云"),
    ("lanzoui.com", r"/.", "蓝奏云"),
    ("lanzoux.com", r"/.", "蓝奏云"),
    ("cowtransfer.com", r"/.", "奶牛快传"),
    ("wenshushu.cn", r"/.", "文叔叔"),
    ("vdisk.weibo.com", r"/.", "新浪微盘"),
    ("mail.sina.com.cn", r"/.{0,200}(?:filecenter|netdisk|download)", "新浪邮箱中转站"),
    ("mail.aliyun.com", r"/.{0,200}(?:netdisk|attach|download)", "阿里邮箱超大附件"),
    ("1drv.ms", r"/.", "OneDrive"),
    ("onedrive.live.com", r"/.", "OneDrive"),
    ("sharepoint.com", r"/.", "OneDrive"),
    ("icloud.com", r"/attachment", "苹果邮包（Mail Drop）"),
    ("drive.google.com", r"/.", "Google 云端硬盘"),
    ("docs.google.com", r"/.", "Google 文档"),
)
#: What the text says of a file that did not come with the mail, where the service is none of the above.
_SAYS_SO = re.compile("超大附件|云附件|中转站|网盘附件|大附件下载")
_ELSEWHERE = "邮箱的超大附件"


@frozen
class Link:
    """A link to a file elsewhere: what the `service` is called, and the `url`."""

    service: str
    url: str


def links_in(*texts: str) -> tuple[Link, ...]:
    """The links that lead to files, from texts or web pages, each once; where no service is known, but the text says
    that a file lies elsewhere, the first link behind those words.
    """
    found: dict[str, Link] = {}
    for text in texts:
        for host, url in _urls(text):
            service = _service(host, url)
            if service and len(found) < _MOST_LINKS:
                found.setdefault(url, Link(service, url))
    if not found:
        for text in texts:
            said = _SAYS_SO.search(text[:_MOST_TEXT])
            url = next((url for _, url in _urls(text[said.start() :])), "") if said else ""
            if url:
                return (Link(_ELSEWHERE, url),)
    return tuple(found.values())


def _urls(text: str) -> list[tuple[str, str]]:
    matches = _URL.finditer(html.unescape(text[:_MOST_TEXT]))
    return [(match[1].lower().strip("."), match[0].rstrip(".,;:!?)]}")) for match in matches]


def _service(host: str, url: str) -> str:
    path = url.partition("://")[2]
    path = path[path.find("/") :] if "/" in path else ""
    for name, begins, service in _SERVICES:
        if (host == name or host.endswith(f".{name}")) and re.match(begins, path):
            return service
    return ""
