# The gateway: Caddy with the built console. The only part that people reach.

ARG NODE_IMAGE=node:22-slim
ARG CADDY_IMAGE=caddy:2-alpine

FROM ${NODE_IMAGE} AS console
WORKDIR /console
COPY console/package.json console/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error --fetch-retries=10
COPY console .
RUN ./node_modules/.bin/vite build --logLevel error \
    && rm -r dist/.vite \
    # Whoever serves the page puts a fresh nonce in: Caddy's id of the request, which is random.
    && sed -i 's/__CSP_NONCE__/{{placeholder "http.request.uuid"}}/g' dist/index.html

FROM ${CADDY_IMAGE}
COPY deploy/Caddyfile /etc/caddy/Caddyfile
COPY --from=console /console/dist /srv/console
COPY docs/reference/openapi.json /srv/openapi/api/openapi.json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s CMD ["wget", "-qO", "/dev/null", "http://127.0.0.1:8081/"]
