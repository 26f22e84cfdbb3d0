# The appliance in an image: built for one platform ahead of time, run as a user without rights of its own.
#   docker build --tag sniproxy .
#   docker run --rm sniproxy check --config /etc/sniproxy/appsettings.json
# An explicit or a Redirect listener needs no capability. To apply rules (sniproxy rules --apply), run it as root with NET_ADMIN in the
# network namespace that they are for; a TProxy listener needs NET_RAW. deploy/compose.yaml shows all of it.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME=mcr.microsoft.com/dotnet/aspnet:10.0
ARG RUNTIME_DEPS=mcr.microsoft.com/dotnet/runtime-deps:10.0
ARG TARGETARCH=amd64

FROM ${SDK} AS build
WORKDIR /build
COPY Directory.Build.props Directory.Packages.props global.json .editorconfig appsettings.json ./
COPY src/ src/
COPY deploy/bundles/ deploy/bundles/
# Native where its lock file is; elsewhere the portable program, which starts slower and takes twice the memory.
ARG TARGETARCH=amd64
RUN if [ "$TARGETARCH" = amd64 ]; then \
      apt-get update && apt-get install --no-install-recommends -y clang libc6-dev || exit 1; \
      set -- --runtime linux-x64 -p:PublishAot=true; \
    fi; \
    dotnet publish src/SniProxy/SniProxy.csproj --configuration Release --output /opt/sniproxy -p:RestoreLockedMode=true "$@"

FROM ${RUNTIME_DEPS} AS runtime-amd64
FROM ${RUNTIME} AS runtime-arm64

FROM runtime-${TARGETARCH}
RUN apt-get update \
 && apt-get install --no-install-recommends -y libsqlite3-0 nftables iproute2 util-linux curl \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/sniproxy /opt/sniproxy
COPY deploy/policies/monitor-first.yaml /etc/sniproxy/policies/default.yaml
COPY deploy/container.json /etc/sniproxy/appsettings.json
RUN ln -s /opt/sniproxy/sniproxy /usr/local/bin/sniproxy \
 && sed -i 's/^name: .*/name: default/' /etc/sniproxy/policies/default.yaml \
 && install -d -m 0700 -o app -g app /var/lib/sniproxy
ENV DOTNET_EnableDiagnostics=0
VOLUME /var/lib/sniproxy
# 8443 transparent · 3128 explicit · 1053 DNS · 9090 metrics and health; the API stays on loopback inside.
EXPOSE 8443 3128 1053/udp 1053/tcp 9090
USER app
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:9090/healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sniproxy"]
CMD ["run", "--config", "/etc/sniproxy/appsettings.json"]
