"""The shapes of answers: what all answers share."""

from pydantic import BaseModel


class Page(BaseModel):
    """A page of a list: `next` goes into `cursor` for the next page."""

    next: str | None = None


class ErrorInfo(BaseModel):
    """A stable code and a sentence."""

    code: str
    text: str
