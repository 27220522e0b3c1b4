/** Told what is being done right now; the terminal shows the latest sentence with a moving clock. */
export type Progress = (doing: string) => void

/** For callers that have nowhere to show it. */
export const silent: Progress = () => undefined
