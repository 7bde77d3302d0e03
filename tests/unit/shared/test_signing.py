from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from svix import webhooks as svix

from boatyard.shared.clock import SystemClock
from boatyard.shared.signing import (
    BadSignature,
    KeyPair,
    PublicKey,
    Signer,
    SymmetricKey,
    new_key_pair,
    new_secret,
    read_signer,
    same_secret,
    signed_headers,
    verify,
)

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
BODY = json.dumps({"type": "tag.pushed", "data": {"tag": "größe-🚢"}}, ensure_ascii=False).encode()


def key() -> SymmetricKey:
    return SymmetricKey.parse(new_secret())


def test_the_example_of_the_specifications_libraries_is_signed_alike() -> None:
    signer = SymmetricKey.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    assert signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [signer]
    ) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_what_we_sign_the_standard_library_believes() -> None:
    secret = new_secret()
    headers = signed_headers("msg_1", SystemClock().now(), BODY, [SymmetricKey.parse(secret)])
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)


def test_what_the_standard_library_signs_we_believe() -> None:
    secret = new_secret()
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", NOW, BODY.decode()),
    }
    verify(headers, BODY, [SymmetricKey.parse(secret)], now=NOW)
    with pytest.raises(BadSignature):
        verify(headers, BODY, [key()], now=NOW)


def test_while_secrets_are_rotated_the_old_and_the_new_one_are_believed() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    signers = [SymmetricKey.parse(new), SymmetricKey.parse(old)]
    headers = signed_headers("msg_1", SystemClock().now(), BODY, signers)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
        svix.Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)
    with pytest.raises(svix.WebhookVerificationError):
        svix.Webhook(other).verify(BODY, headers)


# The vector of Svix's server (`test_asymmetric_key_signing`), whose signature is the specification's example.
PAIR = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="


def test_the_example_of_an_asymmetric_signature_is_signed_alike() -> None:
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [KeyPair.parse(PAIR)]
    )
    assert headers["webhook-signature"] == (
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
    )
    verify(headers, b'{"test": 2432232314}', [PublicKey.parse(PUBLIC)], now=at)


def test_a_public_key_believes_its_pair_and_no_other() -> None:
    pair = new_key_pair()
    headers = signed_headers("msg_1", NOW, BODY, [pair])
    verify(headers, BODY, [pair.public], now=NOW)
    for body, believer in ((BODY, new_key_pair().public), (BODY + b" ", pair.public)):
        with pytest.raises(BadSignature):
            verify(headers, body, [believer], now=NOW)


def test_while_schemes_are_changed_receivers_of_either_believe() -> None:
    secret, pair = new_secret(), new_key_pair()
    both: tuple[Signer, Signer] = (pair, SymmetricKey.parse(secret))
    for signers in (both, both[::-1]):
        now = SystemClock().now()
        headers = signed_headers("msg_1", now, BODY, signers)
        verify(headers, BODY, [pair.public], now=now)
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
        svix.Webhook(secret).verify(BODY, headers)


def test_a_key_pair_is_kept_and_read_again() -> None:
    pair = new_key_pair()
    again = KeyPair.parse(pair.reveal())
    assert again.reveal() == pair.reveal()
    assert PublicKey.parse(str(pair.public)) == pair.public == again.public
    assert (KeyPair.parse(PAIR).reveal(), str(KeyPair.parse(PAIR).public)) == (PAIR, PUBLIC)


def test_a_signer_is_read_by_its_prefix() -> None:
    assert isinstance(read_signer(PAIR), KeyPair)
    assert isinstance(read_signer(new_secret()), SymmetricKey)
    with pytest.raises(ValueError, match="must begin with whsec_"):
        read_signer(PUBLIC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PUBLIC, "must begin with whsk_"),
        ("whsk_not base64!", "must be base64 after whsk_"),
        ("whsk_" + base64.b64encode(b"x" * 32).decode(), "must hold 64 bytes, holds 32"),
        (
            "whsk_" + base64.b64encode(b"x" * 64).decode(),
            "the private and the public key don't belong together",
        ),
    ],
)
def test_a_bad_key_pair_is_refused_without_being_repeated(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$") as fault:
        KeyPair.parse(text)
    assert fault.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PAIR, "must begin with whpk_"),
        ("whpk_!", "must be base64 after whpk_"),
        ("whpk_", "must hold 32 bytes, holds 0"),
    ],
)
def test_a_bad_public_key_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        PublicKey.parse(text)


@pytest.mark.parametrize("signature", [b"", b"x", b"\0" * 64, b"\xff" * 64, b"x" * 65])
def test_no_bytes_pass_for_a_signature(signature: bytes) -> None:
    assert not PublicKey.parse(PUBLIC).matches(BODY, signature)


