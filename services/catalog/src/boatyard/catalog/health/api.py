"""The route of the health of all processes."""

from __future__ import annotations

from boatyard.catalog.accounts.api import administrator
from boatyard.catalog.dependencies import SignedIn, State
from boatyard.catalog.health.schemas import BoatyardHealthView, ProcessHealthView
from boatyard.shared.events import SERVICE_NAMES, AskHealth
from boatyard.shared.http import Router, problems

router = Router(prefix="/api/v1/administration/health", tags=["administration"])
SURVEY_SECONDS = 1.5
"""Half a second more than a process takes for its checks: who has not answered by then is not well."""


@router.get("", summary="Ask every process how it is", responses=problems(401, 403))
async def read_health(access: SignedIn, state: State) -> BoatyardHealthView:
    """How each process of each service is, wherever it runs; for administrators.

    The processes are asked over NATS, which takes a second and a half. What is not well is in the answer, and
    never in its status.
    """
    administrator(access)
    asked = state.bus.connected
    answers = await state.bus.survey(AskHealth(), seconds=SURVEY_SECONDS) if asked else []
    answered = {service for answer in answers for service in answer.services}
    return BoatyardHealthView(
        asked=asked,
        processes=[
            ProcessHealthView.model_validate(answer)
            for answer in sorted(answers, key=lambda answer: (answer.services, answer.process))
        ],
        missing=[service for service in SERVICE_NAMES if service not in answered],
    )
