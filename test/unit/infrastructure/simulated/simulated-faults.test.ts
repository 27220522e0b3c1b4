import assert from 'node:assert/strict'
import { simulatedFaults } from '../../../../operator/infrastructure/simulated/simulated-faults.ts'

const none = { create: 0, boot: 0, crash: 0, shutdown: 0, remove: 0 }

describe('simulatedFaults', () => {
  const readable: readonly (readonly [text: string | undefined, want: Partial<typeof none>])[] = [
    [undefined, {}],
    ['', {}],
    [' , ', {}],
    ['create:2', { create: 2 }],
    ['create:0', {}],
    ['create', { create: Infinity }],
    ['boot', { boot: Infinity }],
    ['crash', { crash: 1 }],
    ['shutdown', { shutdown: 1 }],
    ['remove', { remove: Infinity }],
    [' crash:3 , boot:999999', { crash: 3, boot: 999_999 }],
    ['crash:3,crash', { crash: 1 }],
  ]
  for (const [text, want] of readable) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(simulatedFaults(text), { kind: 'faults', faults: { ...none, ...want } })
    })
  }

  for (const [text, word] of [
    ['explode', 'explode'],
    ['crash, Boot', 'Boot'],
    ['create:-1', 'create:-1'],
    ['create:', 'create:'],
    ['create:1.5', 'create:1.5'],
    ['create:1000000', 'create:1000000'],
    ['recreate', 'recreate'],
    ['create:2x', 'create:2x'],
  ]) {
    it(`names ${JSON.stringify(word)} as what it can not read, and what it could`, () => {
      assert.deepEqual(simulatedFaults(text), {
        kind: 'unreadable',
        message:
          `annotation kbnt.io/simulate: "${word}" is not one of create, boot, crash, shutdown, remove, ` +
          'each with a number of times such as create:2',
      })
    })
  }
})
