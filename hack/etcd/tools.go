//go:build tools

// Package tools pins the etcd of the test bed, so that go.sum vouches for every line that is built.
package tools

import _ "go.etcd.io/etcd/server/v3"
