import assert from 'node:assert/strict'
import { faultOf } from '../../../../operator/infrastructure/kafka/fault.ts'
import { areSurelyAway, type Sent } from '../../../../operator/infrastructure/kafka/surely-away.ts'

const never: Sent = { tries: 0, partition: undefined }
const once: Sent = { tries: 1, partition: 2 }
const twice: Sent = { tries: 2, partition: 2 }
const elsewhere: Sent = { tries: 1, partition: 3 }
const answered = (type: string) => faultOf(Object.assign(new Error(type), { type }))

describe('messages whose sending failed', () => {
  const cases: readonly [what: string, type: string, sent: readonly Sent[], away: boolean][] = [
    ['never sent, as the topic is unknown', 'UNKNOWN_TOPIC_OR_PARTITION', [never, never], true],
    ['sent once before the topic was called unknown', 'UNKNOWN_TOPIC_OR_PARTITION', [once, once], false],
    ['sent once before the right was missing', 'TOPIC_AUTHORIZATION_FAILED', [once], false],
    ['sent once before the whole right was missing', 'CLUSTER_AUTHORIZATION_FAILED', [once], false],
    ['called too large', 'MESSAGE_TOO_LARGE', [once, once], true],
    ['called invalid', 'INVALID_RECORD', [once], true],
    ['called invalid the second time', 'INVALID_RECORD', [twice], false],
    ['called invalid in one of two partitions', 'INVALID_RECORD', [once, elsewhere], false],
    ['of which one was not sent', 'INVALID_RECORD', [once, never], false],
    ['not taken for now', 'NOT_ENOUGH_REPLICAS', [once], false],
  ]
  for (const [what, type, sent, away] of cases)
    it(`${away ? 'are surely not there' : 'may be there'}: ${what}`, () =>
      assert.equal(areSurelyAway(answered(type), sent), away))
})
