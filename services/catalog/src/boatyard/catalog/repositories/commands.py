"""The commands that push and pull an image, for people to copy. Pure."""

from __future__ import annotations

from boatyard.shared.schemas import Output


class Commands(Output):
    """One way to do it per client, line by line."""

    docker: list[str]
    podman: list[str]
    skopeo: list[str]
    containerd: list[str]


class CommandsView(Output):
    """How to push and how to pull one image."""

    push: Commands
    pull: Commands


def push_commands(host: str, repository: str, tag: str = "latest") -> Commands:
    """How to push a local image called `app` as `host/namespace/name:tag`."""
    target = f"{host}/{repository}:{tag}"
    local = f"{repository.partition('/')[2]}:{tag}"
    return Commands(
        docker=[f"docker login {host}", f"docker tag {local} {target}", f"docker push {target}"],
        podman=[f"podman login {host}", f"podman tag {local} {target}", f"podman push {target}"],
        skopeo=[
            f"skopeo login {host}",
            f"skopeo copy --all docker-daemon:{local} docker://{target}",
        ],
        containerd=[
            f"nerdctl login {host}",
            f"nerdctl tag {local} {target}",
            f"nerdctl push {target}",
        ],
    )


def pull_commands(host: str, repository: str, reference: str) -> Commands:
    """How to pull by `:tag` or by `@digest`, given with its mark."""
    source = f"{host}/{repository}{reference}"
    return Commands(
        docker=[f"docker pull {source}"],
        podman=[f"podman pull {source}"],
        skopeo=[f"skopeo copy docker://{source} oci:{repository.partition('/')[2]}"],
        containerd=[f"nerdctl pull {source}"],
    )
