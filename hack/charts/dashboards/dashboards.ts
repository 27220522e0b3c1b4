import { business } from './business.ts'
import type { Dashboard } from './dashboard.ts'
import { databases } from './databases.ts'
import { engine } from './engine.ts'
import { flows } from './flows.ts'
import { gateway } from './gateway.ts'
import { kafka } from './kafka.ts'
import { machines } from './machines.ts'
import { orders } from './orders.ts'
import { slo } from './slo.ts'

/** Every page that the chart brings along. */
export const dashboards: readonly Dashboard[] = [
  business,
  machines,
  orders,
  engine,
  kafka,
  databases,
  flows,
  gateway,
  slo,
]
