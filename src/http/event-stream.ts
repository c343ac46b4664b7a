/**
 * The text of server-sent events, both ways (WHATWG HTML, section 9.2 "Server-sent events"). Pure.
 */
export interface ServerSentEvent {
  readonly id?: string
  /** The event's type; `message` when the stream does not say. */
  readonly event: string
  readonly data: string
}

/** A comment line, which no reader takes for an event: it shows both sides that the connection works. */
export const HEARTBEAT = ': alive\n\n'

export function encodeEvent({ id, event, data }: ServerSentEvent): string {
  const head = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n`
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `${head}${lines.join('')}\n`
}

const LINE_END = /\r\n?|\n/

/** Text in, events out, however the text is cut. Throws RangeError when one event is over `limit` characters. */
export class EventStreamParser {
  readonly #limit: number
  #line = ''
  /** Nothing has come yet: a byte order mark may come. */
  #isFirst = true
  /** The last character was a CR: an LF behind it belongs to it. */
  #isAfterReturn = false
  #id: string | undefined
  #event = ''
  #data: string[] = []
  /** Characters of the event that is being read. */
  #size = 0

  constructor(limit = 256 * 1024) {
    this.#limit = limit
  }

  /** The events that `text` completes. A line is joined and looked at once, however small its pieces. */
  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    for (const [index, piece] of this.#unread(text).split(LINE_END).entries()) {
      const event = index > 0 ? this.#endLine() : undefined
      if (event !== undefined) events.push(event)
      this.#line += piece
      this.#size += piece.length
      if (this.#size > this.#limit) throw new RangeError('event too large')
    }
    return events
  }

  /** `text` without a byte order mark at the beginning, and without the second half of a CRLF. */
  #unread(text: string): string {
    if (text === '') return ''
    const skipped =
      (this.#isFirst && text.startsWith('\ufeff')) || (this.#isAfterReturn && text.startsWith('\n'))
    this.#isFirst = false
    this.#isAfterReturn = text.endsWith('\r')
    return skipped ? text.slice(1) : text
  }

  #endLine(): ServerSentEvent | undefined {
    const line = this.#line
    this.#line = ''
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = this.#event === '' ? 'message' : this.#event
    const data = this.#data
    this.#event = ''
    this.#data = []
    this.#size = 0
    if (data.length === 0) return undefined
    return { ...(this.#id === undefined ? {} : { id: this.#id }), event, data: data.join('\n') }
  }
}
