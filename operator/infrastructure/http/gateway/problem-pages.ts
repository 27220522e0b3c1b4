import { type ExplainedProblem, explainedProblems } from '../../../domain/gateway/explanations.ts'
import { PROBLEMS, problemType } from '../../../domain/gateway/problem.ts'
import type { PublicFile } from './public-files.ts'

const type = 'text/plain; charset=utf-8'

/** A page for each type of problem, for people who follow it; and one that lists them. */
export function problemPages(): PublicFile[] {
  const rows = explainedProblems.map(({ reason, status, title }) => `${status} ${reason.padEnd(22)} ${title}\n`)
  const list = `What a call may be answered that is not done; more of each behind ${PROBLEMS}/ and its name.\n\n${rows.join('')}`
  return [
    { path: PROBLEMS, type, content: list },
    ...explainedProblems.map((problem) => ({
      path: problemType(problem.reason),
      route: `${PROBLEMS}/{reason}`,
      type,
      content: pageOf(problem),
    })),
  ]
}

function pageOf({ reason, status, title, means, remedy }: ExplainedProblem): string {
  return `${reason} (${status})

${title}.

What it means: ${means}.

What to do: ${remedy}.
`
}
