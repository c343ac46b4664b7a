/**
 * Answers read from bytes. This reader shares nothing with the parsers of src/http, and is stricter than they are:
 * what a server of ours writes has one form only.
 */

export interface Answer {
  readonly status: number
  readonly reason: string
  /** Names in lower case; several lines of one name joined with `, `. */
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The complete answers at the front of `bytes`, and what is left. `methods` are those of the requests, in
 * order: an answer to HEAD has no body. Throws for what is no HTTP/1.1 answer.
 */
export function readAnswers(
  bytes: string,
  methods: readonly string[] = [],
): { answers: Answer[]; rest: string } {
  const answers: Answer[] = []
  const asked = [...methods]
  let rest = bytes
  for (;;) {
    const head = rest.indexOf('\r\n\r\n')
    if (head === -1) return { answers, rest }
    const { status, reason, fields } = readHead(rest.slice(0, head))
    const bodiless = status < 200 || status === 204 || status === 304 || asked[0] === 'HEAD'
    const body = bodiless ? { text: '', end: head + 4 } : readBody(rest, head + 4, fields)
    if (body === undefined) return { answers, rest }
    if (status >= 200) asked.shift()
    answers.push({ status, reason, fields, body: body.text })
    rest = rest.slice(body.end)
  }
}

function readHead(head: string): Pick<Answer, 'status' | 'reason' | 'fields'> {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const match = /^HTTP\/1\.1 ([0-9]{3}) ([ -~]*)$/.exec(statusLine)
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`)
  const fields: Record<string, string> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Za-z0-9-]+): (.*)$/.exec(line) ?? []
    if (name === '') throw new Error(`not a field line: ${JSON.stringify(line)}`)
    const known = fields[name.toLowerCase()]
    fields[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`
  }
  return { status: Number(match[1]), reason: match[2] ?? '', fields }
}

function readBody(
  bytes: string,
  start: number,
  fields: Answer['fields'],
): { text: string; end: number } | undefined {
  if (fields['transfer-encoding'] === 'chunked') return readChunks(bytes, start)
  const length = fields['content-length']
  if (length === undefined) return { text: bytes.slice(start), end: bytes.length }
  const end = start + Number(length)
  return bytes.length < end ? undefined : { text: bytes.slice(start, end), end }
}

function readChunks(bytes: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  let at = start
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = parseInt(bytes.slice(at, line), 16)
    at = line + 2 + size + 2
    if (bytes.length < at) return undefined
    if (bytes.slice(at - 2, at) !== '\r\n') throw new Error(`chunk longer than its size at ${at}`)
    if (size === 0) return { text, end: at }
    text += bytes.slice(line + 2, at - 2)
  }
}

/** Whether `bytes` hold `count` complete answers. */
export function complete(count: number, methods: readonly string[] = []): (bytes: string) => boolean {
  return (bytes) => readAnswers(bytes, methods).answers.length >= count
}

export function statuses(bytes: string, methods: readonly string[] = []): number[] {
  return readAnswers(bytes, methods).answers.map(({ status }) => status)
}
