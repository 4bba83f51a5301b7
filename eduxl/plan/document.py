"""A plan as the JSON document of `eduxl plan --json`, and back. The keys are a contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from eduxl.errors import PlanError
from eduxl.model import Indicator, Note, Passage, Plan, Project, Task


def _notes(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    return [
        {"code": n.code, "note": n.note, "position": n.position, "suggestion": n.suggestion} for n in notes
    ]


def target_number(value: float | None) -> float | None:
    """10256.0 is written as 10256."""
    return int(value) if value is not None and float(value).is_integer() else value


def plan_to_json(plan: Plan, *, full: bool = False) -> dict[str, Any]:
    """The plan as dicts and lists, dates as `YYYY-MM-DD`. `full` adds where each task stands in the source."""
    return {
        "title": plan.title,
        "year": plan.year,
        "source": plan.source,
        "projects": [{"no": p.no, "title": p.title} for p in plan.projects],
        "tasks": [
            {
                "no": t.no,
                "project": t.project,
                "title": t.title,
                "body": t.body,
                "lead_units": list(t.lead_units),
                "support_units": list(t.support_units),
                "school_groups": list(t.school_groups),
                "due": t.due.isoformat() if t.due else None,
                "recurrence": t.recurrence,
                "due_text": t.due_text,
                "indicators": [
                    {"name": i.name, "target": target_number(i.target), "unit": i.unit} for i in t.indicators
                ],
                "checklist": list(t.checklist),
                "review": _notes(t.review),
                **({"position": t.position, "passage": t.passage} if full else {}),
            }
            for t in plan.tasks
        ],
        "review": _notes(plan.review),
        "left_out": [{"position": p.position, "text": p.text} for p in plan.left_out],
    }


def _read_notes(data: Mapping[str, Any]) -> tuple[Note, ...]:
    return tuple(
        Note(n["code"], n["note"], n.get("position", ""), n.get("suggestion", ""))
        for n in data.get("review", ())
    )


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The plan of `plan_to_json`. Raises PlanError `unreadable` where keys are missing or of another type."""
    try:
        tasks = tuple(
            Task(
                no=t["no"],
                project=t["project"],
                title=t["title"],
                body=t["body"],
                lead_units=tuple(t["lead_units"]),
                support_units=tuple(t["support_units"]),
                school_groups=tuple(t["school_groups"]),
                due=date.fromisoformat(t["due"]) if t["due"] else None,
                recurrence=t["recurrence"],
                due_text=t["due_text"],
                indicators=tuple(Indicator(i["name"], i["target"], i["unit"]) for i in t["indicators"]),
                checklist=tuple(t["checklist"]),
                review=_read_notes(t),
                position=t.get("position", ""),
                passage=t.get("passage", ""),
            )
            for t in data["tasks"]
        )
        projects = tuple(Project(p["no"], p["title"]) for p in data["projects"])
        left = tuple(Passage(p["text"], p["position"]) for p in data.get("left_out", ()))
        return Plan(data["title"], data["year"], data["source"], projects, tasks, _read_notes(data), left)
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError("保存的计划数据不完整，请重新读取原计划文件。", code="unreadable") from error
