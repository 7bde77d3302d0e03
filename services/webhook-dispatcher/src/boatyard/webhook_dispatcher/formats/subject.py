"""What an announcement is about, in the forms that several formats need."""

from __future__ import annotations

import datetime as dt
from typing import Any

from boatyard.webhook_dispatcher.formats.announcement import Announcement
from boatyard.webhook_dispatcher.formats.delivery import Links


def timestamp(moment: dt.datetime) -> str:
    """A moment as RFC 3339 has it, in UTC and to the millisecond."""
    utc = moment.astimezone(dt.UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(moment: dt.datetime) -> int:
    """A moment in whole seconds since 1970."""
    return int(moment.timestamp())


def page(announcement: Announcement, links: Links) -> str:
    """The page in the console that shows more: the build's, or the repository's."""
    data = announcement.data
    repository = f"{links.public_url}/repositories/{data['repository']}"
    return f"{repository}/builds/{data['build']}" if data.get("build") else repository


def image(announcement: Announcement, links: Links) -> str:
    """The name by which image clients know it; with the tag, where there is one."""
    data = announcement.data
    name = f"{links.registry_host}/{data['repository']}"
    return f"{name}:{data['tag']}" if data.get("tag") else name


def actor(announcement: Announcement) -> str | None:
    """Who did it, where that is known."""
    data = announcement.data
    return next(
        (
            data[key]
            for key in ("pushed_by", "deleted_by", "updated_by", "caused_by")
            if data.get(key)
        ),
        None,
    )


def public_data(announcement: Announcement, links: Links) -> dict[str, Any]:
    """The data with what depends on where Boatyard is: the name of the image, and a page to look at."""
    return {
        **announcement.data,
        "image": image(announcement, links),
        "url": page(announcement, links),
    }
