"""The messages as an AsyncAPI 3.0 document and as a page for people, both made from the table of kinds."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from shared import __version__
from shared.messages.kinds import KINDS, Kind
from shared.topology.options import TopologyOptions
from shared.topology.rights import RIGHTS
from shared.topology.table import topology

_REF = "#/components/schemas/{model}"


def _purpose(kind: Kind) -> str:
    return " ".join((kind.body.__doc__ or "").split())


def _senders(kind: Kind) -> list[str]:
    exchanges = {r.role: r for r in RIGHTS}
    return sorted(
        role
        for role, rights in exchanges.items()
        if re.search(rights.write, kind.exchange)
        and re.search(rights.topics.get(kind.exchange, ".*"), kind.key.format(site="main", lane="urgent", reply_to="x"))
    )


def document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: a channel per exchange and routing key, a message per kind."""
    models = sorted({k.body for k in KINDS.values()}, key=lambda m: m.__name__)
    _, schemas = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for kind in sorted(KINDS.values(), key=lambda k: k.name):
        channel_id = f"{kind.exchange}.{kind.key}".replace("{", "").replace("}", "")
        channel = channels.setdefault(
            channel_id,
            {
                "address": kind.key,
                "messages": {},
                "bindings": {
                    "amqp": {"is": "routingKey", "exchange": {"name": kind.exchange, "type": "topic", "durable": True}}
                },
            },
        )
        if "{" in kind.key:
            names = [part.split("}")[0] for part in kind.key.split("{")[1:]]
            channel["parameters"] = {name: {"description": f"The body's {name}"} for name in names}
        channel["messages"][kind.type] = {"$ref": f"#/components/messages/{kind.type}"}
        messages[kind.type] = {
            "name": kind.type,
            "summary": _purpose(kind),
            "contentType": "application/json",
            "payload": {"$ref": _REF.format(model=kind.body.__name__)},
            "bindings": {"amqp": {"messageType": kind.type}},
        }
        operations[f"receive.{kind.type}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{channel_id}"},
            "messages": [{"$ref": f"#/channels/{channel_id}/messages/{kind.type}"}],
            "summary": f"Received from {', '.join(kind.queues)}",
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "printsweep messages",
            "version": __version__,
            "description": "All messages of printsweep. The AMQP property `type` names the kind; bodies are JSON.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas["$defs"]},
    }


def page() -> str:
    """docs/messages.md: kinds, queues with their policies, and rights, as tables."""
    lines = [
        "# Messages, queues and rights",
        "",
        "Made by `./printsweep docs` from the tables in `shared/messages` and `shared/topology`. Bodies: "
        "[asyncapi.json](asyncapi.json).",
        "",
        "## Kinds",
        "",
        "| `type` | exchange, routing key | queues | may be sent by | meaning |",
        "|---|---|---|---|---|",
    ]
    for kind in sorted(KINDS.values(), key=lambda k: k.name):
        queues = ", ".join(f"`{q}`" for q in kind.queues)
        lines.append(
            f"| `{kind.type}` | `{kind.exchange}`, `{kind.key}` | {queues} | {', '.join(_senders(kind))} "
            f"| {_purpose(kind).replace('|', '/')} |"
        )
    table = topology(TopologyOptions())
    lines += ["", "## Queues (site `main`, default settings)", "", "| queue | consumer | policy |", "|---|---|---|"]
    for queue in table.queues:
        policy = ", ".join(f"{k} = {v!r}" if v == "" else f"{k} = {v}" for k, v in queue.policy.items())
        lines.append(f"| `{queue.name}` | {queue.consumer or '–'} | {policy} |")
    lines += ["", "## Rights", "", "| user | configure | write | read | topics |", "|---|---|---|---|---|"]
    for rights in RIGHTS:
        topics = "; ".join(f"{exchange}: `{pattern}`" for exchange, pattern in rights.topics.items()).replace(
            "|", "\\|"
        )
        cells = (f"`{p}`".replace("|", "\\|") for p in (rights.configure, rights.write, rights.read))
        lines.append(f"| `{rights.user}` | {' | '.join(cells)} | {topics} |")
    return "\n".join(lines) + "\n"
