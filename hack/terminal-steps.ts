import type { Progress } from './testbed/progress.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 120
/** Without a terminal a step that takes long says so this often. */
const reminderMs = 30_000
const titleWidth = 58

export interface Step<T> {
  /** While it runs, and when it fails. */
  readonly doing: string
  readonly run: (progress: Progress) => Promise<T>
  /** When it has gone well. Absent: the same words. In a literal it comes after `run`, which tells the compiler what T is. */
  readonly done?: (result: T) => string
}

/** Runs steps one after another and shows each on a line: ✓ or ✗, what, seconds. */
export interface TerminalSteps {
  /** Gives what the step gives. A step that throws is shown as failed, then the error goes on to the caller. */
  run<T>(step: Step<T>): Promise<T>
}

/** With a terminal a line moves while its step runs; without one there are plain lines only. */
export function terminalSteps(stream: NodeJS.WriteStream): TerminalSteps {
  return {
    async run(step) {
      const startedAt = Date.now()
      const line = stream.isTTY ? movingLine(stream, startedAt) : plainLine(stream, startedAt)
      line.show(step.doing)
      const finish = (mark: string, text: string): void => {
        line.end()
        stream.write(`  ${mark} ${text.padEnd(titleWidth)} ${seconds(startedAt)}\n`)
      }
      try {
        const result = await step.run(line.show)
        finish('✓', step.done?.(result) ?? step.doing)
        return result
      } catch (error) {
        finish('✗', step.doing)
        throw error
      }
    },
  }
}

interface Line {
  readonly show: Progress
  end(): void
}

function movingLine(stream: NodeJS.WriteStream, startedAt: number): Line {
  let text = ''
  let frame = 0
  const draw = (): void => {
    const line = `  ${spinner[frame++ % spinner.length]} ${text.padEnd(titleWidth)} ${seconds(startedAt)}`
    stream.write(`\r\x1b[2K${line.slice(0, stream.columns - 1)}`)
  }
  const timer = setInterval(draw, frameMs)
  return {
    show(doing) {
      text = doing
      draw()
    },
    end() {
      clearInterval(timer)
      stream.write('\r\x1b[2K')
    },
  }
}

function plainLine(stream: NodeJS.WriteStream, startedAt: number): Line {
  let text = ''
  const timer = setInterval(() => stream.write(`  … ${text.padEnd(titleWidth)} ${seconds(startedAt)}\n`), reminderMs)
  return {
    show(doing) {
      // the first is told by the line at the end, a repeat by nobody
      if (text && text !== doing) stream.write(`  … ${doing}\n`)
      text = doing
    },
    end: () => clearInterval(timer),
  }
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`.padStart(6)
}
