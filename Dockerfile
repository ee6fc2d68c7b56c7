# syntax=docker/dockerfile:1
#
# task-api with TLS to PostgreSQL.
#
#   docker build -t task-api .
#   docker run --rm -p 127.0.0.1:8000:8000 -e DATABASE_URL=postgres://… -e BETTER_AUTH_SECRET=… -e BETTER_AUTH_URL=… task-api

FROM rust:1.95-slim-bookworm AS build

# For the feature `tls`, which links OpenSSL. libpq, SQLite and aws-lc are compiled by the C compiler that the image has.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build

# The migrations become part of the binary.
COPY Cargo.toml Cargo.lock ./
# The manifest of a member of the workspace, which is not built here.
COPY fuzz/Cargo.toml fuzz/Cargo.toml
COPY .cargo .cargo
COPY migrations migrations
COPY src src
# What was downloaded and compiled is kept from one build to the next, beside the image and not in it. Cargo goes by modification times,
# and a file of another commit may be older than what was built from this one's.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    touch src/main.rs src/lib.rs \
    && cargo build --release --locked --features tls --bin task-api \
    && install target/release/task-api /usr/local/bin/task-api

FROM debian:bookworm-slim

# data/ is where SQLite's file lies by default: mount a volume there, or use PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 task-api \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/task-api --shell /usr/sbin/nologin task-api \
    && install -d -o task-api -g task-api /srv/task-api /srv/task-api/data

COPY --from=build /usr/local/bin/task-api /usr/local/bin/task-api

WORKDIR /srv/task-api
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
# The default, loopback, cannot be reached from outside the container. Beyond loopback BETTER_AUTH_SECRET must be set.
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
# Requests in flight are finished first; SHUTDOWN_DELAY gives load balancers time to notice. Give it both before you kill it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["task-api", "healthcheck"]
ENTRYPOINT ["task-api"]
CMD ["serve"]
