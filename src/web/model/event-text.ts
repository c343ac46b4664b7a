/** Server-sent events: chunks of text -> events (WHATWG HTML, section 9.2.6). */

export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** The last id of the stream; empty before the first. */
  readonly id: string
}

/** Characters of one event; a longer one breaks the stream. */
const LONGEST = 4 * 1024 * 1024

export class EventText {
  #rest = ''
  #event = ''
  #data: string[] = []
  #length = 0
  #id: string

  constructor(lastId: string) {
    this.#id = lastId
  }

  /** The events that this chunk completes. Throws RangeError for an event over the limit. */
  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = this.#line(line)
      if (event !== undefined) events.push(event)
    }
    if (this.#rest.length + this.#length > LONGEST) throw new RangeError('an event of the stream is too long')
    return events
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#complete()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field === 'data') {
      this.#data.push(value)
      this.#length += value.length + 1
    }
    if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #complete(): ServerEvent | undefined {
    const event = this.#event === '' ? 'message' : this.#event
    const data = this.#data
    this.#event = ''
    this.#data = []
    this.#length = 0
    return data.length === 0 ? undefined : { event, data: data.join('\n'), id: this.#id }
  }
}
