/**
 * Bytes in by push(), complete messages out by next(): what requests and responses have in common
 * (RFC 9112 sections 2, 5, 6 and 7). Knows nothing of sockets, clocks or promises.
 *
 * The invariant that the tests and the fuzzer check: any bytes, cut anywhere, give messages or a
 * ProtocolError, never another error, the same however they are cut, in bounded memory and linear time.
 *
 * The head is parsed line by line, a line once it is complete, so that a mistake is answered when it is
 * made. Each byte of a line is looked at when it arrives (#line) and once more when its line is parsed.
 */
import { CHUNK_EXTENSIONS, CHUNK_SIZE, LINE_CHAR, TCHAR, isOws } from './grammar.ts'
import { Headers } from '../headers.ts'
import { ProtocolError, type Limits } from '../message.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import type { Framing } from './framing.ts'
import type { HeadCache, ParsedHead } from './head-cache.ts'

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const COLON = 0x3a
const SEMICOLON = 0x3b
const CRLF_LENGTH = 2

/** The part of a message that is read next. */
type Part =
  'start' | 'fields' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close'

/** The state of the conversation: between messages, inside a head, or inside a body. */
export type Phase = 'idle' | 'head' | 'body'

export abstract class MessageParser<Head, Message> {
  protected readonly limits: Limits
  /** In bytes, after de-chunking. */
  protected bodyLimit: number
  readonly #knownHeads: HeadCache<Head> | undefined
  readonly #received = new ReceiveBuffer()
  #part: Part = 'start'
  /** Bytes from the start of the unconsumed section (head or trailers) that were already looked at. */
  #searched = 0
  /** Where the line that is being read starts, counted like #searched. */
  #lineStart = 0
  #offsets: number[] = []
  #startLineEnd = 0
  #head: Head | undefined
  #body = new ReceiveBuffer()
  /** Body bytes still to come: of a Content-Length body, or of the chunk at hand. */
  #remaining = 0
  #bodySize = 0
  #extensionBytes = 0
  #emptyLines = 0
  #sink: ((piece: Buffer) => void) | undefined

  /** `knownHeads`: those of all parsers with the same limits. */
  constructor(limits: Limits, knownHeads?: HeadCache<Head>) {
    this.limits = limits
    this.bodyLimit = limits.body
    this.#knownHeads = knownHeads
  }

  /** Empty lines that may stand before a message. */
  protected abstract readonly forgivenEmptyLines: number
  /** Checks the start line `bytes[start, end)`; throws ProtocolError. */
  protected abstract startLine(bytes: Buffer, start: number, end: number): void
  /** A head of its parts, and the framing of what follows; throws ProtocolError. */
  protected abstract head(startLine: string, headers: Headers): ParsedHead<Head>
  protected abstract message(head: Head, body: Buffer, trailers: Headers): Message

