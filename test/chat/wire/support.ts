/** What the tests of the wire share. */
import type { Fields } from '../../../src/chat/wire/fields.ts'

/** As a form arrives: text only, no prototype. */
export function form(fields: Record<string, string>): Fields {
  return Object.assign(Object.create(null) as Record<string, string>, fields)
}
