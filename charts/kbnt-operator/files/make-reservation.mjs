// Run by `helm test`: makes a stock and a reservation, waits until it holds, and removes both.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const [namespace, name] = process.argv.slice(2)
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
const ca = readFileSync(`${account}/ca.crt`)
const waitMs = 60_000

try {
  await call('POST', 'virtualstocks', object('VirtualStock', { quantity: 1 }))
  await call('POST', 'reservations', object('Reservation', { items: [{ stock: name, quantity: 1 }] }))
  await untilReserved()
  console.log(`${namespace}/${name} is reserved`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  await call('DELETE', `reservations/${name}`).catch(() => undefined)
  await call('DELETE', `virtualstocks/${name}`).catch(() => undefined)
}

async function untilReserved() {
  const until = Date.now() + waitMs
  let phase
  while (Date.now() < until) {
    phase = (await call('GET', `reservations/${name}`)).status?.phase
    if (phase === 'Reserved') return
    await sleep(200)
  }
  throw new Error(`the reservation is ${phase ?? 'not decided'} after ${waitMs / 1000} s`)
}

function object(kind, spec) {
  return { apiVersion: 'kbnt.io/v1beta1', kind, metadata: { name, namespace }, spec }
}

function call(method, path, body) {
  const headers = {
    authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8').trim()}`,
    'content-type': 'application/json',
  }
  const options = { host, port, ca, method, headers, path: `/apis/kbnt.io/v1beta1/namespaces/${namespace}/${path}` }
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => {
        const answer = JSON.parse(text)
        if (response.statusCode < 400) resolve(answer)
        else reject(new Error(`${method} ${path}: ${answer.message}`))
      })
    })
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}
