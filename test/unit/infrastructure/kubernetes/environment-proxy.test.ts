import assert from 'node:assert/strict'
import { environmentProxy } from '../../../../operator/infrastructure/kubernetes/environment-proxy.ts'

const proxy = 'http://proxy.example.com:3128'
const server = 'https://kube.corp.example:6443'

describe('The proxy that the environment names', () => {
  it('is the one for the scheme of the server, by the upper-case name first', () => {
    assert.equal(environmentProxy(server, {}), undefined)
    assert.equal(environmentProxy(server, { HTTPS_PROXY: proxy }), proxy)
    assert.equal(environmentProxy(server, { https_proxy: proxy }), proxy)
    assert.equal(environmentProxy(server, { HTTPS_PROXY: proxy, https_proxy: 'http://other' }), proxy)
    assert.equal(environmentProxy(server, { HTTP_PROXY: proxy }), undefined)
    assert.equal(environmentProxy('http://kube.corp.example', { HTTP_PROXY: proxy }), proxy)
  })

  it('speaks http where it says nothing else', () => {
    assert.equal(environmentProxy(server, { HTTPS_PROXY: 'proxy:3128' }), 'http://proxy:3128')
    assert.equal(environmentProxy(server, { HTTPS_PROXY: 'https://ana:pw@proxy' }), 'https://ana:pw@proxy')
  })

  for (const local of ['https://localhost:6443', 'https://127.0.0.1:6443', 'https://127.8.9.1', 'https://[::1]:6443'])
    it(`is none for this machine: ${local}`, () => {
      assert.equal(environmentProxy(local, { HTTPS_PROXY: proxy }), undefined)
    })

  // as golang.org/x/net/http/httpproxy has it
  const cases: readonly (readonly [noProxy: string, server: string, exempt: boolean])[] = [
    ['*', server, true],
    ['kube.corp.example', server, true],
    ['corp.example', server, true],
    ['CORP.example', 'https://KUBE.corp.EXAMPLE', true],
    ['.corp.example', server, true],
    ['*.corp.example', server, true],
    ['.kube.corp.example', server, false],
    ['orp.example', server, false],
    ['other.example, corp.example', server, true],
    ['corp.example:6443', server, true],
    ['corp.example:443', server, false],
    ['corp.example:443', 'https://kube.corp.example', true],
    ['', server, false],
    [' , ', server, false],
    ['10.0.0.0/8', 'https://10.96.0.1', true],
    ['10.0.0.0/8', 'https://11.96.0.1', false],
    ['10.0.0.0/8', server, false],
    ['10.96.0.1', 'https://10.96.0.1:443', true],
    ['10.96.0.1:6443', 'https://10.96.0.1', false],
    ['fd00::/8', 'https://[fd00::1]:6443', true],
    ['fd00::1', 'https://[fd00:0::1]:6443', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['10.0.0.0/99, nonsense/8', 'https://10.96.0.1', false],
  ]
  for (const [noProxy, url, exempt] of cases)
    it(`is ${exempt ? 'none' : 'that'} for ${url} with NO_PROXY=${noProxy}`, () => {
      const found = environmentProxy(url, { HTTPS_PROXY: proxy, NO_PROXY: noProxy })
      assert.equal(found, exempt ? undefined : proxy)
    })
})
