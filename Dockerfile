# The bridge as a small image: one static binary, the roots of trust, no shell, a user
# without rights. Building needs BuildKit (the default) and about 6 GB of memory, for
# Microsoft's Graph SDK.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t scimbridge .

FROM golang:1.26-bookworm AS build
WORKDIR /src

COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download

COPY . .
ARG VERSION=dev
# timetzdata: schedules name time zones, and the image has no folder of them.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -tags timetzdata \
        -ldflags "-s -w -X main.version=${VERSION}" \
        -o /image/scimbridge ./cmd/scimbridge \
    && mkdir -p /image/data /image/tmp /image/etc/ssl/certs \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build --chown=65532:65532 /image/ /
USER 65532:65532

# The default SQLite database lies in the working folder. Mount a volume here, or set
# SCIMBRIDGE_DATABASE_URL to a PostgreSQL.
WORKDIR /data
VOLUME /data

# Inside a container, loopback would be heard by nobody.
ENV SCIMBRIDGE_LISTEN=0.0.0.0:8080
EXPOSE 8080

# The image has no curl; the program asks its own /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/scimbridge", "doctor", "--ready"]

ENTRYPOINT ["/scimbridge"]
CMD ["serve"]
