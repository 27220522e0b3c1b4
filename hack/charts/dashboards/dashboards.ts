import { business } from './business.ts'
import type { Dashboard } from './dashboard.ts'
import { databases } from './databases.ts'
import { engine } from './engine.ts'
import { gateway } from './gateway.ts'
import { kafka } from './kafka.ts'
import { machines } from './machines.ts'
import { slo } from './slo.ts'

/** Every page that the chart brings along. */
export const dashboards: readonly Dashboard[] = [business, machines, engine, kafka, databases, gateway, slo]
