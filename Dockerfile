# syntax=docker/dockerfile:1
#
# Builds task-api with TLS to PostgreSQL.
#
#   docker build -t task-api .
#   docker run --rm -p 127.0.0.1:8000:8000 -e DATABASE_URL=postgres://… -e BETTER_AUTH_SECRET=… -e BETTER_AUTH_URL=… task-api

FROM rust:1.95-slim-bookworm AS build

# The feature `tls` links OpenSSL. The image's C compiler compiles libpq, SQLite and aws-lc.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build

# The migrations are compiled into the binary.
COPY Cargo.toml Cargo.lock ./
# Cargo needs the manifest of each workspace member. The packages of fuzz targets and tests are not built.
COPY fuzz/Cargo.toml fuzz/Cargo.toml
COPY crates/better-auth-guard/fuzz/Cargo.toml crates/better-auth-guard/fuzz/Cargo.toml
COPY crates/better-auth-guard/tests/Cargo.toml crates/better-auth-guard/tests/Cargo.toml
COPY crates/better-auth-guard/Cargo.toml crates/better-auth-guard/Cargo.toml
COPY crates/better-auth-guard/src crates/better-auth-guard/src
COPY .cargo .cargo
# `task-api config --example` prints it.
COPY .env.example .env.example
COPY migrations migrations
COPY src src
# Cache mounts keep downloads and build output between builds, outside the image. `touch` forces a rebuild: Cargo compares modification
# times, and a file of another commit may be older than the cached build output.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    touch src/main.rs src/lib.rs crates/better-auth-guard/src/lib.rs \
    && cargo build --release --locked --features tls --bin task-api \
    && install target/release/task-api /usr/local/bin/task-api

FROM debian:bookworm-slim

# SQLite's default file is in data/: mount a volume there, or use PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 task-api \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/task-api --shell /usr/sbin/nologin task-api \
    && install -d -o task-api -g task-api /srv/task-api /srv/task-api/data

COPY --from=build /usr/local/bin/task-api /usr/local/bin/task-api

WORKDIR /srv/task-api
# A numeric user id, so that orchestrators can verify that it is not root.
USER 10001:10001
# The default HOST, loopback, is unreachable from outside the container. On other addresses BETTER_AUTH_SECRET is required.
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
# On SIGTERM the service waits for SHUTDOWN_DELAY, then drains requests for up to SHUTDOWN_TIMEOUT. Allow both before SIGKILL.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["task-api", "healthcheck"]
ENTRYPOINT ["task-api"]
CMD ["serve"]
