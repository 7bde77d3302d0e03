"""BuildKit's progress (`moby.buildkit.trace`), decoded and told step by step.

The messages are moby/buildkit's `api/services/control/control.proto`: a StatusResponse has vertices (1), each
with digest (1), name (3), cached (4), started (5), completed (6) and error (7), and logs (3), each with
vertex (1) and text (4).
"""

from __future__ import annotations

from dataclasses import dataclass

from boatyard.builder.engines.base import Output
from boatyard.builder.engines.protobuf import fields

LAST_WORDS = 1000


@dataclass(frozen=True)
class Vertex:
    """A step as one message has it."""

    digest: str
    name: str
    cached: bool
    started: float | None
    completed: float | None
    error: str


@dataclass(frozen=True)
class Text:
    """What a step printed."""

    vertex: str
    text: str


def decode(data: bytes) -> tuple[list[Vertex], list[Text]]:
    """The steps and the texts of one message; Malformed if it is none."""
    vertices, texts = [], []
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            vertices.append(_vertex(value))
        elif number == 3 and isinstance(value, bytes):
            texts.append(_text(value))
    return vertices, texts


def _vertex(data: bytes) -> Vertex:
    found = dict(fields(data))
    return Vertex(
        digest=_string(found.get(1)),
        name=_string(found.get(3)),
        cached=bool(found.get(4, 0)),
        started=_moment(found.get(5)),
        completed=_moment(found.get(6)),
        error=_string(found.get(7)),
    )


def _text(data: bytes) -> Text:
    found = dict(fields(data))
    return Text(_string(found.get(1)), _string(found.get(4)))


def _string(value: int | bytes | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _moment(value: int | bytes | None) -> float | None:
    if not isinstance(value, bytes):
        return None
    found = dict(fields(value))
    seconds, nanos = found.get(1, 0), found.get(2, 0)
    return float(seconds) + float(nanos) / 1e9


@dataclass
class _Step:
    number: int
    done: bool = False
    said: str = ""


class Narrator:
    """Tells an output what the messages say, and remembers which step failed."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._steps: dict[str, _Step] = {}
        self.failed_step = ""
        """The name of the step that failed first, as the Dockerfile has it."""
        self.last_words = ""
        """What that step printed last."""

    def take(self, data: bytes) -> None:
        """Tell what one message says; Malformed if it is none."""
        vertices, texts = decode(data)
        for vertex in vertices:
            if vertex.started is not None:
                self._begin(vertex)
        for text in texts:
            step = self._steps.get(text.vertex)
            if step is not None:
                step.said = (step.said + text.text)[-LAST_WORDS:]
                self._output.text(step.number, text.text)
        for vertex in vertices:
            if vertex.completed is not None:
                self._end(vertex)

    def _begin(self, vertex: Vertex) -> None:
        if vertex.digest not in self._steps:
            step = self._steps[vertex.digest] = _Step(len(self._steps) + 1)
            self._output.step(step.number, vertex.name)

    def _end(self, vertex: Vertex) -> None:
        step = self._steps.get(vertex.digest)
        if step is None or step.done:
            return
        step.done = True
        took = vertex.completed - vertex.started if vertex.completed and vertex.started else None
        if vertex.error and not self.failed_step:
            self.failed_step, self.last_words = vertex.name, step.said
        self._output.done(step.number, cached=vertex.cached, seconds=took, error=vertex.error)
