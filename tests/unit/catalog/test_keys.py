"""The keys that sign the registry's tokens."""

import stat
from pathlib import Path

import pytest
from cryptography import x509

from boatyard.catalog.registry_auth.keys import RENEW_DAYS, KeyRing
from boatyard.shared.clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_a_ring_is_made_once_and_read_afterwards(tmp_path: Path, clock: SetClock) -> None:
    first = KeyRing.open(tmp_path / "keys", clock)
    again = KeyRing.open(tmp_path / "keys", clock)
    assert first.root_pem == again.root_pem
    assert first.key().id == again.key().id


def test_nobody_else_can_read_the_keys(tmp_path: Path, clock: SetClock) -> None:
    folder = tmp_path / "keys"
    KeyRing.open(folder, clock)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.pem")}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_rotated_key_is_of_the_same_root(tmp_path: Path, clock: SetClock) -> None:
    ring = KeyRing.open(tmp_path, clock)
    before, root = ring.key(), ring.root_pem
    clock.advance(seconds=1)
    after = ring.rotate()
    assert (ring.key().id, ring.root_pem) == (after.id, root)
    assert before.id != after.id


def test_two_rotations_in_one_moment_are_two_keys(tmp_path: Path, clock: SetClock) -> None:
    ring = KeyRing.open(tmp_path, clock)
    ids = {ring.key().id, ring.rotate().id, ring.rotate().id}
    assert len(ids) == 3
    assert len(list(tmp_path.glob("leaf-*.pem"))) == 3


def test_another_process_takes_the_new_key(tmp_path: Path, clock: SetClock) -> None:
    ours, theirs = KeyRing.open(tmp_path, clock), KeyRing.open(tmp_path, clock)
    ours.key()
    clock.advance(seconds=1)
    new = theirs.rotate()
    assert ours.key().id == new.id


def test_a_key_is_replaced_before_it_ends(tmp_path: Path, clock: SetClock) -> None:
    ring = KeyRing.open(tmp_path, clock)
    first = ring.key()
    clock.advance(days=365 - RENEW_DAYS - 1)
    assert ring.key().id == first.id
    clock.advance(days=2)
    assert ring.key().id != first.id


def test_a_ring_that_was_not_opened_for_long_has_a_good_key(
    tmp_path: Path, clock: SetClock
) -> None:
    KeyRing.open(tmp_path, clock)
    clock.advance(days=400)
    assert KeyRing.open(tmp_path, clock).key().ends_at > clock.now()


def test_the_root_says_that_it_may_sign_and_the_leaf_that_it_may_not(
    tmp_path: Path, clock: SetClock
) -> None:
    ring = KeyRing.open(tmp_path, clock)
    root = x509.load_pem_x509_certificate(ring.root_pem.encode())
    [leaf_path] = tmp_path.glob("leaf-*.pem")
    leaf = x509.load_pem_x509_certificate(leaf_path.read_bytes())
    authority = [
        certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        for certificate in (root, leaf)
    ]
    assert authority == [True, False]
