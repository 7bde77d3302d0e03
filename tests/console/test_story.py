"""The whole story of a newcomer, from an account to a pulled image and a webhook that was told twice."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD
from tests.console.conftest import NewVisitor
from tests.console.endpoint import Endpoint
from tests.console.visitor import Visitor

WORDS = {
    "en": {
        "make account": "Make an account",
        "sign-up page": "Make your account",
        "one pull": "1 pull",
        "username": "Username",
        "password": "Password",
        "sign up": "Sign up",
        "create": "Create repository",
        "name": "Repository name",
        "summary": "Summary",
        "public": "Public",
        "make": "Create",
        "no tags": "No tags yet",
        "pull": "Copy the pull command of 1.0",
        "webhooks": "Webhooks",
        "new": "New",
        "url": "Address",
        "secret shown": "The signing secret",
        "kept": "I have kept it",
        "records": "Access records of Deploy",
        "hook name": "Name",
        "delivered": "delivered",
        "open": "Open the record",
        "redeliver": "Redeliver",
        "again": "It is being sent again",
        "second": "Attempt 2",
    },
    "zh": {
        "make account": "注册新账号",
        "sign-up page": "注册账号",
        "one pull": "1 次拉取",
        "username": "用户名",
        "password": "密码",
        "sign up": "注册",
        "create": "创建新的仓库",
        "name": "仓库名称",
        "summary": "摘要",
        "public": "公开",
        "make": "创建",
        "no tags": "还没有镜像版本",
        "pull": "复制 1.0 的拉取命令",
        "webhooks": "Webhook",
        "new": "新建",
        "url": "地址",
        "secret shown": "签名密钥",
        "kept": "我已保存",
        "records": "Deploy 的访问记录",
        "hook name": "名称",
        "delivered": "已送达",
        "open": "查看记录",
        "redeliver": "重新发送",
        "again": "正在重新发送",
        "second": "第 2 次尝试",
    },
}


def signs_up_and_makes_a_repository(somebody: Visitor, words: dict[str, str], name: str) -> None:
    page = somebody.opens("/")
    somebody.clicks(words["make account"], role="link")
    # Signing in asks for a name and a password, too.
    page.get_by_role("heading", name=words["sign-up page"]).wait_for()
    somebody.fills(words["username"], name)
    somebody.fills(words["password"], PASSWORD)
    somebody.clicks(words["sign up"])
    somebody.clicks(words["create"])
    somebody.fills(words["name"], "app")
    somebody.fills(words["summary"], "From here to there")
    page.get_by_role("radio", name=words["public"]).check()
    somebody.clicks(words["make"])
    somebody.sees(words["no tags"])
    assert page.url.endswith(f"/repositories/{name}/app")


def makes_a_webhook(somebody: Visitor, words: dict[str, str], url: str) -> None:
    somebody.clicks(words["webhooks"], role="tab")
    somebody.clicks(words["new"])
    somebody.fills(words["url"], url)
    somebody.fills(words["hook name"], "Deploy")
    somebody.clicks(words["make"])
    somebody.sees(words["secret shown"])
    secret = somebody.page.get_by_test_id("secret").inner_text().strip()
    assert secret.startswith("whsec_")
    somebody.clicks(words["kept"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_signing_up_to_a_pulled_image_and_a_webhook_that_is_told_twice(
    visit: NewVisitor,
    skopeo: Skopeo,
    stranger: Skopeo,
    tmp_path: Path,
    language: Literal["en", "zh"],
) -> None:
    words, captain = WORDS[language], f"captain-{language}"
    somebody = visit(language=language)
    signs_up_and_makes_a_repository(somebody, words, captain)
    registry = somebody.boatyard.registry
    output_of(skopeo.login(registry, captain, PASSWORD))
    image = write_index(tmp_path / "image", tag="1.0")
    output_of(skopeo.copy(image.source, f"docker://{registry}/{captain}/app:1.0"))
    somebody.clicks(words["pull"])
    assert somebody.clipboard() == f"docker pull {registry}/{captain}/app:1.0"
    output_of(stranger.copy(f"docker://{registry}/{captain}/app:1.0", f"dir:{tmp_path / 'pulled'}"))
    somebody.sees(words["one pull"])

    with Endpoint() as endpoint:
        makes_a_webhook(somebody, words, endpoint.url)
        output_of(skopeo.copy(image.source, f"docker://{registry}/{captain}/app:2.0"))
        somebody.clicks(words["records"], role="link")
        somebody.clicks(words["open"])
        somebody.sees(words["delivered"])
        somebody.clicks(words["redeliver"])
        somebody.sees(words["again"])
        somebody.sees(words["second"])
        first, second = endpoint.wait_for(2)
        assert first["data"]["tag"] == second["data"]["tag"] == "2.0"
        assert endpoint.ids[0] == endpoint.ids[1]
