"""What the account routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from boatyard.catalog.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from boatyard.shared.oci import Name
from boatyard.shared.schemas import Input, Output


def _check_password(password: str) -> str:
    if "\x00" in password:
        raise ValueError("must not contain the character NUL")
    return password


NewPassword = Annotated[
    str,
    StringConstraints(min_length=MIN_LENGTH, max_length=MAX_LENGTH),
    AfterValidator(_check_password),
]
GivenPassword = Annotated[str, StringConstraints(max_length=MAX_LENGTH)]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")
]
Language = Literal["en", "zh"]


class SignUp(Input):
    """A new account."""

    username: Name = Field(
        description="Also the namespace of the account's images; it never changes.",
        examples=["captain"],
    )
    password: NewPassword = Field(examples=["a long pass phrase"])
    email: Email | None = Field(default=None, examples=["captain@example.com"])
    language: Language = "en"


class SignIn(Input):
    """A username and its password."""

    username: str = Field(max_length=256, examples=["captain"])
    password: GivenPassword = Field(examples=["a long pass phrase"])


class AccountChange(Input):
    """What to change; what is left out stays."""

    email: Email | None = Field(
        default=None, description="Null takes it away.", examples=["captain@example.com"]
    )
    language: Language | None = None
    password: NewPassword | None = Field(default=None, description="The new password.")
    current_password: GivenPassword | None = Field(
        default=None, description="Needed to set a new password."
    )


class AccountView(Output):
    """An account, as its owner sees it."""

    username: str = Field(examples=["captain"])
    email: str | None
    language: Language
    administrator: bool = Field(description="Whether it administers this Boatyard.")
    created_at: dt.datetime


class ManagedAccount(AccountView):
    """An account, as an administrator sees it."""

    disabled: bool


class AccountRights(Input):
    """What an administrator changes about an account."""

    disabled: bool | None = None
    administrator: bool | None = None


class SessionView(Output):
    """Who is signed in."""

    account: AccountView
    csrf_token: str = Field(
        description="Send it as `X-CSRF-Token` with every request that changes something."
    )
