//go:build tools

// Package tools pins the Helm of the chart tests, so that go.sum vouches for every line that is built.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
