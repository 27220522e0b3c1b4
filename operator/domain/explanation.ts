/** What people are told of a reason, wherever they look it up. Markdown without links, so that it reads well as it is. */
export interface Explanation {
  readonly means: string
  /** What whoever met it can do. */
  readonly remedy: string
}
