"""What an embedded installation prints when it is ready: what runs where, and what to type first."""

from __future__ import annotations

from boatyard.standalone.settings import StandaloneSettings

_STEPS = """\
Boatyard is ready ({seconds:.1f} s)

  API        {url}/api/docs
  Registry   {registry}   ({registry_version})
  NATS       inside, {nats_version}
  Engine     {engine}
  Data       {data}

First steps
  1. Make the first account; it administers this Boatyard:
       curl -fsS {url}/api/v1/accounts -H 'Content-Type: application/json' \\
            -d '{{"username": "{example}", "password": "choose-a-long-one"}}'
  2. Sign the docker command in:
       docker login {registry} -u {example}
  3. Push an image; its repository is made by the push, private:
       docker tag your-image {registry}/{example}/hello:1.0
       docker push {registry}/{example}/hello:1.0
  4. See its tags:
       curl -fsS -u {example} '{url}/registry/token?service=boatyard' > /dev/null   # your password works
       open {url}/api/docs

Stop with Ctrl-C: the data stays.
"""


def first_steps(
    settings: StandaloneSettings,
    *,
    seconds: float,
    registry_version: str,
    nats_version: str,
    engine: str,
) -> str:
    """The text that is printed; `engine` says in words whether there is a Docker engine."""
    return _STEPS.format(
        seconds=seconds,
        url=settings.public_url,
        registry=settings.registry_host,
        registry_version=registry_version,
        nats_version=nats_version,
        engine=engine,
        data=settings.data_dir.absolute(),
        example="captain",
    )
