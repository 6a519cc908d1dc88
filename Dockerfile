# Build: docker build -t tls-audit .
# Run:   docker run -d --read-only --tmpfs /tmp --env-file .env -v tls-audit-data:/data tls-audit
# The steps are run one by one, without a container engine, by test/integration/dockerfile.test.ts.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image brings Node 24 itself: the npm package `node`, which gives a checkout its own, has nothing to do here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/build.ts
COPY src src
COPY jobs jobs
RUN node scripts/build.ts
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY config config
RUN mkdir /data && chown node:node /data
USER node
# The history database is all that has to survive; downloads go to /tmp for the length of a run.
VOLUME /data
ENV TLS_AUDIT_HISTORY_PATH=/data/history.db
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 \
  CMD ["node", "/app/dist/src/cli.js", "status", "--live"]
ENTRYPOINT ["node", "/app/dist/src/cli.js"]
CMD ["worker"]
