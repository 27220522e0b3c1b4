import assert from 'node:assert/strict'
import { debugPage, type Inside } from '../../../../operator/infrastructure/http/debug-pages.ts'
import { type HealthChecks, healthServer } from '../../../../operator/infrastructure/http/health-server.ts'
import { metricsServer } from '../../../../operator/infrastructure/http/metrics-server.ts'
import type { WebServer } from '../../../../operator/infrastructure/http/web-server.ts'

const running: WebServer[] = []
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())))

async function get(
  server: WebServer,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; type: string; body: string }> {
  if (!running.includes(server)) {
    running.push(server)
    ports.set(server, await server.listen())
  }
  const answer = await fetch(`http://127.0.0.1:${ports.get(server)}${path}`, init)
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.text() }
}
const ports = new WeakMap<WebServer, number>()

const nothing: Inside = { stocks: () => [], lanes: () => [] }

function health(change: Partial<HealthChecks> = {}): WebServer {
  return healthServer(0, { live: [{ name: 'loop', check: () => undefined }], ready: [], ...change }, nothing)
}

describe('healthServer', () => {
  it('answers ok when nothing is wrong', async () => {
    assert.deepEqual(await get(health(), '/livez'), { status: 200, type: 'text/plain; charset=utf-8', body: 'ok' })
    assert.equal((await get(health(), '/readyz')).status, 200)
  })

  it('lists each check when asked to', async () => {
    const server = health({
      ready: [
        { name: 'caches', check: () => undefined },
        { name: 'leader', check: () => undefined },
      ],
    })
    assert.equal((await get(server, '/readyz?verbose')).body, '[+]caches ok\n[+]leader ok\nreadyz check passed\n')
  })

  it('fails with the reason when a check does, also when it throws', async () => {
    const broken = {
      name: 'leader',
      check: () => {
        throw new Error('no lease')
      },
    }
    const server = health({ ready: [{ name: 'caches', check: () => 'reservations not synced' }, broken] })
    const { status, body } = await get(server, '/readyz')
    assert.equal(status, 500)
    assert.equal(body, '[-]caches failed: reservations not synced\n[-]leader failed: no lease\nreadyz check failed\n')
  })

  it('reports Kafka being away without failing for it', async () => {
    const server = health({ ready: [{ name: 'kafka', optional: true, check: () => 'away: refused' }] })
    assert.deepEqual((await get(server, '/readyz')).body, 'ok')
    assert.equal(
      (await get(server, '/readyz?verbose')).body,
      '[!]kafka away: refused (not required)\nreadyz check passed\n',
    )
  })

  it('stays alive while not ready', async () => {
    const server = health({ ready: [{ name: 'caches', check: () => 'not yet' }] })
    assert.equal((await get(server, '/livez')).status, 200)
  })
})

describe('debugPage', () => {
  const rows = Array.from({ length: 300 }, (_, index) => ({ name: `stock-${index}` }))
  const inside: Inside = { stocks: () => rows, lanes: () => [] }
  const asked = (path: string, from: string | undefined = '127.0.0.1') =>
    debugPage(inside, new URL(path, 'http://localhost'), from)
  const shown = (path: string) => (JSON.parse(asked(path)?.body ?? '') as { shown: unknown[] }).shown.length

  it('shows the first rows as JSON and says how many there are', () => {
    assert.match(
      asked('/debug/stocks?limit=1')?.body ?? '',
      /"total": 300,\s+"shown": \[\s+\{\s+"name": "stock-0"\s+\}\s+\]/,
    )
    assert.equal(shown('/debug/stocks'), 200)
    assert.equal(shown('/debug/stocks?limit=250'), 250)
    assert.equal(shown('/debug/lanes'), 0)
  })

  it('is for this machine alone, however a socket writes that', () => {
    for (const from of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) assert.equal(asked('/debug/stocks', from)?.status, 200)
    for (const from of ['10.1.2.3', '::ffff:10.1.2.3', 'fe80::1', ''])
      assert.equal(asked('/debug/stocks', from)?.status, 403)
    assert.match(asked('/debug/lanes', '10.1.2.3')?.body ?? '', /only asked from inside the pod/)
  })

  it('takes no limit that is none', () => {
    for (const limit of ['0', '-1', 'all', '10001', '1.5'])
      assert.equal(asked(`/debug/stocks?limit=${limit}`)?.status, 400)
  })

  it('is served beside health', async () => {
    const { status, type } = await get(health(), '/debug/stocks')
    assert.deepEqual([status, type], [200, 'application/json'])
    assert.equal((await get(health(), '/debug')).status, 404)
  })
})

describe('metricsServer', () => {
  const server = () => metricsServer(0, { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' })

  it('serves the metrics with their content type', async () => {
    assert.deepEqual(await get(server(), '/metrics'), {
      status: 200,
      type: 'text/plain; version=0.0.4',
      body: 'up 1\n',
    })
  })

  it('knows no other path and no other method', async () => {
    const subject = server()
    assert.equal((await get(subject, '/')).status, 404)
    assert.equal((await get(subject, '/metrics', { method: 'POST', body: 'x' })).status, 405)
  })

  it('answers a failing scrape with an error and goes on', async () => {
    let broken = true
    const subject = metricsServer(0, {
      contentType: 'text/plain',
      text: async () => {
        if (broken) throw new Error('no')
        return 'up 1'
      },
    })
    assert.equal((await get(subject, '/metrics')).status, 500)
    broken = false
    assert.equal((await get(subject, '/metrics')).status, 200)
  })

  it('says so when its port is taken', async () => {
    const first = server()
    await get(first, '/metrics')
    await assert.rejects(metricsServer(ports.get(first) ?? 0, { contentType: '', text: async () => '' }).listen(), {
      code: 'EADDRINUSE',
    })
  })

  it('can be closed twice and before it listens', async () => {
    const subject = server()
    await subject.close()
    await subject.close()
  })
})
