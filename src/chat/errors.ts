/** A refusal on its way to the client: a status, a stable code for programs, a sentence for people. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly status: number
  readonly code: string
  /** The field of the request that is wrong. */
  readonly field: string | undefined
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { readonly field?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail)
    this.status = status
    this.code = code
    this.field = more.field
    this.headers = more.headers
  }
}

/** The code of an error of the system, such as `ENOENT`; `unknown` for any other error. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
