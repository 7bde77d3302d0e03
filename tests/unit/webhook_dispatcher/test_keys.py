"""The secrets of a webhook: kept sealed, shown never, rotated with grace."""

from __future__ import annotations

import base64
import datetime as dt
import os
from pathlib import Path
from uuid import UUID

import pytest

from boatyard.shared.signing import new_secret
from boatyard.webhook_dispatcher.keys import MAX_OLD_KEYS, Keys
from boatyard.webhook_dispatcher.vault import Vault, VaultError

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
HOOK = UUID(int=7)


def test_what_is_sealed_opens_again() -> None:
    vault = Vault(os.urandom(32))
    keys = Keys(current=new_secret(), robot="SEC123").rotated(new_secret(), now=NOW, grace=DAY)
    assert Keys.unseal(vault, keys.seal(vault, HOOK), HOOK) == keys


def test_a_sealed_secret_is_not_readable_and_opens_for_its_webhook_alone() -> None:
    vault, keys = Vault(os.urandom(32)), Keys(current=new_secret())
    sealed = keys.seal(vault, HOOK)
    assert keys.current.encode() not in sealed
    with pytest.raises(VaultError):
        Keys.unseal(vault, sealed, UUID(int=8))
    with pytest.raises(VaultError, match="BOATYARD_WEBHOOK_DISPATCHER_SECRETS_KEY"):
        Keys.unseal(Vault(os.urandom(32)), sealed, HOOK)


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = Vault.open("", tmp_path), Vault.open("", tmp_path)
    assert second.unseal(first.seal("x", owner=b"o"), owner=b"o") == "x"
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_given_is_used_and_a_wrong_one_refused(tmp_path: Path) -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    sealed = Vault.open(key, tmp_path).seal("x", owner=b"o")
    assert Vault.open(key, tmp_path).unseal(sealed, owner=b"o") == "x"
    assert not list(tmp_path.iterdir())
    for wrong in ("short", base64.b64encode(b"16 bytes exactly").decode()):
        with pytest.raises(VaultError):
            Vault.open(wrong, tmp_path)


def test_secrets_are_not_part_of_what_is_printed() -> None:
    keys = Keys(current=new_secret(), robot="SEC123").rotated(new_secret(), now=NOW, grace=DAY)
    assert "whsec_" not in repr(keys)
    assert "SEC123" not in repr(keys)
    assert "whsec_" not in repr(keys.at(NOW))


def test_both_secrets_sign_until_the_grace_period_ends() -> None:
    keys = Keys(current=new_secret()).rotated(new_secret(), now=NOW, grace=DAY)
    assert len(keys.at(NOW).signing) == 2
    assert len(keys.at(NOW + DAY - SECOND).signing) == 2
    assert len(keys.at(NOW + DAY).signing) == 1
    assert len(keys.at(NOW + DAY + SECOND).signing) == 1


def test_without_grace_the_old_secret_is_gone_at_once() -> None:
    keys = Keys(current=new_secret()).rotated(new_secret(), now=NOW, grace=dt.timedelta())
    assert not keys.old


def test_only_so_many_old_secrets_are_kept() -> None:
    keys = Keys(current=new_secret())
    for _ in range(20):
        keys = keys.rotated(new_secret(), now=NOW, grace=DAY)
    assert len(keys.old) == MAX_OLD_KEYS