def test_a_key_pair_does_not_show_itself() -> None:
    assert repr(KeyPair.parse(PAIR)) == str(KeyPair.parse(PAIR)) == "KeyPair()"


@given(st.binary(max_size=200), st.binary(min_size=24, max_size=64))
def test_any_bytes_signed_with_any_key_verify_and_no_changed_ones_do(
    body: bytes, secret: bytes
) -> None:
    signer = SymmetricKey(secret)
    headers = signed_headers("msg_1", NOW, body, [signer])
    verify(headers, body, [signer], now=NOW)
    with pytest.raises(BadSignature):
        verify(headers, body + b"\0", [signer], now=NOW)
    with pytest.raises(BadSignature):
        verify({**headers, "webhook-id": "msg_2"}, body, [signer], now=NOW)
    with pytest.raises(BadSignature):
        verify(
            {**headers, "webhook-timestamp": str(int(NOW.timestamp()) + 1)}, body, [signer], now=NOW
        )


@pytest.mark.parametrize(("age", "believed"), [(299, True), (300, True), (301, False)])
def test_a_webhook_is_believed_for_five_minutes_before_and_after(age: int, believed: bool) -> None:
    signer = key()
    headers = signed_headers("msg_1", NOW, BODY, [signer])
    for now in (NOW + dt.timedelta(seconds=age), NOW - dt.timedelta(seconds=age)):
        if believed:
            verify(headers, BODY, [signer], now=now)
        else:
            with pytest.raises(BadSignature, match="too far from now"):
                verify(headers, BODY, [signer], now=now)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(missing: str) -> None:
    signer = key()
    headers = signed_headers("msg_1", NOW, BODY, [signer])
    del headers[missing]
    with pytest.raises(BadSignature, match=f"the header {missing} is missing"):
        verify(headers, BODY, [signer], now=NOW)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "1.5", "٣", "9" * 13, "1767225600 "])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    headers = {**signed_headers("msg_1", NOW, BODY, [key()]), "webhook-timestamp": timestamp}
    with pytest.raises(BadSignature, match="not a number of seconds"):
        verify(headers, BODY, [key()], now=NOW)


@pytest.mark.parametrize(
    "signature",
    ["", "v1", "v1,", "v1,!", "v2,AAAA", ",", "v1a,AAAA", " ", "v1,AAAA v1,é", "v1,\ud800"],
)
def test_a_malformed_or_foreign_signature_is_not_right(signature: str) -> None:
    headers = {**signed_headers("msg_1", NOW, BODY, [key()]), "webhook-signature": signature}
    with pytest.raises(BadSignature, match="no signature is right"):
        verify(headers, BODY, [key()], now=NOW)


def test_a_right_signature_counts_beside_wrong_and_foreign_ones() -> None:
    signer = key()
    headers = signed_headers("msg_1", NOW, BODY, [signer])
    headers["webhook-signature"] = f"v1a,AAAA v1,! {headers['webhook-signature']} v9,x"
    verify(headers, BODY, [signer], now=NOW)
    assert "v1a" in headers["webhook-signature"]


def test_a_new_secret_is_long_random_and_readable() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(SymmetricKey.parse(first).key) == 32


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "must begin with whsec_"),
        ("whpk_AAAA", "must begin with whsec_"),
        ("whsec_not base64!", "must be base64 after whsec_"),
        ("whsec_é", "must be base64 after whsec_"),
        ("whsec_", "must hold 24 to 64 bytes, holds 0"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "must hold 24 to 64 bytes, holds 23"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "must hold 24 to 64 bytes, holds 65"),
    ],
)
def test_a_bad_secret_is_refused_without_being_repeated(secret: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$") as fault:
        SymmetricKey.parse(secret)
    assert fault.value.__cause__ is None


def test_a_key_does_not_show_itself() -> None:
    secret = new_secret()
    shown = repr(SymmetricKey.parse(secret)) + str(SymmetricKey.parse(secret))
    assert shown == "SymmetricKey()SymmetricKey()"


@pytest.mark.parametrize("message_id", ["", "a.b", "."])
def test_an_id_that_would_blur_what_is_signed_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="full stop"):
        signed_headers(message_id, NOW, BODY, [key()])


def test_nothing_goes_out_unsigned() -> None:
    with pytest.raises(ValueError, match="nobody signs"):
        signed_headers("msg_1", NOW, BODY, [])


@given(st.text(), st.text())
def test_secrets_are_compared_whatever_characters_they_hold(given_: str, expected: str) -> None:
    assert same_secret(given_, expected) == (given_ == expected)
    assert same_secret(given_ + "\ud800", given_ + "\ud800")
