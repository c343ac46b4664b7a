/** A refusal on its way to whoever asked: a status, a stable code for programs, a sentence for people. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly status: number
  readonly code: string
  /** The field of the request that is meant. */
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
