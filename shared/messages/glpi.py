"""Bodies of the glpi.* kinds."""

from typing import Annotated, Literal

from pydantic import Field

from shared.messages.base import Body, Command, Id, Instant, LongText, PrinterId, ShortText
from shared.messages.polls import BATCH
from shared.words import GlpiVerdict


class SerialToCheck(Body):
    """A printer with the serial number that it told; null where it tells none."""

    printer_id: PrinterId
    serial: ShortText | None = None


class GlpiCheck(Command):
    """Look up some serial numbers now."""

    serials: Annotated[list[SerialToCheck], Field(min_length=1, max_length=BATCH)]
    requested_by: ShortText = ""


class GlpiReconcile(Command):
    """Match the known serials with GLPI: a pass. It reads all of GLPI's printers once, whatever it judges.

    Without `limit` every known serial is judged anew. With it, at most that many printers: those without a verdict,
    with another serial than was judged, or with a verdict older than the recheck age, the oldest first; `force` lets
    it take fresh verdicts too. `dry_run` counts and records no verdict. The same `pass_id` again is the same pass.
    """

    pass_id: Id
    limit: Annotated[int, Field(ge=1)] | None = None
    force: bool = False
    dry_run: bool = False
    requested_by: ShortText = ""


class GlpiMatch(Body):
    """One row of GLPI that matches."""

    id: int
    name: ShortText | None = None
    serial: ShortText | None = None
    entity_id: int | None = None
    entity: ShortText | None = None
    is_dynamic: bool = False
    in_trash: bool = False


class PrinterVerdict(Body):
    """The verdict on one printer with its evidence. Several matches are reported, never written to."""

    printer_id: PrinterId
    serial: ShortText | None = None
    verdict: GlpiVerdict
    matches: Annotated[list[GlpiMatch], Field(max_length=50)] = []
    reason: LongText = ""
    checked_at: Instant


class GlpiChecked(Body):
    """Verdicts, in batches."""

    pass_id: Id | None = None
    verdicts: Annotated[list[PrinterVerdict], Field(max_length=BATCH)]


class GlpiReconciled(Body):
    """A pass has begun (state running), ended (done) or failed. `counts` is verdict name → printers."""

    pass_id: Id
    state: Literal["running", "done", "failed"]
    dry_run: bool = False
    started_at: Instant
    finished_at: Instant | None = None
    glpi_printers: int = 0
    counts: dict[GlpiVerdict, int] = {}
    error: LongText | None = None
