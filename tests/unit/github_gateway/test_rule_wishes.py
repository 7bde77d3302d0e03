from typing import Any

import pytest
from pydantic import ValidationError

from boatyard.github_gateway.sources.ruleactions import rule_of
from boatyard.github_gateway.sources.schemas import RuleWish
from boatyard.shared.errors import Invalid


def wish(**fields: Any) -> RuleWish:
    sane = {"type": "branch", "pattern": "main", "versions": "latest", "override": True}
    return RuleWish.model_validate({**sane, **fields})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pattern": "a b"}, "pattern"),
        ({"pattern": "/^(/"}, "pattern"),
        ({"pattern": "/^($/"}, "pattern"),
        ({"pattern": "a\x00b"}, "pattern"),
        ({"versions": "{1}"}, "versions"),
        ({"versions": "a/b"}, "versions"),
        ({"versions": "\x00"}, "versions"),
        ({"dockerfile": "../x"}, "dockerfile"),
        ({"context": "/x"}, "context"),
        ({"paths": ["!x"]}, "paths"),
    ],
)
def test_what_can_only_be_wrong_is_refused_with_its_field(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        rule_of(wish(**fields))
    assert [problem.field for problem in caught.value.fields] == [f"body.{field}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"arguments": {"a b": "c"}},
        {"arguments": {"A": "x\x00"}},
        {"arguments": {f"A{number}": "" for number in range(51)}},
        {"timeout_seconds": 1},
        {"type": "commit"},
        {"colour": "red"},
        {"pattern": ""},
        {"versions": ""},
    ],
)
def test_what_has_not_the_shape_of_a_rule_is_no_wish(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wish(**fields)


def test_a_rule_is_read_from_a_wish() -> None:
    rule = rule_of(wish(type="tag", pattern="v*", versions="{1},latest", context="./a/"))
    assert (rule.kind, rule.context, len(rule.templates)) == ("tag", "a", 2)
