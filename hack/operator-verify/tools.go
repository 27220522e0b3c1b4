//go:build tools

// Package tools pins the validators of OLM bundles, so that go.sum vouches for every line that is built.
package tools

import _ "github.com/operator-framework/api/cmd/operator-verify"
