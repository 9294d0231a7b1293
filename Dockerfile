FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin kudos

FROM debian:bookworm-slim
RUN useradd --system --home-dir /data --create-home kudos
COPY --from=build /src/target/release/kudos /usr/local/bin/kudos
COPY LICENSE /usr/share/doc/kudos/LICENSE
USER kudos
ENV KUDOS_LISTEN=0.0.0.0:8080 KUDOS_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["kudos"]
CMD ["serve"]
