/** What a program is given by the process that it is. */
export interface Host {
  /** Without the program's own name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Where `config/topics.yaml` is found, in the sources as in the image. */
  readonly home: string
}

/** One of the programs that stand beside each other in the image; each has a folder here. */
export interface Program {
  /** What chooses it, as the first argument. */
  readonly name: string
  /** For `--help`, in half a line. */
  readonly meaning: string
  /** Before its flags, where half a line is not enough. */
  readonly about?: string
  /** Its flags, a line each. */
  readonly flags: string
  /** Resolves when it has begun, or has done all that it had to do. Says by itself what went wrong, and exits. */
  run(host: Host): Promise<void>
}
