"""Each numbered step of the user guide (section 3.2), done in Chinese as it is written there."""

# ruff: noqa: RUF001, RUF003 - it quotes the guide, and Chinese punctuation is what it is

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD, Installation
from tests.console.conftest import NewVisitor
from tests.console.endpoint import Endpoint
from tests.console.visitor import Visitor

WHO = "chuanzhang"


@pytest.fixture(scope="module", autouse=True)
def account(boatyard: Installation) -> None:
    """The reader of the guide, and somebody whose public repository they have starred."""
    other = boatyard.sign_up("bieren")
    other.post("/repositories", name="gongkai", summary="别人的公开镜像", public=True)
    reader = boatyard.sign_up(WHO)
    reader.put("/favourites/bieren/gongkai")
    reader.post("/repositories", name="yi-you", summary="已有的仓库")


@pytest.fixture
def reader(visit: NewVisitor) -> Visitor:
    return visit(language="zh").signs_in(WHO)


def test_3_2_1_主页面(reader: Visitor) -> None:
    page = reader.opens("/account")
    # 点击左侧组件菜单「镜像仓库」，进入镜像仓库管理列表
    reader.clicks("镜像仓库", role="link")
    # 1.点击「创建新的仓库」 - 开始创建一个新的镜像仓库
    reader.clicks("创建新的仓库")
    page.get_by_role("heading", name="创建新的仓库").wait_for()
    page.go_back()
    # 2.点击「上传镜像」 - 查看如何从本地推动镜像到镜像仓库
    reader.clicks("上传镜像")
    reader.sees(f"docker push {reader.boatyard.registry}/{WHO}/yi-you:latest")
    page.keyboard.press("Escape")
    # 3.点击「拉取镜像」 - 查看如何从镜像仓库拉取镜像到本地
    reader.clicks("拉取镜像")
    reader.sees(f"docker pull {reader.boatyard.registry}/{WHO}/yi-you:latest")
    page.keyboard.press("Escape")
    # 4.切换标签「收藏夹」 - 显示已收藏的其他用户的公开镜像列表
    reader.clicks("收藏夹", role="tab")
    reader.sees("别人的公开镜像")
    # 5.点击「管理」 - 进入到仓库二级页面，可以对仓库进行操作，如版本管理、持续构建、webhook、仓库信息修改等
    reader.clicks("我的仓库", role="tab")
    reader.clicks(f"管理 {WHO}/yi-you", role="link")
    for tab in ("镜像版本", "持续构建", "Webhook", "基本信息"):
        page.get_by_role("tab", name=tab).wait_for()


def test_3_2_2_创建非持续构建镜像仓库(reader: Visitor) -> None:
    page = reader.opens("/explore")
    # 1.点击左侧组件菜单「镜像仓库」，进入镜像仓库管理列表
    reader.clicks("镜像仓库", role="link")
    # 2.在镜像仓库列表左上角，点击「创建新的仓库」按钮，开始创建一个新的镜像仓库
    reader.clicks("创建新的仓库")
    # 3.填写「仓库名称」: 2-64位的小写字母、数字、分隔符("-"、"_"、".")，分隔符不能为开头
    reader.fills("仓库名称", "-kaitou")
    reader.sees("分隔符不能为开头：“-”")
    reader.fills("仓库名称", "shou-dong")
    reader.sees(f"{WHO}/shou-dong 可以使用")
    # 4.填写「摘要」 5.填写「详情」，可选择不填
    reader.fills("摘要", "手动推送的镜像")
    # 6.勾选「镜像类型」
    page.get_by_role("radio", name="公开").check()
    # 7.关闭「持续构建」
    assert not page.get_by_role("switch", name="持续构建").is_checked()
    # 8.点击「创建」
    reader.clicks("创建")
    reader.sees("还没有镜像版本")
    assert page.url.endswith(f"/repositories/{WHO}/shou-dong")


def pick(page: Page, label: str, typed: str, option: str) -> None:
    """Type into a list that can be picked from, and pick."""
    field = page.get_by_role("combobox", name=label)
    field.fill(typed)
    page.locator(".ant-select-item-option", has_text=option).first.click()


def manage_rules(reader: Visitor, page: Page) -> None:
    # 3.2.3 持续构建 设置: 1.点击「新建」 - 开始创建一条新的镜像持续构建规则
    reader.clicks("新建")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("combobox", name="名称").fill("ma*")
    drawer.get_by_label("版本号").fill("{branch}-{sha7}")
    drawer.get_by_text("匹配 1 个，共 1 个").wait_for()
    drawer.get_by_role("button", name="创建").click()
    page.get_by_role("cell", name="ma*").wait_for()
    # 2.点击「立即构建」 - 立即触发当前规则的一次手动构建
    page.get_by_role("row", name="main").get_by_role("button", name="立即构建").click()
    reader.sees("构建已触发")
    # 3.点击「修改」 - 对当前规则进行编辑
    page.get_by_role("row", name="ma*").get_by_role("button", name="修改").click()
    drawer.get_by_label("版本号").fill("edge")
    drawer.get_by_role("button", name="保存").click()
    page.get_by_role("cell", name="edge").wait_for()
    # 4.点击「删除」 - 将当前规则删除
    page.get_by_role("row", name="ma*").get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    page.get_by_role("cell", name="ma*").wait_for(state="detached")


