"""The difference between the topology table and a living broker, and making it nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from shared.management import Management, ManagementMissing
from shared.topology.options import TopologyOptions
from shared.topology.rights import RIGHTS, Rights
from shared.topology.table import POLICY_PREFIX, Binding, Queue, Topology, topology


class Action(StrEnum):
    """What `apply` does with one object."""

    KEEP = "keep"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    CONFLICT = "conflict"  # cannot be changed on a living object: a person must move its messages and delete it


@dataclass(frozen=True, slots=True)
class Step:
    """One object of the broker and what becomes of it. `body` goes to the management API."""

    what: str
    name: str
    action: Action
    detail: str
    method: str = "PUT"
    path: str = ""
    body: Any = None


def _q(name: str) -> str:
    return quote(name, safe="")


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    keys = sorted(set(wanted) | set(found))
    return ", ".join(f"{k}: {found.get(k)!r} → {wanted.get(k)!r}" for k in keys if wanted.get(k) != found.get(k))


async def _policy_steps(api: Management, table: Topology) -> list[Step]:
    found = {p["name"]: p for p in await api.get("policies/{vhost}")}
    steps = []
    for policy in table.policies:
        body: dict[str, Any] = {
            "pattern": policy.pattern,
            "definition": policy.definition,
            "apply-to": policy.apply_to,
            "priority": 10,
        }
        path = f"policies/{{vhost}}/{_q(policy.name)}"
        old = found.get(policy.name)
        if old is None:
            detail = ", ".join(f"{k}={v}" for k, v in policy.definition.items())
            steps.append(Step("policy", policy.name, Action.CREATE, detail, path=path, body=body))
            continue
        wrong = _differences(body["definition"], old["definition"]) or _differences(
            {k: body[k] for k in ("pattern", "apply-to", "priority")},
            {k: old[k] for k in ("pattern", "apply-to", "priority")},
        )
        action = Action.CHANGE if wrong else Action.KEEP
        steps.append(Step("policy", policy.name, action, wrong, path=path, body=body))
    known = {p.name for p in table.policies}
    steps += [
        Step("policy", name, Action.DELETE, "not in the table", "DELETE", f"policies/{{vhost}}/{_q(name)}")
        for name in found
        if name.startswith(POLICY_PREFIX) and name not in known
    ]
    return steps


async def _exchange_steps(api: Management, table: Topology) -> list[Step]:
    found = {e["name"]: e["type"] for e in await api.get("exchanges/{vhost}")}
    steps = []
    for exchange in table.exchanges:
        body = {"type": exchange.type, "durable": True, "auto_delete": False, "internal": False, "arguments": {}}
        path = f"exchanges/{{vhost}}/{_q(exchange.name)}"
        old = found.get(exchange.name)
        action = Action.CREATE if old is None else Action.KEEP if old == exchange.type else Action.CONFLICT
        detail = exchange.type if old in (None, exchange.type) else f"is {old}, must be {exchange.type}"
        steps.append(Step("exchange", exchange.name, action, detail, path=path, body=body))
    return steps


def _queue_step(queue: Queue, found: Mapping[str, Any]) -> Step:
    arguments = {"x-queue-type": "quorum", **queue.arguments}
    path = f"queues/{{vhost}}/{_q(queue.name)}"
    body = {"durable": True, "auto_delete": False, "arguments": arguments}
    old = found.get(queue.name)
    if old is None:
        return Step("queue", queue.name, Action.CREATE, "quorum", path=path, body=body)
    have = {k: v for k, v in old.get("arguments", {}).items() if k.startswith("x-")}
    wrong = _differences(arguments, have)
    return Step("queue", queue.name, Action.CONFLICT if wrong else Action.KEEP, wrong, path=path, body=body)


def _binding_key(binding: Binding | Mapping[str, Any]) -> tuple[str, str, str]:
    if isinstance(binding, Binding):
        return binding.exchange, binding.key, repr(sorted(binding.arguments.items()))
    return binding["source"], binding["routing_key"], repr(sorted(binding["arguments"].items()))


async def _queue_steps(api: Management, table: Topology) -> list[Step]:
    found = {q["name"]: q for q in await api.get("queues/{vhost}?columns=name,arguments")}
    bound: dict[str, set[tuple[str, str, str]]] = {}
    for binding in await api.get("bindings/{vhost}"):
        if binding["destination_type"] == "queue" and binding["source"]:
            bound.setdefault(binding["destination"], set()).add(_binding_key(binding))
    steps = [_queue_step(queue, found) for queue in table.queues]
    for queue in table.queues:
        for binding in queue.bindings:
            have = _binding_key(binding) in bound.get(queue.name, set())
            steps.append(
                Step(
                    "binding",
                    f"{binding.exchange} → {queue.name}",
                    Action.KEEP if have else Action.CREATE,
                    binding.key or ", ".join(f"{k}={v}" for k, v in binding.arguments.items()),
                    "POST",
                    f"bindings/{{vhost}}/e/{_q(binding.exchange)}/q/{_q(queue.name)}",
                    {"routing_key": binding.key, "arguments": binding.arguments},
                )
            )
    return steps


async def _found(api: Management, path: str) -> Any:
    try:
        return await api.get(path)
    except ManagementMissing:
        return None


async def _rights_steps(api: Management, rights: Rights, password: str) -> list[Step]:
    user = _q(rights.user)
    wanted = {"configure": rights.configure, "write": rights.write, "read": rights.read}
    have = await _found(api, f"permissions/{{vhost}}/{user}")
    same = have is not None and all(have.get(k) == v for k, v in wanted.items())
    exists = await _found(api, f"users/{user}")
    account = {
        "password": password,
        "tags": ",".join(rights.tags),
    }  # a comma-separated text: understood by 3.10 and 4.x
    steps = [
        # The broker keeps a salted hash, which cannot be compared: the password is set anew each time.
        Step(
            "user",
            rights.user,
            Action.CHANGE if exists else Action.CREATE,
            "password",
            path=f"users/{user}",
            body=account,
        ),
        Step(
            "permissions",
            rights.user,
            Action.KEEP if same else Action.CHANGE if have else Action.CREATE,
            f"write {rights.write}",
            path=f"permissions/{{vhost}}/{user}",
            body=wanted,
        ),
    ]
    topics = {t["exchange"]: t["write"] for t in (await _found(api, f"topic-permissions/{{vhost}}/{user}") or [])}
    for exchange, pattern in rights.topics.items():
        steps.append(
            Step(
                "topic permissions",
                f"{rights.user} on {exchange}",
                Action.KEEP if topics.get(exchange) == pattern else Action.CREATE,
                pattern,
                path=f"topic-permissions/{{vhost}}/{user}",
                body={"exchange": exchange, "write": pattern, "read": ".*"},
            )
        )
    return steps


async def plan(api: Management, options: TopologyOptions) -> list[Step]:
    """What `apply` would do, in its order: policies first, so that no queue ever stands without its limit."""
    table = topology(options)
    steps = await _policy_steps(api, table)
    steps += await _exchange_steps(api, table)
    steps += await _queue_steps(api, table)
    for rights in RIGHTS:
        if password := options.passwords.get(rights.role):
            steps += await _rights_steps(api, rights, password)
    return steps


async def apply(api: Management, options: TopologyOptions) -> list[Step]:
    """Carries the plan out and returns it. Conflicts are left as they are and returned as such. Safe to repeat."""
    steps = await plan(api, options)
    for step in steps:
        if step.action in (Action.CREATE, Action.CHANGE):
            await (api.put if step.method == "PUT" else api.post)(step.path, step.body)
        elif step.action is Action.DELETE:
            await api.delete(step.path)
    return steps
