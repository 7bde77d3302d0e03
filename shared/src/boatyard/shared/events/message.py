"""The base of everything that travels between services: facts, jobs and questions."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh identifier that sorts by the time it was made (UUIDv7, RFC 9562 §5.7)."""
    return uuid7()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - messages stamp themselves where no clock was given


class Wire(BaseModel):
    """A frozen value with a fixed set of fields, carried as JSON under one versioned subject.

    A field nobody declared is refused when the value is built, so a typo is found by its author,
    and ignored when it is read, so an older reader survives a newer writer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: ClassVar[str] = ""

    def __init_subclass__(cls, *, subject: str = "", **kwargs: Any) -> None:
        """Register the class under `subject`, and insist on the docstring that documents it."""
        super().__init_subclass__(**kwargs)
        if subject:
            if not cls.__dict__.get("__doc__"):
                raise TypeError(f"{cls.__name__} needs a docstring: it is its catalogue entry")
            cls.subject = subject

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a value written by any version of its writer; pydantic's ValidationError if unreadable."""
        return cls.model_validate_json(data, extra="ignore")

    def encode(self) -> bytes:
        """The JSON bytes that travel."""
        return self.model_dump_json().encode()


class Message(Wire):
    """A fact or a job. Its `id` is what every hop deduplicates on.

    `trace` is the span that it was published in (`traceparent`, W3C Trace Context), where spans are recorded.
    """

    id: UUID = Field(default_factory=new_id)
    occurred_at: AwareDatetime = Field(default_factory=_now)
    trace: str | None = Field(default=None, max_length=55)


class Event(Message):
    """A fact for whoever wants to know, named in the past tense; any number of consumers."""


class Command(Message):
    """A job for exactly one service, named in the imperative."""


AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Question(Wire, Generic[AnswerT]):
    """A request that one service answers at once; never stored, so never a place for a fact."""

    answer_type: ClassVar[type[BaseModel]]


class Survey(Question[AnswerT], Generic[AnswerT]):
    """A question that every process answers for itself: who asks gathers the answers."""
