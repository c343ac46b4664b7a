/**
 * Bytes -> responses (RFC 9112 section 4), for the client. The caller says with expect() which method each
 * answer belongs to; interim answers (1xx) are read and dropped, a few of them.
 */
import { responseFraming, type Framing } from './framing.ts'
import { MessageParser } from './message-parser.ts'
import { ProtocolError, type ReceivedResponse, type Version } from '../message.ts'
import { persists } from './request-parser.ts'
import type { Headers } from '../headers.ts'

/**
 * `status-line = HTTP-version SP status-code SP [ reason-phrase ]`; the last space is often left out. A later minor
 * version is read as 1.1 (RFC 9110 section 2.5).
 */
const STATUS_LINE = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/

const MAX_INTERIM = 4

type ResponseHead = Omit<ReceivedResponse, 'body' | 'trailers'>

export class ResponseParser extends MessageParser<ResponseHead, ReceivedResponse> {
  protected override readonly forgivenEmptyLines = 0
  #method = 'GET'
  #interim = 0
  #isSwitching = false
  #mayEndByClosing = true
  #status: { version: Version; status: number; reason: string } = { version: '1.1', status: 0, reason: '' }

  /** The next final answer is to a request of this method; its body has at most `bodyLimit` bytes. */
  expect(method: string, bodyLimit = this.limits.body): void {
    this.#method = method
    this.bodyLimit = bodyLimit
    this.#interim = 0
  }

  /** The next answer is to a request for another protocol: 101 is final, and what follows it is not HTTP. */
  expectSwitch(): void {
    this.expect('GET')
    this.#isSwitching = true
  }

  /** An answer must say how long it is, so that one that was cut cannot be taken for a whole one. */
  refuseUntilClose(): void {
    this.#mayEndByClosing = false
  }

  /** The next final answer. Throws ProtocolError; the connection is of no use then. */
  override next(): ReceivedResponse | undefined {
    for (;;) {
      const response = super.next()
      if (response === undefined || response.status >= 200) return response
      if (response.status === 101 && this.#isSwitching) return response
      if (response.status === 101) throw new ProtocolError(502, 'switching protocols was not asked for')
      if (++this.#interim > MAX_INTERIM) throw new ProtocolError(502, 'too many interim answers')
    }
  }

  protected override startLine(bytes: Buffer, start: number, end: number): void {
    const match = STATUS_LINE.exec(bytes.toString('latin1', start, end))
    if (match === null) throw new ProtocolError(502, 'malformed status line')
    const [, minor, status, reason] = match
    this.#status = { version: minor === '0' ? '1.0' : '1.1', status: Number(status), reason: reason ?? '' }
  }

  protected override head(_line: string, headers: Headers): { head: ResponseHead; framing: Framing } {
    const { version, status, reason } = this.#status
    const framing = responseFraming(headers, status, this.#method)
    if (framing.kind === 'until-close' && !this.#mayEndByClosing)
      throw new ProtocolError(502, 'an answer without a length')
    // RFC 9112 section 6.1: HTTP/1.0 has no transfer codings. Such an answer is read, and its connection is not used again.
    const faulty = framing.kind === 'until-close' || (framing.kind === 'chunked' && version === '1.0')
    const keepAlive = !faulty && persists(headers.get('connection'), version)
    return { head: { status, reason, version, headers, keepAlive }, framing }
  }

  protected override message(head: ResponseHead, body: Buffer, trailers: Headers): ReceivedResponse {
    const { status, reason, version, headers, keepAlive } = head
    return { status, reason, version, headers, body, trailers, keepAlive }
  }
}
