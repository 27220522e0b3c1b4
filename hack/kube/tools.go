//go:build tools

// Package tools pins the Kubernetes programs of the test bed, so that go.sum vouches for every line that is built.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
