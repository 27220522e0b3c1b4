import assert from 'node:assert/strict'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

const flows = { url: 'postgres://kbnt@rows.example/kbnt', serves: 'flows' }

function settingsOf(requests: object, databases: object = { flows }) {
  const file = JSON.stringify({ databases, requests })
  return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).requests
}

describe('settings of what is remembered of requests', () => {
  it('name a database and for how long, a hundred days unless they say', () => {
    const { rememberIn, rememberForMs } = settingsOf({ rememberIn: 'flows' })
    assert.deepEqual([rememberIn, rememberForMs], ['flows', 8_640_000_000])
    assert.equal(settingsOf({ rememberIn: 'flows', rememberFor: '200h' }).rememberForMs, 720_000_000)
  })

  it('are nothing where they name none, whatever times they say', () => {
    assert.equal(settingsOf({ rememberFor: '1h' }).rememberIn, undefined)
  })

  for (const [what, requests, databases, fault] of [
    [
      'a database that there is not',
      { rememberIn: 'rows' },
      { flows },
      /requests\.rememberIn: is "rows", and databases has none/,
    ],
    [
      'one with books of stocks',
      { rememberIn: 'sales' },
      { sales: { url: flows.url } },
      /requests\.rememberIn: .*which has books of stocks/,
    ],
    [
      'less time than requests are kept for',
      { rememberIn: 'flows', rememberFor: '1h' },
      { flows },
      /requests\.rememberFor: 3600000 ms is shorter than keepFinished, 604800000 ms/,
    ],
    ['no time', { rememberIn: 'flows', rememberFor: '0s', keepFinished: '0s' }, { flows }, /rememberFor: is 0 ms/],
  ] as const)
    it(`are refused with ${what}`, () => {
      assert.throws(() => settingsOf(requests, databases), fault)
    })
})
