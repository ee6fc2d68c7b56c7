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

# The dependencies first, with a program that does nothing: this layer is made anew only when Cargo.toml or Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked --features tls --bin task-api

# The migrations become part of the binary.
COPY migrations migrations
COPY src src
# Cargo goes by modification times, and these files may be older than the stand-ins that were just built.
RUN touch src/main.rs src/lib.rs \
    && cargo build --release --locked --features tls --bin task-api

FROM debian:bookworm-slim

# data/ is where SQLite's file lies by default: mount a volume there, or use PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 task-api \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/task-api --shell /usr/sbin/nologin task-api \
    && install -d -o task-api -g task-api /srv/task-api /srv/task-api/data

COPY --from=build /build/target/release/task-api /usr/local/bin/task-api

WORKDIR /srv/task-api
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
# The default, loopback, cannot be reached from outside the container. Beyond loopback BETTER_AUTH_SECRET must be set.
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["task-api", "healthcheck"]
ENTRYPOINT ["task-api"]
CMD ["serve"]