def look_at_records(reader: Visitor, page: Page) -> None:
    # 构建记录: 状态包含成功 / 构建中 / 失败 三种状态
    for state in ("成功", "构建中", "失败"):
        page.get_by_role("radio", name=state).wait_for(state="attached")
    # 1.点击「日志」 - 查看某条构建记录的构建日志
    reader.clicks("构建 #1 的日志", role="link")
    page.get_by_role("heading", name="构建 #1").wait_for()
    page.get_by_role("log").wait_for()


@pytest.mark.usefixtures("known_at_github")
def test_3_2_2_创建持续构建镜像仓库_3_2_3_持续构建(reader: Visitor) -> None:
    page = reader.opens("/repositories/new")
    reader.fills("仓库名称", "zi-dong")
    # 「持续构建」开关需要开启。开启后，用户首先要「关联Github账号」
    page.get_by_role("switch", name="持续构建").click()
    # 1.点击「关联Github账号」，用户登陆Github，在Github端做平台授权。授权后，就完成了关联
    reader.clicks("关联 GitHub 账号")
    reader.sees("已关联 GitHub 账号 octocat")
    assert page.get_by_label("仓库名称").input_value() == "zi-dong"  # 填写的内容没有丢失
    # 2.下拉选择Github Project，点击「新增构建规则」为仓库添加镜像持续构建规则，一个镜像仓库可以有多条构建规则
    pick(page, "GitHub 项目", "hello", "octocat/hello")
    reader.clicks("新增构建规则")
    assert page.get_by_role("region", name="构建规则").count() == 2
    # 类型、名称、Dockerfile文件、版本号、版本覆盖
    second = page.get_by_role("region", name="构建规则").nth(1)
    second.get_by_text("tag", exact=True).click()
    second.get_by_role("combobox", name="名称").fill("v*")
    assert second.get_by_label("Dockerfile文件").input_value() == "Dockerfile"
    second.get_by_label("版本号").fill("{tag}")
    second.get_by_role("switch", name="版本覆盖").click()
    second.get_by_text("commit 前 7 位").wait_for()
    # 3.点击「创建」，完成仓库创建
    reader.clicks("创建")
    reader.sees("octocat/hello")
    manage_rules(reader, page)
    look_at_records(reader, page)


def test_3_2_3_镜像版本(reader: Visitor, skopeo: Skopeo, tmp_path: Path) -> None:
    registry = reader.boatyard.registry
    output_of(skopeo.login(registry, WHO, PASSWORD))
    image = write_index(tmp_path / "image", tag="1.0")
    output_of(skopeo.copy(image.source, f"docker://{registry}/{WHO}/yi-you:1.0"))
    page = reader.opens(f"/repositories/{WHO}/yi-you")
    # 1.点击「备注」 - 为某个镜像版本添加备注信息，可以是备注名等
    reader.clicks("1.0 的备注")
    page.get_by_role("textbox", name="1.0 的备注").fill("周五上线")
    page.keyboard.press("Enter")
    reader.sees("周五上线")
    # 2.点击「拉取」 - 复制某个镜像版本的拉取命令
    reader.clicks("复制 1.0 的拉取命令")
    reader.sees("已复制")
    assert reader.clipboard() == f"docker pull {registry}/{WHO}/yi-you:1.0"


def test_3_2_3_webhook(reader: Visitor) -> None:
    page = reader.opens(f"/repositories/{WHO}/yi-you")
    reader.clicks("Webhook", role="tab")
    with Endpoint() as endpoint:
        # 1.点击「新建」 - 开始创建一条新的webhook调度规则
        reader.clicks("新建")
        reader.fills("地址", endpoint.url)
        reader.clicks("创建")
        reader.clicks("我已保存")
        # 3.点击「访问记录」 - 查看某条规则的历史调度记录
        page.get_by_role("link", name="访问记录").click()
        reader.clicks("测试")
        reader.sees("已送达")
        endpoint.wait_for(1)
    page.keyboard.press("Escape")
    # 2.点击「删除」 - 将当前规则删除
    reader.clicks("Webhook", role="tab")
    reader.clicks("删除")
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    reader.sees("还没有 Webhook")


def test_3_2_3_基本信息(reader: Visitor) -> None:
    page = reader.opens(f"/repositories/{WHO}/yi-you")
    reader.clicks("基本信息", role="tab")
    # 1.点击「编辑」 - 对当前仓库信息进行修改，可修改的内容为「摘要」「详情」「镜像类型」
    reader.clicks("编辑")
    reader.fills("摘要", "改过的摘要")
    reader.fills("详情", "# 用法\n\n`docker run` 即可")
    page.get_by_role("radio", name="公开").check()
    reader.clicks("保存")
    page.get_by_role("heading", name="用法").wait_for()
    reader.sees("任何人无需登录即可拉取。")
