interface Caller {
  readonly namespace: string
  readonly account: string
  /** Ours, for the Node that is in it. */
  readonly image: string
  readonly url: string
}

/** What it runs: one order, by the token that the kubelet has mounted. Says the status and the body of the answer. */
const order = `
import { readFileSync } from 'node:fs'
const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8')
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
const answer = await fetch(process.argv[1], { method: 'POST', headers, body: '{"quantityToReserve": 1}' })
console.log(answer.status, await answer.text())
`

/** A pod that Pod Security calls restricted, named `caller`, which orders once and ends. */
export function caller({ namespace, account, image, url }: Caller): object {
  const container = {
    ...{ name: 'caller', image, command: ['node', '--input-type=module', '-e', order, url] },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'caller', namespace } },
    spec: { restartPolicy: 'Never', serviceAccountName: account, securityContext, containers: [container] },
  }
}
