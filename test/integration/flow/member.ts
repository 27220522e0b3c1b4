import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { topicConsumer } from '../../../operator/infrastructure/kafka/consumer/topic-consumer.ts'
import { quiet } from '../kafka/own-kafka.ts'
import type { MemberOptions } from './flow-site.ts'
import { scriptedFlow } from './scripted-flow.ts'

/** A member in a process of its own, which tests may kill and freeze. It writes a line for each effect, and when it is in. */
const options = JSON.parse(process.argv[2] ?? '') as MemberOptions
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const consumer = topicConsumer({
  ...options,
  flow: scriptedFlow(say),
  clock: systemClock(),
  logger: quiet,
  observer: {
    handled: () => undefined,
    retried: () => undefined,
    dead: () => undefined,
    passed: () => undefined,
    waited: () => undefined,
    rebalanced: () => say({ joined: true }),
  },
})
consumer.start()
process.on('SIGTERM', () => consumer.stop(10_000).then((clean) => process.exit(clean ? 0 : 1)))
