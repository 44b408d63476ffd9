"""The documents that are made from code are current, and what they point to is there."""

import json
import re
from typing import Any

import pytest

from shared.messages.asyncapi import document
from shared.messages.kinds import KINDS
from tests.support.command import printsweep
from tests.support.process import ROOT

pytestmark = pytest.mark.acceptance


async def test_the_documents_are_current() -> None:
    done = await printsweep("docs", "--check")
    assert (done.status, done.out.strip()) == (0, "all current"), done.err


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [v for k, v in node.items() if k == "$ref"] + [r for v in node.values() for r in _refs(v)]
    return [r for v in node for r in _refs(v)] if isinstance(node, list) else []


def test_the_asyncapi_document_names_every_kind_and_its_references_resolve() -> None:
    made = json.loads(json.dumps(document()))
    assert set(made["components"]["messages"]) == set(KINDS)
    for reference in _refs(made):
        found = made
        for step in reference.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/")]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/compose.md"])
def test_links_inside_the_documents_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{name}: {target}"
