/** Every row of the requirements for HTTP/1.1 that bytes can express: parser, framing, connection. */
import { CHUNKED } from './chunked.ts'
import { CONNECTION } from './connection.ts'
import { FIELDS } from './fields.ts'
import { FRAMING } from './framing.ts'
import { HOST } from './host.ts'
import { REQUEST_LINE } from './request-line.ts'
import type { Case } from './case.ts'

export const CASES: readonly Case[] = [
  ...REQUEST_LINE,
  ...HOST,
  ...FIELDS,
  ...FRAMING,
  ...CHUNKED,
  ...CONNECTION,
]
