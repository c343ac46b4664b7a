/** What a call that must be refused was refused with. */
import { ChatError } from '../../src/chat/errors.ts'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
}

/** Throws when the call was not refused, and whatever else than a Refused it throws. */
export function refusalOf(call: () => unknown): Refusal {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    return { status: error.status, code: error.code, field: error.field }
  }
  throw new Error(`not refused: ${JSON.stringify(value)}`)
}
