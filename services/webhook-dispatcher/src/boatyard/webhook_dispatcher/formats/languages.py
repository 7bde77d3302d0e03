"""The words of chat messages: English for Slack, Chinese for the robots of Chinese chats."""

from __future__ import annotations

from boatyard.webhook_dispatcher.formats.announcement import EventType
from boatyard.webhook_dispatcher.formats.note import Words

ENGLISH = Words(
    headlines={
        EventType.TAG_PUSHED: "{about} was pushed",
        EventType.TAG_DELETED: "{about} was deleted",
        EventType.REPOSITORY_UPDATED: "the repository {about} was changed",
        EventType.REPOSITORY_DELETED: "the repository {about} was deleted",
        EventType.BUILD_STARTED: "build {build} of {about} started",
        EventType.BUILD_SUCCEEDED: "build {build} of {about} succeeded",
        EventType.BUILD_FAILED: "build {build} of {about} failed",
        EventType.BUILD_CANCELED: "build {build} of {about} was canceled",
    },
    test="[test] ",
    colon=": ",
    digest="Digest",
    pull="Pull",
    changed="Changed",
    source="Source",
    tags="Tags",
    reason="Reason",
    by="By",
    time="Time",
    more="Open in Boatyard",
)

CHINESE = Words(
    headlines={
        EventType.TAG_PUSHED: "{about} 已推送",
        EventType.TAG_DELETED: "{about} 已删除",
        EventType.REPOSITORY_UPDATED: "仓库 {about} 的信息已修改",
        EventType.REPOSITORY_DELETED: "仓库 {about} 已删除",
        EventType.BUILD_STARTED: "{about} 第 {build} 次构建已开始",
        EventType.BUILD_SUCCEEDED: "{about} 第 {build} 次构建成功",
        EventType.BUILD_FAILED: "{about} 第 {build} 次构建失败",
        EventType.BUILD_CANCELED: "{about} 第 {build} 次构建已取消",
    },
    test="【测试】",
    colon="：",  # noqa: RUF001 - the colon of Chinese text
    digest="摘要",
    pull="拉取",
    changed="修改项",
    source="代码",
    tags="版本",
    reason="原因",
    by="操作者",
    time="时间",
    more="在 Boatyard 中查看",
)
