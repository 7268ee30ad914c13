# The image of the cluster agent. `npm run agent:image` makes the bundle in dist/agent, then builds this.
# Another base, for example of your own registry: --build-arg NODE_IMAGE=registry.example.com/node:24-alpine
ARG NODE_IMAGE=docker.io/library/node:24-alpine
FROM ${NODE_IMAGE}

LABEL org.opencontainers.image.title="mirrord-license-agent" \
      org.opencontainers.image.description="Reports the sessions of a stock mirrord operator to the mirrord license server"

COPY dist/agent/ /app/

ENV NODE_ENV=production DATA_DIR=/var/lib/mirrord-license-agent
# A number, so that Kubernetes can see that it is not root. Any other user works too.
USER 65532:65532
EXPOSE 8081
# What the agent makes lives briefly, and little of it at once. A small young generation saves 10 MiB.
ENTRYPOINT ["node", "--max-semi-space-size=2", "/app/agent.mjs"]
