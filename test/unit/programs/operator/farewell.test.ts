import assert from 'node:assert/strict'
import { farewell } from '../../../../operator/programs/operator/farewell.ts'

function aFarewell(reason: string | undefined, releaseAll = async () => 'finalizers taken off 1 virtualstocks') {
  const steps: string[] = []
  const log = (message: string) => void steps.push(message)
  const last = farewell({
    departure: {
      reason: async () => {
        steps.push('asked')
        return reason
      },
    },
    untilNobodyLeads: async () => void steps.push('nobody leads'),
    releaseAll,
    logger: { debug: log, info: log, warn: log, error: log, child: () => assert.fail(), enabled: () => true },
  })
  return { last, steps }
}

describe('The last thing that an operator does', () => {
  it('is to take its finalizers off when nobody comes after it, once nobody leads', async () => {
    const { last, steps } = aFarewell('it was deleted')
    assert.deepEqual(steps, ['asked'], 'at once, while it ends its other work')
    await last.say()
    assert.deepEqual(steps.slice(1), [
      'takes its finalizers off: it was deleted',
      'nobody leads',
      'finalizers taken off 1 virtualstocks',
    ])
  })

  it('is nothing when somebody may come after it', async () => {
    const { last, steps } = aFarewell(undefined, () => assert.fail())
    await last.say()
    assert.deepEqual(steps, ['asked'])
  })

  it('is to say how to do it by hand when it could not', async () => {
    const { last, steps } = aFarewell('it was deleted', () => Promise.reject(new Error('forbidden')))
    await last.say()
    assert.match(steps.at(-1) ?? '', /not all finalizers .*"Without the Job" in docs\/install.md/)
  })
})
