/** One request on a connection of its own, written by hand, and its answer. */
import { readAnswers } from './answers.ts'
import { RawSocket } from './raw-socket.ts'

/** Any JSON object of an answer. */
export type Json = Record<string, unknown>

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The body as JSON; an empty object when it is no JSON object. */
  readonly json: Json
  /** Bytes of the whole answer, head included. */
  readonly bytes: number
}

export interface Question {
  /** Unless given: POST with a body, GET without. */
  readonly method?: string
  readonly target: string
  /** An object is sent as JSON, text as it is. */
  readonly body?: object | string | undefined
  readonly type?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Resolves when the server has closed the connection. */
export async function ask(port: number, question: Question): Promise<Answer> {
  await using socket = await RawSocket.connect(port)
  void socket.send(requestBytes(question, { Connection: 'close' }))
  return parseAnswer(await socket.untilEnd(), methodOf(question))
}

/** POST with a JSON body. */
export function post(port: number, target: string, body: object | string): Promise<Answer> {
  return ask(port, { method: 'POST', target, body })
}

export function get(port: number, target: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(port, { target, headers })
}

function methodOf({ method, body }: Question): string {
  return method ?? (body === undefined ? 'GET' : 'POST')
}

/** The bytes of a request, in Latin-1. */
export function requestBytes(question: Question, more: Readonly<Record<string, string>> = {}): string {
  const { target, body, type = 'application/json', headers } = question
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const bytes = Buffer.from(text ?? '').toString('latin1')
  const framing: Record<string, string> =
    text === undefined ? {} : { 'Content-Type': type, 'Content-Length': String(bytes.length) }
  const fields = { Host: '127.0.0.1', ...framing, ...headers, ...more }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${methodOf(question)} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${bytes}`
}

/** The first answer in `bytes` that is not interim. Throws when there is none that is complete. */
export function parseAnswer(bytes: string, method = 'GET'): Answer {
  const answer = readAnswers(bytes, [method]).answers.find(({ status }) => status >= 200)
  if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(bytes.slice(0, 100))}`)
  const text = Buffer.from(answer.body, 'latin1').toString()
  const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {}
  return { status: answer.status, headers: answer.fields, text, json, bytes: bytes.length }
}
