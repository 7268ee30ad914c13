#!/usr/bin/env bash
# Makes the programs that the checks with a real Kubernetes API server need, and prints the folder that holds them. It builds only
# what is missing, so the first run takes minutes and each later run takes no time.
# Usage: .ci/cluster-tools.sh [kube-apiserver] [etcd] [helm]   (default: kube-apiserver and etcd)
#
# The folder is outside the checkout: $CLUSTER_TOOLS, or mirrord-license-server/cluster-tools in $XDG_CACHE_HOME (~/.cache).
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

kubernetes=1.34.2
helm=3.22.0
tools="${CLUSTER_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/mirrord-license-server/cluster-tools}"
# Each version has a folder of its own, so that a change of version never uses an old program.
bin="$tools/kubernetes-$kubernetes-helm-$helm"
mkdir -p "$bin"

# Two runs at once must not build the same program twice.
exec 9>"$tools/lock"
flock 9

say() { echo "$check: $1" >&2; }

needs_go() { command -v go >/dev/null || fail "$1 is built with Go, and Go is not installed. Install Go 1.25 or later"; }

# The API server's module names its staging modules with version 0.0.0, and expects every user to replace them.
staging="api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator
component-base component-helpers controller-manager cri-api cri-client csi-translation-lib dynamic-resource-allocation endpointslice
externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils
pod-security-admission sample-apiserver sample-cli-plugin sample-controller"

make_kube_apiserver() {
  local module name
  needs_go kube-apiserver
  say "builds kube-apiserver $kubernetes (about three minutes)"
  scratch
  module="$work/module"
  mkdir "$module"
  cat >"$module/tools.go" <<'GO'
//go:build tools

package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver/app"
GO
  {
    echo "module cluster-tools"
    for name in $staging; do echo "replace k8s.io/$name => k8s.io/$name v0.${kubernetes#1.}"; done
  } >"$module/go.mod"
  (
    cd "$module"
    GOFLAGS=-mod=mod go get "k8s.io/kubernetes@v$kubernetes"
    GOFLAGS=-mod=mod CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w" -o "$bin/kube-apiserver.new" k8s.io/kubernetes/cmd/kube-apiserver
  ) >&2
  mv "$bin/kube-apiserver.new" "$bin/kube-apiserver"
}

# Unpacked instead of installed: an installed etcd starts a service.
make_etcd() {
  say "downloads etcd from Debian"
  mkdir -p "$bin/etcd-package"
  (cd "$bin/etcd-package" && { apt-get download -qq etcd-server || { apt-get update -qq && apt-get download -qq etcd-server; }; }) >&2
  dpkg-deb -x "$bin"/etcd-package/etcd-server_*.deb "$bin/etcd-package"
  mv "$bin/etcd-package/usr/bin/etcd" "$bin/etcd"
  rm -rf "$bin/etcd-package"
}

make_helm() {
  needs_go helm
  say "builds helm $helm (about five minutes)"
  mkdir -p "$bin/helm-build"
  GOBIN="$bin/helm-build" CGO_ENABLED=0 go install -buildvcs=false -trimpath -ldflags "-s -w" "helm.sh/helm/v3/cmd/helm@v$helm" >&2
  mv "$bin/helm-build/helm" "$bin/helm"
  rmdir "$bin/helm-build"
}

[ $# -gt 0 ] || set -- kube-apiserver etcd
for program in "$@"; do
  case "$program" in
    kube-apiserver | etcd | helm) [ -x "$bin/$program" ] || "make_${program//-/_}" ;;
    *) fail "$program is not one of kube-apiserver, etcd, helm" ;;
  esac
done
echo "$bin"
