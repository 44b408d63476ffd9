"""The names of the entities that a user may see."""

import html

from services.glpi_sync.client.errors import GlpiUnexpectedAnswer
from services.glpi_sync.client.session import GlpiSession
from shared.text import clean

MAX_ENTITIES = 20_000


async def read_entities(glpi: GlpiSession) -> dict[int, str]:
    """Entity id → complete name ("Root entity > Client A > Site 1"), also in GLPI 10, which sends it encoded."""
    answer = await glpi.call("GET", "getMyEntities", params={"is_recursive": "1"})
    rows = answer.body.get("myentities") if isinstance(answer.body, dict) else None
    if isinstance(rows, dict):  # PHP writes a list with gaps as an object
        rows = list(rows.values())
    if not isinstance(rows, list):
        raise GlpiUnexpectedAnswer("(getMyEntities gave no entities)")
    return {
        row["id"]: clean(html.unescape(str(row.get("name", ""))))
        for row in rows[:MAX_ENTITIES]
        if isinstance(row, dict) and isinstance(row.get("id"), int)
    }
