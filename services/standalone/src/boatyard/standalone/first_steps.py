"""What an embedded installation prints when it is ready: what runs where, and what to type first."""

from __future__ import annotations

from boatyard.standalone.settings import StandaloneSettings

_STEPS = """\
Boatyard is ready ({seconds:.1f} s)

  Console    {url}
  API        {url}/api/docs
  Registry   {registry}   ({registry_version})
  NATS       inside, {nats_version}
  Engine     {engine}
  Data       {data}

First steps
  1. Make an account; the first one administers this Boatyard:
       curl -fsS {url}/api/v1/accounts -H 'Content-Type: application/json' \\
            -d '{{"username": "captain", "password": "choose-a-long-one"}}'
  2. Sign the docker command in:
       docker login -u captain {registry}
  3. Push an image; the push makes its repository, private:
       docker tag your-image {registry}/captain/hello:1.0
       docker push {registry}/captain/hello:1.0
  4. See its tags (you are asked for the password):
       {command} login --username captain {url}
       {command} tags list captain/hello
  5. Have every new tag announced to an address of yours:
       {command} webhooks create captain/hello https://example.com/new-tag
     and see what was sent there, and what it answered:
       {command} webhooks deliveries captain/hello ID

Stop with Ctrl-C: the data stays.
"""


def first_steps(
    settings: StandaloneSettings,
    *,
    seconds: float,
    registry_version: str,
    nats_version: str,
    engine: str,
    command: str = "boatyard",
) -> str:
    """The text that is printed; `engine` says in words whether there is a Docker engine.

    `command` is how the boatyard command is called.
    """
    return _STEPS.format(
        seconds=seconds,
        url=settings.api_url,
        registry=settings.registry_name,
        registry_version=registry_version,
        nats_version=nats_version,
        engine=engine,
        data=settings.data_dir.absolute(),
        command=command,
    )
