/** The refusal of a call that must be refused. */
import { ChatError } from '../../src/chat/errors.ts'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
}

/** Throws if the call was not refused, and rethrows any other error. */
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