  get phase(): Phase {
    if (this.#part !== 'start' && this.#part !== 'fields') return 'body'
    return this.#received.length > 0 ? 'head' : 'idle'
  }

  /** Whether the start line that is being read begins with `text`; undefined when none is being read. */
  protected startsWith(text: string): boolean | undefined {
    if (this.#part !== 'start') return undefined
    const { bytes, start } = this.#received
    return bytes.toString('latin1', start, Math.min(start + text.length, this.#received.end)) === text
  }

  /** Bytes that have arrived and are not part of a message yet. */
  get buffered(): number {
    return this.#received.length
  }

  /** The head of the message whose body is still on its way. */
  get pending(): Head | undefined {
    return this.#head
  }

  /** Hands out the body of the pending message as it comes, instead of keeping it for the message. */
  divert(sink: (piece: Buffer) => void): void {
    this.#sink = sink
    if (this.#body.length > 0) sink(this.#body.take(this.#body.length))
    if (this.#part === 'length') this.#readLength()
  }

  push(chunk: Buffer): void {
    this.#received.append(chunk)
  }

  /** The next complete message, or undefined: more bytes are needed. Throws ProtocolError. */
  next(): Message | undefined {
    if (this.#head === undefined && !this.#readHead()) return undefined
    return this.#readBody() ? this.#finish() : undefined
  }

  /** The other side has ended. Returns the message that the end completes, if any. Throws ProtocolError. */
  end(): Message | undefined {
    if (this.#part === 'until-close') return this.#finish()
    if (this.phase !== 'idle') throw new ProtocolError(400, 'the connection ended in the middle of a message')
    return undefined
  }

  // --- the head -------------------------------------------------------------------------------------

  #readHead(): boolean {
    if (this.#part === 'start' && (this.#recallHead() || !this.#readStartLine())) {
      return this.#head !== undefined
    }
    return this.#readFields(this.limits.head, 'head') && this.#finishHead()
  }

  /** The fast path, for a head that is here whole and was read before. */
  #recallHead(): boolean {
    if (this.#knownHeads === undefined || this.#searched > 0) return false
    const { bytes, start, end } = this.#received
    const known = this.#knownHeads.find(bytes, start, end)
    if (known === undefined) return false
    this.#received.consume(known.text.length)
    this.#enterBody(known)
    return true
  }

  #readStartLine(): boolean {
    this.#skipEmptyLines()
    const end = this.#line(this.limits.startLine, 'start')
    if (end === -1) return false
    const { bytes, start } = this.#received
    this.startLine(bytes, start, end)
    this.#startLineEnd = end - start
    this.#part = 'fields'
    return true
  }

  #skipEmptyLines(): void {
    while (this.#emptyLines < this.forgivenEmptyLines) {
      const { bytes, start, length } = this.#received
      if (length < 2 || bytes[start] !== CR || bytes[start + 1] !== LF) return
      this.#received.consume(2)
      this.#emptyLines++
    }
  }

  /** Field lines up to and including the empty line, of a head or of a trailer section. */
  #readFields(limit: number, where: 'head' | 'trailers'): boolean {
    for (;;) {
      const from = this.#lineStart
      const end = this.#line(Math.min(this.limits.fieldLine, limit - from - CRLF_LENGTH), where)
      if (end === -1) return false
      const start = this.#received.start
      if (end === start + from) return true
      if (this.#offsets.length >= this.limits.fields * 4) {
        throw new ProtocolError(431, `more than ${this.limits.fields} fields`)
      }
      this.#fieldLine(start + from, end)
    }
  }

  /**
   * `field-line = field-name ":" OWS field-value OWS` (RFC 9112 section 5). The bytes were checked by #line;
   * white space before the colon or at the start of a line (obs-fold) is no tchar and ends here.
   */
  #fieldLine(start: number, end: number): void {
    const { bytes, start: origin } = this.#received
    let colon = start
    while (TCHAR[bytes[colon] ?? 0] === 1) colon++
    if (bytes[colon] !== COLON || colon === start) throw new ProtocolError(400, 'malformed field name')
    let from = colon + 1
    let to = end
    while (from < to && isOws(bytes[from])) from++
    while (to > from && isOws(bytes[to - 1])) to--
    this.#offsets.push(start - origin, colon - origin, from - origin, to - origin)
  }

  /** The fields read so far as Headers; the section they came in is used up. */
  #takeFields(): { text: string; headers: Headers } {
    const { bytes, start } = this.#received
    const text = bytes.toString('latin1', start, start + this.#lineStart)
    const headers = this.#offsets.length === 0 ? Headers.none : new Headers(text, this.#offsets)
    this.#offsets = []
    this.#received.consume(this.#lineStart)
    this.#lineStart = 0
    this.#searched = 0
    return { text, headers }
  }

  #finishHead(): boolean {
    const { text, headers } = this.#takeFields()
    const parsed = this.head(text.substring(0, this.#startLineEnd), headers)
    this.#knownHeads?.remember(text, parsed)
    this.#enterBody(parsed)
    return true
  }

  #enterBody({ head, framing }: ParsedHead<Head>): void {
    // Before a body that is too large is refused: what is answered then may depend on the head.
    this.#head = head
    this.#begin(framing)
  }

  /**
   * Looks for the end of the line that starts at #lineStart. Returns the index of its CR, or -1: more bytes
   * are needed. The first byte that no line may hold is refused, whichever of it and the limit comes first.
   */
  #line(limit: number, part: 'start' | 'head' | 'trailers' | 'chunk'): number {
    const { bytes, start, end } = this.#received
    let at = start + this.#searched
    while (at < end && LINE_CHAR[bytes[at] ?? 0] === 1) at++
    if (part === 'start' && at > start && TCHAR[bytes[start] ?? 0] !== 1) throw garbage()
    if (at - start - this.#lineStart > limit) throw this.#overlong(part)
    this.#searched = at - start
    if (at === end) return -1
    if (bytes[at] !== CR) throw new ProtocolError(400, describeByte(bytes[at] ?? 0))
    if (at + 1 === end) return -1
    if (bytes[at + 1] !== LF) throw new ProtocolError(400, 'CR without LF')
    this.#searched = this.#lineStart = at + 2 - start
    return at
  }

  #overlong(part: 'start' | 'head' | 'trailers' | 'chunk'): ProtocolError {
    if (part === 'chunk') return new ProtocolError(400, 'chunk-size line too long')
    if (part !== 'start') return new ProtocolError(431, `${part} or one of its lines too long`)
    const { bytes, start } = this.#received
    const space = bytes.subarray(start, start + this.limits.startLine).indexOf(SP)
    return space === -1 ? garbage() : new ProtocolError(414, `start line over ${this.limits.startLine} bytes`)
  }

  // --- the body -------------------------------------------------------------------------------------

  #begin(framing: Framing): void {
    this.#remaining = 0
    this.#bodySize = 0
    this.#extensionBytes = 0
    switch (framing.kind) {
      case 'none':
        this.#part = 'length'
        return
      case 'length':
        this.#part = 'length'
        this.#remaining = framing.length
        this.#grow(framing.length)
        return
      case 'chunked':
        this.#part = 'chunk-size'
        return
      case 'until-close':
        this.#part = 'until-close'
    }
  }

  /** Counts body bytes before they are kept: 413 as soon as the limit is known to be passed. */
  #grow(bytes: number): void {
    this.#bodySize += bytes
    if (this.#bodySize > this.bodyLimit) throw new ProtocolError(413, `body over ${this.bodyLimit} bytes`)
  }

  #readBody(): boolean {
    for (;;) {
      switch (this.#part) {
        case 'length':
          return this.#readLength()
        case 'chunk-size':
          if (!this.#readChunkSize()) return false
          break
        case 'chunk-data':
          if (!this.#readChunkData()) return false
          break
        case 'chunk-end':
          if (!this.#readChunkEnd()) return false
          break
        case 'trailers':
          return this.#readFields(this.limits.trailers, 'trailers')
        default:
          this.#readRest()
          return false
      }
    }
  }

  /** A body that is here whole is handed out without a copy; else it waits in the receive buffer. */
  #readLength(): boolean {
    if (this.#sink !== undefined) {
      this.#pass(Math.min(this.#received.length, this.#remaining))
      return this.#remaining === 0
    }
    if (this.#received.length < this.#remaining) return false
    if (this.#remaining > 0) this.#pass(this.#remaining)
    return true
  }

  /** `chunk-size [ chunk-ext ] CRLF` (RFC 9112 section 7.1). */
  #readChunkSize(): boolean {
    const end = this.#line(this.limits.chunkLine, 'chunk')
    if (end === -1) return false
    const { bytes, start } = this.#received
    let sizeEnd = start
    while (sizeEnd < end && bytes[sizeEnd] !== SEMICOLON) sizeEnd++
    const digits = bytes.toString('latin1', start, sizeEnd)
    if (!CHUNK_SIZE.test(digits)) throw new ProtocolError(400, 'malformed chunk size')
    if (sizeEnd < end) this.#extensions(bytes.toString('latin1', sizeEnd, end))
    this.#remaining = parseInt(digits, 16)
    if (this.#remaining > Number.MAX_SAFE_INTEGER) throw new ProtocolError(413, 'chunk size out of range')
    this.#grow(this.#remaining)
    this.#endLine()
    this.#part = this.#remaining === 0 ? 'trailers' : 'chunk-data'
    return true
  }

  /** Understood enough to be ignored safely (RFC 9112 section 7.1.1). */
  #extensions(text: string): void {
    if (!CHUNK_EXTENSIONS.test(text)) throw new ProtocolError(400, 'malformed chunk extension')
    this.#extensionBytes += text.length
    if (this.#extensionBytes > this.limits.chunkExtensions)
      throw new ProtocolError(400, 'too many chunk extensions')
  }

  #readChunkData(): boolean {
    this.#pass(Math.min(this.#received.length, this.#remaining))
    if (this.#remaining > 0) return false
    this.#part = 'chunk-end'
    return true
  }

  #readChunkEnd(): boolean {
    const { bytes, start, length } = this.#received
    if (length > 0 && bytes[start] !== CR) throw new ProtocolError(400, 'chunk longer than its size')
    if (length > 1 && bytes[start + 1] !== LF) throw new ProtocolError(400, 'CR without LF after a chunk')
    if (length < 2) return false
    this.#received.consume(2)
    this.#part = 'chunk-size'
    return true
  }

  #readRest(): void {
    this.#remaining = this.#received.length
    this.#grow(this.#remaining)
    this.#pass(this.#remaining)
  }

  /** Moves `count` bytes of body to where they belong. */
  #pass(count: number): void {
    if (count === 0) return
    this.#remaining -= count
    const piece = this.#received.take(count)
    if (this.#sink === undefined) this.#body.append(piece)
    else this.#sink(piece)
  }

  #endLine(): void {
    this.#received.consume(this.#lineStart)
    this.#lineStart = 0
    this.#searched = 0
  }

  #finish(): Message {
    const head = this.#head as Head
    const trailers = this.#part === 'trailers' ? this.#takeFields().headers : Headers.none
    const body = this.#body.take(this.#body.length)
    this.#head = undefined
    this.#sink = undefined
    this.#part = 'start'
    this.#emptyLines = 0
    return this.message(head, body, trailers)
  }
}

/** Another protocol, or noise: refused at the first byte or line instead of at the deadline. */
function garbage(): ProtocolError {
  return new ProtocolError(400, 'this is not HTTP/1.1')
}

function describeByte(byte: number): string {
  if (byte === LF) return 'LF without CR'
  return `control character 0x${byte.toString(16).padStart(2, '0')} in a line`
}
