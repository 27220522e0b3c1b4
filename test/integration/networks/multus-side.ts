import assert from 'node:assert/strict'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { testbed } from '../../fixtures/testbed.ts'

const file = 'test/fixtures/multus/network-attachment-definitions.k8s.cni.cncf.io.yaml'

/** Has a server serve what Multus installs. */
export async function installMultus(server: ApiServer): Promise<void> {
  await kubectl(server, 'apply', '--server-side', '-f', file)
  await kubectl(server, 'wait', '--for=condition=Established', '--timeout=30s', '-f', file)
}

async function kubectl(server: ApiServer, ...args: string[]): Promise<void> {
  const { code, stderr } = await testbed().kubectlOf(server)(args)
  assert.equal(code, 0, stderr)
}
