import assert from 'node:assert/strict'
import { chooseProgram } from '../../../operator/programs/choose-program.ts'
import type { Program } from '../../../operator/programs/program.ts'

const aProgram = (name: string): Program => ({
  name,
  meaning: `does ${name}`,
  flags: `  --${name}-flag`,
  run: () => Promise.resolve(),
})

describe('chooseProgram', () => {
  const [operator, gateway] = [aProgram('operator'), aProgram('gateway')]
  const choose = (...argv: string[]) => chooseProgram([operator, gateway], argv)

  it('takes the first program where nothing or a flag comes first', () => {
    assert.deepEqual(choose(), { kind: 'run', program: operator, argv: [] })
    assert.deepEqual(choose('--cluster', 'gateway'), { kind: 'run', program: operator, argv: ['--cluster', 'gateway'] })
  })

  it('takes the one that the first argument names, and gives it the rest', () => {
    assert.deepEqual(choose('gateway', '--cluster', 'here'), {
      kind: 'run',
      program: gateway,
      argv: ['--cluster', 'here'],
    })
    assert.deepEqual(choose('operator'), { kind: 'run', program: operator, argv: [] })
  })

  it('says of an unknown one which there are, and which may be meant', () => {
    assert.deepEqual(choose('gatway', '--help'), {
      kind: 'unknown',
      message: '"gatway" is no program of this image (operator, gateway); did you mean gateway?',
    })
  })

  it('lists all of them for help, with the flags of the first', () => {
    const choice = choose('--cluster', 'here', '--help')
    assert.ok(choice.kind === 'help')
    assert.match(choice.text, /^ {2}operator +does operator$/m)
    assert.match(choice.text, /^ {2}gateway +does gateway$/m)
    assert.match(choice.text, /--operator-flag/)
    assert.doesNotMatch(choice.text, /--gateway-flag/)
  })

  it('explains one in the words that it has for that', () => {
    const worker = { ...aProgram('worker'), about: 'Reads topics.' }
    const choice = chooseProgram([operator, worker], ['worker', '--help'])
    assert.deepEqual(choice, { kind: 'help', text: 'Reads topics.\n\n  --worker-flag\n' })
  })

  it('explains the one that is named', () => {
    assert.deepEqual(choose('gateway', '--help'), { kind: 'help', text: 'gateway: does gateway\n\n  --gateway-flag\n' })
  })
})
