//go:build tools

// Package tools pins the linter of the charts, so that go.sum vouches for every line that is built.
package tools

import _ "github.com/zegl/kube-score/cmd/kube-score"
