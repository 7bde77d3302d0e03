# The image of any one service: docker build --build-arg SERVICE=catalog .
# It runs as nobody in particular, on a read-only root file system with a tmpfs at /tmp and a volume for its data.

ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS packages
ENV UV_PROJECT_ENVIRONMENT=/opt/boatyard UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never \
    # compose builds all services at once: a network or a machine that is slow then is no reason to give up.
    PIP_DEFAULT_TIMEOUT=120 PIP_RETRIES=10 UV_HTTP_TIMEOUT=120 UV_HTTP_RETRIES=10 UV_COMPILE_BYTECODE_TIMEOUT=600
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir 'uv>=0.9'
WORKDIR /src
# What others wrote changes seldom: it is in layers of its own, the first of which all services have alike.
COPY pyproject.toml uv.lock ./
COPY cli/pyproject.toml cli/
COPY shared/pyproject.toml shared/
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --no-install-workspace --package boatyard-shared
ARG SERVICE
COPY services/${SERVICE}/pyproject.toml services/${SERVICE}/
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --no-install-workspace --package "boatyard-${SERVICE}"
COPY shared shared
COPY services/${SERVICE} services/${SERVICE}
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --no-editable --package "boatyard-${SERVICE}"

FROM ${PYTHON_IMAGE}
ARG SERVICE
# builder fetches commits.
RUN if [ "${SERVICE}" = builder ]; then \
        apt-get -qq update && apt-get -qq -o Acquire::Retries=10 install -y --no-install-recommends ca-certificates git >/dev/null \
        && rm -rf /var/lib/apt/lists/*; \
    fi \
    && groupadd --gid 10001 boatyard && useradd --uid 10001 --gid boatyard --no-create-home boatyard \
    && install -d -o boatyard -g boatyard -m 700 /var/lib/boatyard
COPY --from=packages /opt/boatyard /opt/boatyard
COPY deploy/engine deploy/migrate.py deploy/setup.py /opt/boatyard/deploy/
ENV PATH=/opt/boatyard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SERVICE=${SERVICE} \
    BOATYARD_HOST=0.0.0.0 \
    BOATYARD_DATA_DIR=/var/lib/boatyard
USER boatyard
VOLUME /var/lib/boatyard
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s \
    CMD ["python", "-Ic", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/readyz', timeout=5)"]
CMD ["sh", "-c", "exec python -m boatyard.$(echo ${SERVICE} | tr - _)"]
